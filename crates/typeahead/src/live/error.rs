//! What can go wrong in a live index.

use super::log::LogError;
use super::rules::RulesError;
use crate::{BuildError, EntryFault};

/// Why a call on a live index failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveError {
    /// A text cannot be a key. Leave it out.
    #[error("text {position} is refused")]
    Text {
        /// Its place in the list, from 0.
        position: usize,
        /// Why.
        source: EntryFault,
    },
    /// The rules cannot be compiled; the former ones stay in force.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The log could not be read or written. What was observed does not count; removals and rules are in force, but
    /// only until the process ends.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The delta could not be built; the former one stays. The cause says which entry.
    #[error("the delta could not be built")]
    Delta(#[source] BuildError),
    /// A time is not finite, or lies more than 1000 half-lives from that of the base. Look at the unit: all times are in
    /// seconds of one clock.
    #[error("the time {found} is too far from the base's")]
    Time {
        /// The time given.
        found: f64,
    },
    /// A merge is not later than the base and every merge before it: a log could not tell what is in which. Merge later.
    #[error("a merge at {found} does not come after {after}")]
    MergeTime {
        /// The time given.
        found: f64,
        /// The latest time of a base or a merge.
        after: f64,
    },
    /// A new base does not come from the last merge. Merge again.
    #[error("the base was not made by the last merge")]
    NotMerged {
        /// The time of the last merge, if there was one.
        merged_at: Option<f64>,
    },
    /// The log begins after the time of the base: what was observed in between went into a later base. Open that one.
    #[error("the log begins at a base of time {needed}")]
    BaseTooOld {
        /// The time of the base with which the log begins.
        needed: f64,
    },
}
