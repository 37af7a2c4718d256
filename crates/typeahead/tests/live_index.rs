//! The live index against a model that remembers everything, and under threads.

mod live_plain;

use bowerbird_core::UserId;
use bowerbird_typeahead::live::{
    AdmissionSettings, HalfLife, Live, LiveBuilder, LiveError, LogOptions, Merged, Observation, Observed,
    PiiFilter, Rule, RulesError, Secret, Snapshot, TrendSettings,
};
use bowerbird_typeahead::{BuildError, Context, Entry, EntryFault, FastIndex, Kind, Normalizer, Source};
use live_plain::Plain;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const SECRET: Secret = Secret([1, 2]);
const HALF: HalfLife = HalfLife::HOUR;

fn builder(base: Arc<dyn Source>, base_at: f64) -> LiveBuilder {
    Live::builder(base, base_at, SECRET)
        .with_half_life(HALF)
        .with_admission(AdmissionSettings {
            users: 2,
            candidates: 100,
        })
        .with_delta_builder(Plain::build)
}

fn seen(text: &str, user: u64, at: f64, weight: f64) -> Observation<'_> {
    Observation {
        text,
        user: UserId(user),
        at,
        weight,
    }
}

/// What a reader finds under a key.
fn weight(snapshot: &Snapshot, key: &str) -> Option<f64> {
    let base = snapshot
        .base()
        .get(key)
        .filter(|found| !snapshot.hides_base(key, found));
    let delta = snapshot.delta().get(key).filter(|_| !snapshot.is_hidden(key));
    assert!(base.is_none() || delta.is_none(), "{key} twice");
    base.or(delta).map(|found| found.weight)
}

/// Times and weights.
type Events = Vec<(f64, f64)>;

/// Remembers every observation.
#[derive(Clone, Debug, Default)]
struct Model {
    base: BTreeMap<String, f64>,
    base_at: f64,
    observed: BTreeMap<String, Events>,
    waiting: BTreeMap<String, (BTreeSet<u64>, Events)>,
    removed: BTreeSet<String>,
}

impl Model {
    fn observe(&mut self, key: &str, user: u64, at: f64, weight: f64) {
        if self.removed.contains(key) {
            return;
        }
        if !self.base.contains_key(key) && !self.observed.contains_key(key) {
            let (users, events) = self.waiting.entry(key.into()).or_default();
            users.insert(user);
            events.push((at, weight));
            if users.len() >= 2 {
                let (_, events) = self.waiting.remove(key).expect("it waited");
                self.observed.insert(key.into(), events);
            }
            return;
        }
        let waited = self.waiting.remove(key).map(|(_, events)| events);
        let events = self.observed.entry(key.into()).or_default();
        events.extend(waited.into_iter().flatten());
        events.push((at, weight));
    }

    fn remove(&mut self, key: &str) {
        self.observed.remove(key);
        self.waiting.remove(key);
        self.removed.insert(key.into());
    }

    fn weight_at(&self, key: &str, now: f64) -> Option<f64> {
        if self.removed.contains(key) {
            return None;
        }
        let (base, events) = (self.base.get(key), self.observed.get(key));
        if base.is_none() && events.is_none() {
            return None;
        }
        let aged = |(at, weight): (f64, f64)| weight * ((at - now) / HALF.as_secs()).exp2();
        let base = base.map_or(0.0, |weight| aged((self.base_at, *weight)));
        Some(
            base + events
                .into_iter()
                .flatten()
                .map(|event| aged(*event))
                .sum::<f64>(),
        )
    }

    fn merged(&self, keys: &[String], now: f64) -> BTreeMap<String, f64> {
        keys.iter()
            .filter_map(|key| Some((key.clone(), self.weight_at(key, now)?)))
            .collect()
    }
}

#[derive(Clone, Debug)]
enum Step {
    Observe(Vec<(usize, u64, f64)>),
    Remove(usize),
    Restore(usize),
    Refresh,
    /// Another time.
    Wait(f64),
    Merge,
    Rebase,
    /// The process ends, and the log is opened over the base that it had, or over the last merge's where that is saved.
    Crash {
        saved: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let one = (0_usize..8, 0_u64..3, 0.5..9.0_f64);
    prop_oneof![
        6 => prop::collection::vec(one, 1..5).prop_map(Step::Observe),
        1 => (0_usize..8).prop_map(Step::Remove),
        1 => (0_usize..8).prop_map(Step::Restore),
        2 => Just(Step::Refresh),
        2 => (0.0..20_000.0_f64).prop_map(Step::Wait),
        1 => Just(Step::Merge),
        1 => Just(Step::Rebase),
        1 => any::<bool>().prop_map(|saved| Step::Crash { saved }),
    ]
}

fn check(live: &Live, model: &Model, keys: &[String]) -> Result<(), TestCaseError> {
    let snapshot = live.snapshot();
    prop_assert_eq!(snapshot.base_at(), model.base_at);
    for key in keys {
        let (found, right) = (weight(&snapshot, key), model.weight_at(key, model.base_at));
        match (found, right) {
            (None, None) => {}
            (Some(a), Some(b)) if (a - b).abs() <= 1e-9 * b => {}
            _ => prop_assert!(false, "{key}: {found:?} instead of {right:?}"),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_live_index_is_what_a_perfect_memory_says(steps in prop::collection::vec(step(), 1..40)) {
        let folder = tempfile::tempdir().expect("a folder");
        // The first four are in the base.
        let keys: Vec<String> = (0..8).map(|n| format!("key {n}")).collect();
        let mut base: Arc<dyn Source> = Plain::new(keys[..4].iter().map(|key| Entry::new(key.as_str(), 3.0)));
        let mut model = Model {
            base: keys[..4].iter().map(|key| (key.clone(), 3.0)).collect(),
            base_at: 1e9,
            ..Model::default()
        };
        let mut now = 1e9;
        // The last merge, with the model as it was then but for what happened since.
        let mut merge: Option<(Merged, Model)> = None;
        let open = |base: &Arc<dyn Source>, at| {
            let (live, replayed) =
                builder(base.clone(), at).open(folder.path(), LogOptions::default()).expect("a log");
            assert_eq!((replayed.damaged, replayed.torn), (0, 0));
            live
        };
        let mut live = open(&base, now);
        for step in steps {
            match step {
                Step::Observe(events) => {
                    let batch: Vec<_> =
                        events.iter().map(|&(key, user, weight)| seen(&keys[key], user, now, weight)).collect();
                    let told = live.observe(&batch).expect("a log");
                    prop_assert_eq!(told.counted + told.waiting + told.hidden, batch.len());
                    for (key, user, weight) in events {
                        model.observe(&keys[key], user, now, weight);
                        if let Some((_, since)) = &mut merge {
                            // What waits although the merge knows it counts as soon as the merge is the base.
                            since.observe(&keys[key], user, now, weight);
                        }
                    }
                }
                Step::Remove(key) => {
                    live.remove(&[&keys[key]]).expect("a log");
                    model.remove(&keys[key]);
                    if let Some((_, since)) = &mut merge {
                        since.remove(&keys[key]);
                    }
                    prop_assert_eq!(weight(&live.snapshot(), &keys[key]), None);
                }
                Step::Restore(key) => {
                    live.restore(&[&keys[key]]).expect("a log");
                    model.removed.remove(&keys[key]);
                    if let Some((_, since)) = &mut merge {
                        since.removed.remove(&keys[key]);
                    }
                }
                Step::Refresh => {
                    let told = live.refresh(now).expect("a delta");
                    prop_assert_eq!(told.generation, live.snapshot().generation());
                    check(&live, &model, &keys)?;
                }
                Step::Wait(secs) => now += secs,
                Step::Merge => {
                    now += 1.0;
                    let merged = live.merge(now).expect("a merge");
                    let right = model.merged(&keys, now);
                    let found: BTreeMap<_, _> =
                        merged.entries.iter().map(|entry| (entry.text.clone(), entry.weight)).collect();
                    prop_assert_eq!(found.len(), merged.entries.len());
                    prop_assert!(found.keys().eq(right.keys()));
                    for (key, weight) in &right {
                        prop_assert!((found[key] - weight).abs() <= 1e-9 * weight);
                    }
                    let since = Model {
                        base: right,
                        base_at: now,
                        observed: BTreeMap::new(),
                        ..model.clone()
                    };
                    merge = Some((merged, since));
                }
                Step::Rebase => match merge.take() {
                    Some((merged, mut since)) => {
                        for (key, events) in &model.observed {
                            // Known by the old base only: it waits, for all its users.
                            if model.base.contains_key(key) && !since.base.contains_key(key) {
                                since.observed.remove(key);
                                since.waiting.insert(key.clone(), (BTreeSet::new(), events.clone()));
                            }
                        }
                        let wrong = live.rebase(base.clone(), merged.at + 1.0);
                        let told = matches!(wrong, Err(LiveError::NotMerged { merged_at: Some(_) }));
                        prop_assert!(told);
                        base = Plain::new(merged.entries);
                        live.rebase(base.clone(), merged.at).expect("a new base");
                        model = since;
                        check(&live, &model, &keys)?;
                    }
                    None => {
                        let wrong = live.rebase(base.clone(), now);
                        let told = matches!(wrong, Err(LiveError::NotMerged { merged_at: None }));
                        prop_assert!(told);
                    }
                },
                Step::Crash { saved } => {
                    drop(live);
                    if let (true, Some((merged, since))) = (saved, merge.take()) {
                        base = Plain::new(merged.entries);
                        model = since;
                    }
                    live = open(&base, model.base_at);
                    merge = None;
                    check(&live, &model, &keys)?;
                }
            }
        }
        live.refresh(now).expect("a delta");
        check(&live, &model, &keys)?;
    }
}

fn small() -> Arc<dyn Source> {
    Plain::new([Entry::new("garden", 8.0), Entry::new("garden shed", 4.0)])
}

#[test]
fn what_cannot_count_is_told_and_kept_nowhere() {
    #[derive(Debug)]
    struct Whispers;
    impl PiiFilter for Whispers {
        fn is_personal(&self, text: &str) -> bool {
            text.starts_with("psst")
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let make = || {
        builder(small(), 0.0)
            .with_pii_filter(Arc::new(Whispers))
            .with_rules(vec![Rule::Words("bad".into())])
    };
    let (live, _) = make().open(folder.path(), LogOptions::default()).expect("a log");
    live.remove(&["Garden Shed"]).expect("a log");
    let batch = [
        seen("GARDEN", 1, 0.0, 1.0),
        seen("new", 1, 0.0, 1.0),
        seen("psst a secret", 1, 0.0, 1.0),
        seen("garden  shed", 1, 0.0, 1.0),
        seen("a bad thing", 1, 0.0, 1.0),
        seen(" ", 1, 0.0, 1.0),
        seen("garden\0", 1, 0.0, 1.0),
        seen("garden", 1, f64::NAN, 1.0),
        seen("garden", 1, 1e18, 1.0),
        seen("garden", 1, 0.0, f64::INFINITY),
        seen("garden", 1, 0.0, 0.0),
        seen("garden", 1, 0.0, -1.0),
    ];
    let told = live.observe(&batch).expect("a log");
    let right = Observed {
        counted: 1,
        waiting: 1,
        personal: 1,
        hidden: 2,
        refused: 7,
    };
    assert_eq!(told, right);
    assert_eq!(live.counts(), (1, 1));
    drop(live);
    let bytes = std::fs::read(folder.path().join("00000000000000000001.log")).expect("a segment");
    let has = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(has("garden") && !has("secret") && !has("thing"));
    let (_, replayed) = make().open(folder.path(), LogOptions::default()).expect("a log");
    assert_eq!(replayed.records, 3);
}

#[test]
fn rules_are_in_force_at_once_and_after_a_crash() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || {
        builder(small(), 0.0)
            .open(folder.path(), LogOptions::default())
            .expect("a log")
            .0
    };
    let live = open();
    let before = live.snapshot();
    live.set_rules(vec![Rule::Words("SHED".into()), Rule::Key("gárden".into())])
        .expect("rules");
    let after = live.snapshot();
    assert!(after.generation() > before.generation());
    assert_eq!(after.rules().generation(), before.rules().generation() + 1);
    let blocked = |snapshot: &Snapshot| {
        ["garden", "garden shed", "gardens"].map(|key| snapshot.blocks(key).map(|id| id.0))
    };
    assert_eq!(blocked(&before), [None; 3]);
    assert_eq!(blocked(&after), [Some(1), Some(0), None]);
    let refused = live.set_rules(vec![Rule::Key("a".into()), Rule::Words(" ".into())]);
    let Err(LiveError::Rules(RulesError::Text { rule: 1, source })) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(source, EntryFault::Empty);
    assert_eq!(blocked(&live.snapshot()), [Some(1), Some(0), None]);
    drop(live);
    let live = open();
    assert_eq!(blocked(&live.snapshot()), [Some(1), Some(0), None]);
    live.merge(10.0).expect("a merge");
    drop(live);
    let live = open();
    assert_eq!(blocked(&live.snapshot()), [Some(1), Some(0), None]);
    live.set_rules(Vec::new()).expect("none");
    drop(live);
    assert_eq!(blocked(&open().snapshot()), [None; 3]);
}

#[test]
fn a_log_that_went_into_a_later_base_refuses_the_old_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = |base: Arc<dyn Source>, at| builder(base, at).open(folder.path(), LogOptions::default());
    let (live, _) = open(small(), 0.0).expect("a log");
    live.observe(&[seen("garden", 1, 5.0, 1.0)]).expect("a log");
    let merged = live.merge(10.0).expect("a merge");
    let base = Plain::new(merged.entries);
    live.rebase(base.clone(), 10.0).expect("a base");
    drop(live);
    assert!(matches!(
        open(small(), 0.0),
        Err(LiveError::BaseTooOld { needed: 10.0 })
    ));
    open(base, 10.0).expect("the right base");
}

#[test]
fn merges_are_later_than_what_they_merge() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || {
        builder(small(), 5.0)
            .open(folder.path(), LogOptions::default())
            .expect("a log")
            .0
    };
    let refuses = |live: &Live, at: f64, right: f64| {
        let told = live.merge(at);
        assert!(
            matches!(told, Err(LiveError::MergeTime { after, .. }) if after == right),
            "{told:?}"
        );
    };
    let live = open();
    refuses(&live, 5.0, 5.0);
    live.merge(7.0).expect("a merge");
    refuses(&live, 6.0, 7.0);
    drop(live);
    let live = open();
    refuses(&live, 7.0, 7.0);
    assert!(matches!(live.merge(f64::INFINITY), Err(LiveError::Time { .. })));
    live.merge(8.0).expect("a merge");
}

#[test]
fn a_delta_that_cannot_be_built_is_tried_again() {
    let broken = Arc::new(AtomicBool::new(false));
    let fails = broken.clone();
    let build = move |entries| match fails.load(Ordering::SeqCst) {
        true => Err(BuildError::TooMany { found: 1 }),
        false => Plain::build(entries),
    };
    let live = builder(small(), 0.0)
        .with_delta_builder(build)
        .build()
        .expect("a live index");
    live.observe(&[seen("garden", 1, 0.0, 1.0)]).expect("no log");
    broken.store(true, Ordering::SeqCst);
    assert!(matches!(live.refresh(1.0), Err(LiveError::Delta(_))));
    assert_eq!(weight(&live.snapshot(), "garden"), Some(8.0));
    broken.store(false, Ordering::SeqCst);
    let told = live.refresh(4.0).expect("a delta");
    assert_eq!((told.changed, told.entries, told.lag), (1, 1, 4.0));
    assert_eq!(weight(&live.snapshot(), "garden"), Some(9.0));
    assert_eq!(live.refresh(9.0).expect("nothing to do").changed, 0);
}

#[test]
fn what_a_failed_build_had_settled_is_not_forgotten() {
    let left = Arc::new(AtomicUsize::new(usize::MAX));
    let builds = left.clone();
    let build = move |entries| match builds.fetch_sub(1, Ordering::SeqCst) {
        0 => Err(BuildError::TooMany { found: 1 }),
        _ => Plain::build(entries),
    };
    let texts: Vec<String> = (0..100).map(|n| format!("text {n}")).collect();
    let base = Plain::new(texts.iter().map(|text| Entry::new(text.as_str(), 1.0)));
    let live = builder(base, 0.0)
        .with_delta_builder(build)
        .build()
        .expect("a live index");
    let observe = |texts: &[String]| {
        let batch: Vec<_> = texts.iter().map(|text| seen(text, 1, 0.0, 1.0)).collect();
        live.observe(&batch).expect("no log");
    };
    observe(&texts);
    live.refresh(0.0).expect("a delta");
    // A layer is built of these, and then everything anew.
    observe(&texts[..30]);
    left.store(1, Ordering::SeqCst);
    assert!(matches!(live.refresh(0.0), Err(LiveError::Delta(_))));
    observe(&texts[30..31]);
    live.refresh(0.0).expect("a delta");
    let snapshot = live.snapshot();
    for (nth, text) in texts.iter().enumerate() {
        let right = if nth <= 30 { 3.0 } else { 2.0 };
        let found = weight(&snapshot, text).expect("in the base");
        assert!((found - right).abs() < 1e-9, "{text}: {found}");
    }
}

/// Known by the old base, and not in the new one: seen since by one user, whose first sight was no admission.
#[test]
fn what_a_new_base_does_not_have_waits_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = |base: &Arc<dyn Source>, at| {
        let opened = builder(base.clone(), at).open(folder.path(), LogOptions::default());
        opened.expect("a log").0
    };
    let live = open(&small(), 0.0);
    live.remove(&["garden"]).expect("a log");
    let merged = live.merge(1.0).expect("a merge");
    live.restore(&["garden"]).expect("a log");
    live.observe(&[seen("garden", 1, 1.0, 1.0)]).expect("a log");
    live.refresh(1.0).expect("a delta");
    assert!(weight(&live.snapshot(), "garden").is_some());
    let base: Arc<dyn Source> = Plain::new(merged.entries);
    live.rebase(base.clone(), 1.0).expect("a base");
    let waits = |live: &Live, user| {
        let told = live.observe(&[seen("garden", user, 1.0, 1.0)]).expect("a log");
        live.refresh(1.0).expect("a delta");
        assert_eq!(told.waiting == 1, weight(&live.snapshot(), "garden").is_none());
        told.waiting == 1
    };
    assert!(weight(&live.snapshot(), "garden").is_none());
    assert!(waits(&live, 2));
    drop(live);
    let live = open(&base, 1.0);
    assert!(weight(&live.snapshot(), "garden").is_none());
    assert!(waits(&live, 2));
    assert!(!waits(&live, 3));
    let sum = weight(&live.snapshot(), "garden").expect("admitted");
    assert!((sum - 4.0).abs() < 1e-9, "{sum}");
}

#[test]
fn tables_stay_within_their_bounds() {
    let live = builder(small(), 0.0)
        .with_delta_limit(50)
        .with_admission(AdmissionSettings {
            users: 2,
            candidates: 30,
        })
        .build()
        .expect("a live index");
    let texts: Vec<String> = (0..500).map(|n| format!("text {n}")).collect();
    for user in 0..3 {
        for text in &texts {
            live.observe(&[seen(text, user, 0.0, 1.0), seen(text, user + 1, 0.0, 1.0)])
                .expect("no log");
            let (keys, waiting) = live.counts();
            assert!(keys <= 50 && waiting <= 30);
        }
        assert!(live.refresh(0.0).expect("a delta").entries <= 50);
    }
    live.observe(&[seen("garden", 9, 0.0, 1e6)]).expect("no log");
    for text in &texts {
        live.observe(&[seen(text, 1, 0.0, 1.0), seen(text, 2, 0.0, 1.0)])
            .expect("no log");
    }
    live.refresh(0.0).expect("a delta");
    let garden = weight(&live.snapshot(), "garden").expect("popular");
    assert!((garden - 1e6 - 8.0).abs() < 1e-3);
}

#[test]
fn facts_and_aliases_of_the_base_survive_a_merge() {
    let normalizer = Normalizer::default();
    let entry = Entry::new("Café Life", 5.0)
        .with_kind(Kind::BOARD)
        .with_context(Context(6))
        .with_id(9)
        .with_alias("coffee life")
        .with_alias("kaffee");
    let plain = Entry::new("cafe noir", 2.0);
    let secret = Entry::new("cafe secret", 1.0).into_sensitive();
    let base = FastIndex::build([entry.clone(), plain, secret.clone()], &normalizer).expect("a base");
    let live = Live::builder(Arc::new(base), 0.0, SECRET)
        .with_half_life(HALF)
        .build()
        .expect("a live index");
    let batch = [seen("cafe life", 1, 0.0, 3.0), seen("cafe secret", 1, 0.0, 1.0)];
    live.observe(&batch).expect("no log");
    live.remove(&["cafe noir", "kaffee"]).expect("no log");
    live.refresh(0.0).expect("a delta");
    let snapshot = live.snapshot();
    let found = snapshot.delta().get("cafe life").expect("observed");
    assert_eq!(
        (found.display, found.kind, found.context, found.id),
        (Some("Café Life"), Kind::BOARD, Context(6), 9)
    );
    assert!(snapshot.delta().get("cafe secret").expect("observed").sensitive);
    assert!(snapshot.overrides("cafe life", Kind::BOARD) && !snapshot.overrides("cafe life", Kind::QUERY));
    let mut walk = snapshot.base().best_first("");
    let mut left = Vec::new();
    while walk.advance().is_some() {
        if !snapshot.hides_base(walk.key(), &walk.found()) {
            left.push(walk.key().to_owned());
        }
    }
    assert_eq!(left, ["coffee life"]);
    let merged = live.merge(1e-9).expect("a merge");
    let right = [
        Entry {
            weight: 8.0,
            aliases: vec!["coffee life".into()],
            ..entry
        },
        Entry {
            weight: 2.0,
            ..secret
        },
    ];
    assert_eq!(merged.entries.len(), 2);
    for (found, right) in merged.entries.iter().zip(right) {
        assert!((found.weight - right.weight).abs() < 1e-9);
        assert_eq!(
            Entry {
                weight: right.weight,
                ..found.clone()
            },
            right
        );
    }
}

#[test]
fn a_trend_is_told_unless_it_is_hidden_or_unknown() {
    let trends = TrendSettings {
        min_support: 5.0,
        ..TrendSettings::default()
    };
    let live = builder(small(), 0.0)
        .with_trends(trends)
        .with_admission(AdmissionSettings {
            users: 1000,
            candidates: 10,
        })
        .build()
        .expect("a live index");
    live.observe(&[seen("garden", 0, 0.0, 1.0)]).expect("no log");
    let now = 200_000.0;
    for text in ["garden", "garden shed", "unknown"] {
        for user in 0..40 {
            live.observe(&[seen(text, user, now, 1.0)]).expect("no log");
        }
    }
    let keys = || {
        live.trending(5, now)
            .into_iter()
            .map(|trend| trend.key)
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(), ["garden shed", "garden"]);
    live.set_rules(vec![Rule::Substring("shed".into())])
        .expect("rules");
    assert_eq!(keys(), ["garden"]);
    live.remove(&["garden"]).expect("no log");
    assert_eq!(keys(), [""; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A few keys of many change between refreshes: what is laid over the delta is one with it.
    #[test]
    fn a_delta_in_layers_is_one_source(rounds in prop::collection::vec(prop::collection::vec(0_u8..120, 1..25), 1..6)) {
        let base = Plain::new((0..60).map(|n| Entry::new(format!("{n}"), f64::from(n))));
        let live = builder(base, 0.0).build().expect("a live index");
        let mut right: BTreeMap<String, f64> = BTreeMap::new();
        let all: Vec<u8> = (0..100).collect();
        for (user, keys) in [&all, &all].into_iter().chain(&rounds).enumerate() {
            for key in keys {
                let text = key.to_string();
                let told = live.observe(&[seen(&text, user as u64, 0.0, 1.0)]).expect("no log");
                let from_base = if *key < 60 { f64::from(*key) } else { 0.0 };
                // The first of a new one waits.
                *right.entry(text).or_insert(from_base) += 1.0;
                prop_assert_eq!(told.counted + told.waiting, 1);
            }
            live.refresh(0.0).expect("a delta");
        }
        // Those that one user only has seen, however often.
        let mut users: BTreeMap<u8, BTreeSet<usize>> = BTreeMap::new();
        for (user, keys) in [&all, &all].into_iter().chain(&rounds).enumerate() {
            for key in keys {
                users.entry(*key).or_default().insert(user);
            }
        }
        let shown = |key: &str| {
            let key: u8 = key.parse().expect("a number");
            key < 60 || users[&key].len() >= 2
        };
        right.retain(|key, _| shown(key));
        let snapshot = live.snapshot();
        prop_assert_eq!(snapshot.delta().len(), right.len());
        for prefix in ["", "1", "10"] {
            let mut walk = snapshot.delta().best_first(prefix);
            let (mut last, mut count) = (f64::INFINITY, 0);
            while let Some(score) = walk.advance() {
                prop_assert!(score <= last);
                last = score;
                count += 1;
                let weight = right.get(walk.key()).copied().unwrap_or(f64::NAN);
                prop_assert!((walk.found().weight - weight).abs() < 1e-9 * weight, "{}", walk.key());
                prop_assert!((snapshot.delta().get(walk.key()).expect("walked").weight - weight).abs() < 1e-9 * weight);
                prop_assert!(snapshot.overrides(walk.key(), Kind::QUERY));
            }
            prop_assert_eq!(count, right.keys().filter(|key| key.starts_with(prefix)).count());
            prop_assert_eq!(walk.advance(), None);
        }
    }
}

/// Readers beside observers, a refresher, a remover and a rebaser.
#[test]
fn readers_always_see_one_consistent_state() {
    const KEYS: usize = 300;
    let keys: Vec<String> = (0..KEYS).map(|n| format!("key {n:03}")).collect();
    let base = Plain::new(keys.iter().map(|key| Entry::new(key.as_str(), 1.0)));
    let live = builder(base, 0.0).build().expect("a live index");
    let (removed, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let reader = || {
        let (mut generation, mut looks) = (0, 0_u64);
        while !done.load(Ordering::SeqCst) || looks == 0 {
            let gone = removed.load(Ordering::SeqCst);
            let snapshot = live.snapshot();
            assert!(snapshot.generation() >= generation);
            generation = snapshot.generation();
            assert!(snapshot.removed() >= gone);
            for key in &keys[..gone] {
                assert_eq!(weight(&snapshot, key), None, "{key} was removed");
            }
            for key in &keys[KEYS / 2..] {
                let seen = weight(&snapshot, key).expect("never removed");
                assert!(seen > 1.0 - 1e-6, "{key}: {seen}");
            }
            let mut walk = snapshot.delta().best_first("");
            while walk.advance().is_some() {
                assert!(snapshot.overrides(walk.key(), Kind::QUERY));
            }
            looks += 1;
        }
    };
    std::thread::scope(|scope| {
        let readers = [scope.spawn(reader), scope.spawn(reader)];
        let observer = scope.spawn(|| {
            for round in 0..60_u64 {
                let batch: Vec<_> = keys.iter().map(|key| seen(key, round, 0.0, 1.0)).collect();
                live.observe(&batch).expect("no log");
            }
        });
        let refresher = scope.spawn(|| {
            for round in 0..60 {
                live.refresh(0.0).expect("a delta");
                if round % 10 == 5 {
                    let merged = live.merge(f64::from(round) * 1e-9).expect("a merge");
                    live.rebase(Plain::new(merged.entries), merged.at)
                        .expect("a base");
                }
            }
        });
        for (nth, key) in keys[..KEYS / 2].iter().enumerate() {
            live.remove(&[key]).expect("no log");
            removed.store(nth + 1, Ordering::SeqCst);
            assert_eq!(weight(&live.snapshot(), key), None);
        }
        observer.join().expect("an observer");
        refresher.join().expect("a refresher");
        done.store(true, Ordering::SeqCst);
        for reader in readers {
            reader.join().expect("a reader");
        }
    });
    live.refresh(0.0).expect("a delta");
    // Nothing was lost between the merges: 1 from the base and 60 observations.
    for key in &keys[KEYS / 2..] {
        let sum = weight(&live.snapshot(), key).expect("never removed");
        assert!((sum - 61.0).abs() < 1e-6, "{key}: {sum}");
    }
}

#[test]
fn a_live_index_can_be_shared() {
    fn shared<T: Send + Sync>(_: &T) {}
    let live = builder(small(), 0.0).build().expect("a live index");
    shared(&live);
    shared(&*live.snapshot());
}
