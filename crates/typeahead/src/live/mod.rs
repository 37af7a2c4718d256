//! What changes while people type: popularity, trends, removals, rules.
//!
//! A [`Live`] index joins an immutable base and what was observed since. It publishes [`Snapshot`]s; the parts serve on
//! their own too:
//!
//! | file | what |
//! |---|---|
//! | `decay` | [`HalfLife`], [`Decay`]: popularity that ages without being rewritten |
//! | `popularity` | [`Popularity`]: a bounded table of decayed scores |
//! | `trend` | [`Trends`]: what is wanted much more than usual |
//! | `admission` | [`Admission`]: a new text waits until enough different people have typed it |
//! | `user` | [`Secret`]: users as keyed hashes |
//! | `pii` | [`PiiFilter`]: what is personal is not kept |
//! | `rules` | [`Rules`]: kill list, substrings, words, patterns, exceptions |
//! | `log` | [`Log`]: what was observed, on disk |
//! | `snapshot`, `index`, `rebuild`, `builder` | [`Snapshot`], [`Live`] (readers and writers; refresh, merge, rebase), [`LiveBuilder`] |
//!
//! # What is promised
//!
//! - A removal or rule is in force in every snapshot that is taken after the call has returned.
//! - An observation that was acknowledged counts after the process is killed and the log is opened again, exactly once,
//!   before and after a merge.
//! - A text that is not in the base is shown only after enough different users have typed it. Errors (hashes that
//!   collide, candidates that are evicted) delay this; nothing hastens it.
//! - Memory is bounded: so many keys, so many candidates, so many trends.
//!
//! # What is not
//!
//! Trends begin anew when a log is opened whose older segments went into a base. Records of a batch are kept or lost one
//! by one, when the process is killed before the batch is acknowledged. Tables hash keys without a secret: whoever can
//! observe at will can choose keys that collide, and so slow down observers, within the bounds of the tables.
//!
//! # Times
//!
//! All times are `f64` seconds of one clock of the host's, such as Unix time. Nothing here reads a clock.

mod admission;
mod builder;
mod decay;
mod error;
mod index;
mod keys;
mod layered;
mod log;
mod merge;
mod pii;
mod popularity;
mod rebuild;
mod rules;
mod snapshot;
mod state;
mod trend;
mod user;

pub use admission::{Admission, AdmissionSettings, Candidate, MAX_USERS};
pub use bowerbird_core::UserId;
pub use builder::{BuildDelta, LiveBuilder};
pub use decay::{Decay, HalfLife, log_add};
pub use error::LiveError;
pub use index::{Live, Observation, Observed};
pub use log::{Durability, Log, LogError, LogOptions, Record, Replayed};
pub use pii::{PersonalForms, PiiFilter};
pub use popularity::{Changed, Popularity, Row};
pub use rebuild::{Merged, Refreshed};
pub use rules::{MAX_RULES, Rule, RuleId, Rules, RulesError};
pub use snapshot::Snapshot;
pub use trend::{Trend, TrendSettings, Trends};
pub use user::{Secret, UserHash};
