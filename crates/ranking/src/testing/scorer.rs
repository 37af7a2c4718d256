//! The kit of scorers.

use super::{bits, chunk_sizes};
use crate::stage::{FeatureView, HeadSink, Scorer};
use bowerbird_core::{ItemId, SystemClock};
use bowerbird_retrieval::Context;
use std::collections::BTreeSet;

/// Checks `scorer` on `columns`: one column for each of its features, all as long, NaN where a value is missing.
///
/// - Features and heads have names of their own, and there is a head.
/// - Every head of every row is filled, with a number or with NaN.
/// - A row's heads are the same bits whatever other rows share its chunk, and in every run.
/// - Missing features are borne: with some of them, or all, missing it neither fails nor panics, and no head is infinite.
///
/// # Panics
///
/// When any of it does not hold, or `columns` does not fit the scorer.
pub fn scorer<Q: ?Sized>(scorer: &dyn Scorer<Q>, query: &Q, columns: &[Vec<f32>]) {
    let name = scorer.name();
    let features: BTreeSet<_> = scorer.features().iter().collect();
    let heads: BTreeSet<_> = scorer.heads().iter().collect();
    assert_eq!(
        features.len(),
        scorer.features().len(),
        "{name}: a feature is named twice"
    );
    assert_eq!(heads.len(), scorer.heads().len(), "{name}: a head is named twice");
    assert!(!heads.is_empty(), "{name}: no head");
    assert_eq!(
        columns.len(),
        features.len(),
        "{name}: one column for each feature"
    );
    let rows = columns.first().map_or(5, Vec::len);
    assert!(
        columns.iter().all(|column| column.len() == rows),
        "{name}: columns of different lengths"
    );

    check(scorer, query, columns, rows);
    for missing in 0..columns.len() {
        let mut holed = columns.to_vec();
        holed[missing].fill(f32::NAN);
        check(scorer, query, &holed, rows);
    }
    check(scorer, query, &vec![vec![f32::NAN; rows]; columns.len()], rows);
}

fn check<Q: ?Sized>(scorer: &dyn Scorer<Q>, query: &Q, columns: &[Vec<f32>], rows: usize) {
    let name = scorer.name();
    let whole = run(scorer, query, columns, rows, rows.max(1), 0.25);
    assert!(
        whole.iter().flatten().all(|value| !value.is_infinite()),
        "{name}: an infinite head"
    );
    for size in chunk_sizes(rows) {
        // Another value beneath shows a row that was left as it was.
        let again = run(scorer, query, columns, rows, size, 0.75);
        for (head, (a, b)) in scorer.heads().iter().zip(whole.iter().zip(&again)) {
            let differs = bits(a).iter().zip(bits(b)).position(|(a, b)| *a != b);
            assert_eq!(
                differs, None,
                "{name}: {head} of this row is another in chunks of {size}, or never set"
            );
        }
    }
}

fn run<Q: ?Sized>(
    scorer: &dyn Scorer<Q>,
    query: &Q,
    columns: &[Vec<f32>],
    rows: usize,
    size: usize,
    beneath: f32,
) -> Vec<Vec<f32>> {
    let items: Vec<ItemId> = (0..rows as u64).map(ItemId).collect();
    let features: Vec<usize> = (0..columns.len()).collect();
    // Wired backwards, as a cascade may.
    let heads: Vec<usize> = (0..scorer.heads().len()).rev().collect();
    let mut out = vec![vec![beneath; rows]; heads.len()];
    let cx = Context::unhurried(&SystemClock);
    for start in (0..rows).step_by(size) {
        let chunk = start..rows.min(start + size);
        let view = FeatureView::new(&items, columns, &features, chunk.clone());
        let mut sink = HeadSink::new(&mut out, &heads, chunk);
        let done = scorer.score(query, &view, &cx, &mut sink);
        assert!(done.is_ok(), "{}: {done:?}", scorer.name());
    }
    out.reverse();
    out
}
