//! What is compared, behind one trait.

mod ours;
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

/// Names, ours first, and whether they forgive typing errors.
pub const NAMES: [(&str, bool); 10] = [
    ("ours-compact", false),
    ("ours-fast", false),
    ("ours-cached", false),
    ("fst", false),
    ("weighted_trie", false),
    ("symspell_complete_rs", false),
    ("ours-compact-typos", true),
    ("ours-fast-typos", true),
    ("fst+levenshtein_automata", true),
    ("fst+levenshtein", true),
];

/// Builds an engine. `fuzzy` is the distance for those that forgive errors; the others take no notice of it.
pub fn build(name: &str, entries: &Entries, k: usize, fuzzy: u8) -> Result<Box<dyn Engine>, Box<dyn Error>> {
    Ok(match name {
        "ours-compact" => Box::new(ours::Exact::new(ours::compact(entries)?, k)),
        "ours-fast" => Box::new(ours::Exact::new(ours::fast(entries)?, k)),
        "ours-cached" => Box::new(ours::Exact::new(ours::cached(entries, k)?, k)),
        "ours-compact-typos" => Box::new(ours::Forgiving::new(ours::compact(entries)?, k, fuzzy)),
        "ours-fast-typos" => Box::new(ours::Forgiving::new(ours::fast(entries)?, k, fuzzy)),
        "fst" => Box::new(transducer::Stream::build(entries, k)?),
        "fst+levenshtein_automata" => Box::new(transducer::Automata::build(entries, k, fuzzy)?),
        "fst+levenshtein" => Box::new(transducer::Levenshtein::build(entries, k, fuzzy)?),
        "weighted_trie" => Box::new(tries::Weighted::build(entries, k)),
        "symspell_complete_rs" => Box::new(tries::Pruning::build(entries, k)),
        other => return Err(format!("no engine is called {other}").into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEIGHTS: [(&str, u64); 8] = [
        ("kitchen", 50),
        ("kitchen ideas", 70),
        ("kitchen island", 60),
        ("kite", 90),
        ("kitten", 80),
        ("small kitchen", 99),
        ("table", 40),
        ("tiktok", 95),
    ];

    fn best(name: &str, fuzzy: u8, prefix: &str) -> Vec<String> {
        let entries = WEIGHTS.map(|(text, weight)| (text.to_owned(), weight));
        let mut found = vec!["from before".to_owned()];
        build(name, &entries, 3, fuzzy)
            .expect("a known name")
            .complete(prefix, &mut found);
        found
    }

    #[test]
    fn the_heaviest_come_first() {
        for (name, _) in NAMES {
            assert_eq!(
                best(name, 0, "kit"),
                ["kite", "kitten", "kitchen ideas"],
                "{name}"
            );
            assert_eq!(
                best(name, 0, "kitchen "),
                ["kitchen ideas", "kitchen island"],
                "{name}"
            );
            assert!(best(name, 0, "kot").is_empty(), "{name}");
        }
    }

    #[test]
    fn errors_are_forgiven_and_an_exchange_is_one_or_two() {
        for (name, forgives) in NAMES {
            let found = best(name, 1, "kotche");
            assert_eq!(
                found,
                if forgives {
                    &["kitchen ideas", "kitchen island", "kitchen"][..]
                } else {
                    &[]
                },
                "{name}"
            );
        }
        assert_eq!(best("fst+levenshtein_automata", 1, "iktten"), ["kitten"]);
        assert!(best("fst+levenshtein", 1, "iktten").is_empty());
        assert_eq!(best("fst+levenshtein", 2, "iktten"), ["kitten"]);
    }
}
