//! What a caller asks of one search.

use crate::KeyFilter;
use bowerbird_core::{Clock, Deadline, SystemClock};
use std::fmt;

/// How hard an approximate index tries. An exact index ignores it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Effort {
    /// What the index was built or tuned with.
    #[default]
    Default,
    /// How many places the search keeps open: *ef* of a graph, *nprobe* of an inverted file. More never lowers
    /// recall and costs time; the index raises it to the least that can give `k` hits.
    Width(u32),
    /// For an inverted file: how many lists to search, and how many candidates to score again by what is kept besides
    /// the codes (at least `k`; 0 for the index's own choice). Other indexes take it for [`Width`](Self::Width) of
    /// `lists`.
    Probe {
        /// Lists searched.
        lists: u32,
        /// Candidates scored again.
        refine: u32,
    },
}

/// The terms of one search: how many hits, how hard to try, among which keys, and when to stop.
///
/// Made by [`new`](Self::new) and changed by the `with_` methods; the struct is copied freely.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct SearchParams<'a> {
    /// Hits wanted. With 0 the answer is empty; with more than there are, the answer is all there are.
    pub k: usize,
    /// How hard to try. Default [`Effort::Default`].
    pub effort: Effort,
    /// Which keys may be in the answer. Default all.
    pub filter: Option<&'a dyn KeyFilter>,
    /// When to stop with what there is. Looked at before the first row and every few hundred rows. Default never.
    pub deadline: Deadline,
    /// What the deadline is held against; not read when there is none.
    pub clock: &'a dyn Clock,
    /// How many distances may be computed before stopping with what there is; never exceeded. Unlike a deadline it
    /// stops at the same place every time. Default no limit.
    pub distance_budget: Option<u64>,
}

impl<'a> SearchParams<'a> {
    /// The `k` best of all keys, without a limit on time or work.
    pub const fn new(k: usize) -> Self {
        Self {
            k,
            effort: Effort::Default,
            filter: None,
            deadline: Deadline::NEVER,
            clock: &SystemClock,
            distance_budget: None,
        }
    }

    /// Sets how hard an approximate index tries.
    #[must_use]
    pub const fn with_effort(mut self, effort: Effort) -> Self {
        self.effort = effort;
        self
    }

    /// Keeps the answer to the keys that `filter` allows.
    #[must_use]
    pub const fn with_filter(mut self, filter: &'a dyn KeyFilter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Stops at `deadline` as told by `clock`.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Deadline, clock: &'a dyn Clock) -> Self {
        self.deadline = deadline;
        self.clock = clock;
        self
    }

    /// Stops after `distances` distance computations.
    #[must_use]
    pub const fn with_distance_budget(mut self, distances: u64) -> Self {
        self.distance_budget = Some(distances);
        self
    }

    /// True once the deadline is past. Reads the clock only when there is a deadline.
    pub fn is_late(&self) -> bool {
        self.deadline.moment().is_some() && self.deadline.is_past(self.clock.now())
    }
}

impl fmt::Debug for SearchParams<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchParams")
            .field("k", &self.k)
            .field("effort", &self.effort)
            .field("filtered", &self.filter.is_some())
            .field("deadline", &self.deadline)
            .field("distance_budget", &self.distance_budget)
            .finish_non_exhaustive()
    }
}
