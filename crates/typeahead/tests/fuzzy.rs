//! Typing errors, by brute force: both tiers give the whole list that a plain dynamic programme gives.

mod judge;

use bowerbird_typeahead::fuzzy::{EditCosts, Keyboard, MAX_PATTERN};
use bowerbird_typeahead::load::{Tsv, open};
use bowerbird_typeahead::normalize::Diacritics;
use bowerbird_typeahead::{CompactIndex, Entry, FastIndex, Kind, Normalizer, Pattern, Source};
use judge::Judge;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

type List = Vec<(String, f64)>;

fn normalizer() -> Normalizer {
    Normalizer::default().with_diacritics(Diacritics::Keep)
}

/// Weights by key and kind.
type Keys = BTreeMap<(String, Kind), f64>;

/// Words as entries; one that comes again is of another kind every other time.
fn keyed(words: &[(String, f64)]) -> Keys {
    let mut keys = Keys::new();
    for (at, (word, weight)) in words.iter().enumerate() {
        let key = normalizer().fold(word);
        if !key.is_empty() {
            let kind = if keys.contains_key(&(key.clone(), Kind::QUERY)) {
                Kind(at as u8 % 3)
            } else {
                Kind::QUERY
            };
            *keys.entry((key, kind)).or_default() += weight;
        }
    }
    keys
}

fn expected(keys: &Keys, judge: &Judge) -> List {
    let scored =
        |((key, _), weight): (&(String, Kind), &f64)| Some((key.clone(), weight.ln() - judge.penalty(key)?));
    let mut list: List = keys.iter().filter_map(scored).collect();
    // The sort is stable: kinds stay in their order.
    list.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    list
}

/// The first `most` that a source finds.
fn found(source: &dyn Source, pattern: &Pattern, most: usize) -> List {
    let mut walk = source.best_with_typos(pattern);
    let mut list = List::new();
    while list.len() < most
        && let Some(score) = walk.advance()
    {
        assert!((1..=2).contains(&walk.edits()), "{} edits", walk.edits());
        list.push((walk.key().to_owned(), score));
    }
    list
}

fn tiers(keys: &Keys) -> [Box<dyn Source>; 2] {
    let entries = || {
        keys.iter()
            .map(|((key, kind), weight)| Entry::new(key, *weight).with_kind(*kind))
    };
    [
        Box::new(FastIndex::build(entries(), &normalizer()).expect("good entries")),
        Box::new(CompactIndex::build(entries(), &normalizer()).expect("good entries")),
    ]
}

fn check(keys: &Keys, tiers: &[Box<dyn Source>], typed: &str, max_edits: u8, costs: &EditCosts) {
    let Some(pattern) = Pattern::new(typed, max_edits, costs) else {
        return;
    };
    let expected = expected(keys, &Judge::new(typed, max_edits, costs));
    for tier in tiers {
        let found = found(tier.as_ref(), &pattern, usize::MAX);
        let differs = found.iter().zip(&expected).position(|(a, b)| a != b);
        assert!(
            found.len() == expected.len() && differs.is_none(),
            "{typed:?} with {max_edits} edits in {tier:?}: {} found, {} expected; from {differs:?} on {:?} for {:?}",
            found.len(),
            expected.len(),
            found
                .iter()
                .skip(differs.unwrap_or(0))
                .take(5)
                .collect::<Vec<_>>(),
            expected
                .iter()
                .skip(differs.unwrap_or(0))
                .take(5)
                .collect::<Vec<_>>(),
        );
    }
}

fn weight() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        Just(0.25),
        Just(1.0),
        Just(7.0),
        Just(7.0),
        0.0..5000.0_f64
    ]
}

fn words(letters: &'static str, count: usize) -> impl Strategy<Value = Vec<(String, f64)>> {
    vec((letters, weight()), 0..count)
}

/// Typed texts: some at random, some that are keys with a letter changed.
fn typed(letters: &'static str) -> impl Strategy<Value = Vec<String>> {
    vec(letters, 1..12)
}

fn check_all(words: &[(String, f64)], typed: &[String], costs: &EditCosts) {
    let keys = keyed(words);
    let tiers = tiers(&keys);
    for typed in typed {
        let typed = normalizer().fold_prefix(typed);
        for max_edits in 1..=2 {
            check(&keys, &tiers, &typed, max_edits, costs);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn few_letters(words in words("[ab ]{1,8}", 500), typed in typed("[ab ]{1,9}")) {
        check_all(&words, &typed, &EditCosts::default());
    }

    #[test]
    fn letters_of_several_bytes(words in words("[aéд日 ]{1,7}", 400), typed in typed("[aéд日 ]{1,8}")) {
        check_all(&words, &typed, &EditCosts::default());
    }

    #[test]
    fn letters_of_one_script_each(words in words("([дж]{1,7}|[日本]{1,5}|[aé-]{1,7}|[ab1_?]{1,6})", 300), typed in typed("([дж]{1,7}|[日本]{1,5}|[aé-]{1,7}|[ab1_?]{1,6})")) {
        check_all(&words, &typed, &EditCosts::default());
    }

    #[test]
    fn any_costs(
        words in words("[abqw]{1,7}", 200),
        typed in typed("[abqw]{1,7}"),
        nats in vec(0.1..6.0_f32, 8),
    ) {
        let mut costs = EditCosts::default();
        (costs.substitution, costs.neighbour, costs.omission) = (nats[0], nats[1], nats[2]);
        (costs.surplus, costs.repeat, costs.transposition, costs.first) = (nats[3], nats[4], nats[5], nats[6]);
        costs.second = nats[7];
        check_all(&words, &typed, &costs);
        costs.keyboard = Keyboard::None;
        check_all(&words, &typed, &costs);
    }
}

/// SplitMix64.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }

    /// A text with one error.
    fn mistyped(&mut self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        let at = self.below(letters.len());
        let other = char::from(b"abcdefghijklmnopqrstuvwxyz "[self.below(27)]);
        match self.below(5) {
            0 if letters.len() > 1 => {
                letters.remove(at);
            }
            1 => letters.insert(at, other),
            2 => letters.insert(at, letters[at]),
            3 if at + 1 < letters.len() => letters.swap(at, at + 1),
            _ => letters[at] = other,
        }
        letters.into_iter().collect()
    }
}

/// Entries that ship with the repository.
fn shipped() -> Vec<(String, f64)> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../data/completions/entries.tsv.gz"
    );
    let entries = Tsv::new(open(path).expect("a file"));
    entries
        .map(|entry| entry.map(|entry| (entry.text, entry.weight)).expect("an entry"))
        .collect()
}

fn check_mistyped(words: &[(String, f64)], count: usize, seed: u64) {
    let keys = keyed(words);
    let tiers = tiers(&keys);
    let texts: Vec<&String> = keys.keys().map(|(text, _)| text).collect();
    let mut seeded = Seeded(seed);
    for _ in 0..count {
        let text: String = texts[seeded.below(texts.len())]
            .chars()
            .take(3 + seeded.below(12))
            .collect();
        let once = seeded.mistyped(&text);
        let twice = seeded.mistyped(&once);
        for (typed, max_edits) in [(&once, 1), (&once, 2), (&twice, 2)] {
            let typed = normalizer().fold_prefix(typed);
            check(&keys, &tiers, &typed, max_edits, &EditCosts::default());
        }
    }
}

#[test]
fn words_that_people_type() {
    let shipped = shipped();
    let some: Vec<_> = shipped.iter().step_by(shipped.len() / 700).cloned().collect();
    check_mistyped(&some, 60, 1);
    // Side by side in the file, so that they have long prefixes in common.
    check_mistyped(&shipped[90_000..90_900], 40, 2);
}

/// The tiers agree on everything that ships, as far as a page of suggestions reaches.
#[test]
fn the_tiers_agree_on_all_that_ships() {
    let keys = keyed(&shipped());
    let [fast, compact] = tiers(&keys);
    let texts: Vec<&String> = keys.keys().map(|(text, _)| text).collect();
    let mut seeded = Seeded(3);
    for _ in 0..60 {
        let text: String = texts[seeded.below(texts.len())]
            .chars()
            .take(5 + seeded.below(9))
            .collect();
        let once = seeded.mistyped(&text);
        let typed = normalizer().fold_prefix(&seeded.mistyped(&once));
        let Some(pattern) = Pattern::new(&typed, 2, &EditCosts::default()) else {
            continue;
        };
        let (a, b) = (
            found(fast.as_ref(), &pattern, 20),
            found(compact.as_ref(), &pattern, 20),
        );
        assert_eq!(a, b, "{typed:?}");
    }
}

#[test]
fn nothing_and_too_much() {
    let costs = EditCosts::default();
    assert!(Pattern::new("", 1, &costs).is_none());
    assert!(Pattern::new(&"a".repeat(MAX_PATTERN + 1), 1, &costs).is_none());
    let keys = keyed(&[("a".repeat(80), 1.0), ("b".to_owned(), 1.0)]);
    let tiers = tiers(&keys);
    check(
        &keys,
        &tiers,
        &format!("{}b", "a".repeat(MAX_PATTERN - 1)),
        2,
        &costs,
    );
    check(&keys, &tiers, "a", 1, &costs);
    check(&keys, &tiers, "b", 0, &costs);
    check(&keyed(&[]), &self::tiers(&keyed(&[])), "abc", 2, &costs);
}
