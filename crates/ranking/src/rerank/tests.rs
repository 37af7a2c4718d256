use super::*;
use crate::stage::{Ranked, Reranker, Selection, StageError};
use crate::testing;
use bowerbird_core::{ItemId, Status, SystemClock};
use bowerbird_retrieval::{BatchSchema, BuildError, CandidateBatch, Context};
use proptest::prelude::*;
use std::sync::Arc;

/// Rows of items 0, 1, 2… with these utilities.
fn batch(utilities: &[f32]) -> CandidateBatch {
    let mut batch = CandidateBatch::new(Arc::new(BatchSchema::new(vec![], vec![], vec![], 0, vec![])));
    for item in 0..utilities.len() as u64 {
        batch.push(ItemId(item));
    }
    batch.open_columns();
    batch.heads_and_utility_mut().1.copy_from_slice(utilities);
    batch
}

fn falling(rows: usize) -> Vec<f32> {
    (0..rows).map(|row| 1.0 - row as f32 / rows as f32).collect()
}

fn select(reranker: &dyn Reranker<()>, batch: &CandidateBatch, limit: usize) -> Vec<u32> {
    let mut selection = Selection::new(limit, batch.len());
    let cx = Context::unhurried(&SystemClock);
    assert_eq!(reranker.select(&(), &Ranked::new(batch), &cx, &mut selection).unwrap(), Status::Full);
    selection.rows().to_vec()
}

/// Vectors of dimension `dimension`, one of seven without.
fn vectors(dimension: usize) -> impl ItemVectors {
    vectors_fn(dimension, move |item: ItemId, out: &mut [f32]| {
        for (at, x) in out.iter_mut().enumerate() {
            *x = ((item.0 as f32 + 1.3) * (at as f32 + 0.7) * 12.9898).sin();
        }
        item.0 % 7 != 3
    })
}

fn mmr(lambda: f32, depth: usize) -> Mmr<impl ItemVectors> {
    Mmr::new(vectors(5), &MmrConfig { lambda, depth, version: 1 }).unwrap()
}

/// The definition, word for word: every row against every pick, every time.
fn plain_mmr(utilities: &[f32], lambda: f32, depth: usize, limit: usize) -> Vec<u32> {
    let vectors = vectors(5);
    let unit = |row: usize| {
        let mut v = [0.0_f32; 5];
        if !vectors.read(ItemId(row as u64), &mut v) {
            return None;
        }
        let norm = v.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
        Some(v.map(|x| (f64::from(x) / norm) as f32))
    };
    let like = |a: usize, b: usize| match (unit(a), unit(b)) {
        (Some(a), Some(b)) => bowerbird_core::kernel::dot(&a, &b).clamp(0.0, 1.0),
        _ => 0.0,
    };
    let looked_at = &utilities[..depth.min(utilities.len())];
    let finite = looked_at.iter().copied().filter(|u| u.is_finite());
    let (low, high) = finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), u| (l.min(u), h.max(u)));
    let (low, span) = (f64::from(low), f64::from(high) - f64::from(low));
    let worth = |u: f32| if span > 0.0 { ((f64::from(u) - low) / span) as f32 } else { 1.0 };
    let mut picked: Vec<u32> = Vec::new();
    while picked.len() < limit.min(utilities.len()) {
        let mut best: Option<(usize, f32)> = None;
        for (row, &u) in looked_at.iter().enumerate() {
            if u.is_nan() || picked.contains(&(row as u32)) {
                continue;
            }
            let likeness = picked.iter().map(|&p| like(row, p as usize)).fold(0.0, f32::max);
            let score = lambda * worth(u) - (1.0 - lambda) * likeness;
            if best.is_none_or(|(_, top)| score > top) {
                best = Some((row, score));
            }
        }
        let next = best.map(|(row, _)| row as u32);
        let rest = (0..utilities.len() as u32).find(|row| !picked.contains(row));
        picked.push(next.or(rest).unwrap());
    }
    picked
}

#[test]
fn all_pass_the_kit() {
    let batch = batch(&falling(60));
    testing::reranker(&TopK, &(), &batch);
    testing::reranker(&mmr(0.6, 40), &(), &batch);
    testing::reranker(&mmr(0.0, 1_000), &(), &batch);
    let creator = |item: ItemId| Some(item.0 / 5);
    let rules = |lookahead| {
        let rules = Rules::over(mmr(0.5, 50)).lookahead(lookahead).spacing(1, 3, creator);
        rules.at_most(2, 15, creator).at_least(4, 10, |item| item.0 > 40).build().unwrap()
    };
    testing::reranker(&rules(0), &(), &batch);
    testing::reranker(&rules(100), &(), &batch);
    testing::reranker(&Rules::over(rules(3)).spacing(2, 4, |item| Some(item.0 % 2)).build().unwrap(), &(), &batch);
}

#[test]
fn rows_without_columns_are_borne() {
    let mut bare = CandidateBatch::new(Arc::new(BatchSchema::new(vec![], vec![], vec![], 0, vec![])));
    bare.push(ItemId(1));
    assert_eq!(select(&mmr(0.5, 10), &bare, 5), [0]);
}

proptest! {
    #[test]
    fn lazy_mmr_is_the_definition(
        utilities in proptest::collection::vec(prop_oneof![9 => -2.0_f32..2.0, 1 => Just(f32::NAN)], 0..40),
        lambda in 0.0_f32..=1.0,
        depth in 1..50_usize,
        limit in 0..45_usize,
    ) {
        let batch = batch(&utilities);
        let expected = plain_mmr(&utilities, lambda, depth, limit);
        prop_assert_eq!(select(&mmr(lambda, depth), &batch, limit), expected);
    }

    #[test]
    fn rules_hold_when_they_can(
        groups in proptest::collection::vec(0..12_u64, 30..60),
        most in 1..3_usize,
        window in 4..6_usize,
    ) {
        // Twelve rows of groups of their own at the end, so that a row that breaks nothing is always left.
        let groups: Vec<u64> = groups.into_iter().chain(100..112).collect();
        let of = groups.clone();
        let rules = Rules::over_ranking().spacing(most, window, move |item| Some(of[item.0 as usize])).build().unwrap();
        let picked = select(&rules, &batch(&falling(groups.len())), 12);
        for positions in picked.windows(window) {
            for &row in positions {
                let same = positions.iter().filter(|&&other| groups[other as usize] == groups[row as usize]).count();
                prop_assert!(same <= most, "{:?}", picked);
            }
        }
        // Greedy: no row passed over could have stood where a later one stands.
        for (at, &row) in picked.iter().enumerate() {
            for earlier in (0..row).filter(|earlier| !picked[..at].contains(earlier)) {
                let recent = &picked[at.saturating_sub(window - 1)..at];
                let same = recent.iter().filter(|&&r| groups[r as usize] == groups[earlier as usize]).count();
                prop_assert!(same >= most, "row {} could have stood at {}", earlier, at);
            }
        }
    }

    #[test]
    fn quotas_that_can_be_met_are_met(
        members in proptest::collection::vec(any::<bool>(), 30),
        rare in proptest::collection::vec(any::<bool>(), 30),
        least in 1..5_usize,
    ) {
        let (m, r) = (members.clone(), rare.clone());
        let rules = Rules::over_ranking()
            .at_least(least, 10, move |item| m[item.0 as usize])
            .at_least(2, 12, move |item| r[item.0 as usize])
            .build().unwrap();
        let picked = select(&rules, &batch(&falling(30)), 20);
        let count = |of: &[bool], first: usize| picked[..first].iter().filter(|&&row| of[row as usize]).count();
        let all = |of: &[bool]| of.iter().filter(|&&is| is).count();
        prop_assert!(count(&members, 10) >= least.min(all(&members)));
        prop_assert!(count(&rare, 12) >= 2.min(all(&rare)));
    }
}

#[test]
fn mmr_at_its_ends_is_the_ranking_and_pure_variety() {
    let batch = batch(&falling(30));
    assert_eq!(select(&mmr(1.0, 500), &batch, 30), (0..30).collect::<Vec<_>>());
    let axes = vectors_fn(3, |item: ItemId, out: &mut [f32]| {
        out[(item.0 / 10) as usize] = 2.0;
        true
    });
    let varied = Mmr::new(axes, &MmrConfig { lambda: 0.0, ..MmrConfig::default() }).unwrap();
    assert_eq!(select(&varied, &batch, 4), [0, 10, 20, 1], "one of each, then all are equally alike");
    let weighed = |lambda| {
        let axes = vectors_fn(3, |item: ItemId, out: &mut [f32]| {
            out[(item.0 / 10) as usize] = 2.0;
            true
        });
        select(&Mmr::new(axes, &MmrConfig { lambda, ..MmrConfig::default() }).unwrap(), &batch, 3)
    };
    // Second position: row 1 is worth 28/29 and just like row 0; row 10 is worth 19/29 and unlike it.
    assert_eq!(weighed(0.7), [0, 10, 20]);
    assert_eq!(weighed(0.8), [0, 1, 2]);
}

#[test]
fn mmr_goes_on_from_rows_that_were_pinned() {
    let batch = batch(&falling(30));
    let axes = vectors_fn(3, |item: ItemId, out: &mut [f32]| {
        out[(item.0 / 10) as usize] = 1.0;
        true
    });
    let mmr = Mmr::new(axes, &MmrConfig { lambda: 0.5, depth: 25, ..MmrConfig::default() }).unwrap();
    let mut selection = Selection::new(4, 30);
    selection.pick(5);
    selection.pick(29);
    let cx = Context::unhurried(&SystemClock);
    Reranker::<()>::select(&mmr, &(), &Ranked::new(&batch), &cx, &mut selection).unwrap();
    assert_eq!(selection.rows(), [5, 29, 10, 0]);
}

#[test]
fn rules_are_relaxed_rather_than_leaving_places_empty() {
    let batch = batch(&falling(6));
    let one_group = Rules::over_ranking().spacing(1, 3, |_| Some(1)).build().unwrap();
    assert_eq!(select(&one_group, &batch, 6), [0, 1, 2, 3, 4, 5]);
    let never = Rules::over_ranking().at_most(0, 3, |item| (item.0 < 2).then_some(0)).build().unwrap();
    assert_eq!(select(&never, &batch, 6), [2, 3, 4, 0, 1, 5], "from the fourth position on they may");
    // Both rules can't hold at position 3: the row that breaks one goes before the rows that break two.
    let torn = Rules::over_ranking()
        .at_most(1, 6, |item| (item.0 < 4).then_some(0))
        .at_most(2, 6, |item| (item.0 < 3 || item.0 > 3).then_some(0))
        .build()
        .unwrap();
    assert_eq!(select(&torn, &batch, 6), [0, 4, 3, 5, 1, 2]);
    assert_eq!(select(&Rules::over_ranking().build().unwrap(), &batch, 3), [0, 1, 2]);
}

#[test]
fn wanted_members_are_taken_as_late_as_they_may() {
    let batch = batch(&falling(20));
    let fresh = Rules::over_ranking().at_least(2, 5, |item| item.0 >= 15).build().unwrap();
    assert_eq!(select(&fresh, &batch, 7), [0, 1, 2, 15, 16, 3, 4]);
    assert_eq!(select(&fresh, &batch, 3), [0, 15, 16], "a short slate counts as the first positions");
    let two = Rules::over_ranking()
        .at_least(1, 2, |item| item.0 == 18)
        .at_least(1, 2, |item| item.0 == 19)
        .build()
        .unwrap();
    assert_eq!(select(&two, &batch, 3), [18, 19, 0], "both are due, so neither position is free");
}

/// Does what the test says.
struct Inner(fn() -> Result<Status, StageError>);

impl Reranker<()> for Inner {
    fn name(&self) -> &str {
        "inner"
    }

    fn select(
        &self,
        _: &(),
        _: &Ranked<'_>,
        _: &Context<'_>,
        out: &mut Selection,
    ) -> Result<Status, StageError> {
        out.pick(3);
        self.0()
    }
}

#[test]
fn rules_bear_an_inner_re_ranker_that_does_not_apply_and_pass_on_a_failure() {
    let batch = batch(&falling(5));
    let over = |inner| Rules::over(Inner(inner)).spacing(1, 2, |item| Some(item.0 / 2)).build().unwrap();
    assert_eq!(select(&over(|| Err(StageError::NotApplicable)), &batch, 3), [3, 0, 2]);
    assert_eq!(select(&over(|| Ok(Status::Full)), &batch, 4), [3, 0, 2, 1], "after its last row the ranking goes on");
    let mut selection = Selection::new(3, 5);
    let cx = Context::unhurried(&SystemClock);
    let failed = over(|| Err(StageError::failed("no")));
    assert!(failed.select(&(), &Ranked::new(&batch), &cx, &mut selection).is_err());
    let partial = over(|| Ok(stopped(1, 3)));
    let status = partial.select(&(), &Ranked::new(&batch), &cx, &mut selection).unwrap();
    assert_eq!((selection.rows(), status.is_degraded()), (&[3][..], true), "what would come next is not known");
}

#[test]
fn the_version_of_rules_tells_what_they_run_over() {
    let version = |rules: &dyn Reranker<()>| rules.version();
    let plain = Rules::over_ranking().build().unwrap();
    let newer = Rules::over_ranking().version(2).build().unwrap();
    let over = |version| {
        Rules::over(Mmr::new(vectors(5), &MmrConfig { version, ..MmrConfig::default() }).unwrap()).build().unwrap()
    };
    assert_ne!(version(&plain), version(&newer));
    assert_ne!(version(&over(1)), version(&over(2)));
    assert_ne!(version(&over(1)), version(&plain));
}

#[test]
fn odd_settings_are_refused() {
    let refused = |config: MmrConfig| Mmr::new(vectors(5), &config).is_err();
    assert!(refused(MmrConfig { lambda: f32::NAN, ..MmrConfig::default() }));
    assert!(refused(MmrConfig { lambda: 1.1, ..MmrConfig::default() }));
    assert!(refused(MmrConfig { depth: 0, ..MmrConfig::default() }));
    assert!(Mmr::new(vectors(0), &MmrConfig::default()).is_err());
    let none = |_| None;
    for rules in [
        Rules::over_ranking().spacing(0, 3, none),
        Rules::over_ranking().spacing(3, 3, none),
        Rules::over_ranking().spacing(1, 1, none),
        Rules::over_ranking().at_most(3, 3, none),
        Rules::over_ranking().at_least(4, 3, |_| true),
        Rules::over_ranking().at_least(0, 3, |_| true),
    ] {
        assert!(matches!(rules.build(), Err(BuildError::OutOfRange { .. })));
    }
}

#[test]
fn a_table_gives_back_its_vectors() {
    let table = VectorTable::new(2, &[ItemId(7), ItemId(3)], vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    assert_eq!(table.get(ItemId(3)), Some(&[3.0, 4.0][..]));
    assert_eq!(table.get(ItemId(4)), None);
    let twice = VectorTable::new(1, &[ItemId(7), ItemId(7)], vec![1.0, 2.0]).unwrap_err();
    assert_eq!(twice, VectorTableError::Repeated(ItemId(7)));
    let shape = VectorTable::new(2, &[ItemId(7)], vec![1.0]).unwrap_err();
    assert_eq!(shape, VectorTableError::Shape { items: 1, dimension: 2, found: 1 });
    assert!(VectorTable::new(0, &[], vec![]).is_err());
}
