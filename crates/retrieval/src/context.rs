//! What a stage is told besides the query.

use bowerbird_core::{Clock, Deadline};
use std::time::Duration;

/// The circumstances of one call of a source, filter, hydrator, scorer or re-ranker.
///
/// Work of many rows looks at [`is_past`](Self::is_past) every few hundred of them, stops when it must and says so.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Where "now" comes from.
    pub clock: &'a dyn Clock,
    /// When this stage should be done.
    pub deadline: Deadline,
    /// Seeds whatever is random in this request; derived from its id.
    pub seed: u64,
}

impl<'a> Context<'a> {
    /// A context without a deadline.
    pub const fn unhurried(clock: &'a dyn Clock) -> Self {
        Self {
            clock,
            deadline: Deadline::NEVER,
            seed: 0,
        }
    }

    /// True once the deadline has been reached.
    pub fn is_past(&self) -> bool {
        self.deadline.moment().is_some_and(|at| self.clock.now() >= at)
    }

    /// Time left; `None` without a deadline.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline
            .moment()
            .map(|at| at.saturating_duration_since(self.clock.now()))
    }

    /// The same circumstances with another deadline.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Deadline) -> Self {
        self.deadline = deadline;
        self
    }
}
