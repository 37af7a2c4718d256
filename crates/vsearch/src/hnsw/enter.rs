//! Where a walk begins, and how far it looks.

use super::HnswIndex;
use super::graph::Graph;
use super::reach::RANK;
use super::search::Scratch;
use super::store::Store;
use super::walk::{Control, Free, Horizon, Layer, Walk};
use crate::Metric;
use crate::rows::Rows;
use bowerbird_core::kernel;

/// What makes a squared distance, up to a factor, of a loss: see [`Horizon`].
///
/// Under inner product the vectors count as points of a sphere of the longest one's radius in one more dimension, and
/// the query as one of its length (Bachrach et al., *Speeding up the Xbox recommender system*, RecSys 2014).
pub(super) fn offset(index: &HnswIndex, query: &[f32]) -> f32 {
    match index.metric {
        Metric::L2 => 0.0,
        Metric::Cosine => 1.0,
        Metric::InnerProduct => index.longest * kernel::dot(query, query).sqrt(),
    }
}

/// Down the layers to where the walk at the bottom begins.
pub(super) fn enter<R: Rows>(
    index: &HnswIndex,
    rows: &R,
    query: &R::Query,
    walk: &mut Walk,
    control: &mut impl Control,
) -> Option<(f32, u32)> {
    let mut entry = [0.0];
    if control.grant(1) == 0 {
        return None;
    }
    rows.losses(query, &[0], &mut entry);
    let mut best = (entry[0], 0);
    for layer in (1..=index.graph.top()).rev() {
        best = walk.descend(&index.layer(layer), (rows, query), best, control)?;
    }
    Some(best)
}

/// How many rows a walk for `query` expands when it looks by `share` beyond the best.
pub(super) fn steps(
    index: &HnswIndex,
    query: &[f32],
    share: f32,
    most: usize,
    scratch: &mut Scratch,
) -> usize {
    fn count<R: Rows>(
        index: &HnswIndex,
        (rows, query): (&R, &R::Query),
        horizon: Horizon,
        most: usize,
        walk: &mut Walk,
    ) -> usize {
        if let Some(entry) = enter(index, rows, query, walk, &mut Free) {
            walk.run(
                &index.layer(0),
                (rows, query),
                entry.1,
                (most, 0),
                Some(horizon),
                &mut Free,
            );
        }
        walk.steps
    }
    let horizon = Horizon::beyond(share, RANK, offset(index, query));
    let walk = &mut scratch.walk;
    match &index.store {
        Store::Float(rows) => {
            rows.prepare(query, &mut scratch.float);
            count(index, (rows, &scratch.float), horizon, most, walk)
        }
        Store::Half(rows) => {
            rows.prepare(query, &mut scratch.float);
            count(index, (rows, &scratch.float), horizon, most, walk)
        }
        Store::Local { codes, .. } => {
            codes.prepare(query, &mut scratch.local);
            count(index, (codes, &scratch.local), horizon, most, walk)
        }
    }
}

impl HnswIndex {
    pub(super) fn layer(&self, layer: usize) -> Layer<'_, Graph> {
        let rows = self.graph.counts[layer] as usize;
        Layer {
            links: &self.graph,
            layer,
            rows: rows.min(self.keys.len()),
        }
    }
}
