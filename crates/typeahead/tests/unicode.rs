//! Scripts of all kinds through the whole of a completion: what is found, what is shown, and where it is marked.

use bowerbird_core::SystemClock;
use bowerbird_typeahead::next_word::{NextWords, NextWordsOptions};
use bowerbird_typeahead::{Completer, Entry, Normalizer, Origin, Request, Suggestion, WithTerms};
use proptest::collection::vec;
use proptest::prelude::*;

fn completer(entries: Vec<Entry>) -> Completer {
    Completer::over(WithTerms::build_fast(entries, &Normalizer::default()).unwrap())
}

fn of(texts: &[&str]) -> Completer {
    let rising = texts.iter().rev().zip(1..);
    completer(
        rising
            .map(|(text, weight)| Entry::new(*text, f64::from(weight)))
            .collect(),
    )
}

fn answer(completer: &Completer, typed: &str) -> Vec<Suggestion> {
    completer
        .complete(typed, &Request::new(20), &SystemClock)
        .suggestions
        .to_vec()
}

fn best(completer: &Completer, typed: &str) -> Suggestion {
    let mut found = answer(completer, typed);
    assert!(!found.is_empty(), "nothing for {typed:?}");
    found.swap_remove(0)
}

/// The marked parts, by bytes; by characters they must be the same.
fn marked(suggestion: &Suggestion) -> Vec<String> {
    let highlight = suggestion.highlight();
    let chars: Vec<char> = suggestion.text.chars().collect();
    let parts: Vec<String> = highlight
        .bytes
        .iter()
        .map(|range| suggestion.text[range.clone()].to_owned())
        .collect();
    let by_chars: Vec<String> = highlight
        .chars
        .iter()
        .map(|range| chars[range.clone()].iter().collect())
        .collect();
    assert_eq!(parts, by_chars);
    parts
}

#[test]
fn han_and_kana_complete_and_are_marked_whole() {
    let completer = of(&["東京タワー", "東京駅", "東北", "カフェ 東京"]);
    let texts: Vec<String> = answer(&completer, "東京").into_iter().map(|s| s.text).collect();
    assert_eq!(texts[..2], ["東京タワー", "東京駅"]);
    let found = best(&completer, "東京タ");
    assert_eq!(marked(&found), ["東京タ"]);
    assert_eq!(found.highlight().bytes, [0..9]);
    assert_eq!(found.highlight().chars, [0..3]);
    // Every character of Han is a word.
    let turned = answer(&completer, "京東");
    let turned: Vec<_> = turned
        .iter()
        .filter(|found| found.origin == Origin::AnyOrder)
        .collect();
    assert!(turned.iter().any(|found| found.text == "東京駅"));
    for found in turned {
        assert_eq!(marked(found).concat(), "東京");
    }
    // Half-width kana are the same.
    assert_eq!(best(&completer, "ｶﾌｪ").text, "カフェ 東京");
}

#[test]
fn an_alias_leads_to_the_text_and_marks_nothing() {
    let entries = vec![
        Entry::new("東京", 9.0)
            .with_alias("とうきょう")
            .with_alias("Tōkyō"),
        Entry::new("北京", 8.0)
            .with_alias("beijing")
            .with_alias("bei jing"),
        Entry::new("tokyo tower", 1.0),
    ];
    let completer = completer(entries);
    for (typed, alias) in [("とうき", "とうきょう"), ("TOK", "tokyo"), ("tō", "tokyo")] {
        let found = best(&completer, typed);
        assert_eq!((found.text.as_str(), found.key.as_str()), ("東京", "東京"));
        assert_eq!(found.alias.as_deref(), Some(alias));
        assert_eq!(marked(&found), Vec::<String>::new());
    }
    // Two aliases and a typing error, one suggestion.
    for typed in ["bei", "beijnig", "bei jnig"] {
        let found = answer(&completer, typed);
        let found: Vec<_> = found.iter().filter(|found| found.text == "北京").collect();
        assert_eq!(found.len(), 1, "{typed}");
        assert_eq!(marked(found[0]), Vec::<String>::new());
    }
    let tower = answer(&completer, "tokyo");
    assert_eq!(marked(&tower[1]), ["tokyo"]);
}

#[test]
fn right_to_left_text_is_marked_in_logical_order() {
    let completer = of(&["شقة للإيجار", "مطبخ أبيض", "סלון מודרני", "שָׁלוֹם", "مَدْرَسَة"]);
    for (typed, text, part) in [
        ("شق", "شقة للإيجار", "شق"),
        ("شقة للا", "شقة للإيجار", "شقة للإ"),
        ("مطبخ ا", "مطبخ أبيض", "مطبخ أ"),
        ("סלון מ", "סלון מודרני", "סלון מ"),
        ("שלו", "שָׁלוֹם", "שָׁלוֹ"),
        ("مدر", "مَدْرَسَة", "مَدْرَ"),
    ] {
        let found = best(&completer, typed);
        assert_eq!(found.text, text);
        assert_eq!(marked(&found), [part], "{typed}");
        assert_eq!(found.highlight().bytes[0].start, 0);
    }
    let found = best(&completer, "מודרני ס");
    assert_eq!(
        (found.text.as_str(), found.origin),
        ("סלון מודרני", Origin::AnyOrder)
    );
    assert_eq!(marked(&found), ["ס", "מודרני"]);
    // Two letters in the wrong order.
    assert_eq!(best(&completer, "סולן").text, "סלון מודרני");
}

#[test]
fn accents_case_and_width_are_forgiven_both_ways() {
    let completer = of(&[
        "Café crème",
        "cafeteria",
        "ＦＵＬＬ ｗｉｄｔｈ",
        "İstanbul turu",
        "Straße",
        "ﬁne art",
        "Łódź",
    ]);
    for (typed, text, part) in [
        ("cafe c", "Café crème", "Café c"),
        ("CAFÉ", "Café crème", "Café"),
        ("cafe\u{301} cre", "Café crème", "Café crè"),
        ("café t", "cafeteria", "cafet"),
        ("full w", "ＦＵＬＬ ｗｉｄｔｈ", "ＦＵＬＬ ｗ"),
        ("ｆｕｌｌ", "ＦＵＬＬ ｗｉｄｔｈ", "ＦＵＬＬ"),
        ("istanbul", "İstanbul turu", "İstanbul"),
        ("ISTANBUL", "İstanbul turu", "İstanbul"),
        ("ıst", "İstanbul turu", "İst"),
        ("i", "İstanbul turu", "İ"),
        ("strass", "Straße", "Straß"),
        ("straße", "Straße", "Straße"),
        // Half of a character that became two letters is marked whole.
        ("stras", "Straße", "Straß"),
        ("f", "ﬁne art", "ﬁ"),
        ("fine a", "ﬁne art", "ﬁne a"),
        ("lodz", "Łódź", "Łódź"),
    ] {
        let found = answer(&completer, typed);
        let Some(found) = found.iter().find(|found| found.text == text) else {
            panic!("{text} is not found for {typed}")
        };
        let expected = if text == "cafeteria" { "cafe" } else { part };
        assert!(
            marked(found).concat().starts_with(expected),
            "{typed}: {:?}",
            marked(found)
        );
        if found.origin.is_exact() {
            assert_eq!(marked(found), [part], "{typed}");
        }
    }
}

#[test]
fn an_emoji_is_never_cut() {
    let completer = of(&[
        "👩‍👩‍👧 family day",
        "🇫🇷 france",
        "👍🏽 good ideas",
        "ideas 👍🏽",
        "❤️ red",
    ]);
    for (typed, text, part) in [
        ("👩", "👩‍👩‍👧 family day", "👩‍👩‍👧"),
        ("👩‍👩‍👧 fam", "👩‍👩‍👧 family day", "👩‍👩‍👧 fam"),
        ("🇫🇷", "🇫🇷 france", "🇫🇷"),
        ("🇫", "🇫🇷 france", "🇫🇷"),
        ("👍", "👍🏽 good ideas", "👍🏽"),
        ("❤ r", "❤️ red", "❤️ r"),
    ] {
        let found = best(&completer, typed);
        assert_eq!(
            (found.text.as_str(), marked(&found)),
            (text, vec![part.to_owned()])
        );
    }
    assert_eq!(marked(&best(&completer, "day fam")), ["fam", "day"]);
}

fn mixed() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "a",
        "b",
        "É",
        "e\u{301}",
        "ß",
        "İ",
        "ﬁ",
        "Ａ",
        "東",
        "京",
        "が",
        "ガ",
        "か\u{3099}",
        "ش",
        "أ",
        "مَ",
        "ש",
        "שָׁ",
        "한",
        "\u{1100}\u{1161}",
        "👍🏽",
        "🇫🇷",
        "👩‍👧",
        "ก",
        "ำ",
        "क्षि",
        " ",
        " ",
        "-",
        "\u{200d}",
        "\u{ad}",
        "ǆ",
        "½",
    ]);
    vec(part, 1..9).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn what_is_marked_is_what_was_typed(texts in vec(mixed(), 1..12), typed in mixed(), own in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>()) {
        let normalizer = Normalizer::default();
        let entries: Vec<Entry> = texts.iter().filter(|text| normalizer.fold_entry(text).is_ok())
            .zip(1..).map(|(text, weight)| Entry::new(text, f64::from(weight))).collect();
        prop_assume!(!entries.is_empty());
        let keys: Vec<String> = entries.iter().map(|entry| normalizer.fold(&entry.text)).collect();
        let options = NextWordsOptions { support: 1, ..NextWordsOptions::default() };
        let model = NextWords::build(keys.iter().map(|key| (key.as_str(), 1.0)), options).unwrap();
        // Something typed at random, and the beginning of an entry.
        let whole = own.get(&entries).text.clone();
        let ends: Vec<usize> = whole.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
        let begun = &whole[..*cut.get(&ends)];
        let completer = completer(entries).with_next_words(model);
        for typed in [&typed, begun] {
            let prefix = normalizer.fold_prefix(typed);
            for suggestion in answer(&completer, typed) {
                let parts = marked(&suggestion);
                let highlight = suggestion.highlight();
                prop_assert!(highlight.bytes.iter().all(|range| range.start < range.end), "{:?}", suggestion);
                prop_assert!(highlight.bytes.is_sorted_by(|a, b| a.end < b.start), "{:?}", highlight);
                if suggestion.origin.is_exact() && !prefix.trim_end().is_empty() {
                    prop_assert_eq!(parts.len(), 1);
                    // What stands up to the mark's end folds to what was typed, and at most the rest of its last character.
                    let end = highlight.bytes[0].end;
                    let covered = normalizer.fold_prefix(&suggestion.text[..end]);
                    prop_assert!(covered.starts_with(&prefix), "{:?} of {:?} for {:?}", covered, suggestion.text, prefix);
                    let folded = normalizer.fold_mapped(&suggestion.text);
                    prop_assert_eq!(folded.origin(prefix.len() - 1).map(|last| last.end), Some(end));
                }
            }
        }
    }
}
