//! The cascade: what is wired, and how it is asked.

mod builder;
mod error;
mod options;
mod parts;
mod schedule;
mod stats;
mod wire;

use crate::controller::Controller;
use crate::execute::{self, Audience};
use crate::fate::Verdict;
use crate::request::Request;
use crate::slate::{Slate, StageFailure};
use crate::trace::DecisionTrace;
use bowerbird_core::{Clock, ItemId};
use bowerbird_retrieval::{BatchSchema, FeatureName, SchemaHash};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

pub use builder::CascadeBuilder;
pub use error::{BuildError, ReplayError, RunError};
pub use options::{CallOptions, FailPolicy, Shares, SourceOptions};
pub use stats::{CallStats, CascadeStats};

pub(crate) use builder::Settings;
pub(crate) use parts::{FilterSlot, HydratorKind, HydratorSlot, Parts, PhaseSlot, SourceKind, SourceSlot};
pub(crate) use schedule::{Schedule, Step};

/// Stages wired into one pipeline under one deadline. Shared between threads; asked through `&self`.
///
/// See the [crate page](crate) for what it does, and [`CascadeBuilder`] for how it is wired.
pub struct Cascade<Q> {
    pub(crate) parts: Parts<Q>,
    pub(crate) settings: Settings,
    pub(crate) schema: Arc<BatchSchema>,
    pub(crate) schedule: Schedule,
    pub(crate) controller: Option<Controller>,
    /// The sources' weights, as the merger wants them.
    pub(crate) weights: Vec<f32>,
    pub(crate) merge_name: Arc<str>,
    pub(crate) load_name: Arc<str>,
    pub(crate) effect_panics: AtomicU64,
}

impl<Q> Cascade<Q> {
    /// Starts wiring.
    pub fn builder() -> CascadeBuilder<Q> {
        CascadeBuilder::new()
    }

    /// An empty slate that fits this cascade, to be filled again and again by [`run_into`](Self::run_into).
    pub fn slate(&self) -> Slate {
        Slate::new(Arc::clone(&self.schema))
    }

    /// The columns of its batches and the versions of its stages.
    pub const fn schema(&self) -> &Arc<BatchSchema> {
        &self.schema
    }

    /// The clock it runs by.
    pub fn clock(&self) -> &dyn Clock {
        &*self.settings.clock
    }

    /// The hash that a scorer trained on `features` as this cascade computes them must carry in
    /// [`Scorer::trained_on`](crate::Scorer::trained_on); `None` if it doesn't compute one of them.
    pub fn schema_of(&self, features: &[FeatureName]) -> Option<SchemaHash> {
        let mut columns = Vec::with_capacity(features.len());
        for feature in features {
            let column = self.schema.feature(feature.as_str())?;
            let computes = |slot: &&HydratorSlot<Q>| {
                (slot.first_column..slot.first_column + slot.columns).contains(&column)
            };
            columns.push((
                feature.as_str(),
                self.parts.hydrators.iter().find(computes)?.version,
            ));
        }
        Some(SchemaHash::of(columns))
    }

    /// What became of `item` in a slate of this cascade.
    pub fn verdict(&self, slate: &Slate, item: ItemId) -> Verdict {
        let canonical = self
            .settings
            .canonical
            .as_ref()
            .map_or(item, |(_, canonical)| canonical(item));
        let verdict = slate.verdict(
            canonical,
            |filter| self.filter_name(filter),
            |stage| self.stage_name(stage),
        );
        match canonical == item {
            true => verdict,
            false => Verdict::Duplicate {
                of: canonical,
                verdict: Box::new(verdict),
            },
        }
    }

    fn filter_name(&self, filter: u16) -> Arc<str> {
        let mut filters = self.parts.filters.iter().chain(&self.parts.late);
        filters
            .nth(usize::from(filter))
            .map_or_else(|| "?".into(), |slot| Arc::clone(&slot.name))
    }

    fn stage_name(&self, stage: u16) -> Arc<str> {
        match stage.checked_sub(1) {
            None => Arc::clone(&self.merge_name),
            Some(phase) => Arc::clone(&self.parts.phases[usize::from(phase)].name),
        }
    }

    /// The names of the stages that narrow, in order: the merge, then the ranking phases.
    pub fn narrowing_stages(&self) -> impl Iterator<Item = &Arc<str>> {
        std::iter::once(&self.merge_name).chain(self.parts.phases.iter().map(|phase| &phase.name))
    }

    /// How its parts fare: late answers, breakers, threads, quality.
    pub fn stats(&self) -> CascadeStats {
        stats::of(self)
    }
}

impl<Q: Sync> Cascade<Q> {
    /// Answers one request with a slate of its own. Query hydrators complete `query` on the way.
    ///
    /// # Errors
    ///
    /// [`RunError`], only if a stage fails whose policy is [`FailPolicy::Closed`].
    pub fn run(&self, query: &mut Q, request: &Request) -> Result<Slate, RunError> {
        let mut slate = self.slate();
        self.run_into(query, request, &mut slate)?;
        Ok(slate)
    }

    /// Answers one request into `slate`, whose memory is reused: once it has grown to the size of the requests, and
    /// outside of a rayon pool, a request with cooperative stages and without a trace allocates nothing here.
    ///
    /// Within a rayon pool, cooperative sources run side by side in it; otherwise one after another. The answer is the
    /// same.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); the slate then holds what is known of the failed request.
    pub fn run_into(&self, query: &mut Q, request: &Request, slate: &mut Slate) -> Result<(), RunError> {
        slate.fit(&self.schema);
        execute::live(self, query, request, Audience::Served, slate)
    }

    /// Answers a recorded request again, bit for bit, degraded ones too.
    ///
    /// Sources are not asked, clocks not read: the trace has what was decided. `query` is the query as the query
    /// hydrators had left it. Recorders and side effects are not told.
    ///
    /// # Errors
    ///
    /// [`ReplayError::SchemaMismatch`] unless the stages and their versions are those of the trace, and
    /// [`ReplayError::StageFailed`] if a stage that worked then fails now.
    pub fn replay(&self, query: &Q, trace: &DecisionTrace) -> Result<Slate, ReplayError> {
        let (recorded, present) = (trace.schema, self.schema.hash());
        if recorded != present || !trace.fits(self) {
            return Err(ReplayError::SchemaMismatch { recorded, present });
        }
        let mut slate = self.slate();
        execute::replay(self, query, trace, &mut slate)?;
        match slate.failures.pop() {
            Some(StageFailure { stage, error }) => Err(ReplayError::StageFailed { stage, error }),
            None => Ok(slate),
        }
    }

    /// Answers one request and says what became of `item`; recorders and side effects are not told. A slate that was
    /// served can be asked the same: [`verdict`](Self::verdict).
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn explain(&self, query: &mut Q, request: &Request, item: ItemId) -> Result<Verdict, RunError> {
        let mut slate = self.slate();
        execute::live(self, query, request, Audience::Explained, &mut slate)?;
        Ok(self.verdict(&slate, item))
    }
}

impl<Q> std::fmt::Debug for Cascade<Q> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cascade")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}
