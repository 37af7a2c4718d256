//! The completions of the prefixes that most people type, side by side in memory.
//!
//! A few ten thousand prefixes answer most keystrokes. Each has its completions as one block of text and one of places, so
//! that an answer is a look-up and two copies: at the floor of what copying strings out costs.
//!
//! Every block carries the generation in which it was made. [`HotCache::invalidate_key`] and
//! [`HotCache::invalidate_all`] make blocks stale at once, for all threads; a stale block is never served, and the index
//! answers instead until a new cache is built.

use crate::hash::{hash, slot};
use crate::top::{Hit, TopK};
use crate::{FastIndex, MAX_TEXT};
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

/// Precomputed completions of hot prefixes, over a [`FastIndex`].
///
/// ```
/// use bowerbird_typeahead::{Entry, FastIndex, HotCache, Normalizer, TopK};
///
/// let entries = (0..500).map(|n| Entry::new(format!("lamp {n}"), f64::from(n)));
/// let index = FastIndex::build(entries, &Normalizer::default())?;
/// let cache = HotCache::build(&index, 10, 64);
/// let mut top = TopK::new();
/// cache.top_k("lam", 10, &mut top);
/// assert_eq!(top.get(0), Some(("lamp 499", 499.0)));
///
/// cache.invalidate_key("lamp 499"); // "l", "la", "lam" … are asked of the index from now on
/// assert!(cache.get("lam", 10, &mut top).is_none());
/// # Ok::<(), bowerbird_typeahead::BuildError>(())
/// ```
#[derive(Debug)]
pub struct HotCache {
    index: FastIndex,
    k: usize,
    slots: Vec<Option<u32>>,
    blocks: Vec<Block>,
    text: Vec<u8>,
    hits: Vec<Hit>,
    generation: AtomicU32,
    stamps: Vec<AtomicU32>,
}

#[derive(Clone, Debug)]
struct Block {
    prefix: Range<u32>,
    text: Range<u32>,
    hits: Range<u32>,
}

/// That a cache has answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cached;

impl HotCache {
    /// Caches the best `k` completions of each prefix that at least `least` keys share. O(their number · k).
    ///
    /// With 2 million keys and `least` 64 these are 18 thousand prefixes, which answer five of six keystrokes.
    pub fn build(index: &FastIndex, k: usize, least: usize) -> Self {
        let mut cache = Self {
            index: index.clone(),
            k,
            slots: Vec::new(),
            blocks: Vec::new(),
            text: Vec::new(),
            hits: Vec::new(),
            generation: AtomicU32::new(0),
            stamps: Vec::new(),
        };
        let mut top = TopK::new();
        index.visit_prefixes(least, |prefix, place| {
            index.top_k_at(place, k, &mut top);
            cache.push(prefix, &top);
        });
        cache.spread();
        cache
    }

    fn push(&mut self, prefix: &str, top: &TopK) {
        let (text, _) = top.parts();
        if u32::try_from(self.text.len() + prefix.len() + text.len()).is_err() {
            return;
        }
        let start = self.text.len() as u32;
        self.text.extend_from_slice(prefix.as_bytes());
        let middle = self.text.len() as u32;
        let (text, hits) = top.parts();
        self.text.extend_from_slice(text);
        let first = self.hits.len() as u32;
        self.hits.extend_from_slice(hits);
        self.blocks.push(Block {
            prefix: start..middle,
            text: middle..self.text.len() as u32,
            hits: first..self.hits.len() as u32,
        });
        self.stamps.push(AtomicU32::new(0));
    }

    fn spread(&mut self) {
        let mut slots = vec![None; 2 * self.blocks.len() + 1];
        for (number, block) in self.blocks.iter().enumerate() {
            let mut at = slot(hash(self.bytes_of(&block.prefix), 0), slots.len());
            while slots[at].is_some() {
                at = (at + 1) % slots.len();
            }
            slots[at] = Some(number as u32);
        }
        self.slots = slots;
    }

    #[inline]
    fn bytes_of(&self, range: &Range<u32>) -> &[u8] {
        &self.text[range.start as usize..range.end as usize]
    }

    #[inline]
    fn find(&self, prefix: &[u8]) -> Option<usize> {
        let mut at = slot(hash(prefix, 0), self.slots.len());
        while let Some(number) = self.slots[at] {
            let number = number as usize;
            if self.bytes_of(&self.blocks[number].prefix) == prefix {
                return Some(number);
            }
            at = if at + 1 == self.slots.len() { 0 } else { at + 1 };
        }
        None
    }

    /// The best `k` completions of a folded prefix, from the cache or else from the index.
    #[inline]
    pub fn top_k(&self, prefix: &str, k: usize, top: &mut TopK) {
        if self.get(prefix, k, top).is_none() {
            self.index.top_k(prefix, k, top);
        }
    }

    /// The best `k` completions of a folded prefix, or `None` where they are not cached or stale.
    #[inline]
    pub fn get(&self, prefix: &str, k: usize, top: &mut TopK) -> Option<Cached> {
        let number = self.find(prefix.as_bytes())?;
        let is_fresh = self.stamps[number].load(Ordering::Acquire) == self.generation.load(Ordering::Acquire);
        if k > self.k || !is_fresh {
            return None;
        }
        let block = &self.blocks[number];
        let hits = &self.hits[block.hits.start as usize..block.hits.end as usize];
        top.fill(self.bytes_of(&block.text), &hits[..k.min(hits.len())]);
        Some(Cached)
    }

    /// Makes the completions of all prefixes of a key stale. O(key). [`get`](Self::get) then gives none for them, and whoever
    /// asks goes to where the change is known; [`top_k`](Self::top_k) asks the same index as before.
    pub fn invalidate_key(&self, key: &str) {
        let stale = self.generation.load(Ordering::Acquire).wrapping_sub(1);
        let ends = key
            .char_indices()
            .map(|(at, c)| at + c.len_utf8())
            .take_while(|end| *end <= MAX_TEXT);
        for number in std::iter::once(0)
            .chain(ends)
            .filter_map(|end| self.find(&key.as_bytes()[..end]))
        {
            self.stamps[number].store(stale, Ordering::Release);
        }
    }

    /// Makes all completions stale. O(1).
    pub fn invalidate_all(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// How many prefixes are cached.
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// True when no prefix is cached.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Bytes held beside the index.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.slots[..])
            + self.text.len()
            + size_of_val(&self.hits[..])
            + self.blocks.len() * (size_of::<Block>() + size_of::<AtomicU32>())
    }

    /// The index behind the cache.
    pub fn index(&self) -> &FastIndex {
        &self.index
    }
}
