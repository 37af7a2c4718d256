//! The conformance kit of the seam: what every implementation of [`Source`] is held to.
//!
//! It builds sources through a closure, walks them, and panics with a line that says which promise was broken. A plain
//! list of all entries, sorted, is the judge.
//!
//! ```
//! use bowerbird_typeahead::{FastIndex, Normalizer, testing};
//!
//! let normalizer = Normalizer::default();
//! testing::source_conforms(|entries| FastIndex::build(entries, &normalizer).expect("good entries"));
//! ```

use crate::{BestFirst, Context, Entry, Found, Intent, Kind, Normalizer, Source};
use std::collections::{BTreeMap, BTreeSet};

/// Holds a source to every promise of [`Source`] and [`BestFirst`]; forgiving typing errors is not looked at.
///
/// `build` makes a source of entries that are all good, with the default [`Normalizer`].
///
/// # Panics
///
/// At the first promise that is broken.
pub fn source_conforms<S: Source>(build: impl Fn(Vec<Entry>) -> S) {
    nothing_is_found_in_nothing(&build(Vec::new()));
    for size in [1, 2, 47, 48, 500, 3000] {
        for distinct in [1, 5, 100_000] {
            check(&build, &some(size, distinct));
        }
    }
    check(&build, &with_facts());
    check(&build, &scripts());
    check(&build, &long_and_alike());
}

fn nothing_is_found_in_nothing(source: &dyn Source) {
    assert!(source.is_empty(), "a source of nothing is empty");
    assert_eq!(source.len(), 0, "a source of nothing has no entries");
    for prefix in ["", "a", "sofa"] {
        assert!(
            source.best_first(prefix).advance().is_none(),
            "nothing starts with {prefix:?}"
        );
        assert!(source.get(prefix).is_none(), "nothing is {prefix:?}");
    }
}

/// An entry as a source should give it.
#[derive(Clone, PartialEq, Debug)]
struct Row {
    key: String,
    weight: f64,
    canonical: Option<String>,
    display: Option<String>,
    kind: Kind,
    context: Context,
    intent: Intent,
    id: u64,
    sensitive: bool,
}

impl Row {
    fn new(key: String, entry: &Entry) -> Self {
        Self {
            display: (entry.text != key).then(|| entry.text.clone()),
            key,
            weight: entry.weight,
            canonical: None,
            kind: entry.kind,
            context: entry.context,
            intent: entry.intent,
            id: entry.id,
            sensitive: entry.sensitive,
        }
    }

    fn found(key: &str, found: Found<'_>) -> Self {
        Self {
            key: key.to_owned(),
            weight: found.weight,
            canonical: found.canonical.map(str::to_owned),
            display: found.display.map(str::to_owned),
            kind: found.kind,
            context: found.context,
            intent: found.intent,
            id: found.id,
            sensitive: found.sensitive,
        }
    }
}

/// All rows, best first, and how many are entries rather than aliases.
fn rows(entries: &[Entry]) -> (Vec<Row>, usize) {
    let normalizer = Normalizer::default();
    let mut entries: Vec<&Entry> = entries.iter().collect();
    entries.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let mut by_key: BTreeMap<(String, Kind), Row> = BTreeMap::new();
    let mut aliases = BTreeSet::new();
    for entry in entries {
        let key = normalizer.fold(&entry.text);
        for alias in entry.aliases.iter().filter(|_| !entry.sensitive) {
            let alias = normalizer.fold(alias);
            if alias != key {
                aliases.insert((alias, key.clone(), entry.kind));
            }
        }
        let row = Row::new(key.clone(), entry);
        by_key
            .entry((key, entry.kind))
            .and_modify(|first| {
                first.weight += entry.weight;
                first.sensitive |= entry.sensitive;
            })
            .or_insert(row);
    }
    let count = by_key.len();
    // An alias is the whole entry that it leads to.
    let led = aliases.into_iter().filter_map(|(alias, key, kind)| {
        let entry = by_key.get(&(key.clone(), kind))?;
        Some(Row {
            key: alias,
            display: entry.display.clone().or(Some(key.clone())),
            canonical: Some(key),
            ..entry.clone()
        })
    });
    let mut rows: Vec<Row> = led.collect();
    rows.extend(by_key.into_values());
    rows.sort_by(order);
    (rows, count)
}

/// Best first; beyond the key the order is nobody's promise, and only makes lists comparable.
fn order(a: &Row, b: &Row) -> std::cmp::Ordering {
    b.weight
        .total_cmp(&a.weight)
        .then_with(|| a.key.cmp(&b.key))
        .then_with(|| a.kind.cmp(&b.kind))
        .then_with(|| a.canonical.cmp(&b.canonical))
}

fn check<S: Source>(build: impl Fn(Vec<Entry>) -> S, entries: &[Entry]) {
    let source = build(entries.to_vec());
    let (rows, count) = rows(entries);
    assert_eq!(source.len(), count, "as many entries as there are keys and kinds");
    assert_eq!(source.is_empty(), count == 0, "empty without entries only");
    for prefix in prefixes(&rows) {
        check_walk(source.best_first(&prefix).as_mut(), &prefix, &rows);
        check_get(&source, &prefix, &rows);
    }
    // A second walk is as good as the first, and one that stops early harms nobody.
    let _ = source.best_first("").advance();
    check_walk(source.best_first("").as_mut(), "", &rows);
}

fn check_walk(walk: &mut dyn BestFirst, prefix: &str, rows: &[Row]) {
    let expected: Vec<&Row> = rows.iter().filter(|row| row.key.starts_with(prefix)).collect();
    let mut found: Vec<Row> = Vec::new();
    while let Some(score) = walk.advance() {
        let row = Row::found(walk.key(), walk.found());
        assert!(
            row.key.starts_with(prefix),
            "{row:?} does not start with {prefix:?}"
        );
        assert!(
            score.total_cmp(&row.weight.ln()).is_eq(),
            "{score} is not the score of {row:?}"
        );
        assert!(
            walk.found().score().total_cmp(&score).is_eq(),
            "{score} is not what {row:?} says of itself"
        );
        assert_eq!(walk.edits(), 0, "{row:?} is reached without an error");
        if let Some(before) = found.last() {
            let falls = before.weight > row.weight || before.weight == row.weight && before.key <= row.key;
            assert!(falls, "{row:?} comes behind {before:?}");
        }
        found.push(row);
        assert!(
            found.len() <= expected.len(),
            "{prefix:?} has more than {} completions",
            expected.len()
        );
    }
    assert!(
        walk.advance().is_none(),
        "a walk over {prefix:?} that has ended goes on"
    );
    assert_eq!(found.len(), expected.len(), "completions of {prefix:?}");
    found.sort_by(order);
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected, "below {prefix:?}");
    }
}

fn check_get(source: &dyn Source, key: &str, rows: &[Row]) {
    let expected = rows.iter().find(|row| row.key == key && row.canonical.is_none());
    let found = source.get(key).map(|found| Row::found(key, found));
    assert_eq!(
        found.as_ref().map(|row| row.weight),
        expected.map(|row| row.weight),
        "the weight of {key:?}"
    );
    // Kinds that weigh the same are one as good as the other.
    let one_of_them = found.is_none_or(|found| rows.contains(&found));
    assert!(one_of_them, "what is known of {key:?}");
}

/// Prefixes of some keys, and texts that are like them and not there.
fn prefixes(rows: &[Row]) -> Vec<String> {
    let mut prefixes = vec![
        String::new(),
        " ".to_owned(),
        "\u{10ffff}".to_owned(),
        "zzzzzzzzzzzzzzzzzzzz".to_owned(),
    ];
    for row in rows.iter().step_by(1 + rows.len() / 40) {
        let cuts = row.key.char_indices().map(|(at, c)| at + c.len_utf8());
        for cut in cuts.step_by(1 + row.key.len() / 12).chain([row.key.len()]) {
            prefixes.push(row.key[..cut].to_owned());
            prefixes.push(format!("{}\u{7e}", &row.key[..cut]));
        }
        prefixes.push(format!("{} ", row.key));
    }
    prefixes.sort();
    prefixes.dedup();
    prefixes
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }
}

/// Plain entries of syllables, whose weights are `distinct` numbers; texts come again.
fn some(size: u64, distinct: u64) -> Vec<Entry> {
    const PARTS: [&str; 9] = ["a", "b", "an", "ta", " ", "room", "é", "0", "living "];
    let mut seeded = Seeded(size * 31 + distinct);
    let entry = |_| {
        let mut text: String = (0..1 + seeded.below(6))
            .map(|_| PARTS[seeded.below(9) as usize])
            .collect();
        text.push(char::from(b'a' + seeded.below(4) as u8));
        Entry::new(text, seeded.below(distinct) as f64 / 4.0)
    };
    (0..size).map(entry).collect()
}

fn with_facts() -> Vec<Entry> {
    let intent = Intent {
        visual: 200,
        aspirational: 1,
        specific: 0,
        broad: 255,
    };
    let mut entries = vec![
        Entry::new("Café Crème", 40.0)
            .with_kind(Kind::BOARD)
            .with_id(7)
            .with_alias("Milchkaffee")
            .with_alias("koffie"),
        Entry::new("cafe creme", 90.0)
            .with_context(Context(5))
            .with_intent(intent),
        // The same key and kind again: weights add up, the facts of the heaviest stay.
        Entry::new("CAFE CREME", 30.0).with_id(99),
        Entry::new("cafe", 90.0).with_id(u64::MAX).with_kind(Kind(255)),
        Entry::new("cafe", 2.0).with_kind(Kind::PERSON),
        Entry::new("cafe", 1.0).with_kind(Kind(Kind::FIRST_OWN)),
        Entry::new("Köln", 12.0)
            .with_alias("Cologne")
            .with_alias("köln")
            .with_alias("cologne")
            .with_alias("colonia"),
        Entry::new("Cologne", 3.0).with_kind(Kind::PRODUCT),
        Entry::new("Eau de Cologne", 12.0).with_alias("cologne"),
        Entry::new("secret café", 50.0)
            .with_alias("cafe secret")
            .into_sensitive(),
        Entry::new("nothing", 0.0),
        Entry::new("Nothing at all", 0.0).with_context(Context::NONE),
        Entry::new("little", f64::MIN_POSITIVE),
        Entry::new("much", f64::MAX),
    ];
    let mut seeded = Seeded(5);
    for number in 0..300 {
        let text = format!("Board {}", number / 2);
        let kind = Kind(seeded.below(3) as u8 + 2 * (number % 2) as u8);
        entries.push(
            Entry::new(text, seeded.below(1000) as f64 + number as f64 / 512.0)
                .with_kind(kind)
                .with_id(number),
        );
    }
    entries
}

fn scripts() -> Vec<Entry> {
    const TEXTS: [&str; 16] = [
        "гостиная",
        "гостиная в стиле лофт",
        "гостинец",
        "ёлка",
        "йога",
        "йогурт",
        "リビング",
        "リビング 収納",
        "日本",
        "日本庭園",
        "日記",
        "거실",
        "거실 인테리어",
        "🛋️ sofa",
        "غرفة المعيشة",
        "ห้องนั่งเล่น",
    ];
    TEXTS
        .iter()
        .zip(1..)
        .map(|(text, number)| Entry::new(*text, f64::from(number % 5)))
        .collect()
}

/// Keys of the greatest length, and keys that begin others.
fn long_and_alike() -> Vec<Entry> {
    let long = "x".repeat(crate::MAX_TEXT);
    let mut entries: Vec<Entry> = (1..=90)
        .map(|length| Entry::new(&long[..length], (length % 7) as f64))
        .collect();
    for last in 'a'..='z' {
        entries.push(Entry::new(format!("{}{last}", &long[1..]), 3.0).with_kind(Kind::BOARD));
        entries.push(Entry::new(format!("y{last}"), 3.0).with_alias(format!("{}{last}", &long[1..])));
    }
    entries.push(Entry::new(long, 3.0));
    entries
}
