//! What a host may set.

use crate::breaker::BreakerOptions;
use std::time::Duration;

/// What happens to a request when a stage fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum FailPolicy {
    /// The request goes on without the stage, and its coverage says so.
    #[default]
    Open,
    /// The request fails.
    Closed,
}

/// How a source takes part.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct SourceOptions {
    pub(crate) quota: usize,
    pub(crate) budget: Option<Duration>,
    pub(crate) weight: f32,
    pub(crate) fail: FailPolicy,
    pub(crate) breaker: BreakerOptions,
}

impl Default for SourceOptions {
    fn default() -> Self {
        Self {
            quota: 500,
            budget: None,
            weight: 1.0,
            fail: FailPolicy::Open,
            breaker: BreakerOptions::default(),
        }
    }
}

impl SourceOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Most candidates the source may give, at least 1. Default 500. The load controller multiplies it.
    pub const fn quota(mut self, candidates: usize) -> Self {
        self.quota = candidates;
        self
    }

    /// Most time it gets, within what retrieval as a whole has. By default all of that, shared out when sources run
    /// one after another.
    pub const fn budget(mut self, time: Duration) -> Self {
        self.budget = Some(time);
        self
    }

    /// How much the merge policy thinks of it, above 0. Default 1.
    pub const fn weight(mut self, weight: f32) -> Self {
        self.weight = weight;
        self
    }

    /// What happens when it fails. Default: the request goes on.
    pub const fn on_failure(mut self, policy: FailPolicy) -> Self {
        self.fail = policy;
        self
    }

    /// When it is left alone for a while.
    pub const fn breaker(mut self, breaker: BreakerOptions) -> Self {
        self.breaker = breaker;
        self
    }
}

/// How a hydrator that waits takes part.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct CallOptions {
    pub(crate) budget: Option<Duration>,
    pub(crate) breaker: BreakerOptions,
}

impl CallOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Most time it gets. Default: half of what its phase has left.
    pub const fn budget(mut self, time: Duration) -> Self {
        self.budget = Some(time);
        self
    }

    /// When it is left alone for a while.
    pub const fn breaker(mut self, breaker: BreakerOptions) -> Self {
        self.breaker = breaker;
        self
    }
}

/// How a request's deadline is shared out over the stages, as relative weights.
///
/// A stage that isn't there counts for nothing, and what a stage leaves unspent the later ones inherit.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Shares {
    /// Query hydrators. Default 0.1.
    pub query: f32,
    /// Sources. Default 0.4.
    pub retrieve: f32,
    /// Merging and filters. Default 0.05.
    pub filter: f32,
    /// Each pre-ranking phase, hydration included. Default 0.1.
    pub pre_rank: f32,
    /// The final ranking phase, hydration included. Default 0.3.
    pub rank: f32,
    /// Re-ranking and late filters. Default 0.1.
    pub rerank: f32,
}

impl Default for Shares {
    fn default() -> Self {
        Self {
            query: 0.1,
            retrieve: 0.4,
            filter: 0.05,
            pre_rank: 0.1,
            rank: 0.3,
            rerank: 0.1,
        }
    }
}

impl Shares {
    pub(crate) fn is_valid(&self) -> bool {
        [
            self.query,
            self.retrieve,
            self.filter,
            self.pre_rank,
            self.rank,
            self.rerank,
        ]
        .iter()
        .all(|share| share.is_finite() && *share > 0.0)
    }
}
