//! Wiring a cascade.

use super::error::BuildError;
use super::options::{CallOptions, FailPolicy, Shares, SourceOptions};
use super::parts::{
    FilterSlot, HydratorKind, HydratorSlot, Parts, PhaseSlot, QuerySlot, RerankSlot, SourceKind, SourceSlot,
    UtilitySlot,
};
use super::{Cascade, wire};
use crate::breaker::Breaker;
use crate::controller::LoadControl;
use crate::detached::{Lane, LaneHydrator, LaneSource, StartHydrator, StartSource};
use crate::stage::{
    BlockingHydrator, FeatureHydrator, QueryHydrator, Recorder, Reranker, Scorer, SideEffect, Utility,
};
use bowerbird_core::{Clock, ItemId, SystemClock};
use bowerbird_retrieval::{BlockingSource, CandidateSource, Canonical, FeatureName, Filter, MergePolicy};
use std::sync::Arc;

/// Wires the stages of a [`Cascade`]. Each has a name, unique within the cascade, that reports and explanations use.
#[must_use]
pub struct CascadeBuilder<Q> {
    pub(super) parts: Parts<Q>,
    /// The features of each hydrator, in its own order.
    pub(super) features: Vec<Vec<FeatureName>>,
    pub(super) settings: Settings,
    pub(super) closed: Vec<(String, FailPolicy)>,
    deferred: Option<BuildError>,
}

/// What is not a stage.
pub(crate) struct Settings {
    pub(crate) merge: MergePolicy,
    pub(crate) merge_limit: usize,
    pub(crate) enough: usize,
    pub(crate) chunk: usize,
    /// What stands for what, and its version.
    pub(crate) canonical: Option<(u64, Box<Canonical>)>,
    pub(crate) shares: Shares,
    pub(crate) load: Option<LoadControl>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl<Q> Default for CascadeBuilder<Q> {
    fn default() -> Self {
        Self {
            parts: Parts::default(),
            features: Vec::new(),
            settings: Settings {
                merge: MergePolicy::default(),
                merge_limit: usize::MAX,
                enough: 1,
                chunk: 256,
                canonical: None,
                shares: Shares::default(),
                load: None,
                clock: Arc::new(SystemClock),
            },
            closed: Vec::new(),
            deferred: None,
        }
    }
}

impl<Q> CascadeBuilder<Q> {
    /// A cascade without stages.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a query hydrator. They run one after another.
    pub fn query_hydrator(mut self, hydrator: impl QueryHydrator<Q> + 'static) -> Self {
        let (name, fail) = (hydrator.name().into(), FailPolicy::Open);
        self.parts.query.push(QuerySlot {
            name,
            hydrator: Box::new(hydrator),
            fail,
        });
        self
    }

    /// Adds a cooperative source. Within a rayon pool, cooperative sources run side by side.
    pub fn source(self, source: impl CandidateSource<Q> + 'static, options: SourceOptions) -> Self {
        self.add_source(SourceKind::Cooperative(Box::new(source)), options, false)
    }

    /// Adds a cooperative source that is asked only when the others together gave fewer candidates than
    /// [`enough`](Self::enough).
    pub fn fallback(self, source: impl CandidateSource<Q> + 'static, options: SourceOptions) -> Self {
        self.add_source(SourceKind::Cooperative(Box::new(source)), options, true)
    }

    /// Adds a blocking source with `threads` threads of its own, at least 1. They live as long as the cascade, which
    /// joins them when it is dropped.
    pub fn blocking_source(
        mut self,
        source: impl BlockingSource<Q> + 'static,
        options: SourceOptions,
        threads: usize,
    ) -> Self {
        match self.lane(source.name(), threads) {
            Some(lane) => self.detached_source(Box::new(LaneSource::new(source, lane)), options),
            None => self,
        }
    }

    /// Adds a filter of the merged candidates.
    pub fn filter(mut self, filter: impl Filter<Q> + 'static) -> Self {
        let (name, fail) = (filter.name().into(), FailPolicy::Open);
        self.parts.filters.push(FilterSlot {
            name,
            filter: Box::new(filter),
            fail,
        });
        self
    }

    /// Adds a feature hydrator. It runs before the first phase whose scorer reads one of its features, or before the
    /// last phase if none does.
    pub fn hydrator(mut self, hydrator: impl FeatureHydrator<Q> + 'static) -> Self {
        let (name, version) = (hydrator.name().into(), hydrator.version());
        self.features.push(hydrator.features().to_vec());
        self.add_hydrator(name, version, HydratorKind::Cooperative(Box::new(hydrator)));
        self
    }

    /// Adds a blocking feature hydrator with `threads` threads of its own, at least 1.
    pub fn blocking_hydrator(
        mut self,
        hydrator: impl BlockingHydrator<Q> + 'static,
        options: CallOptions,
        threads: usize,
    ) -> Self {
        let (name, version): (Arc<str>, _) = (hydrator.name().into(), hydrator.version());
        let features = hydrator.features().to_vec();
        match self.lane(&name, threads) {
            Some(lane) => {
                let start = Box::new(LaneHydrator::new(hydrator, lane));
                self.detached_hydrator(name, version, features, start, options)
            }
            None => self,
        }
    }

    /// Adds a pre-ranking phase: `scorer`'s first head orders the rows, the best `keep` go on.
    pub fn pre_rank(self, scorer: impl Scorer<Q> + 'static, keep: usize) -> Self {
        self.add_phase(scorer.name().into(), Some(Box::new(scorer)), Some(keep))
    }

    /// Sets the last phase: its scorer's first head, or the [`utility`](Self::utility), orders the rows.
    pub fn rank(self, scorer: impl Scorer<Q> + 'static) -> Self {
        self.add_phase(scorer.name().into(), Some(Box::new(scorer)), None)
    }

    /// Sets what combines the heads of all phases into the order of the last.
    pub fn utility(mut self, utility: impl Utility + 'static) -> Self {
        self.parts.utility = Some(UtilitySlot {
            utility: Box::new(utility),
            heads: Vec::new(),
        });
        self
    }

    /// Sets the re-ranker. Without one, the slate is the top of the ranked order.
    pub fn rerank(mut self, reranker: impl Reranker<Q> + 'static) -> Self {
        let (name, fail) = (reranker.name().into(), FailPolicy::Open);
        self.parts.rerank = Some(RerankSlot {
            name,
            reranker: Box::new(reranker),
            fail,
        });
        self
    }

    /// Adds a filter of the finished slate, for checks too dear for every candidate or about the slate as a whole.
    /// What it rejects is replaced from the ranked rest, and the new slate is filtered again.
    pub fn late_filter(mut self, filter: impl Filter<Q> + 'static) -> Self {
        let (name, fail) = (filter.name().into(), FailPolicy::Open);
        self.parts.late.push(FilterSlot {
            name,
            filter: Box::new(filter),
            fail,
        });
        self
    }

    /// Adds a recorder.
    pub fn recorder(mut self, recorder: impl Recorder + 'static) -> Self {
        self.parts.recorders.push(Box::new(recorder));
        self
    }

    /// Adds a side effect.
    pub fn side_effect(mut self, effect: impl SideEffect<Q> + 'static) -> Self {
        self.parts.effects.push(Box::new(effect));
        self
    }

    /// Sets how sources are merged. Default: reciprocal rank fusion with k = 60.
    pub const fn merge(mut self, policy: MergePolicy) -> Self {
        self.settings.merge = policy;
        self
    }

    /// Sets how many merged candidates go on, at least 1. Default: all.
    pub const fn merge_limit(mut self, candidates: usize) -> Self {
        self.settings.merge_limit = candidates;
        self
    }

    /// Sets how many candidates, repeats included, make fallback sources unnecessary. Default 1.
    pub const fn enough(mut self, candidates: usize) -> Self {
        self.settings.enough = candidates;
        self
    }

    /// Sets what stands for an item, such as the canonical picture of its near-duplicates. Must be idempotent.
    /// `version`: any change of what stands for what is a new one.
    pub fn canonical(
        mut self,
        version: u64,
        canonical: impl Fn(ItemId) -> ItemId + Send + Sync + 'static,
    ) -> Self {
        self.settings.canonical = Some((version, Box::new(canonical)));
        self
    }

    /// Sets how many rows are hydrated and scored between two looks at the deadline, at least 1. Default 256.
    pub const fn chunk(mut self, rows: usize) -> Self {
        self.settings.chunk = rows;
        self
    }

    /// Sets how the deadline is shared out.
    pub const fn shares(mut self, shares: Shares) -> Self {
        self.settings.shares = shares;
        self
    }

    /// Narrows requests while they are slower than a target. Default: never.
    pub const fn load_control(mut self, control: LoadControl) -> Self {
        self.settings.load = Some(control);
        self
    }

    /// Sets what happens when the stage called `name` fails. Default: the request goes on and its coverage says so.
    pub fn on_failure(mut self, name: impl Into<String>, policy: FailPolicy) -> Self {
        self.closed.push((name.into(), policy));
        self
    }

    /// Sets the clock. Default: the system's.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.settings.clock = Arc::new(clock);
        self
    }

    /// Checks the wiring.
    ///
    /// # Errors
    ///
    /// [`BuildError`]: every mismatch of names, features, heads, schemas or options that a request could meet.
    pub fn build(mut self) -> Result<Cascade<Q>, BuildError> {
        if let Some(error) = self.deferred.take() {
            return Err(error);
        }
        if self.parts.phases.last().is_none_or(|phase| phase.keep.is_some()) {
            self = self.add_phase("rank".into(), None, None);
        }
        wire::wire(self)
    }

    pub(crate) fn detached_source(self, source: Box<dyn StartSource<Q>>, options: SourceOptions) -> Self {
        self.add_source(SourceKind::Detached(source), options, false)
    }

    pub(crate) fn detached_hydrator(
        mut self,
        name: Arc<str>,
        version: u64,
        features: Vec<FeatureName>,
        start: Box<dyn StartHydrator<Q>>,
        options: CallOptions,
    ) -> Self {
        self.features.push(features);
        let breaker = Breaker::new(options.breaker);
        self.add_hydrator(name, version, HydratorKind::Detached(start, options, breaker));
        self
    }

    fn add_source(mut self, kind: SourceKind<Q>, options: SourceOptions, fallback: bool) -> Self {
        let name = kind.name().into();
        let breaker = Breaker::new(options.breaker);
        self.parts.sources.push(SourceSlot {
            name,
            kind,
            options,
            breaker,
            fallback,
        });
        self
    }

    fn add_hydrator(&mut self, name: Arc<str>, version: u64, kind: HydratorKind<Q>) {
        let (columns, fail) = (self.features.last().map_or(0, Vec::len), FailPolicy::Open);
        self.parts.hydrators.push(HydratorSlot {
            name,
            version,
            kind,
            first_column: 0,
            columns,
            last_phase: 0,
            fail,
        });
    }

    fn add_phase(mut self, name: Arc<str>, scorer: Option<Box<dyn Scorer<Q>>>, keep: Option<usize>) -> Self {
        if keep.is_none() {
            self.parts.phases.retain(|phase| phase.keep.is_some());
        }
        let (features, heads, hydrators) = (Vec::new(), Vec::new(), Vec::new());
        let fail = FailPolicy::Open;
        let phase = PhaseSlot {
            name,
            scorer,
            keep,
            features,
            heads,
            hydrators,
            fail,
        };
        match self.parts.phases.iter().position(|phase| phase.keep.is_none()) {
            Some(last) => self.parts.phases.insert(last, phase),
            None => self.parts.phases.push(phase),
        }
        self
    }

    fn lane(&mut self, name: &str, threads: usize) -> Option<Lane> {
        if threads == 0 {
            let (option, expected) = ("threads", "at least 1");
            self.deferred = Some(BuildError::InvalidOption {
                stage: name.into(),
                option,
                expected,
            });
            return None;
        }
        Lane::new(name, threads)
            .map_err(|source| {
                self.deferred = Some(BuildError::Thread {
                    stage: name.into(),
                    source,
                })
            })
            .ok()
    }
}

impl<Q> std::fmt::Debug for CascadeBuilder<Q> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.parts.sources.iter().map(|source| &source.name).collect();
        f.debug_struct("CascadeBuilder")
            .field("sources", &names)
            .finish_non_exhaustive()
    }
}
