//! What one part loses, the others keep; and whatever is lost is said.

mod support;

use bowerbird_ranking::core::{Deadline, ItemId, Reason, Status};
use bowerbird_ranking::retrieval::{BlockingCall, BlockingSource, CandidateSink, filter_fn, source_fn};
use bowerbird_ranking::stage::HeadView;
use bowerbird_ranking::{
    BreakerOptions, BreakerState, BuildError, Cascade, FailPolicy, QueryHydrator, Ranked, Request, Reranker,
    RunError, Selection, Slate, SourceOptions, StageError, Utility, scorer_fn,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use support::{Query, Ticking, builder, ids, scorer, source};

fn status(slate: &Slate, stage: &str) -> Status {
    slate.coverage().stage(stage).expect("reported").status
}

/// Four hundred items whose worth is their number, found in ascending order.
fn ascending() -> bowerbird_ranking::CascadeBuilder<Query> {
    Cascade::builder()
        .source(source("all", (0..400).collect()), SourceOptions::new())
        .hydrator(bowerbird_ranking::hydrator_fn(
            "number",
            ["n"],
            |_: &Query, rows, _, out| {
                for (row, item) in rows.items().iter().enumerate() {
                    out.set(0, row, item.0 as f32);
                }
                Ok(())
            },
        ))
}

fn last_four(slate: &Slate) {
    assert_eq!(ids(slate), [399, 398, 397, 396]);
}

#[test]
fn a_failing_pre_ranker_starves_nobody_of_features_and_replays() {
    let calls = AtomicUsize::new(0);
    let broken = Arc::new(AtomicBool::new(true));
    let state = Arc::clone(&broken);
    let cascade = ascending()
        .chunk(64)
        .pre_rank(
            scorer_fn("light", ["n"], "rough", move |_: &Query, features: &[f32]| {
                let bad = state.load(Ordering::SeqCst) && calls.fetch_add(1, Ordering::SeqCst) >= 100;
                assert!(!bad, "model server gone");
                features[0]
            }),
            400,
        )
        .rank(scorer("heavy", &["n"], "fine"))
        .build()
        .expect("wired");
    let slate = cascade.run(&mut (), &Request::new(4).traced()).expect("runs");
    last_four(&slate);
    assert!(matches!(
        status(&slate, "light"),
        Status::Partial {
            reason: Reason::Panic,
            ..
        }
    ));
    assert_eq!(
        (status(&slate, "heavy"), status(&slate, "number")),
        (Status::Full, Status::Full)
    );
    broken.store(false, Ordering::SeqCst);
    let again = cascade
        .replay(&(), slate.trace().expect("traced"))
        .expect("the same versions");
    assert_eq!(ids(&again), ids(&slate));
    let rough = |slate: &Slate| {
        slate
            .batch()
            .head(0)
            .iter()
            .map(|head| head.to_bits())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        rough(&again),
        rough(&slate),
        "a chunk that was scored by half is not scored at all"
    );
}

#[test]
fn a_late_pre_ranker_leaves_hydration_to_the_ranker() {
    let cascade = ascending()
        .chunk(50)
        .clock(Ticking::every(Duration::from_micros(50)))
        .pre_rank(scorer("light", &["n"], "rough"), 400)
        .rank(scorer("heavy", &["n"], "fine"))
        .build()
        .expect("wired");
    let some = (1..60).find_map(|tenths| {
        let request = Request::new(4)
            .within(cascade.clock(), Duration::from_micros(tenths * 100))
            .traced();
        let slate = cascade.run(&mut (), &request).expect("runs");
        let late = matches!(
            status(&slate, "light"),
            Status::Partial {
                reason: Reason::Deadline,
                ..
            }
        );
        (late && status(&slate, "heavy") == Status::Full).then_some(slate)
    });
    let slate = some.expect("between too late for both and in time for both");
    last_four(&slate);
    assert_eq!(status(&slate, "number"), Status::Full);
    let again = cascade
        .replay(&(), slate.trace().expect("traced"))
        .expect("the same versions");
    assert_eq!(ids(&again), ids(&slate));
}

#[test]
fn late_filters_report_once_and_say_when_there_was_no_time_to_fill_up() {
    let picky = || filter_fn("picky", |_: &Query, item: ItemId| item.0.is_multiple_of(3));
    let patient = ascending().late_filter(picky()).build().expect("wired");
    let slate = patient.run(&mut (), &Request::new(6)).expect("runs");
    assert_eq!(slate.len(), 6);
    assert!(!slate.is_degraded());
    assert_eq!(
        slate
            .coverage()
            .stages()
            .iter()
            .filter(|report| &*report.stage == "picky")
            .count(),
        1
    );

    let late = Request::new(6).deadline(Deadline::at(patient.clock().now()));
    let cut = patient.run(&mut (), &late.traced()).expect("runs");
    assert_eq!(ids(&cut), [0, 3]);
    assert!(matches!(
        status(&cut, "picky"),
        Status::Partial {
            reason: Reason::Deadline,
            ..
        }
    ));
    let again = patient
        .replay(&(), cut.trace().expect("traced"))
        .expect("the same versions");
    assert_eq!(
        (ids(&again), status(&again, "picky")),
        (ids(&cut), status(&cut, "picky"))
    );
}

struct Panics;

impl Utility for Panics {
    fn heads(&self) -> &[bowerbird_ranking::retrieval::HeadName] {
        &[]
    }

    fn combine(&self, _heads: &HeadView<'_>, _out: &mut [f32]) {
        panic!("division of labour by zero")
    }
}

#[test]
fn panics_of_the_hosts_closures_stay_inside() {
    let cascade = builder()
        .canonical(1, |item| {
            if item.0 == 3 {
                panic!("no such cluster")
            } else {
                item
            }
        })
        .utility(Panics)
        .build()
        .expect("wired");
    let slate = cascade.run(&mut (), &Request::new(5)).expect("runs");
    assert_eq!(
        ids(&slate),
        ids(&builder()
            .build()
            .expect("wired")
            .run(&mut (), &Request::new(5))
            .expect("runs"))
    );
    assert!(matches!(
        status(&slate, "merge"),
        Status::Partial {
            reason: Reason::Panic,
            ..
        }
    ));
    assert_eq!(status(&slate, "heavy"), Status::Failed(Reason::Panic));
}

struct Greedy;

impl Reranker<Query> for Greedy {
    fn name(&self) -> &str {
        "greedy"
    }

    fn select(
        &self,
        _query: &Query,
        _ranked: &Ranked<'_>,
        _cx: &bowerbird_ranking::retrieval::Context<'_>,
        out: &mut Selection,
    ) -> Result<Status, StageError> {
        *out = Selection::new(50, 5_000);
        (0..50).for_each(|row| {
            out.pick(row * 100);
        });
        Ok(Status::Full)
    }
}

#[test]
fn a_re_ranker_that_takes_more_than_it_was_given_is_refused() {
    let slate = builder()
        .rerank(Greedy)
        .build()
        .expect("wired")
        .run(&mut (), &Request::new(5))
        .expect("runs");
    assert_eq!(slate.len(), 5);
    assert_eq!(status(&slate, "greedy"), Status::Failed(Reason::Error));
}

#[test]
fn without_a_ranker_the_slate_is_ordered_by_what_ordered_it_last() {
    let cascade = ascending()
        .pre_rank(scorer("light", &["n"], "rough"), 50)
        .build()
        .expect("wired");
    let slate = cascade.run(&mut (), &Request::new(4)).expect("runs");
    last_four(&slate);
    assert_eq!(
        slate.iter().map(|placed| placed.utility).collect::<Vec<_>>(),
        [399.0, 398.0, 397.0, 396.0]
    );
}

/// Answers at once.
struct Prompt;

impl BlockingSource<Query> for Prompt {
    fn name(&self) -> &str {
        "prompt"
    }

    fn prepare(&self, _query: &Query, _deadline: Deadline) -> BlockingCall {
        Box::new(|out: &mut CandidateSink| {
            out.push(ItemId(1), 1.0);
            Ok(Status::Full)
        })
    }
}

#[test]
fn a_source_is_not_blamed_for_a_request_that_came_late() {
    let breaker = BreakerOptions {
        failures: 1,
        cooldown: Duration::MAX,
    };
    let cascade = Cascade::builder()
        .blocking_source(Prompt, SourceOptions::new().breaker(breaker), 1)
        .source(
            source_fn("odd", |_: &Query, _, out| {
                out.push(ItemId(7), f32::NAN);
                out.push(ItemId(8), 1.0);
                Ok(Status::Full)
            }),
            SourceOptions::new()
                .breaker(breaker)
                .on_failure(FailPolicy::Closed),
        )
        .build()
        .expect("wired");
    let late = Request::new(1).deadline(Deadline::at(cascade.clock().now()));
    let slate = cascade.run(&mut (), &late).expect("runs");
    assert_eq!(status(&slate, "prompt"), Status::Skipped(Reason::Deadline));
    assert!(matches!(
        status(&slate, "odd"),
        Status::Partial {
            reason: Reason::Unusable,
            ..
        }
    ));
    let slate = cascade.run(&mut (), &Request::new(5)).expect("runs");
    assert_eq!(status(&slate, "prompt"), Status::Full);
    assert!(
        cascade
            .stats()
            .calls
            .iter()
            .all(|call| call.breaker == BreakerState::Closed)
    );
}

/// Adds the list of people whom the user has blocked.
struct BlockList;

impl QueryHydrator<Query> for BlockList {
    fn name(&self) -> &str {
        "block_list"
    }

    fn hydrate(
        &self,
        _query: &mut Query,
        _cx: &bowerbird_ranking::retrieval::Context<'_>,
    ) -> Result<(), StageError> {
        Ok(())
    }
}

#[test]
fn a_query_without_what_it_requires_is_not_answered() {
    let cascade = builder()
        .query_hydrator(BlockList)
        .on_failure("block_list", FailPolicy::Closed)
        .build()
        .expect("wired");
    let late = Request::new(5).deadline(Deadline::at(cascade.clock().now()));
    let mut slate = cascade.slate();
    let end = cascade.run_into(&mut (), &late, &mut slate);
    assert!(matches!(
        end,
        Err(RunError::StageFailed {
            reason: Reason::Deadline,
            ..
        })
    ));
    assert!(slate.is_empty() && slate.fates().is_empty());
    assert!(cascade.run(&mut (), &Request::new(5)).is_ok());
}

#[test]
fn a_deadline_is_shared_out_over_the_stages_that_are_there() {
    let cascade = ascending()
        .clock(Ticking::every(Duration::ZERO))
        .rank(scorer("heavy", &["n"], "fine"));
    let cascade = cascade.build().expect("wired");
    let request = Request::new(4).within(cascade.clock(), Duration::from_millis(7));
    let slate = cascade.run(&mut (), &request).expect("runs");
    assert_eq!(
        slate.coverage().stage("heavy").and_then(|report| report.budget),
        Some(Duration::from_millis(7))
    );
}

#[test]
fn stages_in_other_roles_are_another_schema() {
    let hash = |cascade: Result<Cascade<Query>, BuildError>| cascade.expect("wired").schema().hash();
    let keep = || filter_fn("keep", |_: &Query, _| true);
    let light = || scorer("light", &["n"], "rough");
    let base = hash(ascending().filter(keep()).rank(light()).build());
    assert_ne!(base, hash(ascending().late_filter(keep()).rank(light()).build()));
    assert_ne!(
        base,
        hash(ascending().filter(keep()).pre_rank(light(), 5).build())
    );
    let canonical = |version| hash(ascending().canonical(version, |item| item).build());
    assert_ne!(canonical(1), canonical(2));
    assert_eq!(canonical(1), canonical(1));
}
