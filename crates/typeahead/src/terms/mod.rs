//! Words in any order, the last one half typed.
//!
//! A [`TermIndex`] holds the entries of two words and more, numbered by *rank*: the heaviest first, equal weights by
//! their keys' bytes. A typed text asks for the entries that hold each of its words, where the last one need only be the
//! beginning of a word unless something follows it; no word of an entry answers for two words of the text. "room liv"
//! finds "living room ideas".
//!
//! The search walks the entries of the rarest word in order of rank and looks at the words of each, so the first match is
//! the heaviest and nothing is computed that is not asked for. Inverted lists with ranks for document numbers are after
//! Gog, Pibiri and Venturini, *Efficient and Effective Query Auto-Completion*, SIGIR 2020. A half-typed word stands for a
//! range of words, whose lists are opened one by one, in order of their best entries.
//!
//! With typing errors, each word of the text has a list of [`Alternative`]s, and a match pays for those that it takes:
//! see [`TermIndex::best_first_among`].

mod build;
mod dictionary;
mod errors;
mod exact;
mod file;
mod forward;
mod joined;
mod near;
mod postings;
mod ranks;
mod search;

use crate::normalize::words;
use bowerbird_core::container::View;
pub use build::TermEntry;
pub use dictionary::Dictionary;
pub(crate) use dictionary::Tags;
pub use errors::Alternative;
pub use joined::Respaced;
pub use near::{Near, WordMode, edits_allowed};
pub use search::Matches;
use std::ops::Range;

/// The any-order index: which entries hold which words.
///
/// Immutable, and as good mapped from a file as built. Sensitive entries do not belong here.
#[derive(Clone, Debug, Default)]
pub struct TermIndex {
    dictionary: Dictionary,
    postings: postings::Postings,
    forward: forward::Forward,
    ranks: ranks::Ranks,
    rows: View<u32>,
}

/// A word of a typed text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypedWord<'t> {
    /// The word.
    pub text: &'t str,
    /// Whether it is known to be whole.
    pub mode: WordMode,
}

/// The words of a typed text. The last one is a [prefix](WordMode::Prefix) unless something follows it.
pub fn typed_words(text: &str) -> impl Iterator<Item = TypedWord<'_>> {
    words(text).map(|Range { start, end }| TypedWord {
        text: &text[start..end],
        mode: if end == text.len() {
            WordMode::Prefix
        } else {
            WordMode::Whole
        },
    })
}

impl TermIndex {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.ranks.len() as usize
    }

    /// True when there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The words that occur.
    pub fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// Bytes in memory or in the file.
    pub fn byte_len(&self) -> usize {
        self.dictionary.byte_len()
            + self.postings.byte_len()
            + self.forward.byte_len()
            + self.ranks.byte_len()
            + size_of_val(&self.rows[..])
    }

    /// The weight of the heaviest entry that holds a word: evidence that it is one.
    pub fn best_weight(&self, word: u32) -> Option<f64> {
        let run = self.ranks.run(self.postings.best(word)?)?;
        Some(run.weight)
    }

    /// The numbers of the words that a word may stand for.
    pub fn terms(&self, word: TypedWord<'_>) -> Range<u32> {
        match word.mode {
            WordMode::Prefix => self.dictionary.starting_with(word.text),
            WordMode::Whole => match self.dictionary.get(word.text) {
                Some(number) => number..number + 1,
                None => 0..0,
            },
        }
    }

    /// Replaces `out` by an entry's key; `false` when the file is broken there.
    fn read_key(&self, rank: u32, out: &mut String) -> bool {
        let mut bytes = std::mem::take(out).into_bytes();
        bytes.clear();
        let good = self.forward.key(rank, &mut bytes, |word, bytes| {
            self.dictionary.append(word, bytes)
        });
        match String::from_utf8(bytes) {
            Ok(text) if good => {
                *out = text;
                true
            }
            _ => false,
        }
    }
}
