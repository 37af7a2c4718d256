//! Words in any order against brute force, and files that lie.

use bowerbird_core::container::{Container, ContainerWriter, Tag};
use bowerbird_typeahead::terms::{Alternative, TermEntry, TermIndex, WordMode, typed_words};
use bowerbird_typeahead::{BestFirst, BuildError, EntryFault};
use proptest::collection::vec;
use proptest::prelude::*;

type Entry = (String, f64);

/// Keys of few words over few letters, so that words repeat, share beginnings and occur twice in a key.
fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let word = prop::sample::select(vec![
        "a", "ab", "abc", "b", "ba", "bab", "bb", "c", "ca", "é", "éa", "東", "タワ",
    ]);
    let separator = prop::sample::select(vec![" ", " ", " ", "-", "/", " & ", ". "]);
    let edge = prop::sample::select(vec!["", "", "", "@", "(", "...", "!"]);
    let key = (edge.clone(), vec((word, separator), 1..5), edge).prop_map(|(before, parts, after)| {
        let mut key = before.to_owned();
        for (i, (word, separator)) in parts.iter().enumerate() {
            key.push_str(word);
            if i + 1 < parts.len() {
                key.push_str(separator);
            }
        }
        key + after
    });
    vec(
        (key, prop::sample::select(vec![0.0, 1.0, 1.0, 2.0, 5.5, 100.0])),
        0..60,
    )
}

fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for run in text.split(|c: char| !c.is_alphanumeric()) {
        // The only Han character of these tests stands for itself.
        for part in run.split_inclusive('東') {
            match part.strip_suffix('東') {
                Some(before) => words.extend([before, "東"]),
                None => words.push(part),
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether each of `wanted` has a word of its own.
fn placed(wanted: &[(&str, bool)], words: &[&str], used: &mut Vec<usize>) -> bool {
    let Some(((want, whole), rest)) = wanted.split_first() else {
        return true;
    };
    (0..words.len()).any(|at| {
        let fits = if *whole {
            words[at] == *want
        } else {
            words[at].starts_with(want)
        };
        if !fits || used.contains(&at) {
            return false;
        }
        used.push(at);
        let good = placed(rest, words, used);
        used.pop();
        good
    })
}

fn by_rank(entries: &[Entry]) -> Vec<&Entry> {
    let mut sorted: Vec<&Entry> = entries.iter().filter(|(key, _)| words(key).len() >= 2).collect();
    sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    sorted
}

fn brute(entries: &[Entry], text: &str) -> Vec<(String, f64)> {
    let typed = words(text);
    let half = text.chars().next_back().is_some_and(char::is_alphanumeric);
    let wanted: Vec<(&str, bool)> = typed
        .iter()
        .enumerate()
        .map(|(i, word)| (*word, !(half && i + 1 == typed.len())))
        .collect();
    by_rank(entries)
        .into_iter()
        .filter(|(key, _)| !wanted.is_empty() && placed(&wanted, &words(key), &mut Vec::new()))
        .map(|(key, weight)| (key.clone(), weight.ln()))
        .collect()
}

fn build(entries: &[Entry]) -> TermIndex {
    TermIndex::build(entries.iter().zip(0..).map(|((key, weight), row)| TermEntry {
        key,
        weight: *weight,
        row: Some(row),
    }))
    .expect("the entries are good")
}

fn found(mut matches: impl BestFirst) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    while let Some(score) = matches.advance() {
        found.push((matches.key().to_owned(), score));
    }
    found
}

fn copy(index: &TermIndex) -> TermIndex {
    let mut writer = ContainerWriter::new(Tag::new("test"), 1);
    index.write_into(&mut writer);
    let container = Container::from_bytes(&writer.to_bytes().expect("it fits")).expect("it was just written");
    TermIndex::from_container(&container).expect("it was just written")
}

/// The cheapest injection of the query's words into an entry's.
fn cheapest(query: &[Vec<Alternative>], words: &[u32], used: &mut Vec<usize>, sum: f64) -> Option<f64> {
    let Some((alternatives, rest)) = query.split_first() else {
        return Some(sum);
    };
    let mut best: Option<f64> = None;
    for at in 0..words.len() {
        for alternative in alternatives {
            if used.contains(&at) || !alternative.terms.contains(&words[at]) {
                continue;
            }
            used.push(at);
            let cost = cheapest(rest, words, used, sum + alternative.penalty);
            used.pop();
            best = best.into_iter().chain(cost).min_by(f64::total_cmp);
        }
    }
    best
}

/// Distance with swaps of neighbours, each character in one error only.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            let mut best = if i == 0 || j == 0 { i.max(j) } else { usize::MAX };
            if i > 0 && j > 0 {
                best = best.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                best = best.min(rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]));
            }
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn exact_matches_are_those_of_brute_force_in_order(
        entries in entries(),
        texts in vec("(a|ab|abc|b|ba|bab|bb|c|é|東|タ)([ -](a|ab|abc|b|bab|c|é|東|タワ)){0,3} ?", 1..8),
    ) {
        let index = build(&entries);
        let opened = copy(&index);
        for text in texts.iter().map(String::as_str).chain(["", " ", "-", "zz", "a zz"]) {
            let expected = brute(&entries, text);
            prop_assert_eq!(&found(index.best_first(text)), &expected, "{}", text);
            prop_assert_eq!(&found(opened.best_first(text)), &expected, "{} from a file", text);
        }
        let mut every = index.best_first("a");
        while every.advance().is_some() {
            let (key, weight) = &entries[every.row().unwrap() as usize];
            prop_assert_eq!((every.key(), every.found().weight), (key.as_str(), *weight));
        }
    }

    #[test]
    fn alternatives_are_weighed_as_brute_force_does(
        entries in entries(),
        query in vec(vec((0_u32..13, 1_u32..5, prop::sample::select(vec![0.0, 0.5, 0.7, 1.0, 4.0])), 1..5), 1..4),
    ) {
        let index = build(&entries);
        let query: Vec<Vec<Alternative>> = query
            .into_iter()
            .map(|word| word.into_iter().map(|(start, length, penalty)| Alternative {
                terms: start..start + length,
                penalty,
                edits: 1,
            }).collect())
            .collect();
        let mut expected: Vec<(f64, usize, String)> = Vec::new();
        for (rank, (key, weight)) in by_rank(&entries).into_iter().enumerate() {
            let numbers: Vec<u32> = words(key)
                .iter()
                .map(|word| index.dictionary().get(word).unwrap())
                .collect();
            if let Some(penalty) = cheapest(&query, &numbers, &mut Vec::new(), 0.0) {
                expected.push((weight.ln() - penalty, rank, key.clone()));
            }
        }
        expected.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let expected: Vec<_> = expected.into_iter().map(|(score, _, key)| (key, score)).collect();
        prop_assert_eq!(found(index.best_first_among(&query)), expected);
    }

    #[test]
    fn near_words_are_those_of_brute_force(
        words in prop::collection::btree_set("[abé]{1,7}", 1..400),
        typed in "[abé]{1,7}",
        edits in 0_u8..3,
    ) {
        let keys: Vec<String> = words.iter().map(|word| format!("{word} {word}")).collect();
        let entry = |key| TermEntry { key, weight: 1.0, row: None };
        let index = TermIndex::build(keys.iter().map(|key| entry(key))).unwrap();
        let chars = |word: &str| word.chars().collect::<Vec<_>>();
        for mode in [WordMode::Whole, WordMode::Prefix] {
            let mut expected = Vec::new();
            for (number, word) in words.iter().enumerate() {
                let word = chars(word);
                let least = match mode {
                    WordMode::Whole => distance(&word, &chars(&typed)),
                    WordMode::Prefix => (0..=word.len())
                        .map(|end| distance(&word[..end], &chars(&typed)))
                        .min()
                        .unwrap(),
                };
                let same = word[0].to_string().as_bytes()[0] == typed.as_bytes()[0];
                if least <= usize::from(if same { edits } else { edits.min(1) }) {
                    expected.push((number as u32, least as u8));
                }
            }
            let near = index.dictionary().near(&typed, edits, mode);
            let near: Vec<_> = near
                .into_iter()
                .flat_map(|near| near.terms.map(move |term| (term, near.edits)))
                .collect();
            prop_assert_eq!(near, expected, "{:?}", mode);
        }
    }

    #[test]
    fn damaged_files_end_early_and_do_nothing_worse(
        entries in entries(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let index = build(&entries);
        let mut writer = ContainerWriter::new(Tag::new("test"), 1);
        index.write_into(&mut writer);
        let container = Container::from_bytes(&writer.to_bytes().unwrap()).unwrap();
        let tags: Vec<Tag> = container.tags().collect();
        let mut damaged = ContainerWriter::new(Tag::new("test"), 1);
        for (i, tag) in tags.iter().enumerate() {
            let mut bytes = container.section(*tag).unwrap().to_vec();
            for (at, value) in damage.iter().filter(|(at, _)| at.index(tags.len()) == i) {
                let length = bytes.len();
                if length > 0 {
                    bytes[at.index(length)] = *value;
                }
            }
            damaged.section(*tag, bytes);
        }
        let damaged = Container::from_bytes(&damaged.to_bytes().unwrap()).unwrap();
        if let Ok(index) = TermIndex::from_container(&damaged) {
            for text in ["a", "b a", "ab ", "c b a", "東 タ"] {
                found(index.best_first(text));
                found(index.best_first_among(&index.alternatives(text, 1.0)));
                index.respaced(text, 3, |_| None);
            }
        }
    }
}

/// Numbers below `below`, small ones more often.
fn draw(state: &mut u64, below: u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    let share = (*state >> 40) as f64 / (1_u64 << 24) as f64;
    (share * share * share * below as f64) as u64
}

#[test]
fn many_entries_over_many_words_are_found_in_order() {
    let mut state = 7;
    let word = |state: &mut u64| {
        let number = draw(state, 1500);
        format!("{}{}", char::from(b'a' + (number % 26) as u8), number / 26)
    };
    let mut entries: Vec<Entry> = Vec::new();
    for i in 0..4000_u32 {
        // Now and then more words than fit into a block, and separators of which each is met once.
        let length = if i % 97 == 0 { 14 + i % 7 } else { 2 + i % 3 };
        let words: Vec<String> = (0..length).map(|_| word(&mut state)).collect();
        let separator = if i % 11 == 0 {
            "-".repeat(1 + i as usize / 11)
        } else {
            " ".to_owned()
        };
        let key = words.join(&separator);
        if key.len() <= 1024 {
            entries.push((key, draw(&mut state, 50) as f64));
        }
    }
    let index = build(&entries);
    for i in 0..400 {
        let mut words: Vec<String> = (0..1 + i % 4).map(|_| word(&mut state)).collect();
        if i % 5 == 0 {
            // A target of its own, so that texts of many words find something.
            let key = &entries[i * 7].0;
            words = self::words(key)
                .into_iter()
                .rev()
                .take(1 + i % 4)
                .map(str::to_owned)
                .collect();
        }
        let last = words.len() - 1;
        words[last].truncate(1 + i % 3);
        let text = words.join(" ");
        let expected = brute(&entries, &text);
        assert_eq!(found(index.best_first(&text)), expected, "{text}");
        assert_eq!(
            found(index.best_first(&text).with_limit(u64::MAX)),
            expected,
            "{text}, walked"
        );
        let alternatives: Vec<Vec<Alternative>> = typed_words(&text)
            .map(|word| {
                vec![Alternative {
                    terms: index.terms(word),
                    penalty: 0.5,
                    edits: 1,
                }]
            })
            .collect();
        let penalty = 0.5 * words.len() as f64;
        let weighed: Vec<_> = expected
            .into_iter()
            .map(|(key, score)| (key, score - penalty))
            .collect();
        assert_eq!(
            found(index.best_first_among(&alternatives)),
            weighed,
            "{text}, weighed"
        );
    }
}

#[test]
fn an_entry_s_word_answers_for_one_word_of_the_text() {
    let index = build(&[
        ("new york".into(), 9.0),
        ("new new york".into(), 2.0),
        ("new newton".into(), 1.0),
    ]);
    let keys = |text| {
        let keys = found(index.best_first(text)).into_iter().map(|(key, _)| key);
        keys.collect::<Vec<_>>()
    };
    assert_eq!(keys("new ne"), ["new new york", "new newton"]);
    assert_eq!(keys("york new "), ["new york", "new new york"]);
    assert_eq!(keys("new new new"), [""; 0]);
}

#[test]
fn a_walk_ends_at_its_limit() {
    let index = build(&[("a b".into(), 3.0), ("a c".into(), 2.0), ("a b c".into(), 1.0)]);
    let exact = || index.best_first("a c");
    let among = || index.best_first_among(&index.alternatives("a c", 1.0));
    assert_eq!((found(exact()).len(), found(among()).len()), (2, 2));
    for limit in 0..2 {
        assert!(found(exact().with_limit(limit)).len() <= limit as usize);
        assert!(found(among().with_limit(limit)).len() <= limit as usize);
    }
    assert_eq!(found(exact().with_limit(9)), found(exact()));
}

#[test]
fn spaces_are_put_in_and_taken_out_where_entries_say_so() {
    let index = build(&[
        ("modern art".into(), 30.0),
        ("modern art museum".into(), 10.0),
        ("livingroom ideas".into(), 5.0),
        ("mode rnart".into(), 1.0),
    ]);
    let none = |_: &str| None;
    let respaced = |text, k| {
        let found = index.respaced(text, k, none).into_iter();
        found.map(|one| (one.text, one.weight)).collect::<Vec<_>>()
    };
    assert_eq!(
        respaced("modernart", 5),
        [("modern art".to_owned(), 30.0), ("mode rnart".to_owned(), 1.0)]
    );
    assert_eq!(respaced("modernart", 1).len(), 1);
    assert_eq!(
        respaced("museum modernart ", 5),
        [("museum modern art ".to_owned(), 10.0)]
    );
    assert_eq!(
        respaced("living room ide", 5),
        [("livingroom ide".to_owned(), 5.0)]
    );
    assert_eq!(respaced("art", 5), []);
    let elsewhere = index.respaced("data base", 5, |text| (text == "database").then_some(7.0));
    assert_eq!(elsewhere[0].text, "database");
}

#[test]
fn bad_entries_are_refused_with_their_place() {
    let fault = |key: &str, weight| {
        let good = TermEntry {
            key: "a b",
            weight: 1.0,
            row: None,
        };
        let bad = TermEntry {
            key,
            weight,
            row: None,
        };
        match TermIndex::build([good, bad]) {
            Err(BuildError::Entry { position: 1, source }) => source,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(fault("a\0b", 1.0), EntryFault::Control { position: 1 });
    assert_eq!(fault(&"a ".repeat(600), 1.0), EntryFault::TooLong { found: 1200 });
    assert_eq!(fault("a c", -1.0), EntryFault::Weight { found: -1.0 });
    assert!(matches!(fault("a c", f64::NAN), EntryFault::Weight { .. }));
}

#[test]
fn a_file_of_its_own_is_saved_and_mapped() {
    let entries = [("living room", 3.0), ("room divider", 2.0)];
    let entries = entries.map(|(key, weight)| TermEntry {
        key,
        weight,
        row: None,
    });
    let index = TermIndex::build(entries).expect("good entries");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("words");
    index.save(&path).expect("it is saved");
    let opened = TermIndex::open(&path).expect("it is opened");
    assert_eq!(found(opened.best_first("room")), found(index.best_first("room")));
    std::fs::write(&path, b"something else").expect("it is written");
    assert!(TermIndex::open(&path).is_err());
}
