//! Near-duplicates: pairs by hand, and the laws of a filter.

use bowerbird_typeahead::collapse::{Collapse, Seen};
use proptest::prelude::*;

fn are_one(collapse: Collapse, a: &str, b: &str) -> bool {
    let mut seen = Seen::new(collapse);
    assert_eq!(seen.admits(a), Ok(()));
    seen.admits(b) == Err(0)
}

fn kept<'k>(collapse: Collapse, keys: &[&'k str]) -> Vec<&'k str> {
    let mut seen = Seen::new(collapse);
    keys.iter()
        .copied()
        .filter(|key| seen.admits(key).is_ok())
        .collect()
}

#[test]
fn the_same_wish_is_shown_once() {
    for (rule, a, b) in [
        (Collapse::PLURAL, "living room ideas", "living room idea"),
        (Collapse::PLURAL, "berries", "berry"),
        (Collapse::PLURAL, "men's shoes", "mens shoe"),
        (Collapse::ORDER, "living room ideas", "ideas living room"),
        (Collapse::ORDER, "ideas for the living room", "living room ideas"),
        (Collapse::ORDER, "kitchen ideas", "ideas kitchen"),
        (Collapse::ORDER, "nike shoes size 5", "size 5 nike shoes"),
        (Collapse::SPACING, "living room", "livingroom"),
        (Collapse::SPACING, "t shirt", "tshirt"),
        (Collapse::SPACING, "t-shirt", "tshirt"),
        (Collapse::SPACING, "iphone 5", "iphone5"),
        (Collapse::SPACING, "modern livingroom", "modern living room"),
        (Collapse::SPELLING, "kitchen ideas", "kithcen ideas"),
        (Collapse::SPELLING, "accommodation paris", "accomodation paris"),
        (Collapse::SPELLING, "separate", "seperate"),
    ] {
        assert!(are_one(rule, a, b), "{a} / {b}");
        assert!(are_one(rule, b, a), "{b} / {a}");
        assert!(are_one(Collapse::ALL, a, b), "{a} / {b}");
        let others = [Collapse::PLURAL, Collapse::ORDER, Collapse::SPACING];
        for other in others.into_iter().filter(|other| *other != rule) {
            assert!(
                !are_one(other, a, b) || rule == Collapse::PLURAL,
                "{a} / {b} by {other:?}"
            );
        }
        assert!(!are_one(Collapse::NONE, a, b));
    }
    assert!(are_one(Collapse::PLURAL, "t-shirt", "t shirt"));
    assert!(are_one(Collapse::PLURAL, "gifts for dad", "gift dad"));
    assert!(are_one(Collapse::ALL, "ideas living room", "living room idea"));
}

#[test]
fn different_wishes_stay_apart() {
    for (a, b) in [
        ("iphone 5", "iphone 6"),
        ("iphone 15", "iphone 1 5"),
        ("1 23", "12 3"),
        ("size 123456", "size 123457"),
        ("2 bed 3 bath", "3 bed 2 bath"),
        ("paris to london", "london to paris"),
        ("dress with sleeves", "dress without sleeves"),
        ("chocolate milk", "milk chocolate"),
        ("dog house", "house dog"),
        ("every day", "everyday"),
        ("may be", "maybe"),
        ("make up", "makeup"),
        ("car pet", "carpet"),
        ("the rapist", "therapist"),
        ("pen island", "penis land"),
        ("the office", "office"),
        ("the who", "who"),
        ("glass", "glasses"),
        ("short", "shorts"),
        ("new", "news"),
        ("c++ course", "c# course"),
        ("farmer", "armer"),
        ("house", "horse"),
        ("京东", "东京"),
        ("上海路", "路上海"),
        ("kitchen", "kitten"),
    ] {
        assert!(!are_one(Collapse::ALL, a, b), "{a} / {b}");
        assert!(!are_one(Collapse::ALL, b, a), "{b} / {a}");
    }
}

#[test]
fn known_words_are_no_misspellings() {
    let known = |word: &str| matches!(word, "wedding" | "welding" | "ideas");
    let mut seen = Seen::new(Collapse::ALL).with_known_words(&known);
    assert_eq!(seen.admits("wedding ideas"), Ok(()));
    assert_eq!(seen.admits("welding ideas"), Ok(()));
    assert_eq!(seen.admits("weding ideas"), Err(0));
    assert!(are_one(Collapse::ALL, "wedding ideas", "welding ideas"));
}

#[test]
fn the_place_of_the_first_is_told_and_clearing_forgets() {
    let mut seen = Seen::new(Collapse::default());
    let answers: Vec<_> = ["a lamp", "rug", "rugs", "sofa", "sofas", "lamps a"]
        .iter()
        .map(|key| seen.admits(key))
        .collect();
    assert_eq!(answers[..5], [Ok(()), Ok(()), Err(1), Ok(()), Err(2)]);
    assert_eq!(seen.len(), 3 + usize::from(answers[5].is_ok()));
    seen.clear();
    assert!(seen.is_empty());
    assert_eq!(seen.admits("rugs"), Ok(()));
    assert_eq!(seen.admits("rug"), Err(0));
}

#[test]
fn odd_keys_are_compared_whole() {
    let long = "word ".repeat(40);
    for key in ["", " ", "❤", "--", long.as_str(), &"x".repeat(5000)] {
        let mut seen = Seen::new(Collapse::ALL);
        assert_eq!(seen.admits(key), Ok(()), "{key}");
        assert_eq!(seen.admits(key), Err(0), "{key}");
        assert_eq!(seen.admits("something else"), Ok(()), "{key}");
    }
    assert!(!are_one(Collapse::ALL, "heart ❤", "heart"));
    assert!(!are_one(Collapse::ALL, &"a ".repeat(20), &"a ".repeat(21)));
}

const WORDS: &str =
    "(living|room|ideas|idea|the|to|kitchen|kithcen|5|6|t|shirt|shirts|for|dresses|dress|livingroom|東京)";

fn phrase() -> impl Strategy<Value = String> {
    prop::string::string_regex(&format!("{WORDS}([ -]{WORDS}){{0,3}}")).expect("a pattern")
}

fn rules() -> impl Strategy<Value = Collapse> {
    prop::collection::vec(
        prop::sample::select(vec![
            Collapse::PLURAL,
            Collapse::ORDER,
            Collapse::SPACING,
            Collapse::SPELLING,
        ]),
        0..4,
    )
    .prop_map(|rules| rules.into_iter().fold(Collapse::NONE, |all, rule| all | rule))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// What stays is a duplicate of nothing that stays; what goes is one of what it is said to be. So filtering again
    /// changes nothing, the order stays, and the first of each group is there.
    #[test]
    fn a_list_is_filtered_once_and_for_all(
        keys in prop::collection::vec(phrase(), 1..30),
        collapse in rules(),
    ) {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let (mut seen, mut admitted) = (Seen::new(collapse), Vec::new());
        for key in &keys {
            match seen.admits(key) {
                Ok(()) => admitted.push(*key),
                Err(at) => prop_assert!(are_one(collapse, admitted[at], key), "{} / {}", admitted[at], key),
            }
        }
        for (at, key) in admitted.iter().enumerate() {
            for before in &admitted[..at] {
                prop_assert!(!are_one(collapse, before, key), "{before} / {key}");
            }
        }
        prop_assert_eq!(kept(collapse, &admitted), admitted.clone());
        prop_assert_eq!(admitted.first(), keys.first());
    }

    /// Two keys are one whichever comes first, and each is one with itself.
    #[test]
    fn likeness_has_no_direction(a in phrase(), b in phrase(), collapse in rules()) {
        prop_assert_eq!(are_one(collapse, &a, &b), are_one(collapse, &b, &a));
        prop_assert!(are_one(collapse, &a, &a));
    }

    /// Numbers are the same or different, never misspelt, joined or plural.
    #[test]
    fn numbers_are_never_changed(a in "[0-9]{1,7}", b in "[0-9]{1,7}") {
        let (a, b) = (format!("flat {a}"), format!("flat {b}"));
        prop_assert_eq!(are_one(Collapse::ALL, &a, &b), a == b);
    }

    #[test]
    fn any_text_is_answered(a in any::<String>(), b in any::<String>()) {
        let mut seen = Seen::new(Collapse::ALL);
        prop_assert_eq!(seen.admits(&a), Ok(()));
        let _ = seen.admits(&b);
        prop_assert!(seen.admits(&a).is_err() && seen.admits(&b).is_err());
    }
}
