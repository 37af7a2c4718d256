//! Running a request through the stages: live, or again from a trace.
//!
//! Whatever depends on time or on the world outside is decided in one place and, for a traced request, written down:
//! what each source returned, where chunks stopped, widths, which stages failed. A replay takes those decisions from
//! the trace and makes no others, so the rest, which is pure, comes out the same.

mod filter;
mod hydrate;
mod rank;
mod retrieve;
mod select;
mod workspace;

use crate::cascade::{Cascade, FailPolicy, RunError, Step};
use crate::request::{Request, Widths};
use crate::slate::{Slate, StageFailure};
use crate::stage::StageError;
use crate::trace::DecisionTrace;
use bowerbird_core::{Deadline, Reason, StageReport, Status};
use bowerbird_retrieval::{BoxError, Context, FilterError};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

pub(crate) use workspace::Workspace;

/// Where decisions come from.
#[derive(Clone, Copy)]
pub(crate) enum Mode<'t> {
    Live { traced: bool },
    Replay(&'t DecisionTrace),
}

/// One request on its way.
pub(crate) struct Run<'a, Q> {
    cascade: &'a Cascade<Q>,
    request: Request,
    mode: Mode<'a>,
    started: Instant,
    quality: f32,
}

/// Who gets the answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Audience {
    /// A user: recorders and side effects are told.
    Served,
    /// Somebody who asks why: nobody is told.
    Explained,
}

/// Answers a request.
pub(crate) fn live<Q: Sync>(
    cascade: &Cascade<Q>,
    query: &mut Q,
    request: &Request,
    audience: Audience,
    slate: &mut Slate,
) -> Result<(), RunError> {
    let quality = match (request.widths, &cascade.controller) {
        (Widths::Built, Some(controller)) => controller.quality(),
        _ => 1.0,
    };
    let mode = Mode::Live {
        traced: request.traced,
    };
    let started = cascade.clock().now();
    let run = Run {
        cascade,
        request: *request,
        mode,
        started,
        quality,
    };
    run.begin(slate);
    let end = run
        .hydrate_query(query, slate)
        .and_then(|()| run.stages(query, slate));
    run.finish(slate, &end);
    if end.is_ok() && audience == Audience::Served {
        run.tell(query, slate);
    }
    end
}

/// Answers a recorded request again.
pub(crate) fn replay<Q: Sync>(
    cascade: &Cascade<Q>,
    query: &Q,
    trace: &DecisionTrace,
    slate: &mut Slate,
) -> Result<(), RunError> {
    let request = Request::new(trace.limit).id(trace.request);
    let (mode, started) = (Mode::Replay(trace), cascade.clock().now());
    let run = Run {
        cascade,
        request,
        mode,
        started,
        quality: trace.quality,
    };
    run.begin(slate);
    let end = run.stages(query, slate);
    run.finish(slate, &end);
    end
}

/// A stage panicked; the panic was caught.
#[derive(Debug, thiserror::Error)]
#[error("panicked: {0}")]
struct Panicked(String);

/// What a caught panic said.
fn panicked(payload: Box<dyn Any + Send>) -> BoxError {
    let said = payload.downcast_ref::<&str>().map(|said| (*said).to_owned());
    Panicked(
        said.or_else(|| payload.downcast_ref().cloned())
            .unwrap_or_default(),
    )
    .into()
}

/// How a guarded call ended.
enum Guarded<T> {
    Done(T),
    NotApplicable,
    Failed(Reason, BoxError),
}

/// Calls a stage; a panic is its failure, not the request's.
fn guard<T>(call: impl FnOnce() -> Result<T, StageError>) -> Guarded<T> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Guarded::Done(value),
        Ok(Err(StageError::NotApplicable)) => Guarded::NotApplicable,
        Ok(Err(error)) => Guarded::Failed(Reason::Error, error.into()),
        Err(payload) => Guarded::Failed(Reason::Panic, panicked(payload)),
    }
}

/// Calls a filter, likewise.
fn guard_filter(call: impl FnOnce() -> Result<(), FilterError>) -> Guarded<()> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => Guarded::Done(()),
        Ok(Err(error)) => Guarded::Failed(Reason::Error, error.into()),
        Err(payload) => Guarded::Failed(Reason::Panic, panicked(payload)),
    }
}

impl<'a, Q: Sync> Run<'a, Q> {
    fn begin(&self, slate: &mut Slate) {
        slate.request = self.request.id;
        slate.quality = self.quality;
        slate.elapsed = Duration::ZERO;
        slate.rows.clear();
        slate.coverage.clear();
        slate.failures.clear();
        slate.batch.clear();
        slate.work.kept.clear();
        slate.work.hydrated.clear();
        slate
            .work
            .hydrated
            .resize(self.cascade.parts.hydrators.len(), workspace::Hydrated::default());
        slate.trace = match self.mode {
            Mode::Live { traced: true } => {
                let schema = self.cascade.schema.hash();
                Some(Box::new(DecisionTrace::begin(
                    &self.request,
                    schema,
                    self.quality,
                )))
            }
            _ => None,
        };
        slate.fates.begin(&[]);
        if self.quality < 1.0 {
            let status = Status::Partial {
                fraction: self.quality,
                reason: Reason::Load,
            };
            let stage = Arc::clone(&self.cascade.load_name);
            let (elapsed, budget) = (Duration::ZERO, None);
            slate.coverage.push(StageReport {
                stage,
                entered: 0,
                left: 0,
                elapsed,
                budget,
                status,
            });
        }
    }

    /// Everything after the query is complete.
    fn stages(&self, query: &Q, slate: &mut Slate) -> Result<(), RunError> {
        self.retrieve(query, slate)?;
        self.merge(slate);
        self.filter(query, slate)?;
        for phase in 0..self.cascade.parts.phases.len() {
            self.rank(query, slate, phase)?;
        }
        self.select(query, slate)
    }

    fn finish(&self, slate: &mut Slate, end: &Result<(), RunError>) {
        if end.is_err() {
            slate.rows.clear();
            slate.batch.clear();
            slate.fates.begin(&[]);
        }
        if let Mode::Live { .. } = self.mode {
            slate.elapsed = self.cascade.clock().now().saturating_duration_since(self.started);
            if let (Widths::Built, Some(controller)) = (self.request.widths, &self.cascade.controller) {
                controller.observe(slate.elapsed);
            }
        }
    }

    /// Tells recorders and side effects.
    fn tell(&self, query: &Q, slate: &Slate) {
        let quiet = |effect: &dyn Fn()| {
            if catch_unwind(AssertUnwindSafe(effect)).is_err() {
                self.cascade.effect_panics.fetch_add(1, Ordering::Relaxed);
            }
        };
        for recorder in &self.cascade.parts.recorders {
            quiet(&|| recorder.record(slate));
        }
        for effect in &self.cascade.parts.effects {
            quiet(&|| effect.apply(query, slate));
        }
    }

    /// The present moment; a replay stands still.
    fn now(&self) -> Instant {
        match self.mode {
            Mode::Live { .. } => self.cascade.clock().now(),
            Mode::Replay(_) => self.started,
        }
    }

    /// The deadline of a step that starts now; a replay has none.
    fn step(&self, step: Step, now: Instant) -> Deadline {
        match self.mode {
            Mode::Live { .. } => self.cascade.schedule.deadline(step, self.request.deadline, now),
            Mode::Replay(_) => Deadline::NEVER,
        }
    }

    fn context(&self, deadline: Deadline) -> Context<'a> {
        Context {
            clock: self.cascade.clock(),
            deadline,
            seed: self.request.seed(),
        }
    }

    /// A width that the load controller narrows, but not below what is to be shown.
    fn width(&self, built: usize) -> usize {
        match self.request.widths {
            Widths::Full => usize::MAX,
            Widths::Built if self.quality >= 1.0 || built == usize::MAX => built,
            Widths::Built => (built as f32 * self.quality).ceil() as usize,
        }
        .max(self.request.limit)
        .max(1)
    }

    /// Adds a stage's report and, if the stage failed and is required, fails the request.
    #[expect(clippy::too_many_arguments, reason = "the fields of a report, given once")]
    fn report(
        &self,
        slate: &mut Slate,
        stage: &Arc<str>,
        fail: FailPolicy,
        rows: (usize, usize),
        elapsed: Duration,
        budget: Option<Duration>,
        status: Status,
    ) -> Result<(), RunError> {
        let (entered, left) = (rows.0 as u32, rows.1 as u32);
        let stage = Arc::clone(stage);
        slate.coverage.push(StageReport {
            stage: Arc::clone(&stage),
            entered,
            left,
            elapsed,
            budget,
            status,
        });
        match (fail, status) {
            (
                FailPolicy::Closed,
                Status::Failed(reason)
                | Status::Partial {
                    reason: reason @ (Reason::Error | Reason::Panic),
                    ..
                }
                | Status::Skipped(reason @ (Reason::BreakerOpen | Reason::Busy)),
            ) => Err(RunError::StageFailed { stage, reason }),
            _ => Ok(()),
        }
    }

    fn hydrate_query(&self, query: &mut Q, slate: &mut Slate) -> Result<(), RunError> {
        for slot in &self.cascade.parts.query {
            let start = self.now();
            let deadline = self.step(Step::Query, start);
            let status = if deadline.is_past(start) {
                Status::Skipped(Reason::Deadline)
            } else {
                let cx = self.context(deadline);
                let end = guard(|| slot.hydrator.hydrate(query, &cx));
                settle(end, &slot.name, &mut slate.failures)
            };
            let elapsed = self.now().saturating_duration_since(start);
            self.report(
                slate,
                &slot.name,
                slot.fail,
                (0, 0),
                elapsed,
                deadline.remaining(start),
                status,
            )?;
            // A query without what its required hydrator adds, such as a block list, must not be answered.
            if let (FailPolicy::Closed, Status::Skipped(reason @ Reason::Deadline)) = (slot.fail, status) {
                return Err(RunError::StageFailed {
                    stage: Arc::clone(&slot.name),
                    reason,
                });
            }
        }
        Ok(())
    }
}

/// The status of a guarded call without an answer of its own.
fn settle(end: Guarded<()>, stage: &Arc<str>, failures: &mut Vec<StageFailure>) -> Status {
    match end {
        Guarded::Done(()) => Status::Full,
        Guarded::NotApplicable => Status::Skipped(Reason::NotApplicable),
        Guarded::Failed(reason, error) => {
            failures.push(StageFailure {
                stage: Arc::clone(stage),
                error,
            });
            Status::Failed(reason)
        }
    }
}
