//! What is compared, behind one trait.

mod transducer;
mod tries;

use std::error::Error;

/// Sorted by the bytes of the text, distinct.
pub type Entries = [(String, u64)];

/// An index that completes.
pub trait Engine {
    /// Replaces what `out` holds by the best completions of `prefix`, the best first.
    fn complete(&mut self, prefix: &str, out: &mut Vec<String>);

    /// The bytes that it needs to serve, where that isn't what it holds on the heap.
    fn bytes(&self) -> Option<usize> {
        None
    }
}

/// Names, and whether they forgive typing errors.
pub const NAMES: [(&str, bool); 5] = [
    ("fst", false),
    ("weighted_trie", false),
    ("symspell_complete_rs", false),
    ("fst+levenshtein_automata", true),
    ("fst+levenshtein", true),
];

/// Builds a peer. `fuzzy` is the distance for those that forgive errors; the others take no notice of it.
pub fn build(name: &str, entries: &Entries, k: usize, fuzzy: u8) -> Result<Box<dyn Engine>, Box<dyn Error>> {
    Ok(match name {
        "fst" => Box::new(transducer::Stream::build(entries, k)?),
        "fst+levenshtein_automata" => Box::new(transducer::Automata::build(entries, k, fuzzy)?),
        "fst+levenshtein" => Box::new(transducer::Levenshtein::build(entries, k, fuzzy)?),
        "weighted_trie" => Box::new(tries::Weighted::build(entries, k)),
        "symspell_complete_rs" => Box::new(tries::Pruning::build(entries, k)),
        other => return Err(format!("no peer is called {other}").into()),
    })
}
