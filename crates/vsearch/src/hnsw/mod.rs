//! A graph of near neighbours, in layers.

mod build;
mod connect;
mod construct;
mod file;
mod graph;
mod locality;
mod meter;
mod order;
mod pool;
mod reach;
mod search;
mod select;
mod store;
mod visited;
mod walk;

pub use build::HnswBuilder;
pub(crate) use search::Scratch;
pub use store::Vectors;

use crate::{
    BatchError, BatchHits, Hits, Metric, RangeSearch, SearchError, SearchParams, SearchReport, VectorIndex,
    VectorKey, batch,
};
use bowerbird_core::SpaceId;
use bowerbird_core::container::View;
use graph::Graph;
use ndarray::ArrayView2;
use reach::Reach;
use store::Store;

/// The most links a row and layer.
pub const MAX_LINKS: usize = 128;

/// A hierarchical navigable small world graph.
#[derive(Clone, Debug)]
pub struct HnswIndex {
    space: SpaceId,
    metric: Metric,
    width: u32,
    /// The greatest length of a vector.
    longest: f32,
    reach: Reach,
    /// One a row, in the order of the graph.
    keys: View<u64>,
    /// Rows in ascending order of their keys.
    by_key: View<u32>,
    graph: Graph,
    store: Store,
    metadata: View<u8>,
}

impl HnswIndex {
    /// What builds an index of vectors of `space` under `metric`.
    pub const fn builder(space: SpaceId, metric: Metric) -> HnswBuilder {
        HnswBuilder::new(space, metric)
    }

    /// The keys, ascending.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = VectorKey> + DoubleEndedIterator + '_ {
        self.by_key.iter().map(|row| self.key_of(*row))
    }

    /// The vector called `key`, as far as the index still knows it; of unit length if the metric is cosine.
    /// O(log n + dimension).
    pub fn vector(&self, key: VectorKey) -> Option<Vec<f32>> {
        let row = self.row_of(key)?;
        let mut vector = Vec::with_capacity(self.dimension());
        self.store.decode(row, &mut vector);
        Some(vector)
    }

    /// In which form the vectors are kept.
    pub const fn vectors(&self) -> Vectors {
        self.store.kind()
    }

    /// TEMP
    pub fn stats(&self) -> String {
        let n = self.keys.len();
        let used = self.graph.base.iter().filter(|l| **l != graph::NONE).count();
        let mut seen = vec![false; n];
        let mut stack = vec![0u32];
        seen[0] = true;
        let mut c = 1;
        while let Some(r) = stack.pop() {
            for l in graph::Links::of(&self.graph, 0, r) {
                if *l != graph::NONE && !seen[*l as usize] {
                    seen[*l as usize] = true;
                    c += 1;
                    stack.push(*l);
                }
            }
        }
        format!(
            "layers {:?} mean degree {:.1} unreachable {}",
            self.graph.counts,
            used as f64 / n as f64,
            n - c
        )
    }

    /// The width of a search with [`Effort::Default`](crate::Effort::Default).
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Sets the width of a search that doesn't say one, at least 1. It is kept in the file.
    pub const fn set_width(&mut self, width: u32) {
        self.width = if width == 0 { 1 } else { width };
    }

    /// Bytes that vectors, links and keys take, in memory or in the mapped file.
    pub fn bytes(&self) -> usize {
        self.store.bytes()
            + size_of_val(&*self.graph.base)
            + size_of_val(&*self.graph.upper)
            + size_of_val(&*self.keys)
            + size_of_val(&*self.by_key)
    }

    /// What the host wrote down with the index, such as a model card or a data version; empty if nothing.
    pub fn metadata(&self) -> &[u8] {
        &self.metadata
    }

    /// Sets what [`metadata`](Self::metadata) gives. It is kept in the file.
    pub fn set_metadata(&mut self, metadata: impl Into<Vec<u8>>) {
        self.metadata = metadata.into().into();
    }

    /// Row numbers of a file that was not verified may be anything.
    fn key_of(&self, row: u32) -> VectorKey {
        VectorKey(self.keys.get(row as usize).copied().unwrap_or_default())
    }

    fn row_of(&self, key: VectorKey) -> Option<u32> {
        let at = self
            .by_key
            .binary_search_by_key(&key, |row| self.key_of(*row))
            .ok()?;
        let row = self.by_key[at];
        ((row as usize) < self.keys.len()).then_some(row)
    }
}

impl VectorIndex for HnswIndex {
    fn space(&self) -> &SpaceId {
        &self.space
    }

    fn metric(&self) -> Metric {
        self.metric
    }

    fn len(&self) -> usize {
        self.keys.len()
    }

    fn search(
        &self,
        query: &[f32],
        params: &SearchParams<'_>,
        hits: &mut Hits,
    ) -> Result<SearchReport, SearchError> {
        search::search(self, query, None, params, hits)
    }

    fn search_batch(
        &self,
        queries: ArrayView2<'_, f32>,
        params: &SearchParams<'_>,
        answers: &mut BatchHits,
    ) -> Result<(), BatchError> {
        batch::with_shared_memory(self, queries, params, answers)
    }
}

impl RangeSearch for HnswIndex {
    fn search_range(
        &self,
        query: &[f32],
        bound: f32,
        params: &SearchParams<'_>,
        hits: &mut Hits,
    ) -> Result<SearchReport, SearchError> {
        if bound.is_nan() {
            hits.clear();
            return Err(SearchError::Bound);
        }
        search::search(self, query, Some(bound), params, hits)
    }
}
