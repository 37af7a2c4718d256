//! The wired stages of a cascade.

use super::options::{CallOptions, FailPolicy, SourceOptions};
use crate::breaker::Breaker;
use crate::detached::{StartHydrator, StartSource, Tally};
use crate::stage::{FeatureHydrator, QueryHydrator, Recorder, Reranker, Scorer, SideEffect, Utility};
use bowerbird_retrieval::{CandidateSource, Filter};
use std::sync::Arc;

pub(crate) enum SourceKind<Q> {
    Cooperative(Box<dyn CandidateSource<Q>>),
    Detached(Box<dyn StartSource<Q>>),
}

impl<Q> SourceKind<Q> {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Cooperative(source) => source.name(),
            Self::Detached(source) => source.name(),
        }
    }

    pub(crate) fn version(&self) -> u64 {
        match self {
            Self::Cooperative(source) => source.version(),
            Self::Detached(source) => source.version(),
        }
    }

    pub(crate) fn tally(&self) -> Option<(&Arc<Tally>, usize)> {
        match self {
            Self::Cooperative(_) => None,
            Self::Detached(source) => Some((source.tally(), source.threads())),
        }
    }
}

pub(crate) struct SourceSlot<Q> {
    pub(crate) name: Arc<str>,
    pub(crate) kind: SourceKind<Q>,
    pub(crate) options: SourceOptions,
    pub(crate) breaker: Breaker,
    /// Used only when the others gave too little.
    pub(crate) fallback: bool,
}

pub(crate) struct QuerySlot<Q> {
    pub(crate) name: Arc<str>,
    pub(crate) hydrator: Box<dyn QueryHydrator<Q>>,
    pub(crate) fail: FailPolicy,
}

pub(crate) struct FilterSlot<Q> {
    pub(crate) name: Arc<str>,
    pub(crate) filter: Box<dyn Filter<Q>>,
    pub(crate) fail: FailPolicy,
}

pub(crate) enum HydratorKind<Q> {
    Cooperative(Box<dyn FeatureHydrator<Q>>),
    Detached(Box<dyn StartHydrator<Q>>, CallOptions, Breaker),
}

impl<Q> HydratorKind<Q> {
    pub(crate) fn tally(&self) -> Option<(&Arc<Tally>, usize, &Breaker)> {
        match self {
            Self::Cooperative(_) => None,
            Self::Detached(hydrator, _, breaker) => Some((hydrator.tally(), hydrator.threads(), breaker)),
        }
    }
}

pub(crate) struct HydratorSlot<Q> {
    pub(crate) name: Arc<str>,
    pub(crate) version: u64,
    pub(crate) kind: HydratorKind<Q>,
    /// Its first column in the batch; the others follow.
    pub(crate) first_column: usize,
    pub(crate) columns: usize,
    /// The last phase in which it runs.
    pub(crate) last_phase: usize,
    pub(crate) fail: FailPolicy,
}

pub(crate) struct PhaseSlot<Q> {
    pub(crate) name: Arc<str>,
    /// `None` in a last phase that only hydrates.
    pub(crate) scorer: Option<Box<dyn Scorer<Q>>>,
    /// Rows that go on; `None` in the last phase.
    pub(crate) keep: Option<usize>,
    /// Column in the batch of each feature that the scorer reads.
    pub(crate) features: Vec<usize>,
    /// Column in the batch of each head that it predicts.
    pub(crate) heads: Vec<usize>,
    /// Numbers of the hydrators that run in this phase: from the first that reads them to the last.
    pub(crate) hydrators: Vec<usize>,
    pub(crate) fail: FailPolicy,
}

pub(crate) struct UtilitySlot {
    pub(crate) utility: Box<dyn Utility>,
    /// Column in the batch of each head that it reads.
    pub(crate) heads: Vec<usize>,
}

pub(crate) struct RerankSlot<Q> {
    pub(crate) name: Arc<str>,
    pub(crate) reranker: Box<dyn Reranker<Q>>,
    pub(crate) fail: FailPolicy,
}

/// All stages, in the order in which a request meets them.
pub(crate) struct Parts<Q> {
    pub(crate) query: Vec<QuerySlot<Q>>,
    pub(crate) sources: Vec<SourceSlot<Q>>,
    pub(crate) filters: Vec<FilterSlot<Q>>,
    pub(crate) hydrators: Vec<HydratorSlot<Q>>,
    pub(crate) phases: Vec<PhaseSlot<Q>>,
    pub(crate) utility: Option<UtilitySlot>,
    pub(crate) rerank: Option<RerankSlot<Q>>,
    pub(crate) late: Vec<FilterSlot<Q>>,
    pub(crate) recorders: Vec<Box<dyn Recorder>>,
    pub(crate) effects: Vec<Box<dyn SideEffect<Q>>>,
}

impl<Q> Default for Parts<Q> {
    fn default() -> Self {
        Self {
            query: Vec::new(),
            sources: Vec::new(),
            filters: Vec::new(),
            hydrators: Vec::new(),
            phases: Vec::new(),
            utility: None,
            rerank: None,
            late: Vec::new(),
            recorders: Vec::new(),
            effects: Vec::new(),
        }
    }
}
