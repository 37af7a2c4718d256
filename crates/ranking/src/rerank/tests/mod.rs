mod mmr;
mod rules;

use super::*;
use crate::stage::{Ranked, Reranker, Selection};
use crate::testing;
use bowerbird_core::{ItemId, Status, SystemClock};
use bowerbird_retrieval::{BatchSchema, BuildError, CandidateBatch, Context};
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
    assert_eq!(
        reranker
            .select(&(), &Ranked::new(batch), &cx, &mut selection)
            .unwrap(),
        Status::Full
    );
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
    Mmr::new(
        vectors(5),
        &MmrConfig {
            lambda,
            depth,
            version: 1,
        },
    )
    .unwrap()
}

#[test]
fn all_pass_the_kit() {
    let batch = batch(&falling(60));
    testing::reranker(&TopK, &(), &batch);
    testing::reranker(&mmr(0.6, 40), &(), &batch);
    testing::reranker(&mmr(0.0, 1_000), &(), &batch);
    let creator = |item: ItemId| Some(item.0 / 5);
    let rules = |lookahead| {
        let rules = Rules::over(mmr(0.5, 50))
            .lookahead(lookahead)
            .spacing(1, 3, creator);
        rules
            .at_most(2, 15, creator)
            .at_least(4, 10, |item| item.0 > 40)
            .build()
            .unwrap()
    };
    testing::reranker(&rules(0), &(), &batch);
    testing::reranker(&rules(100), &(), &batch);
    testing::reranker(
        &Rules::over(rules(3))
            .spacing(2, 4, |item| Some(item.0 % 2))
            .build()
            .unwrap(),
        &(),
        &batch,
    );
}

#[test]
fn odd_settings_are_refused() {
    let refused = |config: MmrConfig| Mmr::new(vectors(5), &config).is_err();
    assert!(refused(MmrConfig {
        lambda: f32::NAN,
        ..MmrConfig::default()
    }));
    assert!(refused(MmrConfig {
        lambda: 1.1,
        ..MmrConfig::default()
    }));
    assert!(refused(MmrConfig {
        depth: 0,
        ..MmrConfig::default()
    }));
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
    assert_eq!(
        shape,
        VectorTableError::Shape {
            items: 1,
            dimension: 2,
            found: 1
        }
    );
    assert!(VectorTable::new(0, &[], vec![]).is_err());
}
