//! The texts to complete that ship are what their README says.

use flate2::read::GzDecoder;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/completions")
}

/// Pairs of a file, without a header line.
fn pairs(name: &str) -> Vec<(String, String)> {
    let mut text = String::new();
    let file = File::open(folder().join(name)).expect("ships with the repository");
    GzDecoder::new(file)
        .read_to_string(&mut text)
        .expect("gzip of UTF-8");
    text.lines()
        .map(|line| line.split_once('\t').expect("two columns"))
        .map(|(first, second)| (first.to_owned(), second.to_owned()))
        .collect()
}

#[test]
fn entries_are_sorted_distinct_and_weighted() {
    let entries = pairs("entries.tsv.gz");
    assert_eq!(entries.len(), 257_589);
    assert!(entries.windows(2).all(|two| two[0].0 < two[1].0));
    let folded: HashSet<String> = entries.iter().map(|(text, _)| text.to_lowercase()).collect();
    assert_eq!(folded.len(), entries.len());
    for (text, weight) in &entries {
        let weight: f64 = weight.parse().expect("a number");
        assert!((1.0..=21_000_000.0).contains(&weight), "{text}: {weight}");
        assert!((2..60).contains(&text.chars().count()), "{text}");
        assert_eq!(text.trim(), text);
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
    assert_eq!(entries.iter().filter(|(_, weight)| weight == "1").count(), 75_388);

    let weight_of: HashMap<&str, u64> = entries
        .iter()
        .map(|(text, weight)| (text.as_str(), weight.parse().expect("a whole number")))
        .collect();
    for text in [
        "living room ideas",
        "São Paulo",
        "New York",
        "Dusty Rose",
        "wedding dress",
        "art deco",
    ] {
        assert!(weight_of.contains_key(text), "{text}");
    }
    assert!(weight_of["living room"] > weight_of["living room ideas"]);
    assert!(weight_of["living room ideas"] > weight_of["living room lighting"]);
}

#[test]
fn people_type_entries_letter_by_letter_and_err_once() {
    let texts: HashSet<String> = pairs("entries.tsv.gz")
        .into_iter()
        .map(|(text, _)| text.to_lowercase())
        .collect();

    let keystrokes = pairs("keystrokes.tsv.gz");
    assert_eq!(keystrokes.len(), 18_003);
    let mut sessions = 0;
    for (prefix, target) in &keystrokes {
        assert!(target.starts_with(prefix.as_str()), "{prefix} of {target}");
        assert!(texts.contains(target), "{target}");
        assert!(prefix.chars().count() <= 8);
        sessions += usize::from(prefix.chars().count() == 1);
    }
    assert_eq!(sessions, 3_600);

    let typos = pairs("typos.tsv.gz");
    assert_eq!(typos.len(), 2_000);
    for (typo, target) in &typos {
        assert!(!target.starts_with(typo.as_str()), "{typo} of {target}");
        assert!(texts.contains(target), "{target}");
        assert!(
            one_error_away(typo.as_bytes(), target.as_bytes()),
            "{typo} of {target}"
        );
    }
}

/// True when one error makes some prefix of `target` into `typo`.
fn one_error_away(typo: &[u8], target: &[u8]) -> bool {
    let same = typo.iter().zip(target).take_while(|(a, b)| a == b).count();
    let (typo, target) = (&typo[same..], &target[same..]);
    let replaced = || target.len() > 1 && target[1..].starts_with(&typo[1..]);
    let left_out = || target.len() > 1 && target[1..].starts_with(typo);
    let added = || target.starts_with(&typo[1..]);
    let exchanged = || {
        typo.len() > 1
            && target.len() > 1
            && typo[..2] == [target[1], target[0]]
            && target[2..].starts_with(&typo[2..])
    };
    replaced() || left_out() || added() || exchanged()
}

#[test]
fn the_notice_names_every_source() {
    let notice = std::fs::read_to_string(folder().join("NOTICE")).expect("ships with the repository");
    let script = std::fs::read_to_string(folder().join("rebuild.py")).expect("ships with the repository");
    let packages: Vec<&str> = script
        .split('"')
        .filter(|text| text.ends_with(".tgz") || text.ends_with(".whl"))
        .filter(|text| text.chars().any(|c| c.is_ascii_digit()))
        .collect();
    assert_eq!(packages.len(), 7);
    for package in packages {
        let name = package
            .split("-py3")
            .next()
            .expect("a name")
            .trim_end_matches(".tgz");
        let (name, version) = name.rsplit_once('-').expect("a version");
        let named = format!("{} {version}", name.replace('_', "-"));
        assert!(notice.contains(&named), "{named}");
    }
    for (words, of) in [
        ("Princeton University", "WordNet"),
        ("Attribution 4.0", "GeoNames"),
        ("MIT licence", "the rest"),
    ] {
        assert!(notice.contains(words), "the licence of {of}");
    }
}
