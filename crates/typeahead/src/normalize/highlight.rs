//! From a key back to the text that is shown.

use super::fold::{self, Fold, START, Step};
use super::{Diacritics, tables};
use std::iter::once;
use std::ops::Range;
use unicode_normalization::char::{canonical_combining_class, decompose_compatible, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Ranges of a shown text that correspond to what was matched: ascending, disjoint, not touching.
///
/// They cover whole user-perceived characters: a base with its marks, a ligature of which one letter matched, an emoji
/// sequence.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Highlight {
    /// In bytes; on character boundaries.
    pub bytes: Vec<Range<usize>>,
    /// The same ranges in characters (Unicode scalar values).
    pub chars: Vec<Range<usize>>,
}

/// A shown text, its key, and which part of the key came from which part of the text.
#[derive(Clone, Debug)]
pub struct Folded<'t> {
    display: &'t str,
    key: String,
    /// One a cluster that left something in the key, ascending; empty where key and text are the same.
    spans: Vec<Span>,
}

/// A cluster of the text and where its part of the key starts.
#[derive(Clone, Copy, Debug)]
struct Span {
    key: usize,
    start: usize,
    end: usize,
}

impl<'t> Folded<'t> {
    pub(super) fn new(display: &'t str, diacritics: Diacritics) -> Self {
        if fold::is_folded_ascii(display) {
            let key = display.trim_end().to_owned();
            return Self {
                display,
                key,
                spans: Vec::new(),
            };
        }
        let (mut key, mut spans) =
            by_character(display, diacritics).unwrap_or_else(|| by_cluster(display, diacritics));
        if key.ends_with(' ') {
            key.pop();
            if spans.last().is_some_and(|span| span.key >= key.len()) {
                spans.pop();
            }
        }
        Self { display, key, spans }
    }

    /// The text as it is shown.
    pub fn display(&self) -> &'t str {
        self.display
    }

    /// The key: what [`Normalizer::fold`](super::Normalizer::fold) gives.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Where byte `at` of the key came from: the bytes of one cluster of the text. `None` beyond the key's end.
    pub fn origin(&self, at: usize) -> Option<Range<usize>> {
        self.origin_of(&(at..at + 1))
    }

    /// Where the byte ranges `matched` of the key, in any order, stand in the text. What lies beyond the key is ignored.
    pub fn highlight(&self, matched: &[Range<usize>]) -> Highlight {
        let mut bytes: Vec<_> = matched.iter().filter_map(|range| self.origin_of(range)).collect();
        bytes.sort_unstable_by_key(|range| (range.start, range.end));
        bytes.dedup_by(|next, kept| {
            let joins = next.start <= kept.end;
            if joins {
                kept.end = kept.end.max(next.end);
            }
            joins
        });
        let mut chars = Vec::with_capacity(bytes.len());
        let (mut at, mut count) = (0, 0);
        let mut count_to = |to: usize| {
            count += self.display[at..to].chars().count();
            at = to;
            count
        };
        for range in &bytes {
            let start = count_to(range.start);
            chars.push(start..count_to(range.end));
        }
        Highlight { bytes, chars }
    }

    fn origin_of(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let end = range.end.min(self.key.len());
        if range.start >= end {
            return None;
        }
        if self.spans.is_empty() {
            return Some(range.start..end);
        }
        let first = self.spans.partition_point(|span| span.key <= range.start);
        let last = self.spans.partition_point(|span| span.key < end);
        let start = self.spans.get(first.checked_sub(1)?)?.start;
        Some(start..self.spans.get(last.checked_sub(1)?)?.end)
    }
}

/// The key and its spans where every character folds by itself; `None` where one does not.
fn by_character(display: &str, diacritics: Diacritics) -> Option<(String, Vec<Span>)> {
    let mut key = String::with_capacity(display.len());
    let mut spans: Vec<Span> = Vec::with_capacity(display.len());
    let mut last = START;
    for (start, c) in display.char_indices() {
        let end = start + c.len_utf8();
        match fold::simple_step(c, diacritics, &mut last) {
            Step::Gives(folded) => {
                spans.push(Span {
                    key: key.len(),
                    start,
                    end,
                });
                key.push(folded);
            }
            Step::Drops => {}
            Step::Decomposes => return None,
        }
    }
    Some((key, spans))
}

/// The key and its spans by way of clusters.
fn by_cluster(display: &str, diacritics: Diacritics) -> (String, Vec<Span>) {
    let mut key = String::with_capacity(display.len());
    let mut spans = Vec::new();
    let mut last = START;
    for cluster in clusters(display) {
        let before = key.len();
        let mut folded = Fold::new(&display[cluster.clone()], diacritics, last);
        key.extend(folded.by_ref().nfc());
        last = folded.given_last();
        if key.len() > before {
            spans.push(Span {
                key: before,
                start: cluster.start,
                end: cluster.end,
            });
        }
    }
    (key, spans)
}

/// Cuts a text where folding the parts one by one gives the folded whole, and where a reader sees no character cut.
fn clusters(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = chars.next()?;
        let mut previous = first;
        let mut flag = is_regional(first);
        while let Some((_, c)) = chars.next_if(|(_, c)| continues(previous, *c, flag)) {
            flag = false;
            previous = c;
        }
        Some(start..chars.peek().map_or(text.len(), |(at, _)| *at))
    })
}

fn continues(previous: char, c: char, flag: bool) -> bool {
    if previous.is_ascii() && c.is_ascii() {
        return tables::is_ignorable(c);
    }
    tables::is_ignorable(c)
        || composes(c)
        || matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
        || (previous == '\u{200d}' && !c.is_alphanumeric() && !c.is_whitespace())
        || (flag && is_regional(c))
}

/// True if `c` is a mark, or may become one character with what stands before it.
fn composes(c: char) -> bool {
    if c.is_ascii() {
        return false;
    }
    let mut first = None;
    decompose_compatible(c, |part| {
        first.get_or_insert(part);
    });
    let first = first.unwrap_or(c);
    is_combining_mark(first)
        || canonical_combining_class(first) != 0
        || is_nfc_quick(once(first)) != IsNormalized::Yes
}

fn is_regional(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}
