//! Both tiers keep the promises of a source, and their short way to the best `k` gives what the walk gives.

use bowerbird_typeahead::{
    BuildError, CompactIndex, Entry, FastIndex, Kind, Normalizer, Source, TopK, testing,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn fast(entries: Vec<Entry>) -> FastIndex {
    FastIndex::build(entries, &Normalizer::default()).expect("good entries")
}

fn compact(entries: Vec<Entry>) -> CompactIndex {
    CompactIndex::build(entries, &Normalizer::default()).expect("good entries")
}

#[test]
fn the_fast_tier_keeps_every_promise() {
    testing::source_conforms(fast);
}

#[test]
fn the_compact_tier_keeps_every_promise() {
    testing::source_conforms(compact);
}

/// The first `k` of a walk.
fn walked(source: &dyn Source, prefix: &str, k: usize) -> Vec<(String, f64)> {
    let mut walk = source.best_first(prefix);
    let mut list = Vec::new();
    while list.len() < k && walk.advance().is_some() {
        list.push((walk.key().to_owned(), walk.found().weight));
    }
    list
}

fn top(fill: impl FnOnce(&mut TopK), top: &mut TopK) -> Vec<(String, f64)> {
    fill(top);
    let list: Vec<_> = top.iter().map(|(key, weight)| (key.to_owned(), weight)).collect();
    assert_eq!((list.len(), list.is_empty()), (top.len(), top.is_empty()));
    assert!(top.get(list.len()).is_none());
    list
}

fn check<'p>(entries: &[Entry], prefixes: impl IntoIterator<Item = &'p str>, ks: &[usize]) {
    let (fast, compact) = (fast(entries.to_vec()), compact(entries.to_vec()));
    // One buffer for all, so that what a call leaves behind would show in the next.
    let mut buffer = TopK::new();
    for prefix in prefixes {
        for &k in ks {
            let expected = walked(&fast, prefix, k);
            assert_eq!(walked(&compact, prefix, k), expected, "{prefix:?} {k}");
            assert_eq!(
                top(|top| fast.top_k(prefix, k, top), &mut buffer),
                expected,
                "fast {prefix:?} {k}"
            );
            assert_eq!(
                top(|top| compact.top_k(prefix, k, top), &mut buffer),
                expected,
                "compact {prefix:?} {k}"
            );
        }
    }
}

fn weight() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        Just(1.0),
        Just(1.0),
        Just(3.0),
        0.0..100.0_f64,
        (0..40_u32).prop_map(f64::from)
    ]
}

fn entry(texts: &'static str) -> impl Strategy<Value = Entry> {
    (texts, weight(), 0..9_u8).prop_map(|(text, weight, kind)| {
        // Most are queries.
        Entry::new(format!("{text}x"), weight).with_kind(Kind(kind.saturating_sub(6)))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn the_best_k_are_the_first_k(
        size in prop_oneof![0..4_usize, 40..70_usize, 500..3000_usize],
        entries in vec(entry("([ab ]{0,9}|[а-в日éx]{0,4})"), 3000),
        prefixes in vec("([ab]{0,6}|[а-в日é]{0,3})", 6),
    ) {
        let prefixes = prefixes.iter().map(String::as_str).chain(["", "a", "ab", "x"]);
        check(&entries[..size], prefixes, &[0, 1, 10, 1000]);
    }
}

/// So many rows that minima over groups of blocks decide.
#[test]
fn the_best_k_of_many() {
    let scattered = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let prefixes = ["", "0", "01", "012", "02", "03", "044", "04", "1", "0399", "05"];
    for weights in [1, 7, 1 << 24] {
        let weight = |number| {
            if weights == 1 {
                number as f64
            } else {
                (scattered(number) % weights) as f64
            }
        };
        let entries: Vec<_> = (0..45_000)
            .map(|number| Entry::new(format!("{number:06}"), weight(number)))
            .collect();
        check(&entries, prefixes, &[1, 10, 700]);
        let index = fast(entries.clone());
        for prefix in prefixes {
            let mut expected: Vec<_> = entries
                .iter()
                .filter(|entry| entry.text.starts_with(prefix))
                .collect();
            expected.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.text.cmp(&b.text)));
            let found = walked(&index, prefix, 700);
            assert!(
                found
                    .iter()
                    .zip(expected)
                    .all(|(found, entry)| (&found.0, found.1) == (&entry.text, entry.weight))
            );
        }
    }
}

#[test]
fn bad_entries_are_named() {
    let bad = [f64::NAN, f64::INFINITY, -1.0]
        .map(|weight| Entry::new("sofa", weight))
        .into_iter();
    let bad = bad.chain([
        Entry::new(" ", 1.0),
        Entry::new("a\0", 1.0),
        Entry::new("a", 1.0).with_alias("\u{1}"),
    ]);
    for entry in bad.chain([Entry::new("a".repeat(1025), 1.0)]) {
        let entries = || [Entry::new("good", 1.0), entry.clone()];
        let fast = FastIndex::build(entries(), &Normalizer::default()).map(|_| ());
        let compact = CompactIndex::build(entries(), &Normalizer::default()).map(|_| ());
        for refused in [fast, compact] {
            assert!(
                matches!(refused, Err(BuildError::Entry { position: 1, .. })),
                "{entry:?}: {refused:?}"
            );
        }
    }
}
