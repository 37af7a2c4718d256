//! Vector indexes: the nearest vectors to a query, by one interface whatever is inside.
//!
//! [`VectorIndex`] is what a host holds: with filters by the host's keys, deadlines, batches, range search, files that
//! are mapped, and a stated answer to every wrong input. Behind it is one of
//!
//! - [`FlatIndex`]: exact, at the speed of memory. Up to some ten thousand vectors, for truth, and as the oracle of the
//!   others.
//! - [`HnswIndex`]: a graph of near neighbours. The highest recall for one query a call; it takes the longest to build
//!   and the most memory, which 8-bit codes halve.
//! - [`IvfIndex`]: lists of short codes around centres. A tenth of the graph's build time, half of its memory, and the
//!   faster one on hard data, in batches and where much must be looked at.
//! - `FaissIndex`: whatever faiss builds (feature `faiss`).
//!
//! Which of them, and how hard it must try for the recall that is wanted, is measured by [`tune()`] on queries of your
//! own; the guide has curves.
//!
//! # When not to use it
//!
//! - For vectors that change while they are searched: build a new index and swap the `Arc` in the meantime.
//! - For sparse vectors or sets: an inverted index of terms serves them better.
//! - For more vectors than one machine holds.
//!
//! # Example
//!
//! ```
//! use bowerbird_core::{Normalization, SpaceId};
//! use bowerbird_vsearch::{Hits, HnswIndex, Metric, SearchParams, VectorIndex, VectorKey, Vectors, ndarray};
//!
//! let vectors = ndarray::arr2(&[[0.9, 0.1], [0.0, 1.0], [0.7, 0.7f32]]);
//! let keys = [VectorKey(10), VectorKey(20), VectorKey(30)];
//! let space = SpaceId::new("toy", 1, 2, Normalization::None);
//! let index = HnswIndex::builder(space, Metric::Cosine).with_vectors(Vectors::Sq8).build(vectors.view(), &keys)?;
//!
//! let not_twenty = |key: VectorKey| key != VectorKey(20);
//! let mut hits = Hits::new(); // kept and used again
//! let report = index.search(&[1.0, 1.0], &SearchParams::new(2).with_filter(&not_twenty), &mut hits)?;
//! assert!(report.is_full());
//! assert!(hits.keys().eq([VectorKey(30), VectorKey(10)]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Map
//!
//! | module | what |
//! |---|---|
//! | [`metric`] | [`Metric`], and which end of its scores is the good one |
//! | [`key`] | [`VectorKey`]: the host's name for a vector |
//! | [`check`] | which vectors are let in |
//! | [`filter`] | [`KeyFilter`]: which keys may be in an answer |
//! | [`params`] | [`SearchParams`]: how many, how hard, among which, until when |
//! | [`hits`] | [`Hits`]: the answer, in memory that is used again |
//! | [`index`] | the seam: [`VectorIndex`], [`RangeSearch`], [`BuildIndex`] |
//! | [`batch`] | many queries, in the caller's rayon pool |
//! | [`flat`] | [`FlatIndex`]: exact |
//! | [`hnsw`] | [`HnswIndex`]: a graph, over vectors or codes of 8 bits |
//! | [`kmeans`] | centres that stand for many vectors |
//! | [`quantize`] | vectors in fewer bits: product codes and rotations for them |
//! | [`ivf`] | [`IvfIndex`]: lists around centres, codes of few bits |
//! | `faiss` | `FaissIndex`: any factory string of faiss (feature `faiss`) |
//! | [`mod@tune`] | the least effort for a recall |
//! | [`error`] | one enum an operation |
//! | `testing` | the conformance kit (feature `testing`) |
//!
//! # Cost
//!
//! *n* vectors of *d* components.
//!
//! | | time | memory |
//! |---|---|---|
//! | [`FlatIndex`], build | O(n·d + n log n) | 4d + 8 bytes a vector |
//! | search | O(n·d), one stream of reads | none in steady state |
//! | search, short [`AllowList`] of *m* keys | O(m (d + log n)) | none in steady state |
//! | [`HnswIndex`], build | O(n log n · d · width) | 2d to 5d, and 9M + 12 bytes a vector: see [`hnsw`] |
//! | search | O(width · M · d) | none in steady state |
//! | [`IvfIndex`], build | O(n·lists·d), lists ≈ 2.6 √n | d / 4 to 5 d bytes a vector: see [`ivf`] |
//! | search | O(lists·d + codes in the lists searched) | none in steady state |
//! | batch, flat | O(n·d) a query, a block read once for 16 queries | the hits |
//! | vector by key | O(log n) | none |
//! | open a file | O(header) | the mapped file |
//!
//! # Features
//!
//! - `rayon` (default): batches run in the rayon pool that the caller runs in. Never on the global pool, and with the
//!   same bits as without.
//! - `serde`: derives on metrics, keys, hits and reports.
//! - `faiss`: `FaissIndex`, by the C++ library of that name; its module says what has to be installed to build it.
//! - `testing`: the conformance kit, for those who write an index of their own.
//!
//! # Where the ideas come from
//!
//! Graphs: Malkov and Yashunin (2018); the end of a walk by distance: Al-Jazzazi and others (2025); rounds that make a
//! build repeatable: Manohar and others (2024); numbering rows for the cache: Coleman and others (2022). Codes: product
//! quantisation, Jégou, Douze and Schmid (2011); rotations for it, Ge and others (2013); look-ups in registers, André,
//! Kermarrec and Le Scouarnec (2015); scales for each vector, Aguerrebere and others (2023); a second list, Sun and
//! others (2023). Each module says what it takes from whom, and what it does otherwise.
//!
//! # Limits
//!
//! Dimension 1 to [`MAX_DIMENSION`]; components up to ±[`MAX_MAGNITUDE`]; 2³² − 1 vectors an index, 2³¹ in a graph. f32
//! in and out. Indexes are immutable; they live in memory or in a mapped file.
#![deny(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod batch;
pub mod check;
pub mod error;
#[cfg(feature = "faiss")]
pub mod faiss;
pub mod filter;
pub mod flat;
mod header;
pub mod hits;
pub mod hnsw;
pub mod index;
mod input;
pub mod ivf;
#[allow(
    unsafe_code,
    reason = "instructions of the machine; each block says why it is sound"
)]
mod kernel;
pub mod key;
pub mod kmeans;
pub mod metric;
mod parallel;
pub mod params;
pub mod quantize;
mod random;
mod rows;
#[cfg(feature = "testing")]
pub mod testing;
mod top;
pub mod tune;

pub use batch::BatchHits;
pub use check::{MAX_DIMENSION, MAX_MAGNITUDE, check_vector};
pub use error::{BatchError, BuildError, SearchError, VectorFault};
#[cfg(feature = "faiss")]
pub use faiss::{FaissBuilder, FaissFault, FaissIndex, Insertion};
pub use filter::{AllowList, DenyList, KeyFilter};
pub use flat::{FlatBuilder, FlatIndex};
pub use hits::{Hit, Hits};
pub use hnsw::{HnswBuilder, HnswIndex, Vectors};
pub use index::{BuildIndex, RangeSearch, SearchReport, VectorIndex};
pub use ivf::{IvfBuilder, IvfIndex};
pub use key::VectorKey;
pub use metric::{Metric, ScoreOrder};
pub use ndarray;
pub use params::{Effort, SearchParams};
pub use tune::{TuneError, Tuned, Tuner, tune};
