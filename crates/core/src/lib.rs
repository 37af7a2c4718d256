//! What several Bowerbird crates need, and nothing else.
//!
//! This is an inner crate: hosts meet its types through the crates that re-export them. It exists so that a
//! deadline, a degraded answer, an id, a vector space and a file look the same everywhere.
//!
//! # When not to use it
//!
//! On its own. Add `bowerbird`, or the one crate whose job you need.
//!
//! # Example
//!
//! One deadline, split over three stages; what the first leaves unspent the others inherit.
//!
//! ```
//! use bowerbird_core::{Budget, Clock, Deadline, ManualClock};
//! use std::time::Duration;
//!
//! let clock = ManualClock::new();
//! let deadline = Deadline::after(&clock, Duration::from_millis(40));
//! let budget = Budget::new(deadline, &[2.0, 1.0, 1.0]);
//!
//! let first = budget.stage(0, clock.now());
//! assert_eq!(first.remaining(clock.now()), Some(Duration::from_millis(20)));
//!
//! clock.advance(Duration::from_millis(4)); // the first stage took 4 of its 20 ms
//! let second = budget.stage(1, clock.now());
//! assert_eq!(second.remaining(clock.now()), Some(Duration::from_millis(18)));
//! ```
//!
//! # Map
//!
//! | module | what |
//! |---|---|
//! | [`id`] | [`ItemId`], [`UserId`], [`RequestId`] |
//! | [`time`] | [`Clock`], [`Deadline`], [`Budget`] |
//! | [`coverage`] | [`Coverage`]: what a degraded answer still covers, stage by stage |
//! | [`progress`] | [`Progress`] of long work |
//! | [`space`] | [`SpaceId`]: which model made a vector, and how |
//! | [`container`] | the file container: checksummed, aligned sections, atomic save, hardened open |
//! | [`kernel`] | dot product, squared L2 and Hamming distance with run-time dispatch |
//!
//! # Features
//!
//! `serde`: derives on ids and reports. `testing`: helpers for the conformance kits of the crates above.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod container;
pub mod coverage;
pub mod id;
pub mod kernel;
pub mod progress;
pub mod space;
pub mod time;

pub use coverage::{Coverage, Reason, StageReport, Status};
pub use id::{ItemId, RequestId, UserId};
pub use progress::Progress;
pub use space::{Normalization, SpaceId, SpaceMismatch};
pub use time::{Budget, Clock, Deadline, ManualClock, SystemClock};
