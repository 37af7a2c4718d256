//! Which sources found which row: a bit set and a short list a row, for any number of sources.

use bowerbird_core::ItemId;

const END: u32 = u32::MAX;

/// How one source came by one row.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Provenance {
    /// The source's number in the schema.
    pub source: usize,
    /// The row's rank in that source's answer, 0 being the best.
    pub rank: u32,
    /// The source's own score, on its own scale.
    pub score: f32,
    /// The item of the user's history that spoke for it most, if the source knew.
    pub because: Option<ItemId>,
}

/// A set of source numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SourceSet<'a> {
    words: &'a [u64],
}

impl SourceSet<'_> {
    /// True when `source` is in the set.
    pub fn contains(&self, source: usize) -> bool {
        self.words
            .get(source / 64)
            .is_some_and(|word| word >> (source % 64) & 1 == 1)
    }

    /// Sources in the set.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// True for the empty set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }
}

#[derive(Clone, Debug)]
struct Hit {
    by: Provenance,
    next: u32,
}

/// For each row, a bit set and a linked list into one arena: memory follows the hits, not rows × sources.
#[derive(Clone, Debug)]
pub(super) struct Hits {
    /// Words of bits a row.
    words: usize,
    bits: Vec<u64>,
    first: Vec<u32>,
    last: Vec<u32>,
    arena: Vec<Hit>,
}

impl Hits {
    pub(super) fn new(sources: usize) -> Self {
        let words = sources.div_ceil(64).max(1);
        Self {
            words,
            bits: Vec::new(),
            first: Vec::new(),
            last: Vec::new(),
            arena: Vec::new(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.truncate(0);
        self.arena.clear();
    }

    pub(super) fn push_row(&mut self) {
        self.bits.extend(std::iter::repeat_n(0, self.words));
        self.first.push(END);
        self.last.push(END);
    }

    pub(super) fn add(&mut self, row: usize, by: Provenance) -> bool {
        assert!(
            by.source < self.words * 64,
            "source {} is not in the schema",
            by.source
        );
        let word = &mut self.bits[row * self.words + by.source / 64];
        let bit = 1_u64 << (by.source % 64);
        if *word & bit != 0 {
            return false;
        }
        *word |= bit;
        let at = self.arena.len() as u32;
        self.arena.push(Hit { by, next: END });
        match self.last[row] {
            END => self.first[row] = at,
            last => self.arena[last as usize].next = at,
        }
        self.last[row] = at;
        true
    }

    pub(super) fn sources(&self, row: usize) -> SourceSet<'_> {
        SourceSet {
            words: &self.bits[row * self.words..][..self.words],
        }
    }

    pub(super) fn of(&self, row: usize) -> impl Iterator<Item = Provenance> + '_ {
        let mut at = self.first[row];
        std::iter::from_fn(move || {
            let hit = self.arena.get(at as usize)?;
            at = hit.next;
            Some(hit.by)
        })
    }

    pub(super) fn select(&mut self, order: &[u32], u32s: &mut Vec<u32>, u64s: &mut Vec<u64>) {
        super::gather(&mut self.first, order, u32s);
        super::gather(&mut self.last, order, u32s);
        u64s.clear();
        for &row in order {
            u64s.extend_from_slice(&self.bits[row as usize * self.words..][..self.words]);
        }
        std::mem::swap(&mut self.bits, u64s);
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        self.first.truncate(rows);
        self.last.truncate(rows);
        self.bits.truncate(rows * self.words);
    }
}
