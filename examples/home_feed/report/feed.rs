//! One person's feed, as a list.

use super::escape;
use crate::findings::{Person, Shown};
use crate::wording;

/// What the person watched, what the cascade shows, and why some things are not shown.
pub(super) fn section(person: &Person) -> String {
    let cards: String = person
        .feed
        .iter()
        .enumerate()
        .map(|(position, shown)| card(shown, position))
        .collect();
    format!(
        "<section>\n<h2>One person’s feed</h2>\n<p class=\"lead\">User {}. Watched last: {}.</p>\n<p class=\"note\">The arrow is \
         the move from the rank before diversity to the place shown. <span class=\"hit\">watched later</span> marks \
         what was held out.</p>\n<ol class=\"feed\">\n{cards}</ol>\n{}</section>\n",
        person.user,
        escape(&person.watched.join(", ")),
        why_not(person),
    )
}

fn card(shown: &Shown, position: usize) -> String {
    let (class, arrow) = match wording::climb(shown, position) {
        0 => ("level", "=".to_owned()),
        climb if climb > 0 => ("up", format!("▲ {climb}")),
        climb => ("down", format!("▼ {}", climb.unsigned_abs())),
    };
    let hit = if shown.hit {
        " <span class=\"hit\">watched later</span>"
    } else {
        ""
    };
    let year = shown
        .year
        .map(|year| format!(" <span class=\"year\">{year}</span>"));
    let because = shown.because.as_ref();
    let because = because.map(|title| format!(" — because you liked <em>{}</em>", escape(title)));
    let heads: String = shown
        .heads
        .iter()
        .map(|(head, value)| format!("<span>{} <b>{}</b></span>", escape(head), wording::head(*value)))
        .collect();
    format!(
        "<li><div class=\"place\"><b>{}</b><span class=\"{class}\" title=\"rank {} before diversity\">{arrow}</span></div>\
         <div><h3>{}{}{hit}</h3><p class=\"genres\">{}</p><p>{}{}</p><p class=\"heads\">{heads}</p></div></li>\n",
        position + 1,
        shown.rank + 1,
        escape(&shown.title),
        year.unwrap_or_default(),
        escape(&shown.genres.join(", ")),
        escape(&shown.found_by.join(", ")),
        because.unwrap_or_default(),
    )
}

fn why_not(person: &Person) -> String {
    if person.why_not.is_empty() {
        return String::new();
    }
    let rows: String = person
        .why_not
        .iter()
        .map(|row| {
            format!(
                "<div><dt>{}</dt><dd>{}</dd></div>\n",
                escape(&row.title),
                escape(&row.why)
            )
        })
        .collect();
    format!("<h3>Why not</h3>\n<dl class=\"why-not\">\n{rows}</dl>\n")
}
