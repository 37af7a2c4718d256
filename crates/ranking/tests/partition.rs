//! Every candidate ends in exactly one place, whatever the filters, widths and deadlines.

mod support;

use bowerbird_ranking::core::{Deadline, ItemId, RequestId};
use bowerbird_ranking::retrieval::filter_fn;
use bowerbird_ranking::{Audit, Cascade, Fate, FeatureLog, Request, SourceOptions, Verdict, Widths};
use proptest::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;
use support::{Query, Ticking, builder, hydrator, ids, scorer, source, worth};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_candidate_ends_in_exactly_one_place(
        lists in prop::collection::vec(prop::collection::btree_set(0_u64..400, 0..150), 1..4),
        early in 2_u64..9,
        late in 2_u64..9,
        keep in 1_usize..120,
        merge_limit in 1_usize..300,
        limit in 0_usize..40,
        chunk in 1_usize..90,
        micros in prop::option::of(1_u64..2_000),
    ) {
        let mut builder = Cascade::builder();
        for (number, list) in lists.iter().enumerate() {
            let name = format!("s{number}");
            builder = builder.source(source(&name, list.iter().copied().collect()), SourceOptions::new());
        }
        let cascade = builder
            .merge_limit(merge_limit)
            .chunk(chunk)
            .clock(Ticking::every(Duration::from_micros(10)))
            .filter(filter_fn("early", move |_: &Query, item| item.0 % early != 1))
            .hydrator(hydrator("cheap", "a", 1))
            .hydrator(hydrator("dear", "b", 2))
            .pre_rank(scorer("light", &["a"], "rough"), keep)
            .rank(scorer("heavy", &["a", "b"], "fine"))
            .late_filter(filter_fn("late", move |_: &Query, item| item.0 % late != 1))
            .build()
            .expect("wired");
        let deadline = micros.map_or(Deadline::NEVER, |micros| {
            Deadline::after(cascade.clock(), Duration::from_micros(micros))
        });
        let slate = cascade.run(&mut (), &Request::new(limit).deadline(deadline)).expect("nothing is required");

        let expected: BTreeSet<u64> = lists.iter().flatten().copied().collect();
        let fates: HashMap<u64, Fate> = slate.fates().iter().map(|(item, fate)| (item.0, fate)).collect();
        prop_assert_eq!(slate.fates().len(), expected.len(), "no candidate twice");
        prop_assert_eq!(fates.keys().copied().collect::<BTreeSet<_>>(), expected, "none lost, none made up");

        let shown: Vec<u64> = ids(&slate);
        for (&item, &fate) in &fates {
            let position = shown.iter().position(|&other| other == item);
            match fate {
                Fate::Shown { position: told } => prop_assert_eq!(position, Some(told as usize)),
                Fate::Filtered { filter: 0 } => prop_assert_eq!(item % early, 1),
                Fate::Filtered { filter: 1 } => prop_assert_eq!(item % late, 1),
                Fate::Filtered { .. } => prop_assert!(false, "there are two filters"),
                Fate::Narrowed { stage, rank } => {
                    let width = [merge_limit.max(limit).max(1), keep.max(limit)][usize::from(stage)];
                    prop_assert!(rank as usize >= width);
                }
                Fate::NotSelected { .. } => prop_assert_eq!(position, None),
            }
        }
        let in_reserve = slate.batch().items().iter().map(|item| item.0);
        let alive = fates.values().filter(|fate| matches!(fate, Fate::Shown { .. } | Fate::NotSelected { .. }));
        prop_assert_eq!(in_reserve.count(), alive.count());
        prop_assert!(shown.iter().all(|item| item % early != 1 && item % late != 1), "filters are never skipped");
        if deadline == Deadline::NEVER {
            prop_assert_eq!(shown.len(), limit.min(shown.len() + slate.batch().len() - shown.len()));
            prop_assert!(!slate.is_degraded());
        }
    }
}

#[test]
fn the_ranked_order_is_that_of_brute_force() {
    let cascade = builder().build().expect("wired");
    let slate = cascade.run(&mut (), &Request::new(20)).expect("runs");
    let mut all: Vec<u64> = (0..120).chain((120..300).step_by(2)).collect();
    all.sort_by(|a, b| worth(*b, 1).total_cmp(&worth(*a, 1)));
    all.truncate(60);
    all.sort_by(|a, b| (worth(*b, 1) + worth(*b, 2)).total_cmp(&(worth(*a, 1) + worth(*a, 2))));
    assert_eq!(ids(&slate), all[..20]);

    let full = cascade
        .run(&mut (), &Request::new(20).widths(Widths::Full))
        .expect("runs");
    assert_eq!(full.batch().len(), 210, "an audit narrows nothing");
}

#[test]
fn an_audit_finds_what_narrowing_lost() {
    let cascade = builder().merge_limit(150).build().expect("wired");
    let request = Request::new(20);
    let built = cascade.run(&mut (), &request).expect("runs");
    let full = cascade.run(&mut (), &request.widths(Widths::Full)).expect("runs");
    let mut audit = Audit::of(&cascade);
    audit.add(&built, &full);
    let lost: u64 = audit.losses().map(|loss| loss.lost).sum();
    let kept = full
        .items()
        .filter(|item| built.batch().items().contains(item))
        .count() as u64;
    assert_eq!(lost, 20 - kept);
    assert!(lost > 0 && audit.wanted() == 20);
    let names: Vec<_> = audit.losses().map(|loss| loss.stage.to_string()).collect();
    assert_eq!(names, ["merge", "light", "heavy"]);
    let mut nothing = Audit::of(&cascade);
    nothing.add(&full, &full);
    assert!(nothing.losses().all(|loss| loss.share == 0.0));
}

#[test]
fn an_explanation_is_told_to_nobody() {
    let log = FeatureLog::with_capacity(1_000);
    let cascade = builder().recorder(log.clone()).build().expect("wired");
    let request = Request::new(10);
    cascade.explain(&mut (), &request, ItemId(4)).expect("runs");
    assert!(log.drain().is_none());
    cascade.run(&mut (), &request).expect("runs");
    assert!(log.drain().is_some());
}

#[test]
fn every_question_why_not_has_an_answer() {
    let cascade = builder()
        .filter(filter_fn("no_sevens", |_: &Query, item| item.0 % 7 != 0))
        .canonical(1, |item| if item.0 == 5 { ItemId(4) } else { item })
        .build()
        .expect("wired");
    let request = Request::new(10).id(RequestId(9));
    let slate = cascade.run(&mut (), &request).expect("runs");
    assert_eq!(slate.request(), RequestId(9));
    let explain = |item| cascade.explain(&mut (), &request, ItemId(item)).expect("runs");

    assert_eq!(explain(9_999), Verdict::NotRetrieved { degraded: Vec::new() });
    assert_eq!(explain(9_999).to_string(), "no source found it");
    assert_eq!(
        explain(7),
        Verdict::Filtered {
            by: "no_sevens".into()
        }
    );
    assert!(matches!(explain(5), Verdict::Duplicate { of: ItemId(4), .. }));
    let first = slate.items().next().expect("ten are shown");
    assert_eq!(explain(first.0), Verdict::Shown { position: 0, rank: 0 });
    let narrowed = slate
        .fates()
        .iter()
        .find(|(_, fate)| matches!(fate, Fate::Narrowed { stage: 1, rank: 60 }));
    let (item, _) = narrowed.expect("more than sixty passed the filter");
    assert_eq!(
        explain(item.0),
        Verdict::Narrowed {
            at: "light".into(),
            rank: 60,
            cutoff: 60
        }
    );
    let reserve = slate.batch().items()[10];
    assert_eq!(explain(reserve.0), Verdict::NotSelected { rank: 10 });
}
