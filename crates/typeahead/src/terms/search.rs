//! The walk over the entries that fit, best first.

use super::TermIndex;
use super::errors::{Alternative, Weighted};
use super::exact::Exact;
use crate::{BestFirst, Found};

/// Entries that fit a typed text, best first.
#[derive(Debug)]
pub struct Matches<'s> {
    index: &'s TermIndex,
    walk: Walk<'s>,
    key: String,
    hit: Hit,
    weight: f64,
}

#[derive(Debug)]
enum Walk<'s> {
    Nothing,
    Exact(Box<Exact<'s>>),
    Weighted(Box<Weighted<'s>>),
}

/// An entry that fits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hit {
    pub(super) rank: u32,
    pub(super) penalty: f64,
    pub(super) edits: u8,
}

/// How many more entries a walk may look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance(u64);

impl Allowance {
    pub(super) const fn unlimited() -> Self {
        Self(u64::MAX)
    }

    #[inline]
    pub(super) fn take(&mut self) -> Option<()> {
        self.0 = self.0.checked_sub(1)?;
        Some(())
    }
}

impl TermIndex {
    /// The entries that hold the words of `text` in any order, best first; equal weights by their keys' bytes. Scores
    /// are `ln(weight)`. A text without words finds nothing.
    ///
    /// Costs the walk through the rarest word's entries up to the last one asked for, about 10 ns each.
    pub fn best_first(&self, text: &str) -> Matches<'_> {
        let walk = match Exact::new(self, text) {
            Some(exact) => Walk::Exact(Box::new(exact)),
            None => Walk::Nothing,
        };
        self.matches(walk)
    }

    /// The entries that hold, for each word of a query, one of its alternatives, best first by ln(weight) less the
    /// penalties of the cheapest choice; equal scores by rank. No word of an entry answers for two words of the query.
    ///
    /// Exact. Penalties are at least 0; an alternative with another one, or with no words, is passed over. At most the
    /// first 16 words of a query and the first 64 of an entry count. Costs the walk through the entries of the word with
    /// fewest of them, until no entry that is left can be better.
    pub fn best_first_among(&self, words: &[Vec<Alternative>]) -> Matches<'_> {
        let walk = match Weighted::new(self, words) {
            Some(weighted) => Walk::Weighted(Box::new(weighted)),
            None => Walk::Nothing,
        };
        self.matches(walk)
    }

    fn matches<'s>(&'s self, walk: Walk<'s>) -> Matches<'s> {
        Matches {
            index: self,
            walk,
            key: String::new(),
            hit: Hit::default(),
            weight: 0.0,
        }
    }
}

impl Matches<'_> {
    /// Ends the walk after so many entries have been looked at, even if more would fit.
    #[must_use]
    pub fn with_limit(mut self, entries: u64) -> Self {
        match &mut self.walk {
            Walk::Nothing => {}
            Walk::Exact(exact) => exact.limit(Allowance(entries)),
            Walk::Weighted(weighted) => weighted.allowance = Allowance(entries),
        }
        self
    }

    /// The number that the entry was given when the index was built.
    pub fn row(&self) -> Option<u32> {
        self.index.rows.get(self.hit.rank as usize).copied()
    }

    /// The entry's place when all entries are sorted by weight, from 0.
    pub fn rank(&self) -> u32 {
        self.hit.rank
    }
}

impl BestFirst for Matches<'_> {
    fn advance(&mut self) -> Option<f64> {
        self.hit = match &mut self.walk {
            Walk::Nothing => None,
            Walk::Exact(exact) => exact.next(self.index),
            Walk::Weighted(weighted) => weighted.next(self.index),
        }?;
        self.weight = self.index.ranks.run(self.hit.rank)?.weight;
        if !self.index.read_key(self.hit.rank, &mut self.key) {
            self.walk = Walk::Nothing;
            return None;
        }
        Some(self.weight.ln() - self.hit.penalty)
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn found(&self) -> Found<'_> {
        Found::plain(self.weight)
    }

    fn edits(&self) -> u8 {
        self.hit.edits
    }
}
