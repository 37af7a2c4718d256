//! The inverted file: vectors in lists around centres, of which a search goes through the nearest few.
//!
//! The centres come from [`kmeans`](crate::kmeans). A list keeps its vectors ([`Codes::Flat`]) or product codes of what
//! they differ from the centre by (Jégou, Douze and Schmid, 2011). A query's score splits into a part of the centre and a
//! part of the code, ⟨q, c⟩ + ⟨q, r⟩; for L2 the rest, |x|², is kept with the code. So one table of look-ups serves all
//! lists of a query. With 4 bits a piece a table has 16 entries, fits into a register and is looked up 64 codes at a
//! time (André, Kermarrec and Le Scouarnec, 2015). The best candidates are scored again by what [`Refine`] keeps.
//!
//! It is built in a fraction of the time of a graph, takes a fraction of the memory, and is the faster one where many
//! codes must be looked at anyway: vectors without clear neighbourhoods, large `k`, filters.
//!
//! # Bytes a vector
//!
//! For *d* components, *p* pieces rounded up to a multiple of 4, *s* lists that a vector stands in (1, or 2 with
//! [`Spill::Second`]); lists of [`Codes::Pq4`] are filled up to multiples of 32 places. [`IvfIndex::bytes`] tells exactly.
//!
//! | what | bytes |
//! |---|---|
//! | key | 8 |
//! | row number in the list | 4 *s* |
//! | [`Codes::Flat`] | 4 *d* + 4 |
//! | [`Codes::Pq4`] | *s p* / 2, under L2 4 *s* more |
//! | [`Codes::Pq8`] | *s p* (not rounded up), under L2 4 *s* more |
//! | [`Refine::None`] | 4 |
//! | [`Refine::Int8`] | *d* + 8 |
//! | [`Refine::F16`] | 2 *d* |
//! | [`Refine::F32`] | 4 *d* |
//!
//! 100 components, 50 pieces of 4 bits and [`Refine::Int8`] make 146 bytes, 0.37 of the vectors.

mod batch;
mod build;
mod candidates;
mod coarse;
mod encode;
mod file;
mod lists;
mod params;
mod refine;
mod scan;
mod search;
mod shape;
mod spill;
#[cfg(test)]
mod tests;

pub use build::IvfBuilder;
pub use params::{Codes, Refine, Rotate, Spill};
pub(crate) use scan::Scratch;

use crate::{
    BatchError, BatchHits, Hits, Metric, RangeSearch, SearchError, SearchParams, SearchReport, VectorIndex,
    VectorKey, batch as batches,
};
use bowerbird_core::SpaceId;
use bowerbird_core::container::View;
use coarse::Coarse;
use lists::{Lists, Store};
use ndarray::ArrayView2;
use refine::Rows;

/// An approximate index of lists around centres. Immutable, in memory or in a mapped file; clones share it.
///
/// Search: O(lists · d) for the centres, then O(codes in the lists searched). How many lists is set by
/// [`Effort`](crate::Effort): `Width(n)` searches *n*, `Probe` also sets how many candidates are scored again. A search
/// goes on to further lists until it has `k` hits, so a filter that leaves few is answered, if slowly. With all
/// lists, the only loss is that of the codes. A range search ends when as many lists in a row have nothing for it. See the
/// [module](self) for how.
#[derive(Clone, Debug)]
pub struct IvfIndex {
    space: SpaceId,
    metric: Metric,
    /// Ascending: a tie between rows is a tie between keys.
    keys: View<u64>,
    coarse: Coarse,
    lists: Lists,
    store: Store,
    rows: Rows,
    /// Where each row stands in the list of the nearest centre; empty when `rows` has the rows.
    places: View<u32>,
    defaults: Defaults,
    metadata: View<u8>,
}

/// What [`Effort::Default`](crate::Effort::Default) means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Defaults {
    /// Lists searched.
    lists: u32,
    /// Candidates scored again; 0 for a number that follows `k` and the lists searched.
    refine: u32,
}

impl IvfIndex {
    /// What builds an index of vectors of `space` under `metric`.
    pub fn builder(space: SpaceId, metric: Metric) -> IvfBuilder {
        IvfBuilder::new(space, metric)
    }

    /// The keys, ascending.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = VectorKey> + DoubleEndedIterator + '_ {
        self.keys.iter().map(|key| VectorKey(*key))
    }

    /// Lists that vectors are in.
    pub fn lists(&self) -> usize {
        self.coarse.lists
    }

    /// What a list keeps of a vector.
    pub fn codes(&self) -> Codes {
        self.store.kind()
    }

    /// What is kept to score the best candidates again.
    pub fn refine(&self) -> Refine {
        self.rows.kind()
    }

    /// Bytes of keys, centres, lists, codes and rows, in memory or in the mapped file.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.keys)
            + size_of_val(&*self.places)
            + self.coarse.bytes()
            + self.lists.bytes()
            + self.store.bytes()
            + self.rows.bytes()
    }

    /// What the host wrote down with the index, such as a model card or a data version; empty if nothing.
    pub fn metadata(&self) -> &[u8] {
        &self.metadata
    }

    /// Sets what [`metadata`](Self::metadata) gives. It is kept in the file.
    pub fn set_metadata(&mut self, metadata: impl Into<Vec<u8>>) {
        self.metadata = metadata.into().into();
    }

    fn width(&self) -> usize {
        self.space.dimension as usize
    }

    /// The key of a row; none of a number that only a damaged file holds.
    fn key_of(&self, row: u32) -> Option<VectorKey> {
        self.keys.get(row as usize).map(|key| VectorKey(*key))
    }
}

impl VectorIndex for IvfIndex {
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
        search::one(self, query, None, params, hits)
    }

    fn search_batch(
        &self,
        queries: ArrayView2<'_, f32>,
        params: &SearchParams<'_>,
        answers: &mut BatchHits,
    ) -> Result<(), BatchError> {
        if !batch::shares(self, params) {
            return batches::one_by_one(self, queries, params, answers);
        }
        answers.clear();
        let slice = batches::contiguous(&queries, self.dimension())?;
        batch::check_all(self, slice)?;
        batch::many(self, slice, params, answers.prepare(queries.nrows()));
        Ok(())
    }
}

impl RangeSearch for IvfIndex {
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
        search::one(self, query, Some(bound), params, hits)
    }
}
