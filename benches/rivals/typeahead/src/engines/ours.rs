//! Our tiers, with strings copied out one by one as the peers give them.

use super::{Engine, Entries};
use bowerbird_typeahead::{
    BuildError, CompactIndex, Entry, FastIndex, HotCache, Normalizer, Pattern, Source, TopK, Typos,
};

/// A prefix that so many keys share is cached.
const SHARED: usize = 64;

/// What is left of some strange words after folding is nothing: they can't be completed.
fn all(entries: &Entries) -> impl Iterator<Item = Entry> + '_ {
    let normalizer = Normalizer::default();
    let mut key = String::new();
    entries.iter().filter_map(move |(text, weight)| {
        normalizer.fold_entry_into(text, &mut key).ok()?;
        Some(Entry::new(text.as_str(), *weight as f64))
    })
}

pub fn compact(entries: &Entries) -> Result<CompactIndex, BuildError> {
    CompactIndex::build(all(entries), &Normalizer::default())
}

pub fn fast(entries: &Entries) -> Result<FastIndex, BuildError> {
    FastIndex::build(all(entries), &Normalizer::default())
}

pub fn cached(entries: &Entries, k: usize) -> Result<HotCache, BuildError> {
    Ok(HotCache::build(&fast(entries)?, k, SHARED))
}

/// What differs between the tiers.
pub trait Tier {
    fn top_k(&self, prefix: &str, k: usize, top: &mut TopK);
    /// Keys, weights and cache; what else is known of entries is payload and not counted.
    fn size(&self) -> usize;
}

impl Tier for CompactIndex {
    fn top_k(&self, prefix: &str, k: usize, top: &mut TopK) {
        self.top_k(prefix, k, top);
    }

    fn size(&self) -> usize {
        self.bytes().0
    }
}

impl Tier for FastIndex {
    fn top_k(&self, prefix: &str, k: usize, top: &mut TopK) {
        self.top_k(prefix, k, top);
    }

    fn size(&self) -> usize {
        self.bytes().0
    }
}

impl Tier for HotCache {
    fn top_k(&self, prefix: &str, k: usize, top: &mut TopK) {
        self.top_k(prefix, k, top);
    }

    fn size(&self) -> usize {
        self.index().bytes().0 + self.bytes()
    }
}

/// Replaces what `out` holds by `texts`, in the memory that its strings have already.
fn refill<'t>(out: &mut Vec<String>, texts: impl Iterator<Item = &'t str>) {
    let mut count = 0;
    for text in texts {
        match out.get_mut(count) {
            Some(before) => {
                before.clear();
                before.push_str(text);
            }
            None => out.push(text.to_owned()),
        }
        count += 1;
    }
    out.truncate(count);
}

/// Exact prefixes. Folding the prefix is part of the call.
pub struct Exact<T> {
    tier: T,
    k: usize,
    prefix: String,
    top: TopK,
}

impl<T: Tier> Exact<T> {
    pub fn new(tier: T, k: usize) -> Self {
        Self {
            tier,
            k,
            prefix: String::new(),
            top: TopK::new(),
        }
    }
}

impl<T: Tier> Engine for Exact<T> {
    fn complete(&mut self, prefix: &str, out: &mut Vec<String>) {
        Normalizer::default().fold_prefix_into(prefix, &mut self.prefix);
        self.tier.top_k(&self.prefix, self.k, &mut self.top);
        refill(out, self.top.iter().map(|(key, _)| key));
    }

    fn bytes(&self) -> Option<usize> {
        Some(self.tier.size())
    }
}

/// Exact prefixes first, then those with errors, at any length of the prefix: the peers have no gate either.
pub struct Forgiving<T> {
    tier: T,
    k: usize,
    edits: u8,
    prefix: String,
    top: TopK,
}

impl<T: Tier + Source> Forgiving<T> {
    pub fn new(tier: T, k: usize, edits: u8) -> Self {
        Self {
            tier,
            k,
            edits,
            prefix: String::new(),
            top: TopK::new(),
        }
    }
}

impl<T: Tier + Source> Engine for Forgiving<T> {
    fn complete(&mut self, prefix: &str, out: &mut Vec<String>) {
        Normalizer::default().fold_prefix_into(prefix, &mut self.prefix);
        self.tier.top_k(&self.prefix, self.k, &mut self.top);
        refill(out, self.top.iter().map(|(key, _)| key));
        if out.len() == self.k || self.edits == 0 {
            return;
        }
        let costs = Typos::default().costs;
        if let Some(pattern) = Pattern::new(&self.prefix, self.edits, &costs) {
            let mut walk = self.tier.best_with_typos(&pattern);
            while out.len() < self.k && walk.advance().is_some() {
                out.push(walk.key().to_owned());
            }
        }
    }

    fn bytes(&self) -> Option<usize> {
        Some(self.tier.size())
    }
}
