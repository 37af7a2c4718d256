//! Which stage has which share of the deadline.

use super::options::Shares;
use super::parts::{Parts, PhaseSlot};
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
    /// The shares of the steps that `parts` have; one that isn't there has none.
    pub(super) fn of<Q>(shares: &Shares, parts: &Parts<Q>) -> Self {
        let share = |there: bool, share: f32| if there { share } else { 0.0 };
        let works = |phase: &PhaseSlot<Q>| phase.scorer.is_some() || !phase.hydrators.is_empty();
        let phases = parts.phases.iter().map(|phase| match phase.keep {
            Some(_) => shares.pre_rank,
            None => share(works(phase), shares.rank),
        });
        let first = [
            share(!parts.query.is_empty(), shares.query),
            shares.retrieve,
            share(!parts.filters.is_empty(), shares.filter),
        ];
        let selects = parts.rerank.is_some() || !parts.late.is_empty();
        let shares = first
            .into_iter()
            .chain(phases)
            .chain([share(selects, shares.rerank)])
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
