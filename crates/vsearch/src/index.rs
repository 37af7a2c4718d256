//! The seam: what every index can do, whatever is inside.
//!
//! [`VectorIndex`] is the part that hosts hold, as `Arc<dyn VectorIndex>`. Building and range search are traits of
//! their own, since not every index can do them and no searcher needs them. An implementation is held to what is
//! written here by the conformance kit (`testing`, behind the feature of that name).

use crate::{BatchError, BatchHits, BuildError, Hits, Metric, SearchError, SearchParams, VectorKey, batch};
use bowerbird_core::{Progress, Reason, SpaceId, Status};
use ndarray::ArrayView2;
use std::fmt::Debug;
use std::sync::Arc;

/// An index of vectors with unique keys, searched for the nearest to a query.
///
/// # What every index promises
///
/// - Hits come best first by [`Metric::order`], equal scores by ascending key, no key twice, none that the filter
///   does not allow, all scores finite.
/// - The same index, query and parameters give the same answer and the same counts, from any thread and in any
///   buffer, unless a deadline cut the search short.
/// - A search that stops early returns the best of what it saw, and its report says so.
///
/// | input | answer |
/// |---|---|
/// | query of the wrong dimension, with NaN, infinity or a component beyond [`MAX_MAGNITUDE`](crate::MAX_MAGNITUDE) | [`SearchError::Query`], no hits |
/// | zero query under cosine | [`SearchError::Query`], no hits |
/// | `k` = 0, an empty index, a filter that allows nothing | no hits, [`Status::Full`] |
/// | `k` above the number of vectors (allowed by the filter) | all of them |
/// | deadline already past | no hits, [`Status::Partial`] of 0 for [`Reason::Deadline`] |
/// | distance budget used up | the best so far, [`Status::Partial`] for [`Reason::Limit`] |
pub trait VectorIndex: Send + Sync + Debug {
    /// Which model made the vectors. A searcher checks its encoder against it once, where the two are wired:
    /// [`SpaceId::ensure_same`].
    fn space(&self) -> &SpaceId;

    /// What "near" means here.
    fn metric(&self) -> Metric;

    /// Vectors that can be found.
    fn len(&self) -> usize;

    /// True when nothing can be found.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Components of a vector.
    fn dimension(&self) -> usize {
        self.space().dimension as usize
    }

    /// Puts the vectors nearest to `query` into `hits`.
    ///
    /// # Errors
    ///
    /// [`SearchError::Query`] for a query that has no meaningful score; then `hits` is empty.
    fn search(
        &self,
        query: &[f32],
        params: &SearchParams<'_>,
        hits: &mut Hits,
    ) -> Result<SearchReport, SearchError>;

    /// Answers each row of `queries`, bit for bit as [`search`](Self::search) would one by one.
    ///
    /// With the feature `rayon` the rows are shared out in the rayon pool that the caller runs in; outside of a pool
    /// it is serial. All queries share one deadline; the distance budget is each query's own.
    ///
    /// # Errors
    ///
    /// [`BatchError`]; then `answers` is empty.
    fn search_batch(
        &self,
        queries: ArrayView2<'_, f32>,
        params: &SearchParams<'_>,
        answers: &mut BatchHits,
    ) -> Result<(), BatchError> {
        batch::one_by_one(self, queries, params, answers)
    }
}

/// An index that can list all vectors within a bound.
pub trait RangeSearch: VectorIndex {
    /// Puts the vectors whose score reaches `bound` into `hits`: at most `bound` for distances (the **squared** radius
    /// under [`Metric::L2`]), at least `bound` for similarities. A bound that lets everything pass may be infinite.
    ///
    /// `params.k` caps the answer to the best so many; `usize::MAX` asks for all, in memory that grows with them.
    /// When the answer has `k` hits there may be more. All else is as in [`VectorIndex::search`].
    ///
    /// # Errors
    ///
    /// [`SearchError::Bound`] when it is NaN, and those of [`VectorIndex::search`]; then `hits` is empty.
    fn search_range(
        &self,
        query: &[f32],
        bound: f32,
        params: &SearchParams<'_>,
        hits: &mut Hits,
    ) -> Result<SearchReport, SearchError>;
}

/// Makes an index of vectors that are all at hand.
///
/// | input | answer |
/// |---|---|
/// | a view that is not contiguous, or not as wide as the space's dimension | refused |
/// | a vector with NaN, infinity or a component beyond [`MAX_MAGNITUDE`](crate::MAX_MAGNITUDE); a zero vector under cosine | refused, with its row |
/// | a key that occurs twice; not one key a row | refused |
/// | no vectors | an empty index, which can be searched |
pub trait BuildIndex {
    /// What is built.
    type Index: VectorIndex;

    /// Builds an index of the rows of `vectors`, row `i` under `keys[i]`. Same input, same bytes, whatever the order
    /// of threads.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the first fault; nothing is left out in silence.
    fn build(&self, vectors: ArrayView2<'_, f32>, keys: &[VectorKey]) -> Result<Self::Index, BuildError> {
        self.build_with_progress(vectors, keys, &mut |_| ())
    }

    /// As [`build`](Self::build), telling `progress` now and then how far it has come.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    fn build_with_progress(
        &self,
        vectors: ArrayView2<'_, f32>,
        keys: &[VectorKey],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self::Index, BuildError>;
}

/// What one search covered.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SearchReport {
    /// [`Status::Full`] when the search ran to its own end, [`Status::Partial`] when the deadline or the budget ended
    /// it, with the share of the planned work that was done.
    pub status: Status,
    /// Vectors that were looked at.
    pub visited: u64,
    /// Distances that were computed, of full vectors or of their codes.
    pub distances: u64,
}

impl SearchReport {
    /// A search that ran to its end.
    pub const fn full(visited: u64, distances: u64) -> Self {
        Self {
            status: Status::Full,
            visited,
            distances,
        }
    }

    /// A search that `reason` ended after `fraction` of its work (brought into `0.0..1.0`).
    pub fn partial(visited: u64, distances: u64, fraction: f32, reason: Reason) -> Self {
        let fraction = fraction.clamp(0.0, 1.0f32.next_down());
        Self {
            status: Status::Partial { fraction, reason },
            visited,
            distances,
        }
    }

    /// True when the search ran to its end.
    pub fn is_full(&self) -> bool {
        self.status == Status::Full
    }
}

macro_rules! through_pointer {
    ($($pointer:ty),*) => {$(
        impl<I: VectorIndex + ?Sized> VectorIndex for $pointer {
            fn space(&self) -> &SpaceId {
                (**self).space()
            }

            fn metric(&self) -> Metric {
                (**self).metric()
            }

            fn len(&self) -> usize {
                (**self).len()
            }

            fn search(
                &self,
                query: &[f32],
                params: &SearchParams<'_>,
                hits: &mut Hits,
            ) -> Result<SearchReport, SearchError> {
                (**self).search(query, params, hits)
            }

            fn search_batch(
                &self,
                queries: ArrayView2<'_, f32>,
                params: &SearchParams<'_>,
                answers: &mut BatchHits,
            ) -> Result<(), BatchError> {
                (**self).search_batch(queries, params, answers)
            }
        }
    )*};
}

through_pointer!(&I, Box<I>, Arc<I>);
