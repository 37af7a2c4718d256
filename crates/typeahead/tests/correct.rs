//! Corrections of whole queries.

use bowerbird_typeahead::correct::{CorrectOptions, correct};
use bowerbird_typeahead::next_word::{NextWords, NextWordsOptions};
use proptest::collection::vec;
use proptest::prelude::*;

fn model(entries: &[(&str, f64)]) -> NextWords {
    let options = NextWordsOptions {
        support: 1,
        ..NextWordsOptions::default()
    };
    NextWords::build(entries.iter().copied(), options).expect("the entries are good")
}

fn corrected(model: &NextWords, text: &str) -> Option<(String, u8)> {
    let found = correct(model, text, |_| false, &CorrectOptions::default())?;
    assert!(found.score > 0.0);
    Some((found.text, found.edits))
}

#[test]
fn unknown_words_become_the_ones_that_were_meant() {
    let model = model(&[
        ("not received", 500.0),
        ("living room ideas", 900.0),
        ("room", 300.0),
    ]);
    assert_eq!(
        corrected(&model, "not receivde"),
        Some(("not received".into(), 1))
    );
    assert_eq!(corrected(&model, "livng rom"), Some(("living room".into(), 2)));
    assert_eq!(
        corrected(&model, "(livng-rom) "),
        Some(("(living-room) ".into(), 2))
    );
}

#[test]
fn what_is_fine_stays() {
    let model = model(&[("living room", 900.0), ("livid", 5.0)]);
    for fine in ["living room", "room living", "livid", "", " - ", "zzzzzzz", "xy"] {
        assert_eq!(corrected(&model, fine), None, "{fine}");
    }
    let options = CorrectOptions::default();
    assert!(correct(&model, "livin", |_| false, &options).is_some());
    assert_eq!(correct(&model, "livin", |word| word == "livin", &options), None);
}

#[test]
fn the_words_around_decide() {
    let model = model(&[
        ("red lamp", 1000.0),
        ("clay lamb", 10.0),
        ("roast lamb", 1000.0),
        ("red", 1000.0),
    ]);
    assert_eq!(corrected(&model, "roast lamv"), Some(("roast lamb".into(), 1)));
    assert_eq!(corrected(&model, "red lamv"), Some(("red lamp".into(), 1)));
}

#[test]
fn a_known_word_yields_to_overwhelming_evidence_only() {
    let strong = model(&[("receive mail", 1e6), ("recieve", 1.0)]);
    assert_eq!(corrected(&strong, "recieve"), Some(("receive".into(), 1)));
    let weak = model(&[("receive mail", 100.0), ("recieve", 1.0)]);
    assert_eq!(corrected(&weak, "recieve"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The best path is the best of all paths.
    #[test]
    fn no_other_choice_of_words_scores_higher(
        entries in vec((vec("[abc]{3}", 1..4), 1_u32..1000), 1..12),
        typed in vec("[abc]{3}", 1..4),
    ) {
        let owned: Vec<(String, f64)> = entries
            .iter()
            .map(|(words, weight)| (words.join(" "), f64::from(*weight)))
            .collect();
        let borrowed: Vec<(&str, f64)> = owned.iter().map(|(key, weight)| (key.as_str(), *weight)).collect();
        let model = model(&borrowed);
        let options = CorrectOptions { alternatives: 1000, ..CorrectOptions::default() };
        let total: f64 = entries.iter().map(|(words, weight)| words.len() as f64 * f64::from(*weight)).sum();
        // Every word with its penalty, then every sequence of them.
        let mut paths: Vec<(f64, Option<u32>)> = vec![(0.0, None)];
        let mut as_typed = (0.0, None);
        for word in &typed {
            let own = model.dictionary().get(word);
            let extra = if own.is_some() { options.known_penalty } else { 0.0 };
            let mut choices = vec![(own, 0.0)];
            for near in model.dictionary().near(word, 1, bowerbird_typeahead::terms::WordMode::Whole) {
                for term in near.terms.filter(|_| near.edits > 0) {
                    choices.push((Some(term), options.edit_penalty + extra));
                }
            }
            let step = |(score, last): (f64, Option<u32>), (word, penalty): (Option<u32>, f64)| {
                let likely = word.map_or(-total.ln() - 1.0, |word| model.log_probability(last, word));
                (score + likely - penalty, word)
            };
            paths = paths.iter().flat_map(|path| choices.iter().map(|choice| step(*path, *choice))).collect();
            as_typed = step(as_typed, choices[0]);
        }
        let best = paths.iter().map(|path| path.0).max_by(f64::total_cmp).unwrap() - as_typed.0;
        let found = correct(&model, &typed.join(" "), |_| false, &options);
        let score = found.map_or(0.0, |found| found.score);
        prop_assert!((score - best).abs() < 1e-9, "{} {}", score, best);
    }
}
