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
//!
//! # Map
//!
//! | module | what |
//! |---|---|
//! | [`load`] | events, items and LightGCN lists from plain files; a bad row is refused with its line |
//! | [`interactions`] | [`Interactions`]: who did what when, in columns by user and by item; holding out |
//! | [`catalogue`] | [`Catalogue`]: titles, years and genres of items |
//! | [`als`] | [`AlsModel`]: item vectors learned from interactions |
//! | [`query`] | what the sources want to know of a query: [`History`], [`AskedAt`]; [`FeedQuery`] has both |
//! | [`encode`] | [`QueryEncoder`]: from a query to a vector |
//! | [`source`] | the roles [`CandidateSource`] and [`BlockingSource`], and the sources |
//! | [`context`] | clock, deadline and seed of one call |
//! | [`merge`] | several answers into one, each item once |
//! | [`batch`] | [`CandidateBatch`]: one row an item, in columns, provenance kept |
//! | [`filter`] | the role [`Filter`], lists and what was seen |
//! | [`error`] | one enum an operation |
//! | [`scratch`] | buffers that calls running at the same time take turns with |
//! | `testing` | the conformance kits (feature `testing`) |
//!
//! # Sources and their cost
//!
//! *E* events, *I* items, *H* the history's length, *m* neighbours kept an item, *d* components of a vector.
//!
//! | source | finds | fitting | a request | memory |
//! |---|---|---|---|---|
//! | [`GraphFilter`] | what the same people acted on | O(Σ degree²) | O(H·m) | 8·m bytes an item |
//! | [`SequentialCooccurrence`] | what people do next | O(E · window) | O(H·m) | 8·m bytes an item |
//! | `AnnSource` over [`AlsModel`] | items near the user's vector | O(E·d² + (users + I)·d³) a pass | O(H·d² + d³) and a search | 4·d bytes an item |
//! | [`Profile`] | items of the same genres and time | O(I log I) | O(genres of all items) | 24 bytes an item |
//! | [`Popular`] | what many act on | O(E log E) | O(limit + H); before the newest event O(I log E) | 12 bytes an event |
//! | [`Fresh`] | what is new | O(I log I) | O(log I + limit + H); weighted: every item released | 16 bytes an item |
//!
//! A request allocates nothing once the buffers have grown; merging *s* candidates is O(s log s), likewise. Fitting runs in
//! the caller's rayon pool, and gives the same bits in any.
//!
//! Every source has a version that is a hash of what was fitted and of the settings that count: fitted on other data it
//! is another version, and a request that was logged before is not replayed with it.
//!
//! # Features
//!
//! - `ann` (default): `AnnSource` over any vector index of `bowerbird-vsearch`.
//! - `rayon` (default): fitting runs in the rayon pool that the caller runs in. Never on the global pool.
//! - `serde`: derives on configurations, events, queries and sinks.
//! - `testing`: the conformance kits, for those who write sources and filters of their own.
//!
//! # Errors
//!
//! [`LoadError`]: a file is wrong, with the line. [`InteractionsError`]: an event is. [`BuildError`]: a setting is, there
//! is nothing to learn from, or the parts are of different vector spaces. [`SourceError`] and [`FilterError`]: a stage's own
//! work failed, which costs its part of the answer.
//!
//! # Limits
//!
//! - 2³² − 1 events, users and items. A user and an item meet once: of repetitions one event stays ([`Duplicates`]).
//! - Everything is fitted from the beginning and kept in memory; nothing is updated in place, and nothing but vectors
//!   can be written to a file yet. Fit in the background and wire a new cascade.
//! - The ANN source knows an index by its space, metric and size: say `versioned` when other vectors take the place of
//!   as many others. It doesn't know which item of the history spoke for a candidate.
//! - [`Profile`] looks at every item of the catalogue, and [`Popular`] does for requests before the newest event.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod als;
pub mod batch;
pub mod catalogue;
pub mod context;
pub mod encode;
pub mod error;
pub mod filter;
mod fingerprint;
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
    descending_key, sort_keys,
};
pub use bowerbird_core as core;
pub use catalogue::{Catalogue, Item};
pub use context::Context;
pub use encode::QueryEncoder;
pub use error::{BoxError, BuildError, FilterError, SourceError};
pub use filter::{Filter, FilterMask, ItemList, Seen, filter_fn};
pub use interactions::{Duplicates, Event, HeldOut, Interactions, InteractionsBuilder, InteractionsError};
pub use load::LoadError;
pub use merge::{Canonical, MergePolicy, Merger};
pub use query::{Action, AskedAt, FeedQuery, History};
pub use source::{
    ActionWeight, Fresh, GraphConfig, GraphFilter, HistoryWeighting, Popular, PopularConfig, Profile,
    ProfileConfig, Recency, Sees, SequenceConfig, SequentialCooccurrence,
};
#[cfg(feature = "ann")]
#[cfg_attr(docsrs, doc(cfg(feature = "ann")))]
pub use source::{AnnSource, als_graph, als_index};
pub use source::{BlockingCall, BlockingSource, Candidate, CandidateSink, CandidateSource, source_fn};
