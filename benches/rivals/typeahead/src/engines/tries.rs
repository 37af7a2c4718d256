//! Tries on the heap.

use super::{Engine, Entries};
use symspell_complete_rs::PruningRadixTrie;
use weighted_trie::{WeightedString, WeightedTrie};

/// The ten best at every node. Weights have 32 bits, heavier ones become the heaviest of these.
pub struct Weighted(WeightedTrie);

impl Weighted {
    pub fn build(entries: &Entries, k: usize) -> Self {
        let strings = entries.iter().map(|(text, weight)| {
            let weight = u32::try_from(*weight).unwrap_or(u32::MAX);
            WeightedString::new(text.as_str(), weight)
        });
        Self(WeightedTrie::build_with_max_suggestions(strings.collect(), k))
    }
}

impl Engine for Weighted {
    fn complete(&mut self, prefix: &str, out: &mut Vec<String>) {
        *out = self.0.search(prefix);
    }
}

/// A radix trie that knows the greatest weight below each node.
pub struct Pruning {
    trie: PruningRadixTrie,
    k: usize,
}

impl Pruning {
    pub fn build(entries: &Entries, k: usize) -> Self {
        let mut trie = PruningRadixTrie::new();
        for (text, weight) in entries {
            trie.add_completion(text, usize::try_from(*weight).unwrap_or(usize::MAX));
        }
        Self { trie, k }
    }
}

impl Engine for Pruning {
    fn complete(&mut self, prefix: &str, out: &mut Vec<String>) {
        out.clear();
        let found = self.trie.lookup_completions(prefix, Some(self.k));
        out.extend(found.into_iter().map(|completion| completion.term.to_string()));
    }
}
