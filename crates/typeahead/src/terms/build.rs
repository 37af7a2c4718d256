//! Making the index: number words and entries, then turn the entries' words into lists.

use super::TermIndex;
use super::dictionary::Dictionary;
use super::forward::{Forward, write_shape};
use super::postings::Postings;
use super::ranks::Ranks;
use crate::normalize::words;
use crate::parallel;
use crate::{BuildError, EntryFault, MAX_TEXT};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::ops::Range;

/// What the index is given of an entry.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TermEntry<'a> {
    /// The folded text.
    pub key: &'a str,
    /// How often it is wanted.
    pub weight: f64,
    /// The caller's number for it, which comes back with a hit. Where no entry has one, none is stored.
    pub row: Option<u32>,
}

/// Entries, words and shapes as they are met.
#[derive(Default)]
struct Collected<'a> {
    entries: Vec<Item<'a>>,
    tokens: Vec<u32>,
    words: FxHashMap<&'a str, u32>,
    shapes: FxHashMap<Vec<u8>, u32>,
}

struct Item<'a> {
    entry: TermEntry<'a>,
    tokens: Range<usize>,
    shape: u32,
}

impl TermIndex {
    /// An index of those entries that have two words or more; the others are left out, since a search by prefix finds
    /// them. Keys may come in any order, and more than once.
    ///
    /// O(n log n) for n entries; about 150 bytes an entry on the way.
    ///
    /// # Errors
    ///
    /// [`BuildError`] for a key that is too long or holds a control character, for a bad weight, and for more than an
    /// index can number.
    pub fn build<'a>(entries: impl IntoIterator<Item = TermEntry<'a>>) -> Result<Self, BuildError> {
        let mut collected = Collected::default();
        let mut spans = Vec::new();
        let mut separators = Vec::new();
        let mut shape = Vec::new();
        for (position, entry) in entries.into_iter().enumerate() {
            check(&entry).map_err(|source| BuildError::Entry { position, source })?;
            spans.clear();
            spans.extend(words(entry.key));
            if spans.len() < 2 {
                continue;
            }
            separators.clear();
            let mut end = 0;
            for span in &spans {
                separators.push(&entry.key[end..span.start]);
                end = span.end;
            }
            separators.push(&entry.key[end..]);
            shape.clear();
            write_shape(&separators, &mut shape);
            collected.add(entry, &spans, &shape);
        }
        collected.finish()
    }
}

fn check(entry: &TermEntry<'_>) -> Result<(), EntryFault> {
    if entry.key.len() > MAX_TEXT {
        return Err(EntryFault::TooLong {
            found: entry.key.len(),
        });
    }
    if !entry.weight.is_finite() || entry.weight < 0.0 {
        return Err(EntryFault::Weight { found: entry.weight });
    }
    match entry.key.bytes().position(|byte| byte < b' ') {
        Some(position) => Err(EntryFault::Control { position }),
        None => Ok(()),
    }
}

impl<'a> Collected<'a> {
    fn add(&mut self, entry: TermEntry<'a>, spans: &[Range<usize>], shape: &[u8]) {
        let start = self.tokens.len();
        for span in spans {
            let next = self.words.len() as u32;
            let word = &entry.key[span.clone()];
            self.tokens.push(*self.words.entry(word).or_insert(next));
        }
        let shape = match self.shapes.get(shape) {
            Some(number) => *number,
            None => {
                let number = self.shapes.len() as u32;
                self.shapes.insert(shape.to_vec(), number);
                number
            }
        };
        self.entries.push(Item {
            entry,
            tokens: start..self.tokens.len(),
            shape,
        });
    }

    fn finish(mut self) -> Result<TermIndex, BuildError> {
        let too_many = BuildError::TooMany {
            found: self.tokens.len(),
        };
        let Ok(count) = u32::try_from(self.entries.len()) else {
            return Err(too_many);
        };
        if u32::try_from(self.tokens.len()).is_err() {
            return Err(too_many);
        }
        parallel::sort(&mut self.entries, |a, b| {
            let (a, b) = (&a.entry, &b.entry);
            b.weight
                .total_cmp(&a.weight)
                .then_with(|| a.key.cmp(b.key))
                .then_with(|| a.row.cmp(&b.row))
        });
        let sorted = self.number_words();
        let forms = self.number_shapes();
        let pairs = self.entries.iter().zip(0..count).flat_map(|(item, rank)| {
            self.tokens[item.tokens.clone()]
                .iter()
                .map(move |word| (*word, rank))
        });
        let spans: Vec<_> = self
            .entries
            .iter()
            .map(|item| (item.tokens.clone(), item.shape))
            .collect();
        let (Some(dictionary), Some(postings), Some(forward)) = (
            Dictionary::build(sorted.iter().copied()),
            Postings::build(sorted.len(), count, pairs),
            Forward::build(sorted.len(), &spans, &self.tokens, &forms),
        ) else {
            return Err(too_many);
        };
        let rows: Vec<u32> = match self.entries.iter().any(|item| item.entry.row.is_some()) {
            true => self
                .entries
                .iter()
                .map(|item| item.entry.row.unwrap_or(u32::MAX))
                .collect(),
            false => Vec::new(),
        };
        Ok(TermIndex {
            ranks: Ranks::build(self.entries.iter().map(|item| item.entry.weight)),
            rows: rows.into(),
            dictionary,
            postings,
            forward,
        })
    }

    /// Renumbers words by byte order, and returns them.
    fn number_words(&mut self) -> Vec<&'a str> {
        let mut sorted: Vec<(&str, u32)> = self.words.drain().collect();
        parallel::sort(&mut sorted, Ord::cmp);
        let mut numbers = vec![0_u32; sorted.len()];
        for ((_, old), new) in sorted.iter().zip(0..) {
            numbers[*old as usize] = new;
        }
        for token in &mut self.tokens {
            *token = numbers[*token as usize];
        }
        sorted.into_iter().map(|(word, _)| word).collect()
    }

    /// Renumbers shapes, the most frequent first, and returns them.
    fn number_shapes(&mut self) -> Vec<Vec<u8>> {
        let mut uses = vec![0_u32; self.shapes.len()];
        for item in &self.entries {
            uses[item.shape as usize] += 1;
        }
        let mut sorted: Vec<(Vec<u8>, u32)> = self.shapes.drain().collect();
        sorted.sort_unstable_by(|(a, i), (b, j)| {
            let key = |number: &u32| Reverse(uses[*number as usize]);
            key(i).cmp(&key(j)).then_with(|| a.cmp(b))
        });
        let mut numbers = vec![0_u32; sorted.len()];
        for ((_, old), new) in sorted.iter().zip(0..) {
            numbers[*old as usize] = new;
        }
        for item in &mut self.entries {
            item.shape = numbers[item.shape as usize];
        }
        sorted.into_iter().map(|(form, _)| form).collect()
    }
}
