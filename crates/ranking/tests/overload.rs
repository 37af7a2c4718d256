//! What hangs, errs, panics or is too slow costs its own part of the answer and nothing else.

mod support;

use bowerbird_ranking::core::{Clock, Deadline, ItemId, ManualClock, Reason, Status, SystemClock};
use bowerbird_ranking::retrieval::{
    BlockingCall, BlockingSource, CandidateSource, Context, FeatureName, SourceError, source_fn,
};
use bowerbird_ranking::{
    BlockingHydrator, BreakerOptions, BreakerState, CallOptions, Cascade, HydrateCall, Request, SourceOptions,
};
use std::sync::Arc;
use std::time::Duration;
use support::{Gate, Query, Ticking, builder, scorer, source};

/// Waits at a gate and never looks at a deadline.
struct Hung(Arc<Gate>);

impl BlockingSource<Query> for Hung {
    fn name(&self) -> &str {
        "hung"
    }

    fn prepare(&self, _query: &Query, _deadline: Deadline) -> BlockingCall {
        let gate = Arc::clone(&self.0);
        Box::new(move |out| {
            gate.wait();
            out.push(ItemId(77_777), 1.0);
            Ok(Status::Full)
        })
    }
}

#[test]
fn a_hung_source_is_abandoned_counted_left_alone_and_taken_back() {
    let gate = Arc::new(Gate::default());
    let clock = Arc::new(ManualClock::new());
    let breaker = BreakerOptions {
        failures: 2,
        cooldown: Duration::from_secs(1),
    };
    let cascade = builder()
        .clock(Arc::clone(&clock))
        .blocking_source(Hung(Arc::clone(&gate)), SourceOptions::new().breaker(breaker), 1)
        .build()
        .expect("wired");
    let ask = |cascade: &bowerbird_ranking::Cascade<Query>| {
        let request = Request::new(10).within(cascade.clock(), Duration::from_millis(5));
        let slate = cascade.run(&mut (), &request).expect("open by default");
        assert_eq!(slate.len(), 10, "the other sources answer");
        slate.coverage().stage("hung").expect("reported").status
    };
    assert_eq!(ask(&cascade), Status::Failed(Reason::Deadline));
    assert_eq!(ask(&cascade), Status::Failed(Reason::Deadline));
    assert_eq!(
        ask(&cascade),
        Status::Skipped(Reason::BreakerOpen),
        "two failures in a row open the breaker"
    );
    let hung = |cascade: &bowerbird_ranking::Cascade<Query>| cascade.stats().calls[2].clone();
    assert_eq!((hung(&cascade).abandoned, hung(&cascade).threads), (2, 1));

    gate.open();
    clock.advance(Duration::from_secs(1));
    assert_eq!(hung(&cascade).breaker, BreakerState::HalfOpen);
    let slate = cascade.run(&mut (), &Request::new(500)).expect("runs");
    assert_eq!(
        slate.coverage().stage("hung").map(|report| report.status),
        Some(Status::Full)
    );
    assert!(slate.fates().of(ItemId(77_777)).is_some(), "it has recovered");
    assert_eq!(hung(&cascade).breaker, BreakerState::Closed);
    assert_eq!(
        hung(&cascade).late,
        1,
        "the first call's answer came late; the second was never begun"
    );
}

#[test]
fn two_clients_are_answered_in_time_beside_a_hung_source() {
    let gate = Arc::new(Gate::default());
    let cascade = builder()
        .blocking_source(Hung(Arc::clone(&gate)), SourceOptions::new(), 2)
        .build()
        .expect("wired");
    let span = Duration::from_millis(10);
    let late: usize = std::thread::scope(|scope| {
        let client = || {
            let mut slate = cascade.slate();
            let mut late = 0;
            for _ in 0..200 {
                let request = Request::new(10).within(&SystemClock, span);
                let start = SystemClock.now();
                cascade.run_into(&mut (), &request, &mut slate).expect("runs");
                assert!(slate.is_degraded() && slate.len() == 10);
                late += usize::from(start.elapsed() > span + Duration::from_millis(2));
            }
            late
        };
        let clients: Vec<_> = (0..2).map(|_| scope.spawn(client)).collect();
        clients
            .into_iter()
            .map(|client| client.join().expect("no panic"))
            .sum()
    });
    gate.open();
    assert!(
        late <= 20,
        "{late} of 400 late: even a busy test machine keeps nineteen in twenty"
    );
}

#[test]
fn errors_and_panics_are_reported_and_what_was_found_is_kept() {
    let cascade = builder()
        .source(
            source_fn("torn", |_: &Query, _, out| {
                out.push(ItemId(9_001), 1.0);
                Err(SourceError::failed("connection reset"))
            }),
            SourceOptions::new(),
        )
        .source(
            source_fn("wild", |_: &Query, _, _| panic!("index out of bounds")),
            SourceOptions::new(),
        )
        .source(
            source_fn("new_user", |_: &Query, _, _| Err(SourceError::NotApplicable)),
            SourceOptions::new(),
        )
        .build()
        .expect("wired");
    let slate = cascade.run(&mut (), &Request::new(5)).expect("open by default");
    let status = |name: &str| slate.coverage().stage(name).expect("reported").status;
    assert!(matches!(
        status("torn"),
        Status::Partial {
            reason: Reason::Error,
            ..
        }
    ));
    assert_eq!(status("wild"), Status::Failed(Reason::Panic));
    assert_eq!(status("new_user"), Status::Skipped(Reason::NotApplicable));
    assert!(slate.fates().of(ItemId(9_001)).is_some());
    let failures: Vec<_> = slate
        .failures()
        .iter()
        .map(|failure| (&*failure.stage, failure.error.to_string()))
        .collect();
    assert_eq!(failures[0].0, "torn");
    assert_eq!(failures[1], ("wild", "panicked: index out of bounds".to_owned()));
}

#[test]
fn a_fallback_is_asked_only_when_there_is_too_little() {
    let with = |enough| {
        builder()
            .fallback(source("spare", vec![5_000]), SourceOptions::new())
            .enough(enough)
            .build()
            .expect("wired")
    };
    let plenty = with(10).run(&mut (), &Request::new(5)).expect("runs");
    let status = |slate: &bowerbird_ranking::Slate| slate.coverage().stage("spare").expect("reported").status;
    assert_eq!(status(&plenty), Status::Skipped(Reason::NotNeeded));
    assert!(!plenty.is_degraded());
    let short = with(10_000).run(&mut (), &Request::new(5)).expect("runs");
    assert_eq!(status(&short), Status::Fallback);
    assert!(short.is_degraded());
}

#[test]
fn a_fallback_answers_even_when_the_time_is_up() {
    let waits = source_fn("waits", |_: &Query, cx: &Context<'_>, _| match cx.is_past() {
        true => Ok(Status::Partial {
            fraction: 0.0,
            reason: Reason::Deadline,
        }),
        false => Ok(Status::Full),
    });
    let spare = source_fn("spare", |_: &Query, cx: &Context<'_>, out| {
        if !cx.is_past() {
            out.push(ItemId(1), 1.0);
        }
        Ok(Status::Full)
    });
    let options = SourceOptions::new();
    let cascade = Cascade::builder()
        .source(waits, options)
        .fallback(spare, options)
        .build()
        .expect("wired");
    let late = Request::new(5).within(cascade.clock(), Duration::ZERO);
    let slate = cascade.run(&mut (), &late).expect("runs");
    assert_eq!(support::ids(&slate), [1]);
    assert!(slate.is_degraded());
}

#[test]
fn a_source_that_skips_itself_gives_its_probe_back() {
    let skip = source_fn("skips", |_: &Query, _, _| Ok(Status::Skipped(Reason::NotNeeded)));
    let calls = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let fails_first = source_fn("fails_first", move |query: &Query, cx, out| {
        match count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => Err(SourceError::failed("down")),
            _ => skip.retrieve(query, cx, out),
        }
    });
    let breaker = BreakerOptions {
        failures: 1,
        cooldown: Duration::ZERO,
    };
    let options = SourceOptions::new().breaker(breaker);
    let cascade = Cascade::builder()
        .source(fails_first, options)
        .build()
        .expect("wired");
    for _ in 0..4 {
        cascade.run(&mut (), &Request::new(1)).expect("runs");
    }
    assert_eq!(
        calls.load(std::sync::atomic::Ordering::SeqCst),
        4,
        "every probe was let through"
    );
}

#[test]
fn ranking_stops_at_its_deadline_and_the_rest_keeps_its_order() {
    let cascade = builder()
        .chunk(8)
        .clock(Ticking::every(Duration::from_micros(20)))
        .build()
        .expect("wired");
    let relaxed = cascade.run(&mut (), &Request::new(5)).expect("runs");
    assert!(!relaxed.is_degraded());
    let request = Request::new(60).within(cascade.clock(), Duration::from_millis(1));
    let slate = cascade.run(&mut (), &request).expect("runs");
    assert_eq!(slate.len(), 60, "there is always an answer");
    let partial = slate.coverage().degraded().any(|report| {
        matches!(report.status, Status::Partial { fraction, reason: Reason::Deadline } if fraction > 0.0)
    });
    assert!(partial, "{:#?}", slate.coverage());
    let scored = slate.batch().scored(1) as usize;
    assert!(
        slate.batch().utility()[scored..]
            .iter()
            .all(|worth| worth.is_nan())
    );
    let before: Vec<_> = (scored..slate.batch().len())
        .map(|row| slate.batch().stage_rank(0, row))
        .collect();
    assert!(
        before.is_sorted(),
        "what was not scored keeps the order of the phase before"
    );
}

/// A feature store whose driver hangs until the gate opens.
struct Store(Arc<Gate>, [FeatureName; 1]);

impl BlockingHydrator<Query> for Store {
    fn name(&self) -> &str {
        "store"
    }

    fn features(&self) -> &[FeatureName] {
        &self.1
    }

    fn prepare(&self, _query: &Query, items: &[ItemId], _deadline: Deadline) -> HydrateCall {
        let (gate, values) = (
            Arc::clone(&self.0),
            items.iter().map(|item| item.0 as f32).collect(),
        );
        Box::new(move || {
            gate.wait();
            Ok(values)
        })
    }
}

#[test]
fn a_hung_feature_store_leaves_its_features_missing() {
    let gate = Arc::new(Gate::default());
    let store = Store(Arc::clone(&gate), ["stored".into()]);
    let cascade = builder()
        .blocking_hydrator(store, CallOptions::new(), 1)
        .rank(scorer("heavy", &["a", "stored"], "fine"))
        .build()
        .expect("wired");
    let hasty = Request::new(5).within(&SystemClock, Duration::from_millis(40));
    let without = cascade.run(&mut (), &hasty).expect("runs");
    let stored = without.batch().schema().feature("stored").expect("a column");
    assert!(without.batch().feature(stored).iter().all(|value| value.is_nan()));
    assert_eq!(
        without.coverage().stage("store").map(|report| report.status),
        Some(Status::Failed(Reason::Deadline))
    );

    gate.open();
    let with = cascade.run(&mut (), &Request::new(5).traced()).expect("runs");
    let row = with.iter().next().expect("five are shown");
    assert_eq!(with.batch().feature(stored)[row.row], row.item.0 as f32);
    let again = cascade
        .replay(&(), with.trace().expect("traced"))
        .expect("the same versions");
    assert_eq!(
        again.batch().feature(stored),
        with.batch().feature(stored),
        "the log has what the store said"
    );
}
