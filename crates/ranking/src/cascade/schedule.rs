//! Which stage has which share of the deadline.

use super::options::Shares;
use bowerbird_core::{Budget, Deadline};
use std::time::Instant;

/// A step of a request that has a share of its deadline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Query,
    Retrieve,
    Filter,
    Phase(usize),
    Rerank,
}

/// The shares of all steps, in order.
#[derive(Debug)]
pub(crate) struct Schedule {
    shares: Vec<f32>,
}

impl Schedule {
    pub(super) fn new(shares: &Shares, phases: usize) -> Self {
        let pre_ranks = std::iter::repeat_n(shares.pre_rank, phases - 1);
        let shares = [shares.query, shares.retrieve, shares.filter]
            .into_iter()
            .chain(pre_ranks)
            .chain([shares.rank, shares.rerank])
            .collect();
        Self { shares }
    }

    /// The deadline of `step` of a request with `deadline`, when the step starts at `now`.
    pub(crate) fn deadline(&self, step: Step, deadline: Deadline, now: Instant) -> Deadline {
        let at = match step {
            Step::Query => 0,
            Step::Retrieve => 1,
            Step::Filter => 2,
            Step::Phase(phase) => 3 + phase,
            Step::Rerank => self.shares.len() - 1,
        };
        Budget::new(deadline, &self.shares).stage(at, now)
    }
}
