//! The walk over the entries that fit, best first.

use super::errors::{Alternative, Weighted};
use super::postings::{List, Union};
use super::{TermIndex, WordMode, typed_words};
use crate::{BestFirst, Found};
use std::ops::Range;

/// A range of words counts as this many times its entries, since merging lists costs more than reading one.
const MERGE_COST: usize = 4;
/// A word's entries are read along with the driver's if they are at most this many times as many: a look at an entry's
/// words costs as much as reading so many places of a list.
const LOOK_COST: usize = 8;

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
    Exact(Exact<'s>),
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

/// A range of words of which an entry must have so many.
#[derive(Clone, Debug)]
struct Test {
    low: u32,
    width: u32,
    need: usize,
}

impl Test {
    fn new(words: &Range<u32>, need: usize) -> Self {
        Self {
            low: words.start,
            width: words.end - words.start,
            need,
        }
    }

    #[inline]
    fn holds(&self, token: u32) -> bool {
        token.wrapping_sub(self.low) < self.width
    }
}

#[derive(Debug)]
struct Exact<'s> {
    driver: Union<'s>,
    /// Words whose entries are read along with the driver's.
    along: Vec<List<'s>>,
    /// What is left to be looked for among an entry's words.
    tests: Vec<Test>,
    allowance: Allowance,
}

impl TermIndex {
    /// The entries that hold the words of `text` in any order, best first; equal weights by their keys' bytes. Scores
    /// are `ln(weight)`. A text without words finds nothing.
    ///
    /// Costs the walk through the rarest word's entries up to the last one asked for, about 10 ns each.
    pub fn best_first(&self, text: &str) -> Matches<'_> {
        let walk = match Exact::new(self, text) {
            Some(exact) => Walk::Exact(exact),
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

    /// What a walk through the entries of a range of words costs.
    pub(super) fn walk_cost(&self, words: &Range<u32>) -> usize {
        let factor = if words.len() == 1 { 1 } else { MERGE_COST };
        self.postings.cost(words).saturating_mul(factor)
    }

    /// The entries of a word, if reading them costs no more than `limit`.
    fn list_within(&self, word: u32, limit: usize) -> Option<List<'_>> {
        (self.postings.cost(&(word..word + 1)) <= limit)
            .then(|| self.postings.list(word))
            .flatten()
    }

    pub(super) fn entries_with(&self, words: Range<u32>) -> Union<'_> {
        self.postings.union(words)
    }
}

impl Matches<'_> {
    /// Ends the walk after so many entries have been looked at, even if more would fit.
    #[must_use]
    pub fn with_limit(mut self, entries: u64) -> Self {
        match &mut self.walk {
            Walk::Nothing => {}
            Walk::Exact(exact) => exact.allowance = Allowance(entries),
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

impl<'s> Exact<'s> {
    fn new(index: &'s TermIndex, text: &str) -> Option<Self> {
        let mut wholes = Vec::new();
        let mut prefix = None;
        for word in typed_words(text) {
            let words = index.terms(word);
            if words.is_empty() {
                return None;
            }
            match word.mode {
                WordMode::Whole => wholes.push(words.start),
                WordMode::Prefix => prefix = Some(words),
            }
        }
        wholes.sort_unstable();
        let mut tests: Vec<Test> = wholes
            .chunk_by(|a, b| a == b)
            .map(|same| Test::new(&(same[0]..same[0] + 1), same.len()))
            .collect();
        if let Some(words) = prefix {
            let taken = wholes.iter().filter(|word| words.contains(word)).count();
            tests.push(Test::new(&words, 1 + taken));
        }
        let ranges = tests.iter().map(|test| test.low..test.low + test.width);
        let (at, words) = ranges
            .enumerate()
            .min_by_key(|(_, words)| index.walk_cost(words))?;
        let enough = index.walk_cost(&words).saturating_mul(LOOK_COST);
        if tests[at].need == 1 {
            tests.remove(at);
        }
        let mut along = Vec::new();
        tests.retain(|test| {
            let list = (test.width == 1 && test.need == 1)
                .then(|| index.list_within(test.low, enough))
                .flatten();
            let kept = list.is_none();
            along.extend(list);
            kept
        });
        Some(Self {
            driver: index.entries_with(words),
            along,
            tests,
            allowance: Allowance::unlimited(),
        })
    }

    fn next(&mut self, index: &TermIndex) -> Option<Hit> {
        loop {
            self.allowance.take()?;
            let rank = self.driver.next()?;
            for list in &mut self.along {
                if !list.seek(rank) {
                    return None;
                }
            }
            if self.along.iter().all(|list| list.rank() == rank) && self.fits(index, rank) {
                return Some(Hit {
                    rank,
                    ..Hit::default()
                });
            }
        }
    }

    #[inline]
    fn fits(&self, index: &TermIndex, rank: u32) -> bool {
        self.tests.iter().all(|test| {
            let mut need = test.need;
            index.forward.tokens(rank).any(|token| {
                need -= usize::from(test.holds(token));
                need == 0
            })
        })
    }
}
