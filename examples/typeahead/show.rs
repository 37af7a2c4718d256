//! What one sees of an answer.

use bowerbird::typeahead::correct::Correction;
use bowerbird::typeahead::{Kind, Suggestion};
use serde_json::{Value, json};
use std::io::IsTerminal as _;

/// Characters of a text that are shown.
const WIDTH: usize = 44;

/// How the matched part of a text stands out.
#[derive(Clone, Copy)]
pub(crate) enum Style {
    Bold,
    Brackets,
}

impl Style {
    /// What stdout can show.
    pub(crate) fn of_stdout() -> Self {
        if std::io::stdout().is_terminal() {
            Self::Bold
        } else {
            Self::Brackets
        }
    }

    const fn marks(self) -> [&'static str; 2] {
        match self {
            Self::Bold => ["\x1b[1m", "\x1b[0m"],
            Self::Brackets => ["[", "]"],
        }
    }
}

/// Rank, text, where it comes from, typing errors, kind, score.
pub(crate) fn line(place: usize, suggestion: &Suggestion, style: Style) -> String {
    let edits = match suggestion.edits {
        0 => String::new(),
        1 => "1 edit".into(),
        more => format!("{more} edits"),
    };
    format!(
        "{place:>3}  {}  {:<15}  {edits:<7}  {:<7}  {:>6.2}",
        text(suggestion, style),
        suggestion.origin.name(),
        kind(suggestion.kind),
        suggestion.score
    )
}

/// The text with what was typed marked, filled up to the width of the column.
fn text(suggestion: &Suggestion, style: Style) -> String {
    let [on, off] = style.marks();
    let ranges = &suggestion.highlight().chars;
    let mut shown = String::new();
    let mut width = 0;
    for (at, c) in suggestion.text.chars().take(WIDTH).enumerate() {
        if ranges.iter().any(|range| range.start == at) {
            shown.push_str(on);
        }
        // A file may hold what a terminal would obey.
        shown.push(if c.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        });
        width += 1;
        if ranges.iter().any(|range| range.end == at + 1) {
            shown.push_str(off);
        }
    }
    if ranges
        .iter()
        .any(|range| range.start < WIDTH && range.end > width)
    {
        shown.push_str(off);
    }
    if matches!(style, Style::Brackets) {
        width = shown.chars().count();
    }
    shown.extend(std::iter::repeat_n(' ', WIDTH.saturating_sub(width)));
    shown
}

fn kind(kind: Kind) -> String {
    match kind {
        Kind::QUERY => "query".into(),
        Kind::BOARD => "board".into(),
        Kind::PERSON => "person".into(),
        Kind::PRODUCT => "product".into(),
        Kind(number) => number.to_string(),
    }
}

/// The same for programs; `highlight` in characters.
pub(crate) fn row(place: usize, suggestion: &Suggestion) -> Value {
    let ranges = suggestion.highlight().chars.iter();
    let highlight: Vec<[usize; 2]> = ranges.map(|range| [range.start, range.end]).collect();
    json!({
        "rank": place,
        "text": suggestion.text,
        "origin": suggestion.origin.name(),
        "edits": suggestion.edits,
        "kind": kind(suggestion.kind),
        "score": suggestion.score,
        "weight": suggestion.weight,
        "highlight": highlight,
    })
}

/// The line below an answer.
pub(crate) fn below(count: usize, us: f64) -> String {
    match count {
        0 => format!("     nothing; {us:.0} us"),
        _ => format!("     {us:.0} us"),
    }
}

pub(crate) fn meant(correction: &Correction) -> String {
    format!("     did you mean: {}", correction.text)
}
