//! The best completions of a prefix, copied out into memory that is used again.

use crate::BestFirst;

/// Completions, best first: the strings side by side in one buffer, so that a call that is repeated allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct TopK {
    text: Vec<u8>,
    hits: Vec<Hit>,
    pub(crate) chosen: crate::fast::Chosen,
    pub(crate) frontier: crate::compact::Frontier,
}

/// Where a string ends in the buffer, and its weight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    end: u32,
    weight: f64,
}

impl TopK {
    /// An empty buffer.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many completions there are.
    pub fn len(&self) -> usize {
        self.hits.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.hits.is_empty()
    }

    /// The key and weight in place `rank`, from 0.
    pub fn get(&self, rank: usize) -> Option<(&str, f64)> {
        let hit = self.hits.get(rank)?;
        let start = rank.checked_sub(1).map_or(0, |before| self.hits[before].end);
        let key = self.text.get(start as usize..hit.end as usize)?;
        // What a damaged file holds need not be UTF-8.
        Some((std::str::from_utf8(key).unwrap_or_default(), hit.weight))
    }

    /// The keys and weights, best first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> + '_ {
        (0..self.len()).filter_map(|rank| self.get(rank))
    }

    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.hits.clear();
    }

    #[inline]
    pub(crate) fn push(&mut self, key: &[u8], weight: f64) {
        self.text.extend_from_slice(key);
        self.hits.push(Hit {
            end: self.text.len() as u32,
            weight,
        });
    }

    /// Replaces the contents by the first `k` of a walk.
    pub(crate) fn take(&mut self, walk: &mut dyn BestFirst, k: usize) {
        self.clear();
        while self.len() < k && walk.advance().is_some() {
            self.push(walk.key().as_bytes(), walk.found().weight);
        }
    }

    /// Replaces the contents by a prepared answer, whose texts may be more than its hits.
    #[inline]
    pub(crate) fn fill(&mut self, text: &[u8], hits: &[Hit]) {
        self.text.clear();
        self.text.extend_from_slice(text);
        self.hits.clear();
        self.hits.extend_from_slice(hits);
    }

    pub(crate) fn parts(&self) -> (&[u8], &[Hit]) {
        (&self.text, &self.hits)
    }
}
