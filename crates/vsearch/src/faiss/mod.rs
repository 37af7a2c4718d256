//! faiss behind the seam: any string of its factory, checked.
//!
//! [`FaissIndex`] takes what [faiss](https://github.com/facebookresearch/faiss) (Johnson, Douze and Jégou, 2017; Douze
//! et al., 2024) builds from a factory string, such as `HNSW32`, `IVF1024,PQ32x4fs,RFlat` or `OPQ16,IVF256,PQ16`, and
//! gives it the answers of [`VectorIndex`]: the host's keys, filters, refusal of what has no score, reports.
//!
//! ```
//! use bowerbird_core::{Normalization, SpaceId};
//! use bowerbird_vsearch::{Effort, FaissIndex, Hits, Metric, SearchParams, VectorIndex, VectorKey, ndarray};
//!
//! let vectors = ndarray::arr2(&[[0.9, 0.1], [0.0, 1.0], [0.7, 0.7f32]]);
//! let keys = [VectorKey(10), VectorKey(20), VectorKey(30)];
//! let space = SpaceId::new("toy", 1, 2, Normalization::None);
//! let index = FaissIndex::builder(space, Metric::Cosine, "HNSW32").build(vectors.view(), &keys)?;
//!
//! let mut hits = Hits::new();
//! let params = SearchParams::new(2).with_effort(Effort::Width(64));
//! index.search(&[1.0, 1.0], &params, &mut hits)?;
//! assert!(hits.keys().eq([VectorKey(30), VectorKey(10)]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A backend, and not the engine
//!
//! It is here for hosts that have settled on a factory string, and as a rival in the same process. It is not what the
//! other indexes stand on:
//!
//! - **Soundness.** Safe calls of the crate `faiss` 0.13 read freed or foreign memory: a clone of a range result, a
//!   bitmap selector that outlives its bitmap, ids fewer than vectors; and a zero in a factory string ends the process.
//!   This module makes none of these calls, checks every length before faiss sees it, and refuses such strings.
//! - **One search at a time.** The crate lets a factory's index be searched only through `&mut`, and an effort is a
//!   field of the index. So there is a lock: threads that search one [`FaissIndex`] wait for each other, and a search
//!   holds the lock from its first pass to its last. Build one index a thread where that matters.
//! - **It cannot be stopped.** faiss takes no deadline and no budget; see below what is left of them.
//! - **No file.** The index lives in memory; there is no [`FlatIndex::save`](crate::FlatIndex::save) of its kind.
//! - **The build.** C++, minutes of it, with libraries that a host has to have.
//!
//! # What it needs
//!
//! The feature `faiss` compiles the copy of faiss 1.12 that `faiss-sys` carries: cmake 3.24, a C++17 compiler with
//! OpenMP, BLAS with LAPACK; on Debian `apt-get install cmake g++ libopenblas-dev`. Two cores take about four minutes.
//! The program then links `libgomp`, `libstdc++`, `libblas` and `liblapack`. On macOS the link against gomp fails.
//!
//! **Speed of the default build.** faiss is compiled for the oldest x86-64, SSE2, whatever the machine has. With
//! `CXXFLAGS=-march=x86-64-v3` in the environment of the build it uses AVX2, and 4-bit product quantization searches
//! an order of magnitude faster. That is the last program's choice and not a library's, so it is not set here. Cargo
//! does not see the variable: clean `faiss-sys` after changing it.
//!
//! **Threads.** faiss uses OpenMP in training, in adding and in [`FaissIndex::search_together`]; one query alone runs
//! mostly in its caller. The crate gives no hold on the number of threads, so they do not follow the rayon pool. Set
//! `OMP_NUM_THREADS`, and `OPENBLAS_NUM_THREADS`, before the program starts. faiss also prints to standard error when
//! there are fewer than 39 vectors a centroid to train on.
//!
//! # How the terms of a search are met
//!
//! A search is one or more *passes*; each asks faiss for some number of nearest vectors.
//!
//! | term | how |
//! |---|---|
//! | [`Effort::Width`] | *nprobe* of an inverted file, else *efSearch* of a graph, set under the lock when it changes; no effect on other factories |
//! | fewer hits than wanted | an inverted file is asked again with four times the width, until it has looked at every list. A graph may have parts that it cannot reach from where it is; then all vectors are decoded and scored here |
//! | filter | asked again for more and more vectors, all of them at last, until enough pass. Where the filter leaves less than an eighth, those alone are decoded and scored here; inverted files without `RFlat` cannot give vectors back, and take several passes over everything |
//! | range | asked again for more until the rest is beyond the bound |
//! | deadline | looked at before each pass; a pass that has begun ends |
//! | distance budget | looked at before each pass; see counts |
//! | counts of the report | faiss does not tell. A pass counts as all vectors of the index, which faiss exceeds only by upper layers, coarse centroids and re-ranking, and a graph stays far below; what is scored here counts as what it is |
//! | ties | by key among those that faiss returns; which of several equal vectors it returns last is its own choice |
//!
//! Scores are what the factory's codes give: exact for `Flat`, graphs over full vectors and what ends in `RFlat`,
//! approximate for others. Factories that measure something else than the metric are refused ([`FaissFault`]). A vector
//! whose score is not finite, as of half floats that overflow, is left out.
//!
//! # Repeatability
//!
//! The same index gives the same answer. Two builds of the same input are the same index with the same number of
//! OpenMP and BLAS threads, if [`Insertion::Repeatable`] is kept and no graph is built inside of training (`NSG`,
//! `IVF…_HNSW…`): those are repeatable with `OMP_NUM_THREADS=1` only.

mod build;
mod engine;
mod factory;
mod search;

pub use build::{FaissBuilder, Insertion};
pub use factory::FaissFault;

use crate::{
    BatchError, BatchHits, Effort, Hits, Metric, RangeSearch, SearchError, SearchParams, SearchReport,
    VectorIndex, VectorKey, batch,
};
use bowerbird_core::SpaceId;
use engine::{Engine, Knob};
use ndarray::ArrayView2;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An index that faiss keeps in memory, of any factory string. See the [module](self) for what to expect of it.
///
/// Memory: that of the factory, and 8 bytes a key. Searches of one index run one after another.
#[derive(Debug)]
pub struct FaissIndex {
    space: SpaceId,
    metric: Metric,
    factory: String,
    /// Ascending; faiss numbers the vectors in this order.
    keys: Vec<u64>,
    knob: Option<Knob>,
    /// True when faiss can give a vector back by its number.
    gives_vectors: bool,
    /// None when there are no vectors: many factories cannot be searched empty.
    engine: Option<Mutex<Engine>>,
}

impl FaissIndex {
    /// What builds an index of vectors of `space` under `metric` by the factory string `factory`.
    pub fn builder(space: SpaceId, metric: Metric, factory: impl Into<String>) -> FaissBuilder {
        FaissBuilder::new(space, metric, factory.into())
    }

    /// The factory string it was built by.
    pub fn factory(&self) -> &str {
        &self.factory
    }

    /// The keys, ascending.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = VectorKey> + DoubleEndedIterator + '_ {
        self.keys.iter().map(|key| VectorKey(*key))
    }

    /// Answers all `queries` in one call of faiss, by its own threads: how faiss is fastest.
    ///
    /// Unlike [`search_batch`](VectorIndex::search_batch) the last bits of scores, and so the order of near ties, may
    /// differ from those of one search at a time: faiss computes many distances by matrix products. There is no filter,
    /// no deadline and no budget. A query that comes back with fewer than `k` hits is asked again alone.
    ///
    /// # Errors
    ///
    /// [`BatchError`]; then `answers` is empty.
    pub fn search_together(
        &self,
        queries: ArrayView2<'_, f32>,
        k: usize,
        effort: Effort,
        answers: &mut BatchHits,
    ) -> Result<(), BatchError> {
        search::together(self, queries, k, effort, answers)
    }

    /// A search that panicked inside of faiss leaves nothing behind that the next does not set again.
    fn lock(engine: &Mutex<Engine>) -> MutexGuard<'_, Engine> {
        engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl VectorIndex for FaissIndex {
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

    /// One query after another on the calling thread: threads of a pool would wait for each other at the lock.
    fn search_batch(
        &self,
        queries: ArrayView2<'_, f32>,
        params: &SearchParams<'_>,
        answers: &mut BatchHits,
    ) -> Result<(), BatchError> {
        answers.clear();
        let slice = batch::contiguous(&queries, self.dimension())?;
        let rows = slice.chunks_exact(self.dimension());
        let result = rows
            .zip(answers.prepare(queries.nrows()))
            .enumerate()
            .try_for_each(|(row, (query, answer))| {
                answer.report = search::one(self, query, None, params, &mut answer.hits)
                    .map_err(|source| BatchError::Query { row, source })?;
                Ok(())
            });
        if result.is_err() {
            answers.clear();
        }
        result
    }
}

impl RangeSearch for FaissIndex {
    /// Found by asking for more and more of the nearest vectors, and not by faiss's own range search, which many
    /// factories lack.
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
