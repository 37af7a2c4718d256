//! The feature log: what is written down is what was served, and what is trained on is what was written down.

mod support;

use bowerbird_ranking::core::{Deadline, ItemId, RequestId, Status};
use bowerbird_ranking::log::{FeatureLog, LogError, LoggedRequest, LoggedRequests};
use bowerbird_ranking::model::{LinearModel, LogisticScorer, LogisticTrainer};
use bowerbird_ranking::retrieval::{FeatureName, source_fn};
use bowerbird_ranking::{Cascade, Request, SideEffect, Slate, SourceOptions};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Query, Ticking, builder, hydrator, scorer, source, worth};

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Source, rank, score and reason.
type Found = (usize, u32, u32, Option<ItemId>);

/// Everything of a request that a log keeps, as one long list of lists.
#[derive(PartialEq, Debug)]
struct Everything {
    id: RequestId,
    items: Vec<ItemId>,
    values: Vec<Vec<u32>>,
    ranks: Vec<Vec<Option<u32>>>,
    scored: Vec<u32>,
    positions: Vec<Option<u32>>,
    provenance: Vec<Vec<Found>>,
    quality: u32,
    is_degraded: bool,
}

fn served(slate: &Slate) -> Everything {
    let (batch, schema) = (slate.batch(), slate.batch().schema());
    let shown = |row: usize| slate.rows().iter().position(|&other| other as usize == row);
    let mut values = vec![
        bits(batch.merge_scores()),
        bits(batch.utility()),
        bits(batch.propensity()),
    ];
    values.extend((0..schema.features().len()).map(|at| bits(batch.feature(at))));
    values.extend((0..schema.heads().len()).map(|at| bits(batch.head(at))));
    Everything {
        id: slate.request(),
        items: batch.items().to_vec(),
        values,
        ranks: (0..schema.phases())
            .map(|phase| (0..batch.len()).map(|row| batch.stage_rank(phase, row)).collect())
            .collect(),
        scored: (0..schema.phases()).map(|phase| batch.scored(phase)).collect(),
        positions: (0..batch.len())
            .map(|row| shown(row).map(|position| position as u32))
            .collect(),
        provenance: (0..batch.len())
            .map(|row| {
                let found = batch.provenance(row);
                found
                    .map(|by| (by.source, by.rank, by.score.to_bits(), by.because))
                    .collect()
            })
            .collect(),
        quality: slate.quality().to_bits(),
        is_degraded: slate.is_degraded(),
    }
}

fn logged(log: &LoggedRequests, request: &LoggedRequest<'_>) -> Everything {
    let (schema, rows) = (log.schema(), request.len());
    let mut values = vec![
        bits(request.merge_scores()),
        bits(request.utility()),
        bits(request.propensity()),
    ];
    values.extend((0..schema.features().len()).map(|at| bits(request.feature(at))));
    values.extend((0..schema.heads().len()).map(|at| bits(request.head(at))));
    Everything {
        id: request.id(),
        items: request.items().to_vec(),
        values,
        ranks: (0..schema.phases())
            .map(|phase| (0..rows).map(|row| request.stage_rank(phase, row)).collect())
            .collect(),
        scored: (0..schema.phases()).map(|phase| request.scored(phase)).collect(),
        positions: (0..rows).map(|row| request.position(row)).collect(),
        provenance: (0..rows)
            .map(|row| {
                let found = request.provenance(row);
                found
                    .map(|by| (by.source, by.rank, by.score.to_bits(), by.because))
                    .collect()
            })
            .collect(),
        quality: request.quality().to_bits(),
        is_degraded: request.is_degraded(),
    }
}

fn all(log: &LoggedRequests) -> Vec<Everything> {
    log.iter().map(|request| logged(log, &request)).collect()
}

/// A cascade with reasons, overlaps and a clock under which deadlines pass.
fn cascade(log: &FeatureLog) -> Cascade<Query> {
    builder()
        .source(
            source_fn("reasoned", |_: &Query, _, out| {
                out.push_because(ItemId(3), 2.0, Some(ItemId(900)));
                out.push(ItemId(4), 1.0);
                Ok(Status::Full)
            }),
            SourceOptions::new(),
        )
        .chunk(16)
        .clock(Ticking::every(Duration::from_micros(10)))
        .recorder(log.clone())
        .build()
        .expect("wired")
}

fn ask(cascade: &Cascade<Query>, id: u64, limit: usize) -> Slate {
    cascade
        .run(&mut (), &Request::new(limit).id(RequestId(id)))
        .expect("runs")
}

#[test]
fn what_is_logged_is_what_was_served_on_disk_too() {
    let log = FeatureLog::with_capacity(10_000);
    let cascade = cascade(&log);
    let mut expected = vec![served(&ask(&cascade, 1, 5)), served(&ask(&cascade, 2, 0))];
    for micros in [100, 400, 600] {
        let deadline = Deadline::after(cascade.clock(), Duration::from_micros(micros));
        let request = Request::new(7).id(RequestId(micros)).deadline(deadline);
        expected.push(served(&cascade.run(&mut (), &request).expect("answers")));
    }
    assert!(expected.iter().any(|request| request.is_degraded));
    let written = log.drain().expect("five requests");
    assert_eq!(all(&written), expected);
    assert_eq!(written.schema().hash(), cascade.schema().hash());
    assert!(log.drain().is_none(), "the log is empty now");

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    written.save(&path).expect("saved");
    let read = LoggedRequests::load(&path).expect("loads");
    assert_eq!(all(&read), expected);
    assert_eq!(read.schema(), written.schema());
    assert_eq!(read.to_bytes().unwrap(), written.to_bytes().unwrap());
}

#[test]
fn what_is_trained_on_is_what_was_served() {
    let log = FeatureLog::with_capacity(100_000);
    let first = cascade(&log);
    let slates: Vec<_> = (1..=20).map(|id| ask(&first, id, 10)).collect();
    let written = log.drain().expect("requests");
    let features: [FeatureName; 2] = ["b".into(), "a".into()];
    let label = |request: RequestId, item: ItemId| {
        let is_known = !request.0.is_multiple_of(5) && !item.0.is_multiple_of(3);
        is_known.then(|| f32::from(worth(item.0, 1) + worth(item.0 ^ request.0, 9) > 1.2))
    };
    let rows = written.training_set(&features, label).expect("both are logged");

    let (mut columns, mut labels, mut groups) = ([vec![], vec![]], vec![], vec![]);
    for slate in slates.iter().filter(|slate| !slate.request().0.is_multiple_of(5)) {
        let before = labels.len();
        for (row, &item) in slate.batch().items().iter().enumerate() {
            let Some(label) = label(slate.request(), item) else {
                continue;
            };
            labels.push(label);
            for (column, feature) in columns.iter_mut().zip(&features) {
                let at = slate.batch().schema().feature(feature.as_str()).expect("there");
                column.push(slate.batch().feature(at)[row].to_bits());
            }
        }
        groups.push((labels.len() - before) as u32);
    }
    assert_eq!(
        rows.columns().iter().map(|c| bits(c)).collect::<Vec<_>>(),
        columns
    );
    assert_eq!((rows.labels(), rows.groups()), (&labels[..], &groups[..]));
    assert_eq!(rows.groups().len(), 16);

    let fit = LogisticTrainer::default()
        .fit("p", &rows.set())
        .expect("a set to learn from");
    let hash = first.schema_of(&features).expect("computed");
    let model = LinearModel::new(features.clone(), [fit.head]).expect("a model");
    let served_by = builder()
        .rank(LogisticScorer::new("learnt", model.clone().with_schema(hash)))
        .recorder(log.clone())
        .build()
        .expect("trained on what is served");
    ask(&served_by, 1, 10);
    let written = log.drain().expect("a request");
    let request = written.get(0).expect("a request");
    let column =
        |name: &FeatureName| request.feature(written.schema().feature(name.as_str()).expect("there"));
    let (a, b) = (column(&features[0]), column(&features[1]));
    let again: Vec<f32> = (0..request.len())
        .map(|row| model.heads()[0].predict(&[a[row], b[row]]))
        .collect();
    let head = written.schema().head("p").expect("predicted");
    assert_eq!(bits(&again), bits(request.head(head)));
    assert!(matches!(
        written.training_set(&["none".into()], |_, _| None),
        Err(LogError::UnknownFeature { feature }) if feature.as_str() == "none"
    ));
    let none = written.training_set(&features, |_, _| None).expect("logged");
    assert!(none.is_empty() && none.groups().is_empty());
}

#[test]
fn a_request_that_does_not_fit_is_dropped_whole_and_counted() {
    let log = FeatureLog::with_capacity(130);
    let cascade = builder().recorder(log.clone()).build().expect("wired");
    for id in 0..4 {
        assert_eq!(ask(&cascade, id, 5).batch().len(), 60);
    }
    let stats = log.stats();
    assert_eq!((stats.recorded, stats.dropped, stats.mismatched), (2, 2, 0));
    let written = log.drain().expect("two requests");
    assert_eq!((written.len(), written.rows()), (2, 120));
    ask(&cascade, 9, 5);
    assert_eq!(
        log.drain().expect("there is room again").get(0).unwrap().id(),
        RequestId(9)
    );

    let log = FeatureLog::with_capacity(3);
    let empty = Cascade::builder()
        .source(source("none", vec![]), SourceOptions::new())
        .recorder(log.clone())
        .build()
        .expect("wired");
    (0..5).for_each(|id| drop(ask(&empty, id, 5)));
    assert_eq!(log.stats().dropped, 2, "empty requests take room too");
    let written = log.drain().expect("requests without rows");
    assert_eq!((written.len(), written.rows()), (3, 0));
    let read = LoggedRequests::from_bytes(&written.to_bytes().unwrap()).expect("without rows");
    assert_eq!(all(&read), all(&written));

    let nothing = FeatureLog::with_capacity(0);
    let cascade = builder().recorder(nothing.clone()).build().expect("wired");
    ask(&cascade, 1, 5);
    assert!(nothing.drain().is_none() && nothing.stats().dropped == 1);
}

#[test]
fn logs_of_different_schemas_are_kept_apart() {
    let log = FeatureLog::with_capacity(1_000);
    let one = builder().recorder(log.clone()).build().expect("wired");
    let two = builder()
        .hydrator(hydrator("new", "n", 4))
        .recorder(log.clone())
        .build()
        .expect("wired");
    ask(&one, 1, 5);
    ask(&two, 2, 5);
    assert_eq!((log.stats().recorded, log.stats().mismatched), (1, 1));
    let mut first = log.drain().expect("a request");
    ask(&two, 3, 5);
    let other = log.drain().expect("a request");
    let before = all(&first);
    assert_eq!(
        first.append(&other),
        Err(LogError::SchemaMismatch {
            expected: one.schema().hash(),
            found: two.schema().hash()
        })
    );
    assert_eq!(all(&first), before);

    ask(&one, 4, 3);
    ask(&one, 5, 0);
    let later = log.drain().expect("two requests");
    first.append(&later).expect("the same schema");
    let expected: Vec<_> = before.into_iter().chain(all(&later)).collect();
    assert_eq!(all(&first), expected);
    let read = LoggedRequests::from_bytes(&first.to_bytes().unwrap()).expect("joined");
    assert_eq!(all(&read), expected);
}

/// Keeps what was served beside what was logged.
struct Witness(Arc<Mutex<Vec<Everything>>>);

impl SideEffect<Query> for Witness {
    fn name(&self) -> &str {
        "witness"
    }

    fn apply(&self, _query: &Query, slate: &Slate) {
        self.0.lock().expect("no panic").push(served(slate));
    }
}

#[test]
fn threads_that_record_at_once_lose_nothing_until_it_is_full() {
    for (capacity, fits) in [(200 * 60, 200), (60 * 77 + 59, 77)] {
        let (log, seen) = (FeatureLog::with_capacity(capacity), Arc::default());
        let cascade = builder()
            .recorder(log.clone())
            .side_effect(Witness(Arc::clone(&seen)))
            .build()
            .expect("wired");
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let cascade = &cascade;
                scope.spawn(move || (0..50).for_each(|n| drop(ask(cascade, thread * 50 + n, n as usize))));
            }
        });
        let stats = log.stats();
        assert_eq!((stats.recorded, stats.dropped), (fits, 200 - fits));
        let written = log.drain().expect("requests");
        let mut seen = std::mem::take(&mut *seen.lock().expect("no panic"));
        let mut kept = all(&written);
        assert_eq!(kept.len() as u64, fits);
        kept.sort_by_key(|request| request.id);
        seen.sort_by_key(|request| request.id);
        seen.retain(|request| kept.iter().any(|other| other.id == request.id));
        assert_eq!(kept, seen);
    }
}

#[test]
fn a_scorer_without_time_leaves_rows_unscored_in_the_log() {
    let log = FeatureLog::with_capacity(1_000);
    let cascade = Cascade::builder()
        .source(source("low", (0..50).collect()), SourceOptions::new())
        .hydrator(hydrator("cheap", "a", 1))
        .rank(scorer("heavy", &["a"], "fine"))
        .recorder(log.clone())
        .build()
        .expect("wired");
    let past = Deadline::at(cascade.clock().now());
    let request = Request::new(5).deadline(past);
    cascade.run(&mut (), &request).expect("answers");
    let written = log.drain().expect("a request");
    let request = written.get(0).expect("a request");
    assert!(request.is_degraded() && request.scored(0) == 0);
    assert!(request.utility().iter().all(|value| value.is_nan()));
}
