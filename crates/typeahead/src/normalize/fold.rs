//! The folding itself, as an iterator over characters.

use super::simple::simple;
use super::{Diacritics, tables};
use unicode_normalization::{Decompositions, UnicodeNormalization};

/// What becomes of a space at the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ending {
    Trim,
    KeepSpace,
}

/// Replaces `out` by the folded `text`.
pub(super) fn write(text: &str, diacritics: Diacritics, ending: Ending, out: &mut String) {
    out.clear();
    if is_folded_ascii(text) {
        out.push_str(text);
    } else {
        out.reserve(text.len());
        let mut last = START;
        let simple = text.chars().all(|c| match simple_step(c, diacritics, &mut last) {
            Step::Gives(folded) => {
                out.push(folded);
                true
            }
            Step::Drops => true,
            Step::Decomposes => false,
        });
        if !simple {
            out.clear();
            out.extend(Fold::new(text, diacritics, START).nfc());
        }
    }
    if ending == Ending::Trim && out.ends_with(' ') {
        out.pop();
    }
}

/// What stands before a text: as after a space, no other space is let through.
pub(super) const START: char = ' ';

/// True for ASCII that folding leaves alone, except perhaps for one space at the end.
pub(super) fn is_folded_ascii(text: &str) -> bool {
    let mut last = b' ';
    text.bytes().all(|byte| {
        let same = match byte {
            b' ' => last != b' ',
            b'!'..=b'~' => !byte.is_ascii_uppercase(),
            _ => false,
        };
        last = byte;
        same
    })
}

/// What the short way makes of a character.
pub(super) enum Step {
    Gives(char),
    Drops,
    /// It takes the long way, and so does the whole text.
    Decomposes,
}

/// The short way for one character after `last`.
pub(super) fn simple_step(c: char, diacritics: Diacritics, last: &mut char) -> Step {
    if c.is_ascii() {
        return ascii(c, last).map_or(Step::Drops, Step::Gives);
    }
    match simple(c, diacritics) {
        Some(folded) => {
            *last = folded;
            Step::Gives(folded)
        }
        None => Step::Decomposes,
    }
}

fn ascii(c: char, last: &mut char) -> Option<char> {
    let folded = match c {
        '!'..='~' => c.to_ascii_lowercase(),
        ' ' | '\t'..='\r' if *last != ' ' => ' ',
        _ => return None,
    };
    *last = folded;
    Some(folded)
}

/// The characters of a text after steps 1–5 of the module's list, decomposed.
pub(super) struct Fold<'t> {
    decomposed: Decompositions<Visible<'t>>,
    diacritics: Diacritics,
    /// What was given last: it decides on spaces and on marks that belong to a letter.
    last: char,
    /// The rest of a letter that became several.
    pending: std::str::Chars<'static>,
}

impl<'t> Fold<'t> {
    /// The folding of `text` where `last` was given before it.
    pub(super) fn new(text: &'t str, diacritics: Diacritics, last: char) -> Self {
        Self {
            decomposed: Visible(text.chars()).nfkd(),
            diacritics,
            last,
            pending: "".chars(),
        }
    }

    /// The character given last.
    pub(super) fn given_last(&self) -> char {
        self.last
    }

    /// What becomes of one decomposed character; `None` when it goes.
    fn step(&mut self, c: char) -> Option<char> {
        if c.is_ascii() {
            return ascii(c, &mut self.last);
        }
        if c.is_whitespace() {
            return ascii(' ', &mut self.last);
        }
        let drops = match self.diacritics {
            Diacritics::Fold => tables::is_accent(c, self.last),
            // The dot of a Turkish İ, which decomposition has set free.
            Diacritics::Keep => c == '\u{307}' && self.last == 'i',
        };
        if drops || tables::is_ignorable(c) {
            return None;
        }
        // After decomposition no character has a lower case of several.
        let lower = c.to_lowercase().next().unwrap_or(c);
        let spelt = tables::respelt(lower).or_else(|| match self.diacritics {
            Diacritics::Fold => tables::plain(lower),
            Diacritics::Keep => None,
        });
        let folded = match spelt {
            Some(letters) => {
                self.pending = letters.chars();
                self.pending.next()?
            }
            None => lower,
        };
        self.last = folded;
        Some(folded)
    }
}

impl Iterator for Fold<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        if let Some(c) = self.pending.next() {
            self.last = c;
            return Some(c);
        }
        loop {
            let c = self.decomposed.next()?;
            if let Some(folded) = self.step(c) {
                return Some(folded);
            }
        }
    }
}

/// The characters that have a shape, or are white space. They are picked before decomposition, so that what is dropped
/// cannot keep marks apart which belong into one order.
struct Visible<'t>(std::str::Chars<'t>);

impl Iterator for Visible<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        self.0.find(|c| !tables::is_ignorable(*c))
    }
}
