//! Candidate retrieval: many sources, each with its own idea of what fits, merged into one batch that remembers who
//! found what and why.
//!
//! # When not to use it
//!
//! When one query to one index answers your question: use `bowerbird-vsearch` alone. When you also want to rank what
//! was found under a deadline, start from `bowerbird-ranking`, which drives these sources for you.
//!
//! # Example
//!
//! ```
//! use bowerbird_core::{ItemId, Status, SystemClock};
//! use bowerbird_retrieval::{
//!     BatchSchema, CandidateBatch, CandidateSink, CandidateSource, Context, MergePolicy, Merger, source_fn,
//! };
//! use std::sync::Arc;
//!
//! let list = |name, items: [u64; 3]| {
//!     source_fn(name, move |_query: &(), _cx, out| {
//!         items.iter().for_each(|&id| { out.push(ItemId(id), 1.0); });
//!         Ok(Status::Full)
//!     })
//! };
//! let (liked, fresh) = (list("liked", [1, 2, 3]), list("fresh", [3, 4, 5]));
//!
//! let cx = Context::unhurried(&SystemClock);
//! let mut sinks = [CandidateSink::with_limit(100), CandidateSink::with_limit(100)];
//! liked.retrieve(&(), &cx, &mut sinks[0])?;
//! fresh.retrieve(&(), &cx, &mut sinks[1])?;
//!
//! let schema = BatchSchema::new(vec!["liked".into(), "fresh".into()], vec![], vec![], 0, vec![]);
//! let mut batch = CandidateBatch::new(Arc::new(schema));
//! Merger::new().merge(&MergePolicy::default(), &sinks, &[1.0, 1.0], None, &mut batch);
//! assert_eq!(batch.items()[0], ItemId(3)); // both found it
//! assert_eq!(batch.sources(0).len(), 2);
//! # Ok::<(), bowerbird_retrieval::SourceError>(())
//! ```

pub mod als;
pub mod batch;
pub mod catalogue;
pub mod context;
pub mod encode;
pub mod error;
pub mod filter;
pub mod interactions;
pub mod load;
pub mod merge;
mod parallel;
pub mod query;
pub mod scratch;
pub mod source;
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;

pub use als::{AlsConfig, AlsModel};
pub use batch::{
    BatchSchema, CandidateBatch, FeatureName, HeadName, Provenance, SchemaHash, SourceSet, Version,
    descending_key,
};
pub use bowerbird_core as core;
pub use catalogue::{Catalogue, Item};
pub use context::Context;
pub use encode::QueryEncoder;
pub use error::{BoxError, BuildError, FilterError, SourceError};
pub use filter::{Filter, FilterMask, ItemList, Seen, filter_fn};
pub use interactions::{Duplicates, Event, Interactions, InteractionsBuilder, InteractionsError};
pub use load::LoadError;
pub use merge::{Canonical, MergePolicy, Merger};
pub use query::{Action, AskedAt, FeedQuery, History};
pub use source::{
    ActionWeight, Fresh, GraphConfig, GraphFilter, HistoryWeighting, Popular, PopularConfig, Profile,
    ProfileConfig, Recency, Sees, SequenceConfig, SequentialCooccurrence,
};
#[cfg(feature = "ann")]
#[cfg_attr(docsrs, doc(cfg(feature = "ann")))]
pub use source::{AnnSource, als_index};
pub use source::{BlockingCall, BlockingSource, Candidate, CandidateSink, CandidateSource, source_fn};
