//! For every word, the entries that hold it, best first; and the union of a range of words, best first, lazily.

use super::dictionary::{read_varint, write_varint};
use bowerbird_core::container::{Container, ContainerWriter, LoadError, Tag, View};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

const FIRST: Tag = Tag::new("tm-first");
const ENDS: Tag = Tag::new("tm-ends");
const GAPS: Tag = Tag::new("tm-gaps");
const BEST: Tag = Tag::new("tm-best");

/// Words whose best one is stored.
const BLOCK: usize = 64;

/// Lists of entries' ranks, ascending: the best entry first.
#[derive(Clone, Debug, Default)]
pub(super) struct Postings {
    /// Each word's best entry. Half of all words have no other.
    first: View<u32>,
    /// Where each word's gaps end; they start where those of the word before end.
    ends: View<u32>,
    /// Distances to the next entry, less one.
    gaps: View<u8>,
    /// Level `l`, place `b`: of the 2^l blocks of words from block `b` on, the word whose best entry is best. Levels
    /// follow each other, each with as many places as there are blocks.
    best: View<u32>,
    entries: u32,
}

impl Postings {
    /// The lists of `words` words, from pairs of word and rank that ascend by rank, in which a pair may repeat.
    /// `None` when the lists need more than 32 bits.
    pub(super) fn build(
        words: usize,
        entries: u32,
        pairs: impl Iterator<Item = (u32, u32)> + Clone,
    ) -> Option<Self> {
        let mut starts = vec![0_usize; words + 1];
        for (word, _) in pairs.clone() {
            starts[word as usize + 1] += 1;
        }
        for word in 0..words {
            starts[word + 1] += starts[word];
        }
        let mut ranks = vec![0_u32; starts[words]];
        let mut next = starts.clone();
        for (word, rank) in pairs {
            ranks[next[word as usize]] = rank;
            next[word as usize] += 1;
        }
        let (mut first, mut ends, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
        for word in 0..words {
            let list = &ranks[starts[word]..starts[word + 1]];
            first.push(*list.first()?);
            for pair in list.windows(2).filter(|pair| pair[0] < pair[1]) {
                write_varint(&mut gaps, (pair[1] - pair[0] - 1) as usize);
            }
            ends.push(u32::try_from(gaps.len()).ok()?);
        }
        let best = levels(&first);
        Some(Self {
            first: first.into(),
            ends: ends.into(),
            gaps: gaps.into(),
            best: best.into(),
            entries,
        })
    }

    pub(super) fn byte_len(&self) -> usize {
        size_of_val(&self.first[..])
            + size_of_val(&self.ends[..])
            + self.gaps.len()
            + size_of_val(&self.best[..])
    }

    /// About how many entries a range of words has: every word once, and a gap's bytes.
    pub(super) fn cost(&self, words: &Range<u32>) -> usize {
        let end = |word: u32| match word.checked_sub(1) {
            Some(before) => self.ends.get(before as usize).map_or(0, |end| *end as usize),
            None => 0,
        };
        words.len() + end(words.end).saturating_sub(end(words.start))
    }

    /// What a walk through a range of words costs, in entries of a single word.
    pub(super) fn merge_cost(&self, words: &Range<u32>) -> usize {
        let factor = if words.len() == 1 { 1 } else { 4 };
        self.cost(words).saturating_mul(factor)
    }

    /// The best entry of a word.
    pub(super) fn best(&self, word: u32) -> Option<u32> {
        self.first.get(word as usize).copied()
    }

    /// The list of a word.
    pub(super) fn list(&self, word: u32) -> Option<List<'_>> {
        let at = word as usize;
        let rank = *self.first.get(at)?;
        let end = *self.ends.get(at)? as usize;
        let start = match at.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize,
            None => 0,
        };
        (rank < self.entries).then(|| List {
            rank,
            gaps: self.gaps.get(start..end).unwrap_or_default(),
            entries: self.entries,
        })
    }

    /// Calls `visit` with the entries of each word of a range in turn: in no order, and some more than once.
    pub(super) fn each(&self, words: Range<u32>, mut visit: impl FnMut(u32)) {
        for mut list in words.filter_map(|word| self.list(word)) {
            loop {
                visit(list.rank);
                if !list.step() {
                    break;
                }
            }
        }
    }

    /// The entries with any word of the range, ascending, each once.
    pub(super) fn union(&self, words: Range<u32>) -> Union<'_> {
        let mut union = Union {
            postings: self,
            heap: BinaryHeap::new(),
            single: None,
        };
        if words.len() == 1 {
            union.single = self.list(words.start);
        } else {
            union.open(words);
        }
        union
    }

    /// The word of a range whose best entry is best.
    fn best_of(&self, words: &Range<u32>) -> Option<u32> {
        let (low, high) = (words.start as usize, words.end as usize);
        let scan = |range: Range<usize>| {
            let list = self.first.get(range.clone())?;
            let mut at = 0;
            for (i, rank) in list.iter().enumerate() {
                if *rank < list[at] {
                    at = i;
                }
            }
            (!list.is_empty()).then_some((range.start + at) as u32)
        };
        let (from, to) = (low.div_ceil(BLOCK), high / BLOCK);
        if from >= to {
            return scan(low..high);
        }
        let blocks = self.first.len().div_ceil(BLOCK);
        let level = (to - from).ilog2() as usize;
        let place = |block: usize| {
            let word = self.best.get(level * blocks + block).copied();
            word.filter(|word| words.contains(word))
        };
        let candidates = [
            scan(low..from * BLOCK),
            place(from),
            place(to - (1 << level)),
            scan(to * BLOCK..high),
        ];
        candidates
            .into_iter()
            .flatten()
            .min_by_key(|word| self.best(*word))
    }

    pub(super) fn write_into<'a>(&'a self, writer: &mut ContainerWriter<'a>) {
        writer
            .elements(FIRST, &self.first[..])
            .elements(ENDS, &self.ends[..])
            .elements(GAPS, &self.gaps[..])
            .elements(BEST, &self.best[..]);
    }

    pub(super) fn from_container(
        words: usize,
        entries: u32,
        container: &Container,
    ) -> Result<Self, LoadError> {
        let found = Self {
            first: container.view(FIRST)?,
            ends: container.view(ENDS)?,
            gaps: container.view(GAPS)?,
            best: container.view(BEST)?,
            entries,
        };
        if found.first.len() != words {
            return Err(LoadError::invalid(FIRST, "one best entry a word"));
        }
        if found.ends.len() != words {
            return Err(LoadError::invalid(ENDS, "one end a word"));
        }
        // Lists that overlap would let a small file ask for endless work.
        if !found.ends.is_sorted()
            || found
                .ends
                .last()
                .is_some_and(|end| *end as usize != found.gaps.len())
        {
            return Err(LoadError::invalid(ENDS, "ends ascend to the last gap"));
        }
        let blocks = words.div_ceil(BLOCK);
        if found.best.len() != blocks * level_count(blocks) {
            return Err(LoadError::invalid(BEST, "one best word a block and level"));
        }
        Ok(found)
    }
}

fn level_count(blocks: usize) -> usize {
    blocks.checked_ilog2().map_or(0, |log| log as usize + 1)
}

/// The best words of blocks, level by level: see [`Postings::best`].
fn levels(first: &[u32]) -> Vec<u32> {
    let blocks = first.len().div_ceil(BLOCK);
    let mut best = Vec::with_capacity(blocks * level_count(blocks));
    for (block, ranks) in first.chunks(BLOCK).enumerate() {
        let least = ranks.iter().enumerate().min_by_key(|(_, rank)| **rank);
        best.push((block * BLOCK + least.map_or(0, |(at, _)| at)) as u32);
    }
    for level in 1..level_count(blocks) {
        let below = (level - 1) * blocks;
        let half = 1 << (level - 1);
        for block in 0..blocks {
            let other = (block + half).min(blocks - 1);
            let (a, b) = (best[below + block], best[below + other]);
            best.push(if first[a as usize] <= first[b as usize] {
                a
            } else {
                b
            });
        }
    }
    best
}

/// The entries of one word that are still to come.
#[derive(Clone, Debug)]
pub(super) struct List<'a> {
    rank: u32,
    gaps: &'a [u8],
    entries: u32,
}

impl List<'_> {
    /// The entry that it is at.
    #[inline]
    pub(super) fn rank(&self) -> u32 {
        self.rank
    }

    /// Goes on to the first entry from `rank` on, if there is one.
    #[inline]
    pub(super) fn seek(&mut self, rank: u32) -> bool {
        while self.rank < rank {
            if !self.step() {
                return false;
            }
        }
        true
    }

    /// Goes on to the next entry, if there is one.
    #[inline]
    fn step(&mut self) -> bool {
        let Some(gap) = read_varint(&mut self.gaps) else {
            return false;
        };
        let next = self.rank as usize + gap + 1;
        self.rank = next as u32;
        next < self.entries as usize
    }
}

/// The entries of a range of words, ascending. Words are opened only when their best entry's turn comes.
#[derive(Debug)]
pub(super) struct Union<'a> {
    postings: &'a Postings,
    heap: BinaryHeap<Reverse<Head<'a>>>,
    /// Used in place of the heap where the range is one word.
    single: Option<List<'a>>,
}

/// A list in the heap. Where `unopened` is not empty, `list` is that of its best word, not yet started.
#[derive(Debug)]
struct Head<'a> {
    list: List<'a>,
    word: u32,
    unopened: Range<u32>,
}

impl Head<'_> {
    fn key(&self) -> (u32, u32) {
        (self.list.rank, self.word)
    }
}

impl PartialEq for Head<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Head<'_> {}

impl PartialOrd for Head<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl Union<'_> {
    /// The next entry, without taking it.
    #[inline]
    pub(super) fn peek(&self) -> Option<u32> {
        match &self.single {
            Some(list) => Some(list.rank),
            None => self.heap.peek().map(|head| head.0.list.rank),
        }
    }

    /// Takes the next entry.
    #[inline]
    pub(super) fn next(&mut self) -> Option<u32> {
        if let Some(list) = &mut self.single {
            let rank = list.rank;
            if !list.step() {
                self.single = None;
            }
            return Some(rank);
        }
        let rank = self.pop()?;
        while self.peek() == Some(rank) {
            self.pop();
        }
        Some(rank)
    }

    fn pop(&mut self) -> Option<u32> {
        let mut top = self.heap.peek_mut()?;
        let head = &mut top.0;
        let rank = head.list.rank;
        let unopened = std::mem::take(&mut head.unopened);
        let word = head.word;
        if head.list.step() {
            drop(top);
        } else {
            std::collections::binary_heap::PeekMut::pop(top);
        }
        if !unopened.is_empty() {
            self.open(unopened.start..word);
            self.open(word + 1..unopened.end);
        }
        Some(rank)
    }

    fn open(&mut self, words: Range<u32>) {
        if words.is_empty() {
            return;
        }
        let Some(word) = self.postings.best_of(&words) else {
            return;
        };
        if let Some(list) = self.postings.list(word) {
            self.heap.push(Reverse(Head {
                list,
                word,
                unopened: words,
            }));
        }
    }
}
