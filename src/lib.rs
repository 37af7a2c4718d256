//! Visual discovery as a library: find candidates, rank them under a deadline, and say what the answer covers.
//!
//! One name to depend on. Each area is a crate of its own, re-exported here as a module behind a feature of the same
//! name; whoever needs one area only can depend on that crate alone.
//!
//! # When not to use it
//!
//! When one query to a search server answers your question, or when all your candidates fit a single sort. Bowerbird
//! is for feeds and searches made of several sources and several models that have a few milliseconds together. It is a
//! library: it brings no server, no storage of your users and no runtime.
//!
//! # Example
//!
//! A request has one deadline. Stages share it, and what the first saves the later ones inherit; a stage that is cut
//! short says so, and the host sees it in the answer.
//!
//! ```
//! use bowerbird::core::{Budget, Clock, Coverage, Deadline, ManualClock, Reason, StageReport, Status};
//! use std::time::Duration;
//!
//! let clock = ManualClock::new();
//! let deadline = Deadline::after(&clock, Duration::from_millis(30));
//! let budget = Budget::new(deadline, &[1.0, 2.0]); // retrieval, ranking
//!
//! clock.advance(Duration::from_millis(6)); // retrieval had 10 ms and took 6
//! let ranking = budget.stage(1, clock.now());
//! assert_eq!(ranking.remaining(clock.now()), Some(Duration::from_millis(24)));
//!
//! let mut coverage = Coverage::new();
//! coverage.push(StageReport {
//!     stage: "rank".into(),
//!     entered: 400,
//!     left: 400,
//!     elapsed: Duration::from_millis(24),
//!     budget: ranking.remaining(clock.now()),
//!     status: Status::Partial { fraction: 0.75, reason: Reason::Deadline },
//! });
//! assert!(coverage.is_degraded());
//! ```
//!
//! The whole of it, on people's real ratings of films: `cargo run --release --example home_feed`.
//!
//! # Map
//!
//! Each stands on those named beside it and knows no other.
//!
//! | module | what | stands on |
//! |---|---|---|
//! | [`ranking`] | the cascade: pre-rank, rank, re-rank, explain, replay | `retrieval` |
//! | [`retrieval`] | candidate sources, merging with provenance, filters | `vsearch` |
//! | [`vsearch`] | vector indexes | `core` |
//! | [`dedup`] | perceptual hashes, near-duplicates (nothing yet) | `core` |
//! | [`typeahead`] | query completion: exact, forgiving, live, personal | `core` |
//! | [`notify`] | notifications (nothing yet) | `core` |
//! | [`core`] | ids, time, coverage, vector spaces, files, kernels | |
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `retrieval`, `ranking`, `vsearch`, `dedup`, `typeahead`, `notify` | yes | the module of that name; `ranking` brings `retrieval` |
//! | `rayon` | yes | parallel paths, always in the caller's current pool; results are the same without it |
//! | `regex` | no | patterns among the rules of what [`typeahead`] never suggests |
//! | `gzip`, `amazon-qac` | no | [`typeahead`]'s loaders read `.gz`, and AmazonQAC's columns |
//! | `serde` | no | derives on configurations, ids and reports |
//! | `tokio` | no | asynchronous sources and hydrators, with true timeouts; brings `ranking` |
//! | `faiss` | no | any factory string of faiss as a vector index; compiles C++ and needs cmake, OpenMP and BLAS; brings `vsearch` |
//! | `testing` | no | the conformance kits of all public traits, for a host's own sources, stages and indexes |
//!
//! # Status
//!
//! Before its first release. The cascade, the sources it needs, vector indexes, query completion and `core` are here;
//! `dedup` and `notify` are empty pages. Any part of the API may still change.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub use bowerbird_core as core;

#[cfg(feature = "dedup")]
pub use bowerbird_dedup as dedup;
#[cfg(feature = "notify")]
pub use bowerbird_notify as notify;
#[cfg(feature = "ranking")]
pub use bowerbird_ranking as ranking;
#[cfg(feature = "retrieval")]
pub use bowerbird_retrieval as retrieval;
#[cfg(feature = "typeahead")]
pub use bowerbird_typeahead as typeahead;
#[cfg(feature = "vsearch")]
pub use bowerbird_vsearch as vsearch;
