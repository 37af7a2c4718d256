//! The graph index: hierarchical navigable small worlds (Malkov and Yashunin, *Efficient and robust approximate nearest
//! neighbor search using hierarchical navigable small world graphs*, TPAMI 2018).
//!
//! Every vector is linked to some that are near it and lie in different directions. A search walks along the links to
//! ever nearer vectors. Sparse layers above the first, each with a fraction of the vectors, bring it into the right
//! region in a few steps. It looks at some thousand vectors of a million, so for one query a call it is the fastest
//! index at high recall, and the one with the longest build and the most memory.
//!
//! # What is different here
//!
//! - **A walk ends when looking on will not pay**, and not when a fixed number of places is used up. *Width w* means
//!   the work of *w* open places on the average; queries in crowded regions get more of it, easy ones less. At equal
//!   recall it scores a quarter to a half fewer vectors than a pool of fixed size. How far each width looks is measured
//!   on the index's own vectors when it is built.
//! - **Memory decides.** A vector scored costs a cache line or several from memory and little arithmetic. So codes of 8
//!   bits ([`Vectors::Sq8`]) lie on whole lines with all that is needed to score them; a step expands two rows and asks
//!   for all their neighbours at once; rows are numbered so that those that are met together lie together; and much
//!   memory is asked for in huge pages.
//! - **The build is the same on any number of threads**, bit for bit, and walks over 8-bit codes while it chooses links
//!   by full vectors. No row is left that cannot be reached.
//! - **Inner product** is not a distance, and a graph needs one. Links are chosen as if each vector had one component
//!   more that makes all equally long, where the nearest is the one with the largest product.
//!
//! # A filter
//!
//! Rows that a filter does not allow are walked through and not returned. Where walking would take longer than asking
//! about every row, or the filter is a short list, the allowed rows are scored one by one.
//!
//! # Bytes a vector
//!
//! For *d* components and *M* links: what [`Vectors`] says, 8 *M* + 4 *M* / (*M* − 1) for links, 12 for the key. With
//! *M* = 16 and 100 components: 592 as 32-bit floats, 360 with [`Vectors::Sq8`], of which 144 are links and keys.

mod build;
mod connect;
mod construct;
mod enter;
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
mod way;

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
use search::End;
use store::Store;

/// The most links a row and layer.
pub const MAX_LINKS: usize = 128;

/// An approximate index: a graph of near neighbours. Immutable, in memory or in a mapped file; clones share it.
///
/// Search: about O(width · M · d · log n). [`Effort::Width`](crate::Effort::Width) is *ef*: about how many vectors are
/// looked around from, on the average; below 10 it changes nothing. With a width of all vectors every one is scored,
/// and nothing is missed but what the form of the vectors loses. See the [module](self) for how.
///
/// ```
/// use bowerbird_core::{Normalization, SpaceId};
/// use bowerbird_vsearch::{Effort, Hits, HnswIndex, Metric, SearchParams, VectorIndex, VectorKey, Vectors, ndarray::Array2};
///
/// let vectors = Array2::from_shape_fn((2000, 16), |(row, column)| ((row * row + 1) as f32 * 0.1 * (column + 2) as f32).sin());
/// let keys: Vec<_> = (0..2000).map(VectorKey).collect();
/// let space = SpaceId::new("waves", 1, 16, Normalization::None);
/// let index = HnswIndex::builder(space, Metric::Cosine).with_vectors(Vectors::Sq8).build(vectors.view(), &keys)?;
///
/// let mut hits = Hits::new();
/// let params = SearchParams::new(5).with_effort(Effort::Width(100));
/// index.search(vectors.row(7).as_slice().expect("contiguous"), &params, &mut hits)?;
/// assert!(hits.len() == 5 && hits.as_slice()[0].score > 0.999);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

    /// As [`search`](VectorIndex::search), with walks that end when a pool of as many places as the width has no better
    /// row to go on from: for a large `k` far shorter than those that look some way beyond the `k`-th.
    pub(crate) fn search_pool(
        &self,
        query: &[f32],
        params: &SearchParams<'_>,
        hits: &mut Hits,
    ) -> Result<SearchReport, SearchError> {
        search::search(self, query, (None, End::Pool), params, hits)
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
        search::search(self, query, (None, End::Horizon), params, hits)
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
        search::search(self, query, (Some(bound), End::Horizon), params, hits)
    }
}
