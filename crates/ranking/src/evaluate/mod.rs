//! How good a list is, how good a catalogue's use of itself is, and how sure one can be of either.
//!
//! The measures of [`metric`] take one ranked list and what turned out to be relevant, both as slices without
//! repetition, and count a hit as a hit (binary relevance). They are `None` for a user without anything relevant: such a
//! user says nothing and is left out of the mean.
//!
//! ```
//! use bowerbird_ranking::evaluate::{Bootstrap, ndcg_at, recall_at};
//!
//! let (shown, relevant) = ([7, 3, 9, 1], [3, 8]);
//! assert_eq!(recall_at(&shown, &relevant, 2), Some(0.5));
//! let ndcg = ndcg_at(&shown, &relevant, 2).unwrap_or_default();
//! assert!((ndcg - 0.3869).abs() < 1e-4); // 1/log2(3) of 1 + 1/log2(3)
//!
//! // One value a user: the mean and where it may lie.
//! let interval = Bootstrap::default().mean(&[0.2, 0.4, 0.9, 0.1])?;
//! assert!(interval.low < interval.mean && interval.mean < interval.high);
//! # Ok::<(), bowerbird_ranking::evaluate::BootstrapError>(())
//! ```

pub mod bootstrap;
pub mod catalogue;
pub mod metric;
mod rng;

pub use bootstrap::{Bootstrap, BootstrapError, Interval};
pub use catalogue::{catalogue_coverage, exposures, gini, intra_list_similarity};
pub use metric::{hit_at, ndcg_at, precision_at, recall_at, reciprocal_rank};
