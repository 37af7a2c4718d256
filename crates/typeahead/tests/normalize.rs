//! Folding, highlights and words: examples a script, and properties over any text.

use bowerbird_typeahead::normalize::{Diacritics, Normalizer, Script, script, words};
use bowerbird_typeahead::{EntryFault, MAX_TEXT};
use proptest::prelude::*;

fn keeping() -> Normalizer {
    Normalizer::new().with_diacritics(Diacritics::Keep)
}

fn fold(text: &str) -> String {
    Normalizer::new().fold(text)
}

#[test]
fn case_accents_and_width_are_folded() {
    for (text, key) in [
        ("Living Room", "living room"),
        ("  a\t\tb\r\nc\u{a0}\u{3000}d ", "a b c d"),
        ("Crème BRÛLÉE", "creme brulee"),
        ("Cre\u{300}me", "creme"),
        ("ＡＢＣ　１２３", "abc 123"),
        ("ﬁne oﬃce", "fine office"),
        ("Straße STRAẞE", "strasse strasse"),
        (
            "Ørsted Łódź Đà Nẵng Æsir Œuvre þorn",
            "orsted lodz da nang aesir oeuvre thorn",
        ),
        ("Tiếng Việt", "tieng viet"),
        ("İstanbul ISPARTA ısparta", "istanbul isparta isparta"),
        ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
        ("Σίσυφος", "σισυφοσ"),
        ("Ёлка Йод ЎЗБЕК Київ", "елка йод ўзбек київ"),
        ("Levi’s “x”—y", "levi's \"x\"-y"),
        ("m² № ½ ™", "m2 no 1⁄2 tm"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد أحمد", "محمد احمد"),
        ("كتـــاب", "كتاب"),
        ("ﻛﺘﺎﺏ", "كتاب"),
        ("می\u{200c}خواهم", "ميخواهم"),
        ("مؤمن", "مؤمن"),
        ("हिन्दी की", "हिन्दी की"),
        ("ภาษาไทย น้ำ", "ภาษาไทย น\u{e49}\u{e4d}า"),
        ("বাংলা কোন", "বাংলা কোন"),
        ("ｶﾞｷﾞ が ハ\u{309a}", "ガギ が パ"),
        ("\u{1112}\u{1161}\u{11ab} 한국", "한 한국"),
        ("東京タワー", "東京タワー"),
        ("❤\u{fe0f} 👩\u{200d}💻 🅰 👍🏽", "❤ 👩💻 🅰 👍🏽"),
        ("\u{202e}a\u{200b}b\u{feff}\u{ad}c", "abc"),
        ("a\0b\u{7f}c\u{85}d", "abc d"),
        ("", ""),
        (" \u{301}\u{200b} ", ""),
    ] {
        assert_eq!(fold(text), key, "{text:?}");
    }
}

#[test]
fn accents_are_kept_when_asked() {
    for (text, key) in [
        ("Cre\u{300}me BRÛLÉE", "crème brûlée"),
        ("Ørsted ÆSIR", "ørsted æsir"),
        ("İstanbul ısparta", "istanbul isparta"),
        ("STRAẞE ΣΟΦΌΣ", "strasse σοφόσ"),
        ("Ёлка", "ёлка"),
    ] {
        assert_eq!(keeping().fold(text), key, "{text:?}");
    }
    assert_ne!(keeping().fold("שָׁלוֹם"), keeping().fold("שלום"));
    assert_ne!(keeping().fold("creme"), keeping().fold("crème"));
}

#[test]
fn one_space_at_the_end_of_typed_text_is_kept() {
    let normalizer = Normalizer::new();
    for (typed, prefix) in [
        (" Living  Room  ", "living room "),
        ("living\u{3000}", "living "),
        ("é\t", "e "),
        ("   ", ""),
        ("a\0\u{1b}b", "ab"),
    ] {
        assert_eq!(normalizer.fold_prefix(typed), prefix, "{typed:?}");
    }
}

#[test]
fn typed_text_is_cut_at_a_character() {
    let normalizer = Normalizer::new();
    let typed = "a".to_owned() + &"界".repeat(MAX_TEXT);
    let prefix = normalizer.fold_prefix(&typed);
    assert!(
        prefix.len() <= MAX_TEXT && prefix.len() > MAX_TEXT - 3,
        "{}",
        prefix.len()
    );
    // Each of these folds to 33 bytes.
    let prefix = normalizer.fold_prefix(&"\u{fdfa}".repeat(300));
    assert!(
        prefix.len() <= MAX_TEXT && prefix.len() > MAX_TEXT - 4,
        "{}",
        prefix.len()
    );
}

#[test]
fn bad_entries_are_refused() {
    let normalizer = Normalizer::new();
    assert_eq!(normalizer.fold_entry(" \u{301}\u{200b}"), Err(EntryFault::Empty));
    assert_eq!(
        normalizer.fold_entry("é\0"),
        Err(EntryFault::Control { position: 2 })
    );
    assert_eq!(normalizer.fold_entry("a\tb").as_deref(), Ok("a b"));
    let megabyte = "x".repeat(1 << 20);
    assert_eq!(
        normalizer.fold_entry(&megabyte),
        Err(EntryFault::TooLong { found: 1 << 20 })
    );
    assert!(normalizer.fold_entry(&megabyte[..MAX_TEXT]).is_ok());
    let grows = "\u{fdfa}".repeat(100);
    assert!(matches!(normalizer.fold_entry(&grows), Err(EntryFault::TooLong { found }) if found > MAX_TEXT));
}

#[test]
fn every_character_folds_to_a_fixed_point() {
    let mut once = String::new();
    let mut twice = String::new();
    for normalizer in [Normalizer::new(), keeping()] {
        for c in '\0'..=char::MAX {
            let mut buffer = [0; 4];
            normalizer.fold_into(c.encode_utf8(&mut buffer), &mut once);
            normalizer.fold_into(&once, &mut twice);
            assert_eq!(once, twice, "{c:?}");
            assert!(once.chars().all(is_folded), "{c:?} -> {once:?}");
        }
    }
}

fn is_folded(c: char) -> bool {
    !c.is_control() && c.to_lowercase().eq([c]) && (c == ' ' || !c.is_whitespace())
}

#[test]
fn highlights_lead_back_to_the_shown_text() {
    let normalizer = Normalizer::new();
    let shown = |display: &str, pairs: &[(usize, usize)]| {
        let ranges: Vec<_> = pairs.iter().map(|(start, end)| *start..*end).collect();
        let highlight = normalizer.highlight(display, &ranges);
        let texts: Vec<String> = highlight
            .bytes
            .iter()
            .map(|range| display[range.clone()].to_owned())
            .collect();
        let by_chars: Vec<String> = highlight
            .chars
            .iter()
            .map(|range| display.chars().skip(range.start).take(range.len()).collect())
            .collect();
        assert_eq!(texts, by_chars);
        texts.join("|")
    };
    assert_eq!(shown("Crème Brûlée", &[(0, 3), (6, 7)]), "Crè|B");
    assert_eq!(shown("Cre\u{300}me", &[(0, 3)]), "Cre\u{300}");
    assert_eq!(shown("oﬃce", &[(2, 3)]), "ﬃ");
    assert_eq!(shown("  a  b", &[(0, 3)]), "a  b");
    assert_eq!(shown("plain text", &[(0, 2), (2, 5), (6, 99)]), "plain|text");
    assert_eq!(shown("plain", &[(7, 9), (5, 9)]), "");
    assert_eq!(shown("שָׁלוֹם", &[(0, 4)]), "שָׁל");
    assert_eq!(shown("हिन्दी", &[(0, 3)]), "हि");
    assert_eq!(shown("ﾊﾟﾝ", &[(0, 3)]), "ﾊﾟ");
    assert_eq!(shown("東京タワー", &[(3, 6)]), "京");
    assert_eq!(shown("x 👩\u{200d}💻!", &[(2, 6)]), "👩\u{200d}💻");
    assert_eq!(shown("🇫🇷🇩🇪", &[(0, 4)]), "🇫🇷");
    assert_eq!(shown("Weiß", &[(4, 5)]), "ß");
}

#[test]
fn words_of_several_scripts() {
    let list = |key: &'static str| words(key).map(|range| &key[range]).collect::<Vec<_>>();
    assert_eq!(list("living room, ideas!"), ["living", "room", "ideas"]);
    assert_eq!(list("  "), [""; 0]);
    assert_eq!(list("東京タワーabc12"), ["東", "京", "タワー", "abc12"]);
    assert_eq!(list("食べる"), ["食", "べる"]);
    assert_eq!(list("हिन्दी की"), ["हिन्दी", "की"]);
    assert_eq!(list("รถbmw"), ["รถ", "bmw"]);
    assert_eq!(list("한국 여행"), ["한국", "여행"]);
    assert_eq!(list("a👍b"), ["a", "b"]);
}

#[test]
fn scripts_by_character() {
    for (text, expected) in [
        ("azéßðłẵ", Script::Latin),
        ("αώ", Script::Greek),
        ("щї", Script::Cyrillic),
        ("א", Script::Hebrew),
        ("بی", Script::Arabic),
        ("हि", Script::Devanagari),
        ("কা", Script::Bengali),
        ("ไ", Script::Thai),
        ("한\u{1112}", Script::Hangul),
        ("あアー", Script::Kana),
        ("漢々〇", Script::Han),
        ("7 -👍’!", Script::Common),
    ] {
        assert!(text.chars().all(|c| script(c) == expected), "{text}");
    }
}

/// Texts with what makes folding hard: marks in any order, fillers, expanding and composing characters.
fn hard() -> impl Strategy<Value = String> {
    let pool = [
        "a",
        "I",
        "İ",
        "ı",
        "i",
        "\u{307}",
        "\u{301}",
        "\u{323}",
        "\u{306}",
        "\u{308}",
        "и",
        "И",
        "і",
        "к",
        "е",
        " ",
        "\t",
        "\u{200d}",
        "\u{200b}",
        "\u{fe0f}",
        "\u{302a}",
        "\u{302c}",
        "か",
        "\u{3099}",
        "ｶ",
        "ﾞ",
        "\u{1112}",
        "\u{1161}",
        "\u{11ab}",
        "가",
        "\u{11a8}",
        "ا",
        "أ",
        "\u{654}",
        "\u{64b}",
        "ـ",
        "\u{fe71}",
        "\u{fc5e}",
        "\u{fdfa}",
        "ؤ",
        "ی",
        "ß",
        "ﬃ",
        "क",
        "\u{93c}",
        "\u{94d}",
        "ে",
        "া",
        "¨",
        "\u{3164}",
        "\u{ffa0}",
        "\u{345}",
        "Σ",
        "ς",
        "🇫",
        "👩",
        "👍🏽",
        "\u{1f3fd}",
        "❤",
        "\0",
        "’",
        "æ",
        "漢",
        "\u{f72}",
        "\u{f71}",
        "\u{5c1}",
        "\u{5b8}",
        "ש",
    ];
    prop::collection::vec(
        prop_oneof![4 => prop::sample::select(pool.to_vec()).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)],
        0..12,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

    #[test]
    fn folding_is_idempotent(text in hard()) {
        for normalizer in [Normalizer::new(), keeping()] {
            let key = normalizer.fold(&text);
            prop_assert_eq!(normalizer.fold(&key), key.clone());
            prop_assert!(key.chars().all(is_folded), "{:?}", key);
            prop_assert!(!key.contains("  ") && !key.starts_with(' ') && !key.ends_with(' '));
            let prefix = normalizer.fold_prefix(&text);
            prop_assert_eq!(normalizer.fold_prefix(&prefix), prefix.clone());
            prop_assert_eq!(prefix.trim_end_matches(' '), key.as_str());
        }
    }

    #[test]
    fn composed_and_decomposed_texts_fold_alike(text in hard()) {
        use unicode_normalization::UnicodeNormalization;
        // What has no shape may stand between marks that compose without it, so it is taken out first.
        let text: String = text.chars().filter(|c| c.is_whitespace() || !Normalizer::new().fold(&format!("x{c}x")).eq("xx")).collect();
        for normalizer in [Normalizer::new(), keeping()] {
            prop_assert_eq!(normalizer.fold(&text.nfd().collect::<String>()), normalizer.fold(&text.nfc().collect::<String>()));
        }
    }

    #[test]
    fn clusters_add_up_to_the_whole(text in hard()) {
        for normalizer in [Normalizer::new(), keeping()] {
            let folded = normalizer.fold_mapped(&text);
            prop_assert_eq!(folded.key(), normalizer.fold(&text));
            for (at, _) in folded.key().char_indices() {
                let origin = folded.origin(at).unwrap();
                let before = normalizer.fold_prefix(&text[..origin.start]);
                let with = normalizer.fold_prefix(&text[..origin.end]);
                prop_assert!(before.len() <= at && at < with.len(), "{} in {:?}: {:?}, {:?}", at, text, before, with);
            }
            prop_assert!(folded.origin(folded.key().len()).is_none());
        }
    }

    #[test]
    fn highlights_are_disjoint_and_on_boundaries(text in hard(), ranges in prop::collection::vec((0usize..30, 0usize..9), 0..4)) {
        let ranges: Vec<_> = ranges.into_iter().map(|(start, length)| start..start + length).collect();
        let highlight = Normalizer::new().highlight(&text, &ranges);
        let mut end = None;
        for (bytes, chars) in highlight.bytes.iter().zip(&highlight.chars) {
            prop_assert!(end.is_none_or(|end| end < bytes.start) && bytes.start < bytes.end);
            prop_assert_eq!(text[..bytes.start].chars().count(), chars.start);
            prop_assert_eq!(text[..bytes.end].chars().count(), chars.end);
            end = Some(bytes.end);
        }
        let key = fold(&text);
        if ranges.iter().any(|range| !range.is_empty() && range.start < key.len()) {
            prop_assert!(!highlight.bytes.is_empty());
        }
    }

    #[test]
    fn a_typed_part_folds_to_a_prefix(text in "[a-zA-Z \u{e0}-\u{17f}\u{1ea0}-\u{1ef9}\u{391}-\u{3ce}\u{410}-\u{45f}\u{5d0}-\u{5ea}\u{627}-\u{64a}\u{3041}-\u{3093}\u{4e00}-\u{4e20}\u{ac00}-\u{ac40}\u{e01}-\u{e30}\u{ff21}-\u{ff3a}]{0,12}", cut in any::<prop::sample::Index>()) {
        let key = fold(&text) + " ";
        let cut = cut.index(text.chars().count() + 1);
        let typed: String = text.chars().take(cut).collect();
        let prefix = Normalizer::new().fold_prefix(&typed);
        prop_assert!(key.starts_with(&prefix), "{:?} of {:?}", prefix, key);
    }

    #[test]
    fn words_cover_all_letters_in_order(text in hard()) {
        let key = fold(&text);
        let mut end = 0;
        for range in words(&key) {
            prop_assert!(range.start >= end && !range.is_empty());
            prop_assert!(!key[end..range.start].chars().any(char::is_alphanumeric));
            end = range.end;
        }
        prop_assert!(!key[end..].chars().any(char::is_alphanumeric));
    }
}
