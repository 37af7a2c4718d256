//! Words of a key.

use super::{Script, script};
use std::ops::Range;
use unicode_normalization::char::is_combining_mark;

/// The words of a key as byte ranges, in order.
///
/// A word is a longest run of letters, digits and marks. Scripts that write without spaces are cut by rule, not by
/// dictionary: every Han character is a word, a run of kana is one, and so is a run of Thai, Lao, Khmer or Burmese; a
/// change into or out of these ends a word. Everything else separates: `levi's` is `levi` and `s`, an emoji is no word.
///
/// ```
/// use bowerbird_typeahead::normalize::words;
///
/// let key = "t-shirt 東京タワー";
/// let found: Vec<&str> = words(key).map(|range| &key[range]).collect();
/// assert_eq!(found, ["t", "shirt", "東", "京", "タワー"]);
/// ```
pub fn words(key: &str) -> Words<'_> {
    Words { key, at: 0 }
}

/// What [`words`] gives. Lazy; O(length) in all.
#[derive(Clone, Debug)]
pub struct Words<'k> {
    key: &'k str,
    at: usize,
}

/// How a character takes part in words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A letter or digit of a script with spaces.
    Spaced,
    Kana,
    Unspaced,
    /// A word by itself.
    Alone,
    /// A mark: belongs to what is before it.
    Mark,
    Separator,
}

fn part(c: char) -> Part {
    if c.is_ascii() {
        return if c.is_ascii_alphanumeric() {
            Part::Spaced
        } else {
            Part::Separator
        };
    }
    if is_combining_mark(c) {
        return Part::Mark;
    }
    if !c.is_alphanumeric() {
        return Part::Separator;
    }
    match script(c) {
        Script::Han => Part::Alone,
        Script::Kana => Part::Kana,
        Script::Thai | Script::Lao | Script::Khmer | Script::Myanmar => Part::Unspaced,
        _ => Part::Spaced,
    }
}

impl Iterator for Words<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let mut rest = self.key[self.at..].char_indices();
        let (skipped, first) = rest.find_map(|(at, c)| {
            let part = part(c);
            (part != Part::Separator).then_some((at, part))
        })?;
        let start = self.at + skipped;
        let mut kind = first;
        let end = rest.find_map(|(at, c)| {
            let next = part(c);
            let ends = match next {
                Part::Mark => false,
                Part::Separator => true,
                // A mark that led the word takes the kind of what follows.
                _ if kind == Part::Mark => {
                    kind = next;
                    false
                }
                Part::Alone => true,
                _ => next != kind,
            };
            ends.then_some(self.at + at)
        });
        self.at = end.unwrap_or(self.key.len());
        Some(start..self.at)
    }
}
