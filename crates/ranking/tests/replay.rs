//! A logged request comes out again, bit for bit, degraded ones too.

mod support;

use bowerbird_ranking::core::{Deadline, ItemId, RequestId, Status};
use bowerbird_ranking::retrieval::{BlockingCall, BlockingSource, SourceError, filter_fn, source_fn};
use bowerbird_ranking::{
    Cascade, DecisionTrace, LoadControl, ReplayError, Request, Slate, SourceOptions, hydrator_fn,
};
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use support::{Query, Ticking, builder, hydrator, scorer, source};

/// Everything of a slate that a user could see, down to the bits.
fn visible(slate: &Slate) -> Vec<(u64, u32, Option<u32>)> {
    slate
        .iter()
        .map(|placed| (placed.item.0, placed.utility.to_bits(), placed.rank()))
        .collect()
}

struct Driver;

impl BlockingSource<Query> for Driver {
    fn name(&self) -> &str {
        "driver"
    }

    fn prepare(&self, _query: &Query, _deadline: Deadline) -> BlockingCall {
        Box::new(|out| {
            (500..540).all(|item| out.push(ItemId(item), 1.0));
            Ok(Status::Full)
        })
    }
}

/// A cascade in which time, the world and chance all have a say, while `mood` says so.
fn moody(step: u64, mood: &Arc<AtomicBool>) -> Cascade<Query> {
    let (store, policy) = (Arc::clone(mood), Arc::clone(mood));
    let calls = AtomicU64::new(0);
    let rounds = AtomicU64::new(0);
    let hydrations = AtomicU64::new(0);
    builder()
        .clock(Ticking::every(Duration::from_micros(step)))
        .chunk(16)
        .load_control(LoadControl {
            step: 0.05,
            ..LoadControl::hold(Duration::from_micros(300))
        })
        .blocking_source(Driver, SourceOptions::new(), 1)
        .source(
            source_fn("moody", move |_: &Query, _, out| {
                let call = calls.fetch_add(1, Ordering::SeqCst);
                for item in call * 3..call * 3 + 50 {
                    out.push(ItemId(item), item as f32);
                }
                if call % 3 == 1 {
                    Err(SourceError::failed("gone"))
                } else {
                    Ok(Status::Full)
                }
            }),
            SourceOptions::new(),
        )
        .hydrator(hydrator_fn("flaky", ["c"], move |_: &Query, rows, _, out| {
            if store.load(Ordering::SeqCst) && hydrations.fetch_add(1, Ordering::SeqCst) % 5 == 3 {
                return Err(bowerbird_ranking::StageError::failed("store is down"));
            }
            for row in 0..rows.len() {
                out.set(0, row, 0.25);
            }
            Ok(())
        }))
        .rank(scorer("mixed", &["a", "b", "c"], "mix"))
        .late_filter(filter_fn("late", move |_: &Query, item| item.0 % 5 != 2))
        .late_filter(filter_fn("late_flaky", move |_: &Query, _| {
            let bad_day = policy.load(Ordering::SeqCst) && rounds.fetch_add(1, Ordering::SeqCst) % 40 == 39;
            assert!(!bad_day, "a bad day");
            true
        }))
        .build()
        .expect("wired")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_same_trace_gives_the_same_slate(
        step in 0_u64..20,
        spans in prop::collection::vec(prop::option::of(0_u64..3_000), 1..6),
        limit in 0_usize..30,
    ) {
        let mood = Arc::new(AtomicBool::new(true));
        let cascade = moody(step, &mood);
        for (number, span) in spans.into_iter().enumerate() {
            let deadline = span.map_or(Deadline::NEVER, |span| {
                Deadline::after(cascade.clock(), Duration::from_micros(span))
            });
            let request = Request::new(limit).id(RequestId(number as u64)).deadline(deadline).traced();
            let served = cascade.run(&mut (), &request).expect("nothing is required");
            let trace = served.trace().expect("traced");
            mood.store(false, Ordering::SeqCst);
            let again = cascade.replay(&(), trace).expect("the same versions");
            mood.store(true, Ordering::SeqCst);
            prop_assert_eq!(visible(&served), visible(&again));
            let written = trace.to_bytes().expect("small");
            let read = DecisionTrace::from_bytes(&written).expect("just written");
            prop_assert_eq!(trace, &read);
            mood.store(false, Ordering::SeqCst);
            let from_file = cascade.replay(&(), &read).expect("the same versions");
            mood.store(true, Ordering::SeqCst);
            prop_assert_eq!(visible(&served), visible(&from_file));
            prop_assert_eq!(served.fates(), again.fates());
            let statuses = |slate: &Slate| -> Vec<_> {
                let stages = slate.coverage().stages().iter();
                stages.map(|report| (report.stage.clone(), report.entered, report.left)).collect()
            };
            prop_assert_eq!(statuses(&served), statuses(&again));
            prop_assert_eq!(served.is_degraded(), again.is_degraded());
        }
    }
}

#[test]
fn a_trace_of_other_versions_is_refused() {
    let cascade = builder().build().expect("wired");
    let served = cascade.run(&mut (), &Request::new(5).traced()).expect("runs");
    let trace = served.trace().expect("traced");
    let other = builder()
        .hydrator(hydrator("new", "n", 4))
        .build()
        .expect("wired");
    assert!(matches!(
        other.replay(&(), trace),
        Err(ReplayError::SchemaMismatch { .. })
    ));
    let more = builder()
        .source(source("more", vec![1]), SourceOptions::new())
        .build()
        .expect("wired");
    assert!(more.replay(&(), trace).is_err());
}

#[test]
fn a_source_or_a_filter_of_other_data_is_another_version() {
    let fitted = |on: u64| {
        source_fn("fitted", move |_: &Query, _, out| {
            out.push(ItemId(on), 1.0);
            Ok(Status::Full)
        })
        .versioned(on)
    };
    let policy = |edition| filter_fn("policy", |_: &Query, _| true).versioned(edition);
    let wired = |on, edition| {
        builder()
            .source(fitted(on), SourceOptions::new())
            .filter(policy(edition))
            .build()
            .expect("wired")
    };
    let served = wired(7, 1).run(&mut (), &Request::new(5).traced()).expect("runs");
    let trace = served.trace().expect("traced");
    assert!(wired(7, 1).replay(&(), trace).is_ok(), "the same versions");
    for other in [wired(8, 1), wired(7, 2)] {
        assert!(matches!(
            other.replay(&(), trace),
            Err(ReplayError::SchemaMismatch { .. })
        ));
    }
}

#[test]
fn a_stage_that_fails_only_now_is_not_passed_over() {
    let broken = Arc::new(AtomicBool::new(false));
    let state = Arc::clone(&broken);
    let cascade = builder()
        .filter(filter_fn("policy", move |_: &Query, _| {
            assert!(!state.load(Ordering::SeqCst), "the list is gone");
            true
        }))
        .build()
        .expect("wired");
    let served = cascade.run(&mut (), &Request::new(5).traced()).expect("runs");
    broken.store(true, Ordering::SeqCst);
    let error = cascade
        .replay(&(), served.trace().expect("traced"))
        .expect_err("the policy fails now");
    assert!(
        matches!(error, ReplayError::StageFailed { stage, error } if &*stage == "policy" && error.to_string() == "panicked: the list is gone")
    );
}

#[test]
fn without_a_deadline_the_answer_is_the_same_without_a_trace() {
    let cascade = builder().build().expect("wired");
    let ask = || visible(&cascade.run(&mut (), &Request::new(12)).expect("runs"));
    assert_eq!(ask(), ask());
}

#[test]
fn a_replay_in_other_chunks_stops_where_the_request_did() {
    let cascade = |chunk: usize, healthy: bool| {
        Cascade::builder()
            .source(source("all", (0..400).collect()), SourceOptions::new())
            .hydrator(hydrator_fn("number", ["n"], move |_: &Query, rows, _, out| {
                if !healthy && rows.items()[0].0 >= 64 {
                    return Err(bowerbird_ranking::StageError::failed("store is down"));
                }
                for (row, item) in rows.items().iter().enumerate() {
                    out.set(0, row, item.0 as f32);
                }
                Ok(())
            }))
            .chunk(chunk)
            .rank(scorer("heavy", &["n"], "fine"))
            .build()
            .expect("wired")
    };
    let slate = cascade(64, false)
        .run(&mut (), &Request::new(3).traced())
        .expect("runs");
    assert_eq!(support::ids(&slate), [63, 62, 61]);
    let again = cascade(400, true)
        .replay(&(), slate.trace().expect("traced"))
        .expect("the same versions");
    assert_eq!(support::ids(&again), [63, 62, 61]);
}
