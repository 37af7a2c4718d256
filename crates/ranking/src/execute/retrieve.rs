//! Asking the sources, and merging what they give.

use super::workspace::Owed;
use super::{Mode, Run};
use crate::cascade::{RunError, SourceKind, SourceSlot, Step};
use crate::fate::Fate;
use crate::slate::{Slate, StageFailure};
use crate::trace::SourceTrace;
use bowerbird_core::{Deadline, Reason, Status};
use bowerbird_retrieval::{BoxError, CandidateSink, CandidateSource, Context, SourceError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a fallback source without a budget of its own gets when a request's time is up.
const FALLBACK_MOMENT: Duration = Duration::from_millis(1);

/// How one source ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Status,
    elapsed: Duration,
    budget: Option<Duration>,
    error: Option<BoxError>,
    /// It may be asked: nothing has decided against it.
    open: bool,
}

impl Default for Outcome {
    fn default() -> Self {
        let status = Status::Skipped(Reason::NotNeeded);
        Self {
            status,
            elapsed: Duration::ZERO,
            budget: None,
            error: None,
            open: false,
        }
    }
}

impl Outcome {
    fn skip(&mut self, reason: Reason) {
        self.status = Status::Skipped(reason);
        self.open = false;
    }
}

/// The status of a source's answer.
fn judge(end: Result<Status, SourceError>, sink: &CandidateSink) -> (Status, Option<BoxError>) {
    let given = sink.len() as f32;
    match end {
        Ok(Status::Full) if sink.refused() > 0 => {
            let fraction = given / (given + sink.refused() as f32);
            (
                Status::Partial {
                    fraction,
                    reason: Reason::Unusable,
                },
                None,
            )
        }
        Ok(status) => (status, None),
        Err(SourceError::NotApplicable) => (Status::Skipped(Reason::NotApplicable), None),
        Err(error @ SourceError::Stale { .. }) => (Status::Failed(Reason::Stale), Some(error.into())),
        Err(error) if sink.is_empty() => (Status::Failed(Reason::Error), Some(error.into())),
        Err(error) => {
            let fraction = (given / sink.limit().max(1) as f32).min(1.0);
            (
                Status::Partial {
                    fraction,
                    reason: Reason::Error,
                },
                Some(error.into()),
            )
        }
    }
}

/// Asks a cooperative source.
fn ask<Q>(
    source: &dyn CandidateSource<Q>,
    query: &Q,
    cx: &Context<'_>,
    sink: &mut CandidateSink,
    outcome: &mut Outcome,
) {
    let start = cx.clock.now();
    outcome.budget = cx.deadline.remaining(start);
    (outcome.status, outcome.error) =
        match catch_unwind(AssertUnwindSafe(|| source.retrieve(query, cx, sink))) {
            Ok(end) => judge(end, sink),
            Err(payload) => (Status::Failed(Reason::Panic), Some(super::panicked(payload))),
        };
    outcome.elapsed = cx.clock.now().saturating_duration_since(start);
}

/// Tells the source's breaker how it went.
fn inform<Q>(slot: &SourceSlot<Q>, status: Status, clock: &dyn bowerbird_core::Clock) {
    match status {
        Status::Skipped(Reason::Busy)
        | Status::Failed(_)
        | Status::Partial {
            reason: Reason::Error | Reason::Panic,
            ..
        } => slot.breaker.failed(clock),
        Status::Skipped(_) => slot.breaker.undecided(),
        Status::Full | Status::Fallback | Status::Partial { .. } => slot.breaker.succeeded(),
    }
}

impl<Q: Sync> Run<'_, Q> {
    pub(super) fn retrieve(&self, query: &Q, slate: &mut Slate) -> Result<(), RunError> {
        match self.mode {
            Mode::Live { .. } => self.ask_sources(query, slate),
            Mode::Replay(trace) => {
                for (at, source) in trace.sources.iter().enumerate() {
                    slate.work.sinks[at].clone_from(&source.sink);
                    slate.work.outcomes[at] = Outcome {
                        status: source.status,
                        ..Outcome::default()
                    };
                }
            }
        }
        if let Some(trace) = &mut slate.trace {
            let record = |(sink, outcome): (&CandidateSink, &Outcome)| SourceTrace {
                status: outcome.status,
                sink: sink.clone(),
            };
            trace.sources = slate
                .work
                .sinks
                .iter()
                .zip(&slate.work.outcomes)
                .map(record)
                .collect();
        }
        let mut end = Ok(());
        for (at, slot) in self.cascade.parts.sources.iter().enumerate() {
            let given = slate.work.sinks[at].len();
            let outcome = &mut slate.work.outcomes[at];
            let (elapsed, budget, status) = (outcome.elapsed, outcome.budget, outcome.status);
            if let Some(error) = outcome.error.take() {
                slate.failures.push(StageFailure {
                    stage: Arc::clone(&slot.name),
                    error,
                });
            }
            let fail = slot.options.fail;
            let reported = self.report(slate, &slot.name, fail, (0, given), elapsed, budget, status);
            end = end.and(reported);
        }
        end
    }

    fn ask_sources(&self, query: &Q, slate: &mut Slate) {
        let clock = self.cascade.clock();
        let start = clock.now();
        let deadline = self.step(Step::Retrieve, start);
        let (sources, work) = (&self.cascade.parts.sources, &mut slate.work);
        for ((slot, sink), outcome) in sources.iter().zip(&mut work.sinks).zip(&mut work.outcomes) {
            let quota = (slot.options.quota as f32 * self.quality).ceil() as usize;
            sink.reset(quota.max(1));
            *outcome = Outcome {
                open: true,
                ..Outcome::default()
            };
            if !slot.fallback && !slot.breaker.allows(clock) {
                outcome.skip(Reason::BreakerOpen);
            }
        }

        for (source, slot) in sources.iter().enumerate() {
            let SourceKind::Detached(detached) = &slot.kind else {
                continue;
            };
            let outcome = &mut work.outcomes[source];
            if !outcome.open {
                continue;
            }
            let own = slot
                .options
                .budget
                .map_or(deadline, |budget| deadline.within(start, budget));
            outcome.budget = own.remaining(start);
            if own.is_past(start) {
                outcome.skip(Reason::Deadline);
                slot.breaker.undecided();
                continue;
            }
            match detached.start(query, work.sinks[source].limit(), own) {
                Ok(answer) => work.owed.push(Owed {
                    source,
                    deadline: own,
                    answer,
                }),
                Err(Reason::Busy) => outcome.skip(Reason::Busy),
                Err(reason) => outcome.status = Status::Failed(reason),
            }
        }

        self.ask_cooperative(query, slate, deadline);
        self.collect_owed(slate, start);
        for (slot, outcome) in sources.iter().zip(&slate.work.outcomes) {
            if !slot.fallback && outcome.open {
                inform(slot, outcome.status, clock);
            } else if matches!(outcome.status, Status::Skipped(Reason::Busy)) {
                slot.breaker.failed(clock);
            }
        }
        self.ask_fallbacks(query, slate);
    }

    /// Asks the cooperative sources: side by side within a rayon pool, else one after another.
    fn ask_cooperative(&self, query: &Q, slate: &mut Slate, deadline: Deadline) {
        let work = &mut slate.work;
        let asked = |slot: &SourceSlot<Q>, outcome: &Outcome| {
            outcome.open && !slot.fallback && matches!(slot.kind, SourceKind::Cooperative(_))
        };
        let sources = &self.cascade.parts.sources;
        let mut left = sources
            .iter()
            .zip(&work.outcomes)
            .filter(|(slot, outcome)| asked(slot, outcome))
            .count();

        #[cfg(feature = "rayon")]
        if left > 1 && rayon::current_thread_index().is_some() && rayon::current_num_threads() > 1 {
            self.ask_side_by_side(query, slate, deadline);
            return;
        }
        for ((slot, sink), outcome) in sources.iter().zip(&mut work.sinks).zip(&mut work.outcomes) {
            let (true, SourceKind::Cooperative(source)) = (asked(slot, outcome), &slot.kind) else {
                continue;
            };
            let now = self.now();
            // Twice an even share of what is left: sources are rarely slow all at once, and even if they are, each of
            // those still to come finds something left.
            let own = deadline.remaining(now).map_or(Deadline::NEVER, |time| {
                deadline.within(now, time.mul_f64(2.0 / (left + 1) as f64))
            });
            left -= 1;
            let own = slot
                .options
                .budget
                .map_or(own, |budget| deadline.within(now, budget));
            ask(&**source, query, &self.context(own), sink, outcome);
        }
    }

    #[cfg(feature = "rayon")]
    fn ask_side_by_side(&self, query: &Q, slate: &mut Slate, deadline: Deadline) {
        let start = self.now();
        let work = &mut slate.work;
        let sources = &self.cascade.parts.sources;
        rayon::scope(|scope| {
            for ((slot, sink), outcome) in sources.iter().zip(&mut work.sinks).zip(&mut work.outcomes) {
                let SourceKind::Cooperative(source) = &slot.kind else {
                    continue;
                };
                if !outcome.open || slot.fallback {
                    continue;
                }
                let own = slot
                    .options
                    .budget
                    .map_or(deadline, |budget| deadline.within(start, budget));
                let cx = self.context(own);
                scope.spawn(move |_| ask(&**source, query, &cx, sink, outcome));
            }
        });
    }

    /// Waits for the detached sources until their deadlines.
    fn collect_owed(&self, slate: &mut Slate, start: Instant) {
        let clock = self.cascade.clock();
        for Owed {
            source,
            deadline,
            answer,
        } in slate.work.owed.drain(..)
        {
            let outcome = &mut slate.work.outcomes[source];
            match answer.wait(deadline, clock) {
                Ok((mut sink, end)) => {
                    sink.truncate(slate.work.sinks[source].limit());
                    (outcome.status, outcome.error) = judge(end, &sink);
                    slate.work.sinks[source] = sink;
                }
                Err(reason) => outcome.status = Status::Failed(reason),
            }
            outcome.elapsed = clock.now().saturating_duration_since(start);
        }
    }

    /// Asks fallback sources, in order, until there is enough.
    fn ask_fallbacks(&self, query: &Q, slate: &mut Slate) {
        let (clock, work) = (self.cascade.clock(), &mut slate.work);
        let mut found: usize = work.sinks.iter().map(CandidateSink::len).sum();
        for (at, slot) in self.cascade.parts.sources.iter().enumerate() {
            let (true, SourceKind::Cooperative(source)) = (slot.fallback, &slot.kind) else {
                continue;
            };
            let outcome = &mut work.outcomes[at];
            if found >= self.cascade.settings.enough {
                outcome.skip(Reason::NotNeeded);
                continue;
            }
            if !slot.breaker.allows(clock) {
                outcome.skip(Reason::BreakerOpen);
                continue;
            }
            // A fallback is what stands between the user and an empty page: it gets what is left of the request, and a
            // moment even where nothing is.
            let now = clock.now();
            let own = match slot.options.budget {
                Some(budget) => self.request.deadline.within(now, budget),
                None => self
                    .request
                    .deadline
                    .moment()
                    .map_or(Deadline::NEVER, |at| Deadline::at(at.max(now + FALLBACK_MOMENT))),
            };
            ask(&**source, query, &self.context(own), &mut work.sinks[at], outcome);
            if outcome.status == Status::Full {
                outcome.status = Status::Fallback;
            }
            inform(slot, outcome.status, clock);
            found += work.sinks[at].len();
        }
    }

    pub(super) fn merge(&self, slate: &mut Slate) {
        let start = self.now();
        let settings = &self.cascade.settings;
        let work = &mut slate.work;
        let canonical = settings.canonical.as_ref().map(|(_, canonical)| &**canonical);
        let entered: usize = work.sinks.iter().map(CandidateSink::len).sum();
        let mut merge = |canonical| {
            let (sinks, weights) = (&work.sinks, &self.cascade.weights);
            work.merger
                .merge(&settings.merge, sinks, weights, canonical, &mut slate.batch);
        };
        // The closure that says what stands for what is the host's; if it panics, everything stands for itself.
        let status = match catch_unwind(AssertUnwindSafe(|| merge(canonical))) {
            Ok(()) => Status::Full,
            Err(payload) => {
                merge(None);
                let (stage, error) = (Arc::clone(&self.cascade.merge_name), super::panicked(payload));
                slate.failures.push(StageFailure { stage, error });
                Status::Partial {
                    fraction: 0.0,
                    reason: Reason::Panic,
                }
            }
        };
        slate.fates.begin(slate.batch.items());
        let width = match self.mode {
            Mode::Live { .. } => self.width(settings.merge_limit).min(slate.batch.len()),
            Mode::Replay(trace) => trace.merge_width.min(slate.batch.len()),
        };
        for rank in width..slate.batch.len() {
            slate.fates.set(
                rank as u32,
                Fate::Narrowed {
                    stage: 0,
                    rank: rank as u32,
                },
            );
        }
        slate.batch.truncate(width);
        slate.work.kept.push(width as u32);
        if let Some(trace) = &mut slate.trace {
            trace.merge_width = width;
        }
        let elapsed = self.now().saturating_duration_since(start);
        slate.coverage.push(bowerbird_core::StageReport {
            stage: Arc::clone(&self.cascade.merge_name),
            entered: entered as u32,
            left: width as u32,
            elapsed,
            budget: None,
            status,
        });
    }
}
