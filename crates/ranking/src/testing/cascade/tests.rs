//! The kit notices rows that are lost, made up or misreported.

use super::{cascade, rows};
use crate::{Cascade, Fate, Request, Slate, SourceOptions, scorer_fn};
use bowerbird_core::{Coverage, ItemId, Status};
use bowerbird_retrieval::{filter_fn, source_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};

fn wired() -> Cascade<()> {
    Cascade::builder()
        .source(
            source_fn("twenty", |_: &(), _, out| {
                (0..20).all(|item| out.push(ItemId(item), -(item as f32)));
                Ok(Status::Full)
            }),
            SourceOptions::new(),
        )
        .filter(filter_fn("no_threes", |_: &(), item| item.0 % 3 != 0))
        .hydrator(crate::hydrator_fn("f", ["f"], |_: &(), rows, _, out| {
            (0..rows.len()).for_each(|row| out.set(0, row, rows.items()[row].0 as f32));
            Ok(())
        }))
        .pre_rank(scorer_fn("light", ["f"], "rough", |_: &(), f: &[f32]| f[0]), 9)
        .rank(scorer_fn("heavy", ["f"], "fine", |_: &(), f: &[f32]| -f[0]))
        .build()
        .expect("wired")
}

/// Whether the kit notices what `change` did to an answer of four items.
fn notices(change: impl FnOnce(&mut Slate)) -> bool {
    let (cascade, request) = (wired(), Request::new(4));
    let mut slate = cascade.run(&mut (), &request).expect("runs");
    change(&mut slate);
    let look = || {
        rows::partition(&cascade, &request, &slate);
        rows::coverage(&cascade, &slate);
    };
    catch_unwind(AssertUnwindSafe(look)).is_err()
}

/// The slate's coverage with `change` made to the report of `stage`.
fn report(slate: &mut Slate, stage: &str, change: impl Fn(&mut bowerbird_core::StageReport)) {
    let mut coverage = Coverage::new();
    for report in slate.coverage.stages() {
        let mut report = report.clone();
        if &*report.stage == stage {
            change(&mut report);
        }
        coverage.push(report);
    }
    slate.coverage = coverage;
}

#[test]
fn a_sound_cascade_passes() {
    assert!(!notices(|_| {}));
    cascade(&wired(), &[()]);
}

#[test]
fn rows_that_are_lost_or_made_up_are_noticed() {
    assert!(notices(|slate| slate.rows.truncate(3)), "shown and not there");
    assert!(notices(|slate| slate.rows[1] = slate.rows[0]), "shown twice");
    assert!(notices(|slate| slate.rows.swap(0, 1)), "at another position");
    assert!(notices(|slate| slate.batch.truncate(8)), "lost from the reserve");
    let odd = Fate::Filtered { filter: 1 };
    assert!(notices(|slate| slate.fates.set(0, odd)), "by nobody");
    let early = Fate::Narrowed { stage: 1, rank: 2 };
    assert!(notices(|slate| slate.fates.set(1, early)), "above the cutoff");
    let twice = Fate::NotSelected { rank: 3 };
    assert!(
        notices(|slate| slate.fates.set(0, twice)),
        "filtered and selected from"
    );
}

#[test]
fn reports_that_do_not_add_up_are_noticed() {
    for stage in ["twenty", "merge", "no_threes", "light"] {
        assert!(
            notices(|slate| report(slate, stage, |report| report.left -= 1)),
            "{stage} lets out fewer"
        );
    }
    for stage in ["merge", "no_threes", "f", "light", "heavy"] {
        assert!(
            notices(|slate| report(slate, stage, |report| report.entered += 1)),
            "{stage} takes in more"
        );
    }
    assert!(notices(|slate| report(slate, "heavy", |report| report.left += 1)));
    let odd = Status::Partial {
        fraction: 1.5,
        reason: bowerbird_core::Reason::Deadline,
    };
    assert!(notices(
        |slate| report(slate, "heavy", |report| report.status = odd)
    ));
    assert!(notices(|slate| slate.coverage.clear()), "no reports");
}
