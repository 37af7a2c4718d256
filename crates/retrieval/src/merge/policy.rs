//! How much a merged row is worth: the merge policies.

use crate::batch::{CandidateBatch, descending_key};
use crate::source::CandidateSink;

/// Decides the order of merged candidates.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum MergePolicy {
    /// Every source's best, then every source's second, and so on. Weights are not used.
    RoundRobin,
    /// First, each source's own best items up to its share of `first`, by weight; then the rest, as in a round robin.
    /// An item that several sources list counts against the first of them.
    Quota {
        /// Places that are shared out.
        first: usize,
    },
    /// Reciprocal rank fusion: Σ weight / (k + rank), ranks from 1 (Cormack, Clarke and Büttcher 2009). Needs no
    /// comparable scores. `k` is positive; 60 is usual, less favours the top of each list.
    ReciprocalRank {
        /// How slowly the worth of a rank falls.
        k: f32,
    },
    /// Σ weight × score, each source's scores first scaled to 0..=1 over its own answer (CombSUM; Fox and Shaw 1994).
    Score,
}

impl Default for MergePolicy {
    /// Reciprocal rank fusion with k = 60.
    fn default() -> Self {
        Self::ReciprocalRank { k: 60.0 }
    }
}

/// Memory of the policies.
#[derive(Debug, Default)]
pub(super) struct Work {
    taken: Vec<usize>,
    scale: Vec<(f32, f32)>,
}

impl MergePolicy {
    /// One ascending sort key a row, the row itself in the low half.
    pub(super) fn order(
        &self,
        sinks: &[CandidateSink],
        weights: &[f32],
        batch: &mut CandidateBatch,
        keys: &mut Vec<u64>,
        work: &mut Work,
    ) {
        keys.clear();
        match *self {
            Self::RoundRobin => by_rank(batch, keys, |_| true),
            Self::Quota { first } => {
                let shares = &weights[..sinks.len()];
                let total: f32 = shares.iter().sum();
                work.taken.clear();
                work.taken
                    .extend(shares.iter().map(|share| (first as f32 * share / total) as usize));
                by_rank(batch, keys, |source| match work.taken[source].checked_sub(1) {
                    Some(left) => {
                        work.taken[source] = left;
                        true
                    }
                    None => false,
                });
            }
            Self::ReciprocalRank { k } => {
                by_sum(batch, keys, |source, rank, _| {
                    weights[source] / (k + 1.0 + rank as f32)
                });
            }
            Self::Score => {
                work.scale.clear();
                work.scale.extend(sinks.iter().map(|sink| {
                    let low = sink.scores().iter().copied().fold(f32::INFINITY, f32::min);
                    let high = sink.scores().iter().copied().fold(f32::NEG_INFINITY, f32::max);
                    (low, high - low)
                }));
                by_sum(batch, keys, |source, _, score| {
                    let (low, span) = work.scale[source];
                    let part = (score - low) / span;
                    weights[source] * if part.is_finite() { part } else { 1.0 }
                });
            }
        }
    }
}

fn by_sum(batch: &mut CandidateBatch, keys: &mut Vec<u64>, worth: impl Fn(usize, u32, f32) -> f32) {
    for row in 0..batch.len() {
        let score = batch
            .provenance(row)
            .map(|by| worth(by.source, by.rank, by.score))
            .sum();
        batch.set_merge_score(row, score);
        keys.push(descending_key(score, row as u32));
    }
}

/// By best rank; rows for which `reserved` answers true for the first source that lists them come before all others.
fn by_rank(batch: &mut CandidateBatch, keys: &mut Vec<u64>, mut reserved: impl FnMut(usize) -> bool) {
    for row in 0..batch.len() {
        let best = batch
            .provenance(row)
            .map(|by| by.rank)
            .min()
            .unwrap_or(u32::MAX >> 1);
        let first = batch.provenance(row).next().is_some_and(|by| reserved(by.source));
        batch.set_merge_score(row, 1.0 / (1.0 + best as f32));
        keys.push(u64::from(!first) << 63 | u64::from(best) << 32 | row as u64);
    }
}
