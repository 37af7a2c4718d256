//! The exact index: every row is looked at.
//!
//! Rows lie one after another from a 64-byte boundary, in the order of their keys. A search goes through them in
//! blocks that fit the nearest caches, scores a block with one kernel call and passes it to a bounded selection
//! whose bar most rows fail. That is one stream of reads and about as fast as memory gives them; a batch reads each
//! block once for several queries and is bound by arithmetic instead.
//!
//! It is the right index up to some hundred thousand vectors, under filters that leave few, for ground truth, and as
//! the oracle of the approximate ones.

mod build;
mod file;
mod scan;

pub use build::FlatBuilder;

use crate::{
    BatchError, BatchHits, Hits, Metric, RangeSearch, SearchError, SearchParams, SearchReport, VectorIndex,
    VectorKey, batch,
};
use bowerbird_core::SpaceId;
use bowerbird_core::container::View;
use ndarray::{ArrayView1, ArrayView2};
use std::ops::Range;

/// An exact index over contiguous rows.
///
/// Memory: 4 bytes a component and 8 a key; clones share it. Search: O(n · dimension). See the [module](self) for how.
#[derive(Clone, Debug)]
pub struct FlatIndex {
    space: SpaceId,
    metric: Metric,
    /// Ascending; a tie between rows is a tie between keys.
    keys: View<u64>,
    /// One after another, from a 64-byte boundary.
    rows: View<f32>,
    metadata: View<u8>,
}

impl FlatIndex {
    /// What builds an index of vectors of `space` under `metric`.
    pub fn builder(space: SpaceId, metric: Metric) -> FlatBuilder {
        FlatBuilder::new(space, metric)
    }

    /// The keys, ascending.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = VectorKey> + DoubleEndedIterator + '_ {
        self.keys.iter().map(|key| VectorKey(*key))
    }

    /// The vector called `key`, scaled to unit length if the metric is cosine. O(log n).
    pub fn vector(&self, key: VectorKey) -> Option<ArrayView1<'_, f32>> {
        self.row_of(key)
            .map(|row| ArrayView1::from(self.rows(row..row + 1)))
    }

    /// Bytes that vectors and keys take, in memory or in the mapped file.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.rows) + size_of_val(&*self.keys)
    }

    /// What the host wrote down with the index, such as a model card or a data version; empty if nothing.
    pub fn metadata(&self) -> &[u8] {
        &self.metadata
    }

    /// Sets what [`metadata`](Self::metadata) gives. It is kept in the file.
    pub fn set_metadata(&mut self, metadata: impl Into<Vec<u8>>) {
        self.metadata = metadata.into().into();
    }

    fn row_of(&self, key: VectorKey) -> Option<usize> {
        self.keys.binary_search(&key.0).ok()
    }

    fn key_of(&self, row: u32) -> VectorKey {
        VectorKey(self.keys[row as usize])
    }

    fn rows(&self, range: Range<usize>) -> &[f32] {
        let dimension = self.space.dimension as usize;
        &self.rows[range.start * dimension..range.end * dimension]
    }
}

impl VectorIndex for FlatIndex {
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
        scan::one(self, query, None, params, hits)
    }

    fn search_batch(
        &self,
        queries: ArrayView2<'_, f32>,
        params: &SearchParams<'_>,
        answers: &mut BatchHits,
    ) -> Result<(), BatchError> {
        answers.clear();
        let slice = batch::contiguous(&queries, self.dimension())?;
        scan::check_all(self, slice)?;
        scan::many(self, slice, params, answers.prepare(queries.nrows()));
        Ok(())
    }
}

impl RangeSearch for FlatIndex {
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
        scan::one(self, query, Some(bound), params, hits)
    }
}
