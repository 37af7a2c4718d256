//! The ranking cascade: retrieval → pre-ranking → ranking → re-ranking under one deadline.
//!
//! A [`Cascade`] asks many sources, keeps what each says about an item, filters, scores thousands of rows cheaply and
//! hundreds dearly, and composes a slate. Whatever it had no time for, or what failed on the way, stands in the answer's
//! [coverage](Slate::coverage); what became of any single item it tells when [asked](Cascade::explain).
//!
//! # When not to use it
//!
//! - When one query and one sort give the list: a `Vec` and `sort_by` are shorter.
//! - When the model that ranks is a service that also retrieves: there is nothing left here to schedule.
//! - For batch jobs without a deadline over millions of users: it works, but a matrix product per shard is faster.
//!
//! It brings no server, no storage of users and no runtime, and it trains linear models only.
//!
//! # Example
//!
//! ```
//! use bowerbird_ranking::core::{ItemId, Status};
//! use bowerbird_ranking::rerank::Rules;
//! use bowerbird_ranking::retrieval::{CandidateSource, filter_fn, source_fn};
//! use bowerbird_ranking::{Cascade, Request, SourceOptions, hydrator_fn, scorer_fn};
//! use std::time::Duration;
//!
//! struct Query { likes: u64 } // the host's own type
//!
//! fn every(step: u64, name: &str) -> impl CandidateSource<Query> + 'static {
//!     source_fn(name, move |_: &Query, _, out| {
//!         (1..=300).all(|n| out.push(ItemId(n * step), 1.0 / n as f32)); // best first, until the sink is full
//!         Ok(Status::Full)
//!     })
//! }
//!
//! let cascade = Cascade::builder()
//!     .source(every(2, "twos"), SourceOptions::new().quota(200))
//!     .source(every(3, "threes"), SourceOptions::new().quota(100))
//!     .filter(filter_fn("not_twelve", |_: &Query, item| item != ItemId(12)))
//!     .hydrator(hydrator_fn("digits", ["tail", "size"], |_: &Query, rows, _, out| {
//!         for (row, item) in rows.items().iter().enumerate() {
//!             out.set(0, row, (item.0 % 10) as f32);
//!             out.set(1, row, item.0 as f32);
//!         }
//!         Ok(())
//!     }))
//!     .pre_rank(scorer_fn("small_first", ["size"], "p_rough", |_: &Query, x| -x[0]), 50)
//!     .rank(scorer_fn("fit", ["tail"], "p_like", |query: &Query, x| -(x[0] - query.likes as f32).abs()))
//!     .rerank(Rules::over_ranking().spacing(1, 2, |item| Some(item.0 % 10)).build()?)
//!     .build()?; // wiring mistakes are refused here
//!
//! let request = Request::new(10).within(cascade.clock(), Duration::from_secs(1));
//! let slate = cascade.run(&mut Query { likes: 4 }, &request)?;
//! assert_eq!(slate.len(), 10);
//! assert!(!slate.is_degraded(), "{:?}", slate.coverage()); // all stages did all of their work
//! let retrieved: Vec<u32> = slate.coverage().stages().iter().take(2).map(|stage| stage.left).collect();
//! assert_eq!(retrieved, [200, 100]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Map
//!
//! In the order in which a request meets them.
//!
//! | module | what |
//! |---|---|
//! | [`cascade`] | [`Cascade`], its [builder](CascadeBuilder), options, errors: what is wired, and how it is asked |
//! | [`stage`] | the roles, one small trait each: hydrators, [`Scorer`], [`Utility`], [`Reranker`], [`SideEffect`], [`Recorder`] |
//! | [`hydrate`] | hydrators that any cascade can use: provenance as features |
//! | [`model`] | linear models: the trainer, the file, the scorer |
//! | [`utility`] | from heads to the one number that orders |
//! | [`rerank`] | top-k, MMR, rules |
//! | [`log`] | [`FeatureLog`]: what was ranked, written down, and made into training sets |
//! | [`evaluate`] | NDCG, recall, catalogue coverage, bootstrap intervals |
//! | `asynchronous` | sources and hydrators that are futures (feature `tokio`) |
//! | `testing` | the conformance kits (feature `testing`) |
//!
//! Sources, merging and filters are those of [`retrieval`]. What a request leaves behind: a [`Slate`] with its
//! [`Coverage`](core::Coverage), the [`Fates`] of all candidates, [`Verdict`]s, and on demand a [`DecisionTrace`] that
//! [replays](Cascade::replay) it bit for bit; it can be saved and loaded. [`Audit`] says what narrowing loses.
//!
//! # Cost
//!
//! *n* merged candidates, *f* features, *h* heads, *s* (source, row) pairs. "Nothing" is for
//! [`run_into`](Cascade::run_into) with a slate that has been used before; [`run`](Cascade::run) makes a new one.
//!
//! | step | time beside the stage's own | allocates |
//! |---|---|---|
//! | cooperative sources | O(s) | nothing; in a rayon pool, the scope's jobs |
//! | blocking or asynchronous source | waits at most until its deadline | a call, an answer and its sink |
//! | merge | O(s + n log n) | nothing |
//! | filters | O(n) a filter, then one move of the rows that stay | nothing |
//! | a ranking phase | O(n log n), one move of the rows kept: O(kept × (f + h)) | nothing |
//! | blocking or asynchronous hydrator | waits at most until its deadline | a call and its values |
//! | re-ranking | see [`rerank`] | nothing |
//! | late filters | a round of re-ranking for each time that they reject, 32 at most | nothing |
//! | a [`FeatureLog`] | a copy of the ranked rows | as the log grows, up to its capacity |
//! | [`Request::traced`] | a copy of what every source gave | that copy: 24 bytes a candidate |
//! | [`Cascade::explain`] | the request, and O(n) | as [`run`](Cascade::run) |
//!
//! # Features
//!
//! - `rayon` (default): cooperative sources run side by side in the rayon pool that the caller runs in, and training uses
//!   it. Never on the global pool; the answer is the same without.
//! - `tokio`: asynchronous sources and hydrators with true time-outs, on a runtime of the host's.
//! - `serde`: derives on options, reports and traces. Traces, logs and models have files of their own without it.
//! - `testing`: the conformance kits, for those who write stages of their own.
//!
//! # Errors
//!
//! By who can act. [`BuildError`]: the wiring is wrong, and nothing runs. [`RunError`]: a stage failed that the host
//! declared indispensable; without such a declaration a request always has an answer, and
//! [`Slate::failures`] has the errors behind what the coverage reports. [`ReplayError`]: the cascade is not the one of the
//! trace. A panic in a stage is caught and counts as its failure.
//!
//! # Limits
//!
//! - A deadline is looked at between chunks, of 256 rows by default: an answer is late by at most one chunk of the
//!   slowest cooperative stage, plus merge and filters, which always run. A cooperative source that never looks is late
//!   by its whole run time; wire it as [blocking](CascadeBuilder::blocking_source).
//! - A blocking stage has the threads that it was given, and 16 calls may wait for each; more are turned away as `busy`.
//!   A call that hangs keeps its thread, and dropping the cascade waits for it.
//! - Fewer than 65,534 filters; heads and features are `f32`.
//! - A trace holds what the sources said and what waiting hydrators answered. The query is the host's to keep, and the
//!   other hydrators are computed again.
//! - Training stops at 512 features.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
pub mod asynchronous;
mod audit;
mod breaker;
pub mod cascade;
mod controller;
mod detached;
pub mod evaluate;
mod execute;
mod fate;
pub mod hydrate;
pub mod log;
pub mod model;
mod request;
pub mod rerank;
mod slate;
pub mod stage;
#[cfg(any(test, feature = "testing"))]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;
mod trace;
pub mod utility;

pub use audit::{Audit, StageLoss};
pub use bowerbird_core as core;
pub use bowerbird_retrieval as retrieval;
pub use breaker::{BreakerOptions, BreakerState};
pub use cascade::{
    BuildError, CallOptions, CallStats, Cascade, CascadeBuilder, CascadeStats, FailPolicy, ReplayError,
    RunError, Shares, SourceOptions,
};
pub use controller::LoadControl;
pub use fate::{Fate, Fates, Verdict};
pub use log::FeatureLog;
pub use request::{Request, Widths};
pub use slate::{Placed, Slate, StageFailure};
pub use stage::{
    BlockingHydrator, FeatureHydrator, FeatureSink, FeatureView, HeadSink, HeadView, HydrateCall,
    QueryHydrator, Ranked, Recorder, Reranker, Rows, Scorer, Selection, SideEffect, StageError, Utility,
    hydrator_fn, scorer_fn,
};
pub use trace::DecisionTrace;
