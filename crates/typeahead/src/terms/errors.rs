//! Typing errors and any order together: the best entries after the penalties of the words that they match with.

use super::TermIndex;
use super::postings::Union;
use super::search::{Allowance, Hit};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::ops::Range;

/// Words of a query that count.
const WORDS: usize = 16;
/// Words of an entry that count.
const TOKENS: usize = 64;
/// Choices looked at for one entry before the best so far is taken. Only entries that repeat a word dozens of times need
/// so many.
const CHOICES: u32 = 10_000;

/// Words that a word of a query may stand for, and what that costs.
#[derive(Clone, PartialEq, Debug)]
pub struct Alternative {
    /// Numbers in the [`Dictionary`](super::Dictionary).
    pub terms: Range<u32>,
    /// Taken off the score: finite, at least 0.
    pub penalty: f64,
    /// Typing errors.
    pub edits: u8,
}

/// A range of words of the dictionary with the cheapest alternative that holds them. Lower `order` is cheaper.
#[derive(Clone, Debug)]
struct Segment {
    terms: Range<u32>,
    penalty: f64,
    edits: u8,
    order: u32,
}

/// What the words of an entry cost for one word of the query.
type Options = Vec<(usize, f64, u8)>;

#[derive(Debug)]
pub(super) struct Weighted<'s> {
    /// For each word of the query its segments, ascending, apart from each other.
    words: Vec<Vec<Segment>>,
    /// The word whose entries are walked.
    driver: usize,
    streams: BinaryHeap<Stream<'s>>,
    found: BinaryHeap<Scored>,
    options: Vec<Options>,
    tokens: Vec<u32>,
    pub(super) allowance: Allowance,
}

/// The entries of a segment of the driver, with what they can score at best.
#[derive(Debug)]
struct Stream<'s> {
    bound: f64,
    rank: u32,
    union: Union<'s>,
    segment: usize,
    penalty: f64,
    run_end: u32,
}

impl Stream<'_> {
    fn key(&self) -> (Score, Reverse<u32>, Reverse<usize>) {
        (Score(self.bound), Reverse(self.rank), Reverse(self.segment))
    }
}

#[derive(Debug)]
struct Scored {
    score: f64,
    hit: Hit,
}

impl Scored {
    fn key(&self) -> (Score, Reverse<u32>) {
        (Score(self.score), Reverse(self.hit.rank))
    }
}

#[derive(PartialEq, Debug)]
struct Score(f64);

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

macro_rules! ordered_by_key {
    ($($type:ty)*) => {$(
        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                self.key() == other.key()
            }
        }

        impl Eq for $type {}

        impl PartialOrd for $type {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $type {
            fn cmp(&self, other: &Self) -> Ordering {
                self.key().cmp(&other.key())
            }
        }
    )*};
}

ordered_by_key! { Stream<'_> Scored }

impl<'s> Weighted<'s> {
    pub(super) fn new(index: &'s TermIndex, words: &[Vec<Alternative>]) -> Option<Self> {
        let end = index.dictionary().len() as u32;
        let words: Vec<_> = words.iter().take(WORDS).map(|word| segments(word, end)).collect();
        if words.iter().any(Vec::is_empty) {
            return None;
        }
        let cost = |word: &[Segment]| -> usize {
            word.iter()
                .map(|segment| index.postings.merge_cost(&segment.terms))
                .sum()
        };
        let (driver, _) = words.iter().enumerate().min_by_key(|(_, word)| cost(word))?;
        let least: Vec<f64> = words
            .iter()
            .map(|word| {
                word.iter()
                    .map(|segment| segment.penalty)
                    .fold(f64::INFINITY, f64::min)
            })
            .collect();
        let mut streams = BinaryHeap::new();
        for (at, segment) in words[driver].iter().enumerate() {
            let union = index.postings.union(segment.terms.clone());
            // In the words' order, as a match's own penalties are summed: then no rounding puts a match above its bound.
            let penalty = least.iter().enumerate().fold(0.0, |sum, (word, least)| {
                sum + if word == driver { segment.penalty } else { *least }
            });
            let mut stream = Stream {
                bound: 0.0,
                rank: 0,
                union,
                segment: at,
                penalty,
                run_end: 0,
            };
            if stream.aim(index).is_some() {
                streams.push(stream);
            }
        }
        Some(Self {
            options: vec![Vec::new(); words.len()],
            words,
            driver,
            streams,
            found: BinaryHeap::new(),
            tokens: Vec::new(),
            allowance: Allowance::unlimited(),
        })
    }

    pub(super) fn next(&mut self, index: &TermIndex) -> Option<Hit> {
        loop {
            if let Some(best) = self.found.peek() {
                let ready = match self.streams.peek() {
                    Some(stream) => best.key() >= (Score(stream.bound), Reverse(stream.rank)),
                    None => true,
                };
                if ready {
                    return self.found.pop().map(|best| best.hit);
                }
            }
            self.allowance.take()?;
            let mut stream = self.streams.peek_mut()?;
            let (rank, segment) = (stream.rank, stream.segment);
            stream.union.next();
            if stream.aim(index).is_none() {
                PeekMut::pop(stream);
            } else {
                drop(stream);
            }
            if let Some(hit) = self.fit(index, rank, segment) {
                let weight = index.ranks.run(rank).map_or(0.0, |run| run.weight);
                self.found.push(Scored {
                    score: weight.ln() - hit.penalty,
                    hit,
                });
            }
        }
    }

    /// The cheapest way in which an entry matches, unless a cheaper segment of the driver brings it too.
    fn fit(&mut self, index: &TermIndex, rank: u32, segment: usize) -> Option<Hit> {
        self.tokens.clear();
        self.tokens.extend(index.forward.tokens(rank).take(TOKENS));
        let driver = &self.words[self.driver];
        let first = self
            .tokens
            .iter()
            .filter_map(|token| find(driver, *token))
            .min_by_key(|at| (driver[*at].order, *at));
        if first != Some(segment) {
            return None;
        }
        for (word, options) in self.words.iter().zip(&mut self.options) {
            options.clear();
            for (place, token) in self.tokens.iter().enumerate() {
                if let Some(at) = find(word, *token) {
                    options.push((place, word[at].penalty, word[at].edits));
                }
            }
            if options.is_empty() {
                return None;
            }
        }
        let mut choice = Choice {
            options: &self.options,
            tokens: &self.tokens,
            best: None,
            left: CHOICES,
        };
        choice.choose(0, 0, 0.0, 0);
        choice.best.map(|(penalty, edits)| Hit { rank, penalty, edits })
    }
}

impl Stream<'_> {
    /// Takes on the rank and the bound of the next entry; `None` at the end.
    fn aim(&mut self, index: &TermIndex) -> Option<()> {
        self.rank = self.union.peek()?;
        if self.rank >= self.run_end {
            let run = index.ranks.run(self.rank)?;
            self.run_end = run.end;
            self.bound = run.weight.ln() - self.penalty;
        }
        Some(())
    }
}

/// A search for the cheapest choice of a token for each word.
struct Choice<'a> {
    options: &'a [Options],
    tokens: &'a [u32],
    best: Option<(f64, u8)>,
    left: u32,
}

impl Choice<'_> {
    fn choose(&mut self, word: usize, used: u64, penalty: f64, edits: u8) {
        if self.best.is_some_and(|best| (penalty, edits) >= best) {
            return;
        }
        let Some(options) = self.options.get(word) else {
            self.best = Some((penalty, edits));
            return;
        };
        for (i, (place, cost, more)) in options.iter().enumerate() {
            let free = |place: usize| used & (1 << place) == 0;
            let twin = options[..i]
                .iter()
                .any(|(before, ..)| free(*before) && self.tokens[*before] == self.tokens[*place]);
            if !free(*place) || twin {
                continue;
            }
            let Some(left) = self.left.checked_sub(1) else {
                return;
            };
            self.left = left;
            self.choose(
                word + 1,
                used | 1 << place,
                penalty + cost,
                edits.saturating_add(*more),
            );
        }
    }
}

/// The segment that holds a word.
fn find(segments: &[Segment], word: u32) -> Option<usize> {
    let at = segments
        .partition_point(|segment| segment.terms.start <= word)
        .checked_sub(1)?;
    (word < segments[at].terms.end).then_some(at)
}

/// Alternatives as segments of the words before `end` that do not overlap: each word goes to the cheapest alternative that holds it.
fn segments(alternatives: &[Alternative], end: u32) -> Vec<Segment> {
    let mut sorted: Vec<Alternative> = alternatives
        .iter()
        .filter(|one| one.penalty >= 0.0 && one.penalty.is_finite())
        .map(|one| Alternative {
            terms: one.terms.start..one.terms.end.min(end),
            ..*one
        })
        .filter(|one| !one.terms.is_empty())
        .collect();
    sorted.sort_by(|a, b| a.penalty.total_cmp(&b.penalty).then(a.edits.cmp(&b.edits)));
    let mut starts: Vec<(u32, usize)> = sorted
        .iter()
        .enumerate()
        .map(|(order, one)| (one.terms.start, order))
        .collect();
    starts.sort_unstable();
    let mut bounds: Vec<u32> = sorted
        .iter()
        .flat_map(|one| [one.terms.start, one.terms.end])
        .collect();
    bounds.sort_unstable();
    bounds.dedup();
    let mut starts = starts.into_iter().peekable();
    let mut open = BinaryHeap::new();
    let mut segments: Vec<Segment> = Vec::new();
    for pair in bounds.windows(2) {
        while let Some((_, order)) = starts.next_if(|(start, _)| *start <= pair[0]) {
            open.push(Reverse(order));
        }
        while open
            .peek()
            .is_some_and(|order| sorted[order.0].terms.end <= pair[0])
        {
            open.pop();
        }
        let Some(Reverse(order)) = open.peek().copied() else {
            continue;
        };
        let one = &sorted[order];
        match segments.last_mut() {
            Some(last)
                if last.terms.end == pair[0] && (last.penalty, last.edits) == (one.penalty, one.edits) =>
            {
                last.terms.end = pair[1];
            }
            _ => segments.push(Segment {
                terms: pair[0]..pair[1],
                penalty: one.penalty,
                edits: one.edits,
                order: order as u32,
            }),
        }
    }
    segments
}
