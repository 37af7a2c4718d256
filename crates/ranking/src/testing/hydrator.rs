//! The kit of feature hydrators.

use super::{bits, chunk_sizes};
use crate::stage::{FeatureHydrator, FeatureSink, Rows};
use bowerbird_core::SystemClock;
use bowerbird_retrieval::{CandidateBatch, Context};
use std::collections::BTreeSet;

/// Checks `hydrator` on the rows of `batch`, of which there should be a few dozen, some of items that it knows and some
/// of items that it doesn't.
///
/// - Its features have names of their own.
/// - A row's features are the same bits whatever other rows share its chunk, and in every run.
/// - No feature is infinite; one that it can't tell is NaN.
/// - It answers for rows that it knows nothing of.
///
/// # Panics
///
/// When any of it does not hold.
pub fn hydrator<Q: ?Sized>(hydrator: &dyn FeatureHydrator<Q>, query: &Q, batch: &CandidateBatch) {
    let name = hydrator.name();
    let width = hydrator.features().len();
    let names: BTreeSet<_> = hydrator.features().iter().collect();
    assert_eq!(names.len(), width, "{name}: a feature is named twice");
    if batch.is_empty() || width == 0 {
        return;
    }
    let whole = run(hydrator, query, batch, batch.len());
    for (feature, column) in hydrator.features().iter().zip(&whole) {
        assert!(
            column.iter().all(|value| !value.is_infinite()),
            "{name}: {feature} is infinite somewhere"
        );
    }
    for size in chunk_sizes(batch.len()) {
        let again = run(hydrator, query, batch, size);
        for (feature, (a, b)) in hydrator.features().iter().zip(whole.iter().zip(&again)) {
            let differs = bits(a).iter().zip(bits(b)).position(|(a, b)| *a != b);
            assert_eq!(
                differs, None,
                "{name}: {feature} of this row is another in chunks of {size}"
            );
        }
    }
}

fn run<Q: ?Sized>(
    hydrator: &dyn FeatureHydrator<Q>,
    query: &Q,
    batch: &CandidateBatch,
    size: usize,
) -> Vec<Vec<f32>> {
    let width = hydrator.features().len();
    let mut columns = vec![Vec::new(); width];
    let cx = Context::unhurried(&SystemClock);
    for start in (0..batch.len()).step_by(size) {
        let rows = size.min(batch.len() - start);
        let mut values = vec![0.0; rows * width];
        let mut sink = FeatureSink::new(&mut values, rows);
        let done = hydrator.hydrate(query, Rows::new(batch, start, rows), &cx, &mut sink);
        assert!(done.is_ok(), "{}: {done:?}", hydrator.name());
        for (feature, column) in columns.iter_mut().enumerate() {
            column.extend_from_slice(sink.column(feature));
        }
    }
    columns
}
