//! Many sources, one list: each item once, with all that is known of how it was found.

mod policy;
mod table;

use crate::batch::{CandidateBatch, Provenance, sort_keys};
use crate::source::CandidateSink;
use bowerbird_core::ItemId;

pub use policy::MergePolicy;
use table::Table;

/// Maps an item to the one that stands for it, such as the canonical picture of a cluster of near-duplicates.
pub type Canonical = dyn Fn(ItemId) -> ItemId + Send + Sync;

/// Merges the sinks of the sources into a batch. Keeps its memory from merge to merge.
#[derive(Debug, Default)]
pub struct Merger {
    table: Table,
    keys: Vec<u64>,
    spare: Vec<u64>,
    order: Vec<u32>,
    collapsed: Vec<(ItemId, ItemId)>,
    work: policy::Work,
}

impl Merger {
    /// A merger without memory yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fills `batch` with the candidates of `sinks`, best first, each item once.
    ///
    /// Sink `s` is source `s` of the batch's schema; `weights[s]` says how much the policy should think of it. An item
    /// found by several sources is one row that knows them all. `canonical`, if given, is applied to every item first,
    /// and what it collapsed can be read from [`collapsed`](Self::collapsed). Equal standing is broken by the order in
    /// which the sources list them. O(n log n) for n candidates.
    ///
    /// # Panics
    ///
    /// When there are fewer weights than sinks, or more sinks than the batch's schema has sources.
    pub fn merge(
        &mut self,
        policy: &MergePolicy,
        sinks: &[CandidateSink],
        weights: &[f32],
        canonical: Option<&Canonical>,
        batch: &mut CandidateBatch,
    ) {
        batch.clear();
        self.collapsed.clear();
        self.table.reset(sinks.iter().map(CandidateSink::len).sum());
        for (source, sink) in sinks.iter().enumerate() {
            for (rank, candidate) in sink.iter().enumerate() {
                let item = canonical.map_or(candidate.item, |canonical| canonical(candidate.item));
                if item != candidate.item {
                    self.collapsed.push((candidate.item, item));
                }
                let row = match self.table.find_or_reserve(item, batch.items()) {
                    Ok(row) => row,
                    Err(vacant) => {
                        self.table.fill(vacant, batch.len());
                        batch.push(item)
                    }
                };
                let (score, because) = (candidate.score, candidate.because);
                batch.found(
                    row,
                    Provenance {
                        source,
                        rank: rank as u32,
                        score,
                        because,
                    },
                );
            }
        }
        policy.order(sinks, weights, batch, &mut self.keys, &mut self.work);
        sort_keys(&mut self.keys, &mut self.spare);
        self.order.clear();
        self.order.extend(self.keys.iter().map(|key| *key as u32));
        batch.select(&self.order);
        batch.number_rows();
        batch.open_columns();
    }

    /// The items of the last merge that another item stood for: `(as the source gave it, as it was merged)`.
    pub fn collapsed(&self) -> &[(ItemId, ItemId)] {
        &self.collapsed
    }
}

#[cfg(test)]
mod tests;
