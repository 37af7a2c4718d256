//! Entries that hold the words as they are typed. Three ways lead to them, and the cheapest is taken.
//!
//! - Walk the entries of the rarest whole word, best first, and look whether one of each entry's words starts as the half
//!   typed one. Good when many do.
//! - Walk the entries of the half-typed word, best first, which takes a merge of lists. Good when they are few.
//! - Go through the lists of the half-typed word as they come, keep what the whole words' entries hold too, and sort it.
//!   Reads everything, but reads it fast. Good when few fit; the other two turn into it when they have cost as much, which
//!   for a half-typed word alone means that many have been asked for.

use super::forward::BATCH;
use super::postings::{List, Union};
use super::search::{Allowance, Hit};
use super::{TermIndex, WordMode, typed_words};
use std::ops::Range;

/// Costs in nanoseconds, roughly: a place of a list read, a place of a merge of lists, a look at an entry's words, a look
/// into a table of bits, an entry's part in sorting.
const READ: u64 = 2;
const MERGE: u64 = 60;
const LOOK: u64 = 20;
const PROBE: u64 = 3;
const SORT: u64 = 15;
/// Matches that are most often asked for.
const WANTED: u64 = 10;
/// Bits in the table for each entry in it.
const BITS: usize = 16;

/// A range of words of which an entry must have so many.
#[derive(Clone, Debug)]
struct Test {
    words: Range<u32>,
    need: usize,
}

#[derive(Debug)]
pub(super) struct Exact<'s> {
    /// The whole words, the rarest first.
    wholes: Vec<Test>,
    /// The half-typed word.
    half: Option<Test>,
    /// What is walked; nothing once the rest has been sorted.
    driver: Option<Union<'s>>,
    /// Words whose entries are read along with the driver's.
    along: Vec<List<'s>>,
    /// What is left to be looked for among the words of an entry.
    tests: Vec<Test>,
    /// What a step of the walk costs, what all of them have cost, and what sorting the rest costs.
    cost: u64,
    spent: u64,
    sorting: u64,
    /// The first rank that is not yet walked.
    next: u32,
    /// Entries walked, and those of them that fit and are still to be returned, a bit each.
    batch: [u32; BATCH],
    fitting: u32,
    rest: std::vec::IntoIter<u32>,
    allowance: Allowance,
}

impl<'s> Exact<'s> {
    pub(super) fn new(index: &'s TermIndex, text: &str) -> Option<Self> {
        let (wholes, half) = tests(index, text)?;
        let count = |test: &Test| index.postings.cost(&test.words) as u64;
        let fewest = wholes.first().map(&count);
        let halves = half.as_ref().map(&count);
        let all = index.len() as u64;
        // Steps until enough is found, were the words independent.
        let steps = |walked: u64, other: u64| walked.min(WANTED * all / other.max(1));
        let (by_half, step, least, sorting) = match (fewest, halves) {
            (Some(wholes), Some(halves)) => {
                let by_whole = steps(wholes, halves) * LOOK;
                let by_half = steps(halves, wholes) * (MERGE + LOOK);
                let sorting = halves * READ + (halves * LOOK).min(wholes * READ + halves * PROBE);
                let step = if by_half < by_whole { MERGE + LOOK } else { LOOK };
                (by_half < by_whole, step, by_half.min(by_whole), sorting)
            }
            (None, Some(halves)) => (true, MERGE, 0, halves * (READ + SORT)),
            (_, None) => (false, LOOK, 0, u64::MAX),
        };
        // Where sorting is cheaper than the walk is expected to be, it comes at once.
        let spent = if least > sorting { u64::MAX } else { 0 };
        let driver = if by_half { half.as_ref() } else { wholes.first() }?;
        let read_along = count(driver) * step / READ;
        let mut along = Vec::new();
        let mut tests = Vec::new();
        for (i, test) in wholes.iter().chain(&half).enumerate() {
            let whole = i < wholes.len();
            let walked = if by_half { !whole } else { i == 0 };
            let list = (whole && test.need == 1 && !walked && count(test) <= read_along)
                .then(|| index.postings.list(test.words.start))
                .flatten();
            match list {
                Some(list) => along.push(list),
                None if walked && test.need == 1 => {}
                None => tests.push(test.clone()),
            }
        }
        Some(Self {
            driver: Some(index.postings.union(driver.words.clone())),
            along,
            tests,
            cost: step,
            spent,
            sorting,
            next: 0,
            batch: [0; BATCH],
            fitting: 0,
            rest: Vec::new().into_iter(),
            allowance: Allowance::unlimited(),
            wholes,
            half,
        })
    }

    /// Limits the walk; then nothing is sorted.
    pub(super) fn limit(&mut self, allowance: Allowance) {
        self.allowance = allowance;
        (self.spent, self.sorting) = (0, u64::MAX);
    }

    pub(super) fn next(&mut self, index: &TermIndex) -> Option<Hit> {
        let rank = self.next_rank(index)?;
        Some(Hit {
            rank,
            ..Hit::default()
        })
    }

    fn next_rank(&mut self, index: &TermIndex) -> Option<u32> {
        loop {
            if self.fitting != 0 {
                let at = self.fitting.trailing_zeros();
                self.fitting &= self.fitting - 1;
                return Some(self.batch[at as usize]);
            }
            if self.driver.is_none() {
                return self.rest.next();
            }
            if self.spent > self.sorting {
                self.driver = None;
                self.rest = self.sorted(index).into_iter();
            } else {
                self.walk(index);
            }
        }
    }

    /// Walks a batch of entries, and ends the walk where there are no more.
    fn walk(&mut self, index: &TermIndex) {
        let mut count = 0;
        while count < BATCH {
            let Some(rank) = self.step() else {
                self.driver = None;
                break;
            };
            self.batch[count] = rank;
            count += 1;
        }
        self.fitting = fitting(index, &self.tests, &self.batch) & ((1 << count) - 1);
    }

    /// The next entry of the driver that those along have too.
    fn step(&mut self) -> Option<u32> {
        'entry: loop {
            self.allowance.take()?;
            self.spent += self.cost;
            let rank = self.driver.as_mut()?.next()?;
            self.next = rank + 1;
            for list in &mut self.along {
                if !list.seek(rank) {
                    return None;
                }
                if list.rank() != rank {
                    continue 'entry;
                }
            }
            return Some(rank);
        }
    }

    /// The matches from `next` on.
    fn sorted(&self, index: &TermIndex) -> Vec<u32> {
        let Some(half) = &self.half else {
            return Vec::new();
        };
        let lists = &index.postings;
        let cost = |test: &Test| lists.cost(&test.words) as u64;
        let few = cost(half);
        let rarest = self.wholes.first();
        let worth = rarest.filter(|rarest| cost(rarest) * READ + few * PROBE < few * LOOK);
        let mut found = Vec::new();
        if let Some(rarest) = worth {
            let table = Table::new(cost(rarest) as usize, |add| lists.each(rarest.words.clone(), add));
            lists.each(half.words.clone(), |rank| {
                if rank >= self.next && table.has(rank) {
                    found.push(rank);
                }
            });
        } else {
            lists.each(half.words.clone(), |rank| {
                if rank >= self.next {
                    found.push(rank);
                }
            });
        }
        found.sort_unstable();
        found.dedup();
        // What the lists do not show: the other whole words, and more than one word of a range.
        let mut tests = self.wholes.clone();
        tests.extend((half.need > 1).then(|| half.clone()));
        let mut good = Vec::with_capacity(found.len());
        for ranks in found.chunks(BATCH) {
            let mut batch = [0; BATCH];
            batch[..ranks.len()].copy_from_slice(ranks);
            let fitting = fitting(index, &tests, &batch);
            good.extend(
                (0..ranks.len())
                    .filter(|i| fitting >> i & 1 == 1)
                    .map(|i| batch[i]),
            );
        }
        good
    }
}

/// What the words of a text ask of an entry: the whole ones, the rarest first, and the half-typed one. `None` when one of
/// them does not occur.
fn tests(index: &TermIndex, text: &str) -> Option<(Vec<Test>, Option<Test>)> {
    let mut numbers = Vec::new();
    let mut half = None;
    for word in typed_words(text) {
        let words = index.terms(word);
        if words.is_empty() {
            return None;
        }
        match word.mode {
            WordMode::Whole => numbers.push(words.start),
            WordMode::Prefix => half = Some(words),
        }
    }
    numbers.sort_unstable();
    let mut wholes: Vec<Test> = numbers
        .chunk_by(|a, b| a == b)
        .map(|same| Test {
            words: same[0]..same[0] + 1,
            need: same.len(),
        })
        .collect();
    wholes.sort_by_key(|test| index.postings.cost(&test.words));
    let half = half.map(|words| Test {
        // A whole word that starts so takes one of those that do.
        need: 1 + numbers.iter().filter(|number| words.contains(number)).count(),
        words,
    });
    Some((wholes, half))
}

/// Which entries of a batch pass all tests, a bit each.
fn fitting(index: &TermIndex, tests: &[Test], ranks: &[u32; BATCH]) -> u32 {
    tests.iter().fold((1 << BATCH) - 1, |fitting, test| {
        if fitting == 0 {
            return 0;
        }
        let (low, width) = (test.words.start, test.words.end - test.words.start);
        fitting & index.forward.having(ranks, low, width, test.need)
    })
}

/// A set of ranks that may take others for its own.
struct Table {
    words: Vec<u64>,
    mask: u32,
}

impl Table {
    fn new(count: usize, fill: impl FnOnce(&mut dyn FnMut(u32))) -> Self {
        let bits = (count * BITS).next_power_of_two().max(64);
        let mut table = Self {
            words: vec![0; bits / 64],
            mask: (bits - 1) as u32,
        };
        let Self { words, mask } = &mut table;
        fill(&mut |rank| words[(rank & *mask) as usize / 64] |= 1 << (rank % 64));
        table
    }

    #[inline]
    fn has(&self, rank: u32) -> bool {
        self.words[(rank & self.mask) as usize / 64] >> (rank % 64) & 1 == 1
    }
}
