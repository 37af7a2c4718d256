//! History and taste against plain counterparts.

use bowerbird_core::container::Container;
use bowerbird_core::{Clock, Deadline, ManualClock, Normalization, Reason, SpaceId, SystemClock};
use bowerbird_typeahead::personal::{
    Candidate, EmbeddingBuilder, EmbeddingTable, History, MAX_HISTORY, Ranked, Recall, Rescored, Rescorer,
    Taste, VectorFault,
};
use bowerbird_typeahead::{BestFirst, Context, EntryFault, Found, Kind, Source};
use proptest::prelude::*;
use std::collections::HashMap;
use std::time::{Duration, Instant};

const HALF_LIFE: f64 = 100.0;

fn history(capacity: usize) -> History {
    History::new()
        .with_capacity(capacity)
        .with_half_life(Duration::from_secs_f64(HALF_LIFE))
}

/// A base of a few keys, of which only `get` is asked for.
#[derive(Debug)]
struct Base(HashMap<String, f64>);

struct Nothing;

impl BestFirst for Nothing {
    fn advance(&mut self) -> Option<f64> {
        None
    }
    fn key(&self) -> &str {
        ""
    }
    fn found(&self) -> Found<'_> {
        Found::plain(0.0)
    }
}

impl Source for Base {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn best_first<'s>(&'s self, _: &str) -> Box<dyn BestFirst + 's> {
        Box::new(Nothing)
    }
    fn get(&self, key: &str) -> Option<Found<'_>> {
        let weight = *self.0.get(key)?;
        Some(Found {
            kind: Kind::BOARD,
            context: Context(5),
            sensitive: true,
            ..Found::plain(weight)
        })
    }
}

fn walk(source: &dyn Source, prefix: &str) -> Vec<(String, f64)> {
    let (mut walk, mut found) = (source.best_first(prefix), Vec::new());
    while let Some(score) = walk.advance() {
        assert_eq!(score, walk.found().score());
        found.push((walk.key().to_owned(), score));
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every count is the sum over all events, each halved once a half-life, whatever the order of their arrival.
    #[test]
    fn counts_are_decayed_sums(events in prop::collection::vec(("[a-c]{1,2}", 0.0..1000.0), 1..40)) {
        let mut history = history(200);
        for (key, at) in &events {
            history.record(key, *at).unwrap();
        }
        let mut sums: HashMap<&str, f64> = HashMap::new();
        for (key, at) in &events {
            *sums.entry(key).or_default() += (-(2_000.0 - at) / HALF_LIFE).exp2();
        }
        prop_assert_eq!(history.len(), sums.len());
        for (key, sum) in sums {
            prop_assert!((history.count(key, 2_000.0) / sum - 1.0).abs() < 1e-9);
        }
    }

    /// A full history drops the key of the lowest count, at the time of each event.
    #[test]
    fn the_faintest_key_goes(events in prop::collection::vec(("[a-h]", 0.1..50.0_f64), 1..60)) {
        let mut bounded = history(4);
        let mut rows: Vec<(String, f64)> = Vec::new();
        let mut now = 0.0_f64;
        for (key, step) in events {
            let step: f64 = step;
            now += step;
            rows.iter_mut().for_each(|row| row.1 *= f64::exp2(-step / HALF_LIFE));
            bounded.record(&key, now).unwrap();
            match rows.iter_mut().find(|row| row.0 == key) {
                Some(row) => row.1 += 1.0,
                None => rows.push((key, 1.0)),
            }
            if rows.len() > 4 {
                let faintest = (0..rows.len()).min_by(|&a, &b| rows[a].1.total_cmp(&rows[b].1)).unwrap();
                rows.swap_remove(faintest);
            }
            let mut keys: Vec<&str> = bounded.rows().iter().map(|row| row.key.as_str()).collect();
            let mut expected: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
            keys.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(keys, expected);
        }
    }

    /// The source gives what is under the prefix, best first by the formula, each key once.
    #[test]
    fn the_source_walks_best_first(
        events in prop::collection::vec(("[ab]{1,3}", 0.0..500.0), 0..40),
        weights in prop::collection::hash_map("[ab]{1,3}", 0.0..1e6, 0..8),
        prefix in "[ab]{0,2}",
    ) {
        let mut history = history(200);
        for (key, at) in &events {
            history.record(key, *at).unwrap();
        }
        let base = Base(weights);
        let recall = Recall::new().with_floor(2.0).with_boost(3.0);
        let source = history.source(&base, recall, 600.0);
        let mut expected: Vec<(String, f64)> = history.rows().iter().filter(|row| row.key.starts_with(&prefix)).map(|row| {
            let global = base.0.get(&row.key).copied().unwrap_or(0.0).max(2.0);
            (row.key.clone(), global.ln() + 3.0 * history.count(&row.key, 600.0).ln_1p())
        }).collect();
        expected.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let found = walk(&source, &prefix);
        prop_assert_eq!(found.len(), expected.len());
        prop_assert!(found.windows(2).all(|pair| pair[0].1 >= pair[1].1));
        for (key, score) in &found {
            let same = expected.iter().find(|row| &row.0 == key).unwrap();
            prop_assert!((same.1 - score).abs() < 1e-9);
            prop_assert_eq!(source.get(key).unwrap().score(), *score);
            prop_assert_eq!(source.get(key).unwrap().sensitive, base.0.contains_key(key));
        }
    }
}

#[test]
fn own_queries_come_up_and_sink_back() {
    let mut history = history(200);
    history.record("living room rugs", 0.0).unwrap();
    let base = Base([("living room rugs".into(), 10.0)].into());
    let score = |now| {
        history
            .source(&base, Recall::new(), now)
            .get("living room rugs")
            .unwrap()
            .score()
    };
    assert!((score(0.0) - (10.0_f64.ln() + 6.0 * 2.0_f64.ln())).abs() < 1e-9);
    assert!(score(50.0) < score(0.0));
    let late = score(1e6);
    assert!((late - 10.0_f64.ln()).abs() < 1e-9);
    let found = history.source(&base, Recall::new(), 0.0);
    assert_eq!(found.get("living room rugs").unwrap().kind, Kind::BOARD);
    assert!(found.get("living room").is_none());
}

#[test]
fn bad_keys_and_times_are_answered() {
    let mut history = history(2);
    assert_eq!(history.record("", 0.0), Err(EntryFault::Empty));
    assert_eq!(
        history.record(&"x".repeat(1025), 0.0),
        Err(EntryFault::TooLong { found: 1025 })
    );
    assert_eq!(
        history.record("a\0b", 0.0),
        Err(EntryFault::Control { position: 1 })
    );
    history.record("a", 7.0).unwrap();
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        history.record("a", odd).unwrap();
        assert!(history.count("a", odd).is_finite());
    }
    assert_eq!(history.rows()[0].last, 7.0);
    assert_eq!(history.count("a", 7.0), 4.0);
    let mut off = History::new().with_capacity(0);
    off.record("a", 0.0).unwrap();
    assert!(off.is_empty());
    let huge = Recall::new()
        .with_boost(f64::INFINITY)
        .weight(Some(f64::MAX), f64::MAX);
    assert_eq!(huge, f64::MAX);
    assert!(
        History::new()
            .with_capacity(usize::MAX)
            .with_capacity(MAX_HISTORY)
            .is_empty()
    );
}

#[test]
fn what_is_forgotten_is_gone_and_debug_shows_no_key() {
    let mut history = history(10);
    for (at, key) in ["secret a", "secret b", "secret c"].into_iter().enumerate() {
        history.record(key, at as f64).unwrap();
    }
    let recent: Vec<&str> = history.recent().iter().map(|row| row.key.as_str()).collect();
    assert_eq!(recent, ["secret c", "secret b", "secret a"]);
    assert!(!format!("{history:?}").contains("secret"));
    assert!(history.forget("secret b") && !history.forget("secret b"));
    history.forget_before(1.0);
    assert_eq!(history.len(), 1);
    history.clear();
    assert!(walk(&history.source(&Base(HashMap::new()), Recall::new(), 0.0), "").is_empty());
}

const DIMENSION: usize = 64;

fn space(version: u64) -> SpaceId {
    SpaceId::new("toy", version, DIMENSION as u32, Normalization::Unit)
}

fn vector(seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..DIMENSION).map(next).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| {
        a.iter()
            .zip(b)
            .map(|(&a, &b)| f64::from(a) * f64::from(b))
            .sum::<f64>()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Ids 1, 8, 15, …
fn table(entries: u64) -> EmbeddingTable {
    let mut builder = EmbeddingBuilder::new(space(1)).expect("64 dimensions");
    for row in 0..entries {
        builder
            .push(1 + 7 * row, &vector(row))
            .expect("a direction, and an id once");
    }
    builder.build().expect("few rows")
}

fn candidates(count: u64) -> Vec<Candidate> {
    (0..count)
        .map(|at| Candidate {
            id: 1 + 7 * (at * 37 % 150),
            score: 10.0 - 0.01 * at as f64,
        })
        .collect()
}

/// A clock that moves each time it is looked at.
#[derive(Debug, Default)]
struct Ticking(ManualClock);

impl Clock for Ticking {
    fn now(&self) -> Instant {
        let now = self.0.now();
        self.0.advance(Duration::from_micros(1));
        now
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The order is that of score + strength · cosine over the best 100, as plain arithmetic gives it, up to rounding.
    #[test]
    fn a_taste_moves_the_best_hundred(seed in 1000_u64..2000, count in 1_u64..140, strength in 0.1..5.0) {
        let (table, wanted) = (table(120), vector(seed));
        let taste = Taste::from_vector(space(1), &wanted).unwrap();
        let rescorer = Rescorer::new(&table, &taste, strength).unwrap();
        let given = candidates(count);
        let mut ranked = Vec::new();
        let outcome = rescorer.rescore(&given, &mut ranked, &SystemClock, Deadline::NEVER);
        let head = given.len().min(100);
        let known = given[..head].iter().filter(|c| table.get(c.id).is_some()).count();
        prop_assert_eq!(outcome, Rescored::Personal { known });
        let mut places: Vec<usize> = ranked.iter().map(|row| row.place).collect();
        for row in &ranked[..head] {
            let Candidate { id, score } = given[row.place];
            let row_id = (id - 1) / 7;
            let exact = if row_id < 120 { cosine(&vector(row_id), &wanted) } else { 0.0 };
            prop_assert!((f64::from(row.cosine) - exact).abs() < 0.02);
            prop_assert!((row.score - score - strength * exact).abs() <= 0.02 * strength);
            prop_assert!((row.score - score).abs() <= rescorer.max() + 1e-9);
        }
        prop_assert!(ranked[..head].windows(2).all(|p| p[0].score >= p[1].score));
        for (place, row) in ranked.iter().enumerate().skip(head) {
            prop_assert_eq!(*row, Ranked { place, score: given[place].score, cosine: 0.0 });
        }
        places.sort_unstable();
        prop_assert!(places.into_iter().eq(0..given.len()));
    }

    /// Whenever the deadline comes, the order is the whole taste's or the global one.
    #[test]
    fn a_deadline_never_leaves_half_an_order(looks in 0_u64..12) {
        let table = table(150);
        let taste = Taste::from_vector(space(1), &vector(5000)).unwrap();
        let rescorer = Rescorer::new(&table, &taste, 3.0).unwrap();
        let given = candidates(100);
        let clock = Ticking::default();
        let deadline = Deadline::at(clock.0.now() + Duration::from_micros(looks));
        let mut ranked = Vec::new();
        let outcome = rescorer.rescore(&given, &mut ranked, &clock, deadline);
        // Seven chunks of 16 and the look before sorting.
        if looks < 8 {
            prop_assert_eq!(outcome, Rescored::Global(Reason::Deadline));
            prop_assert!(outcome.status().is_degraded());
            for (place, (row, given)) in ranked.iter().zip(&given).enumerate() {
                prop_assert_eq!(*row, Ranked { place, score: given.score, cosine: 0.0 });
            }
        } else {
            prop_assert_eq!(outcome, Rescored::Personal { known: 100 });
            prop_assert!(ranked.iter().enumerate().any(|(place, row)| row.place != place));
        }
        prop_assert_eq!(ranked.len(), 100);
    }

    /// A file that was cut or changed gives an error or a table that answers; nothing else.
    #[test]
    fn damaged_tables_do_no_harm(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let bytes = table(9).to_bytes().unwrap();
        let mut changed = bytes.clone();
        changed[at.index(bytes.len())] = byte;
        for bytes in [&changed[..], &bytes[..cut.index(bytes.len())]] {
            let Ok(container) = Container::from_bytes(bytes) else { continue };
            let Ok(table) = EmbeddingTable::from_container(&container) else { continue };
            for id in 0..80 {
                prop_assert!(table.get(id).is_none_or(|row| row.len() == DIMENSION));
            }
            if container.verify().is_ok() {
                prop_assert!(table.check_content().is_ok());
            }
        }
    }
}

#[test]
fn a_table_finds_its_ids_and_comes_back_from_a_file() {
    let table = table(1000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("embeddings");
    table.save(&path).unwrap();
    let opened = EmbeddingTable::open(&path).unwrap();
    opened.check_content().unwrap();
    assert_eq!((opened.len(), opened.space()), (1000, &space(1)));
    for id in 0..7100 {
        assert_eq!(opened.get(id), table.get(id));
        assert_eq!(table.get(id).is_some(), id % 7 == 1 && id < 7000, "{id}");
    }
    assert_eq!(opened.to_bytes().unwrap(), table.to_bytes().unwrap());
    let empty = EmbeddingBuilder::new(space(1)).unwrap().build().unwrap();
    assert!(empty.is_empty() && empty.get(1).is_none());
}

/// The fixture was written by version 1 and never changes.
#[test]
fn a_file_of_version_1_is_read() {
    let bytes = include_bytes!("fixtures/embeddings-v1.bwb");
    let container = Container::from_bytes(bytes).unwrap();
    container.verify().unwrap();
    let table = EmbeddingTable::from_container(&container).unwrap();
    table.check_content().unwrap();
    assert_eq!(table.space(), &SpaceId::new("fixture", 3, 2, Normalization::Unit));
    let rows = [5, 1 << 40, 7, 6].map(|id| table.get(id));
    assert_eq!(
        rows,
        [Some(&[127, 0][..]), Some(&[-127, 64]), Some(&[42, 127]), None]
    );
    assert_eq!(fixture(), bytes);
}

fn fixture() -> Vec<u8> {
    let space = SpaceId::new("fixture", 3, 2, Normalization::Unit);
    let mut builder = EmbeddingBuilder::new(space).expect("2 dimensions");
    for (id, row) in [(5, [2.0, 0.0]), (1 << 40, [-1.0, 0.5]), (7, [1.0, 3.0])] {
        builder.push(id, &row).expect("a direction, and an id once");
    }
    let table = builder.build().expect("few rows");
    table.to_bytes().expect("a short name")
}

#[test]
fn spaces_and_vectors_that_do_not_fit_are_refused() {
    let table = table(3);
    let other = Taste::from_vector(space(2), &vector(1)).unwrap();
    assert!(Rescorer::new(&table, &other, 1.0).is_err());

    let mut builder = EmbeddingBuilder::new(space(1)).unwrap();
    assert_eq!(
        builder.push(1, &[1.0]),
        Err(VectorFault::Dimension {
            expected: 64,
            found: 1
        })
    );
    assert_eq!(builder.push(1, &[0.0; 64]), Err(VectorFault::NoDirection));
    assert_eq!(builder.push(1, &[f32::NAN; 64]), Err(VectorFault::NoDirection));
    assert_eq!(builder.push(0, &vector(1)), Err(VectorFault::NoId));
    assert_eq!(builder.push(1, &[f32::MIN_POSITIVE; 64]), Ok(()));
    assert_eq!(
        builder.push(1, &[f32::MAX; 64]),
        Err(VectorFault::Twice { id: 1 })
    );
    assert_eq!(builder.build().unwrap().get(1), Some(&[127; 64][..]));

    let none = SpaceId::new("toy", 1, 0, Normalization::None);
    assert!(EmbeddingBuilder::new(none).is_err());
}

#[test]
fn a_taste_learns_and_forgets() {
    let (a, b) = (vector(1), vector(2));
    let mut taste = Taste::new(space(1));
    let table = table(3);
    let mut ranked = Vec::new();
    let given = candidates(2);
    let none = Rescorer::new(&table, &taste, 1.0).unwrap();
    let outcome = none.rescore(&given, &mut ranked, &SystemClock, Deadline::NEVER);
    assert_eq!(outcome, Rescored::Global(Reason::NotApplicable));

    for _ in 0..10 {
        taste.observe(&a, 0.8).unwrap();
    }
    assert!(cosine(taste.vector(), &a) > 0.999);
    let before = cosine(taste.vector(), &b);
    taste.observe(&b, 0.8).unwrap();
    assert!(cosine(taste.vector(), &b) > before + 0.1);
    taste.observe(&b, 0.0).unwrap();
    assert!(cosine(taste.vector(), &b) > 0.999);
    assert!(taste.observe(&a[1..], 0.8).is_err());
    taste.clear();
    assert!(taste.vector().iter().all(|n| *n == 0.0));
}
