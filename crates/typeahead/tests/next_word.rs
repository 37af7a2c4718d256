//! Continuations by what follows what.

use bowerbird_core::container::{Container, ContainerWriter, Tag};
use bowerbird_typeahead::next_word::{BACK_OFF, NextWords, NextWordsOptions};
use bowerbird_typeahead::{BuildError, EntryFault};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

const ALL: NextWordsOptions = NextWordsOptions {
    words: 1000,
    followers: 256,
    support: 1,
};

fn build(entries: &[(&str, f64)], options: NextWordsOptions) -> NextWords {
    NextWords::build(entries.iter().copied(), options).expect("the entries are good")
}

fn copy(model: &NextWords) -> NextWords {
    let mut writer = ContainerWriter::new(Tag::new("test"), 1);
    model.write_into(&mut writer);
    let container = Container::from_bytes(&writer.to_bytes().expect("it fits")).expect("it was just written");
    NextWords::from_container(&container).expect("it was just written")
}

fn texts(model: &NextWords, text: &str, k: usize) -> Vec<String> {
    let found = model.continue_text(text, k);
    assert!(found.is_sorted_by(|a, b| a.score >= b.score), "{found:?}");
    found.into_iter().map(|one| one.text).collect()
}

#[test]
fn an_unseen_text_goes_on_as_its_last_words_do() {
    let model = build(
        &[
            ("scandinavian design", 30.0),
            ("scandinavian living room", 20.0),
            ("living room ideas", 50.0),
            ("room dividers", 90.0),
            ("living wall", 40.0),
        ],
        ALL,
    );
    assert_eq!(
        texts(&model, "cheap scandinavian ", 1),
        ["cheap scandinavian design"]
    );
    assert_eq!(
        texts(&model, "cheap scandinavian des", 1),
        ["cheap scandinavian design"]
    );
    // After two words first what followed both, though more follows the last one alone.
    assert_eq!(
        texts(&model, "my living room ", 9),
        ["my living room ideas", "my living room dividers"]
    );
    // A finished word that may also go on.
    assert!(texts(&model, "scandinavian living", 9).contains(&"scandinavian living room".to_owned()));
    assert_eq!(texts(&model, "unknown ", 9), [""; 0]);
    assert_eq!(texts(&model, "", 9), [""; 0]);
    assert_eq!(texts(&model, "zz di", 9), ["zz dividers"]);
}

#[test]
fn words_written_without_spaces_are_joined_without() {
    let model = build(&[("東京駅", 3.0), ("東京駅", 1.0)], ALL);
    assert_eq!(texts(&model, "新東京", 9), ["新東京駅"]);
}

#[test]
fn rare_followers_and_words_are_dropped() {
    let entries = [("a b", 9.0), ("a c", 1.0), ("a c d", 1.0), ("a c d", 2.0)];
    let model = build(&entries, NextWordsOptions::default());
    assert_eq!(texts(&model, "x a ", 9), ["x a c"]);
    let model = build(&entries, NextWordsOptions { followers: 1, ..ALL });
    assert_eq!(texts(&model, "x a ", 9), ["x a b"]);
    let model = build(&entries, NextWordsOptions { words: 2, ..ALL });
    assert_eq!(model.len(), 2);
    assert_eq!(texts(&model, "x a ", 9), ["x a b"]);
}

#[test]
fn bad_weights_are_refused() {
    let refused = NextWords::build([("a", 1.0), ("b", -1.0)], ALL);
    assert!(matches!(
        refused,
        Err(BuildError::Entry { position: 1, source: EntryFault::Weight { found } }) if found == -1.0
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn scores_are_shares_with_steps_back(
        entries in vec((vec("[ab]{1,2}", 1..5), 1_u32..9), 1..30),
        typed in vec("[ab]{1,2}", 1..4),
    ) {
        let owned: Vec<(String, f64)> = entries
            .iter()
            .map(|(words, weight)| (words.join(" "), f64::from(*weight)))
            .collect();
        let borrowed: Vec<(&str, f64)> = owned.iter().map(|(key, weight)| (key.as_str(), *weight)).collect();
        let model = build(&borrowed, ALL);
        // What each run of one to three words weighs.
        let mut weights: BTreeMap<Vec<&str>, f64> = BTreeMap::new();
        for (words, weight) in &entries {
            for length in 1..=3 {
                for run in words.windows(length) {
                    let run = run.iter().map(String::as_str).collect();
                    *weights.entry(run).or_default() += f64::from(*weight);
                }
            }
        }
        let weight = |run: &[&str]| weights.get(run).copied().unwrap_or_default();
        let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
        let text = format!("{} ", typed.join(" "));
        let mut expected: Vec<(String, f64)> = Vec::new();
        for word in weights.keys().filter(|run| run.len() == 1).map(|run| run[0]) {
            let mut best = f64::NEG_INFINITY;
            for length in [2, 1] {
                let Some(start) = typed.len().checked_sub(length) else { continue };
                let context = &typed[start..];
                let known = typed.len() > 1 && weight(&typed[typed.len() - 2..][..1]) > 0.0
                    && weight(&typed[typed.len() - 1..]) > 0.0;
                let back = if length == 1 && known { BACK_OFF.ln() } else { 0.0 };
                let both = weight(&[context, &[word]].concat());
                if both > 0.0 {
                    best = best.max((both / weight(context)).ln() + back);
                }
            }
            if best > f64::NEG_INFINITY {
                expected.push((format!("{text}{word}"), best));
            }
        }
        for model in [&model, &copy(&model)] {
            let mut found = model.continue_text(&text, usize::MAX);
            found.sort_by(|a, b| a.text.cmp(&b.text));
            prop_assert_eq!(found.len(), expected.len());
            for (found, (text, score)) in found.iter().zip(&expected) {
                prop_assert_eq!(&found.text, text);
                prop_assert!((found.score - score).abs() < 0.04, "{} {} {}", text, found.score, score);
            }
        }
    }

    #[test]
    fn damaged_files_do_nothing_worse_than_mislead(
        damage in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let model = build(&[("a b c", 2.0), ("b c d", 1.0), ("a b d", 5.0), ("c d a b", 5.0)], ALL);
        let mut writer = ContainerWriter::new(Tag::new("test"), 1);
        model.write_into(&mut writer);
        let container = Container::from_bytes(&writer.to_bytes().unwrap()).unwrap();
        let tags: Vec<Tag> = container.tags().collect();
        let mut damaged = ContainerWriter::new(Tag::new("test"), 1);
        for (i, tag) in tags.iter().enumerate() {
            let mut bytes = container.section(*tag).unwrap().to_vec();
            for (_, at, value) in damage.iter().filter(|(which, ..)| which.index(tags.len()) == i) {
                let length = bytes.len();
                bytes[at.index(length)] = *value;
            }
            damaged.section(*tag, bytes);
        }
        let damaged = Container::from_bytes(&damaged.to_bytes().unwrap()).unwrap();
        if let Ok(model) = NextWords::from_container(&damaged) {
            for text in ["a ", "a b ", "a b", "x c d "] {
                prop_assert!(model.continue_text(text, 3).len() <= 3);
            }
        }
    }
}

#[test]
fn a_file_of_its_own_is_saved_and_mapped() {
    let model = build(&[("living room", 3.0), ("living room lamps", 2.0)], ALL);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("next");
    model.save(&path).expect("it is saved");
    let opened = NextWords::open(&path).expect("it is opened");
    assert_eq!(
        opened.continue_text("living ", 5),
        model.continue_text("living ", 5)
    );
    assert!(bowerbird_typeahead::terms::TermIndex::open(&path).is_err());
}
