//! Hydrators of features: cooperative ones a chunk at a time, detached ones a phase at a time.

use super::{Guarded, Mode, Run, guard};
use crate::breaker::Breaker;
use crate::cascade::{CallOptions, HydratorKind, HydratorSlot, RunError};
use crate::detached::{HydratorAnswer, Pending, StartHydrator};
use crate::slate::{Slate, StageFailure};
use crate::stage::{FeatureHydrator, FeatureSink, Rows, StageError};
use crate::trace::{DecisionTrace, HydratorTrace};
use bowerbird_core::{Deadline, Reason, Status};
use bowerbird_retrieval::{BoxError, CandidateBatch, Context};
use std::ops::Range;
use std::sync::Arc;

impl<Q: Sync> Run<'_, Q> {
    /// Starts the hydrators that work elsewhere and are due in `phase`, and waits for them.
    pub(super) fn hydrate_detached(&self, query: &Q, slate: &mut Slate, phase: usize, deadline: Deadline) {
        let cascade = self.cascade;
        let start = self.now();
        let mut owed = Vec::new();
        for &number in &cascade.parts.phases[phase].hydrators {
            let progress = &mut slate.work.hydrated[number];
            if std::mem::replace(&mut progress.asked, true) {
                continue;
            }
            let slot = &cascade.parts.hydrators[number];
            let HydratorKind::Detached(hydrator, options, breaker) = &slot.kind else {
                continue;
            };
            if let Mode::Replay(trace) = self.mode {
                self.hydrate_again(trace, slate, phase, number);
                continue;
            }
            match self.start(&**hydrator, *options, breaker, query, slate, deadline) {
                Ok(answer) => owed.push((number, slot, breaker, answer)),
                Err(reason) => slate.work.hydrated[number].stopped = Some(reason),
            }
        }
        for (number, slot, breaker, (own, answer)) in owed {
            let clock = cascade.clock();
            let end = answer.wait(own, clock).and_then(|answer| {
                let values = answer.map_err(|error| failed(error, slot, &mut slate.failures))?;
                fill(&mut slate.batch, slot, &values)
                    .map_err(|error| failed(error, slot, &mut slate.failures))?;
                Ok(values)
            });
            match end {
                Ok(_) | Err(Reason::NotApplicable) => breaker.succeeded(),
                Err(_) => breaker.failed(clock),
            }
            let rows = slate.batch.len();
            let progress = &mut slate.work.hydrated[number];
            progress.elapsed = self.now().saturating_duration_since(start);
            progress.stopped = end.as_ref().err().copied();
            if let Ok(values) = end {
                progress.extent = rows;
                if let Some(trace) = &mut slate.trace {
                    let (at, stopped, values) = (number, None, Some(values));
                    trace.phases[phase].hydrators.push(HydratorTrace {
                        at,
                        rows,
                        stopped,
                        values,
                    });
                }
            }
        }
    }

    /// Gives the answer of a detached hydrator that was recorded.
    fn hydrate_again(&self, trace: &DecisionTrace, slate: &mut Slate, phase: usize, number: usize) {
        let slot = &self.cascade.parts.hydrators[number];
        let past = trace.phases.get(phase).and_then(|phase| phase.hydrator(number));
        let progress = &mut slate.work.hydrated[number];
        progress.stopped = past.and_then(|past| past.stopped);
        if let Some(values) = past.and_then(|past| past.values.as_deref()) {
            let rows = slate.batch.len();
            match fill(&mut slate.batch, slot, values) {
                Ok(()) => progress.extent = rows,
                Err(error) => progress.stopped = Some(failed(error, slot, &mut slate.failures)),
            }
        }
    }

    fn start(
        &self,
        hydrator: &dyn StartHydrator<Q>,
        options: CallOptions,
        breaker: &Breaker,
        query: &Q,
        slate: &Slate,
        deadline: Deadline,
    ) -> Result<(Deadline, Pending<HydratorAnswer>), Reason> {
        let clock = self.cascade.clock();
        if !breaker.allows(clock) {
            return Err(Reason::BreakerOpen);
        }
        let now = clock.now();
        if deadline.is_past(now) || slate.batch.is_empty() {
            breaker.undecided();
            return Err(if slate.batch.is_empty() {
                Reason::NotApplicable
            } else {
                Reason::Deadline
            });
        }
        let own = match (options.budget, deadline.remaining(now)) {
            (Some(budget), _) => deadline.within(now, budget),
            (None, Some(left)) => deadline.within(now, left / 2),
            (None, None) => deadline,
        };
        let started = hydrator.start(query, slate.batch.items(), own);
        if started.is_err() {
            breaker.failed(clock);
        }
        Ok((own, started?))
    }

    /// Runs the cooperative hydrators of a phase on those of some rows that they haven't done yet.
    pub(super) fn hydrate_chunk(
        &self,
        query: &Q,
        slate: &mut Slate,
        phase: usize,
        rows: Range<usize>,
        cx: &Context<'_>,
    ) {
        for &number in &self.cascade.parts.phases[phase].hydrators {
            let slot = &self.cascade.parts.hydrators[number];
            let HydratorKind::Cooperative(hydrator) = &slot.kind else {
                continue;
            };
            let progress = &mut slate.work.hydrated[number];
            let from = progress.extent.max(rows.start);
            if progress.stopped.is_some() || from >= rows.end {
                continue;
            }
            if let Mode::Replay(trace) = self.mode {
                let past = trace.phases.get(phase).and_then(|phase| phase.hydrator(number));
                if let Some(past) = past.filter(|past| past.stopped.is_some() && from >= past.rows) {
                    progress.stopped = past.stopped;
                    continue;
                }
            }
            let start = self.now();
            let stopped = hydrate_rows(&**hydrator, slot, query, slate, from..rows.end, cx);
            let progress = &mut slate.work.hydrated[number];
            progress.elapsed += self.now().saturating_duration_since(start);
            progress.stopped = stopped;
            if stopped.is_none() {
                progress.extent = rows.end;
            }
        }
    }

    /// Writes down which hydrators stopped in `phase`.
    pub(super) fn record_hydrators(&self, slate: &mut Slate, phase: usize) {
        let Some(trace) = &mut slate.trace else { return };
        for &number in &self.cascade.parts.phases[phase].hydrators {
            let progress = &mut slate.work.hydrated[number];
            if progress.stopped.is_some() && !progress.recorded {
                progress.recorded = true;
                let (at, rows, stopped, values) = (number, progress.extent, progress.stopped, None);
                trace.phases[phase].hydrators.push(HydratorTrace {
                    at,
                    rows,
                    stopped,
                    values,
                });
            }
        }
    }

    /// Reports the hydrators that are through with their work, or have no further phase to do it in.
    pub(super) fn report_hydrators(&self, slate: &mut Slate, phase: usize) -> Result<(), RunError> {
        let mut end = Ok(());
        let rows = slate.batch.len();
        for &number in &self.cascade.parts.phases[phase].hydrators {
            let slot = &self.cascade.parts.hydrators[number];
            let progress = &mut slate.work.hydrated[number];
            let through = progress.extent >= rows || progress.stopped.is_some() || slot.last_phase == phase;
            if progress.reported || !through {
                continue;
            }
            progress.reported = true;
            let (done, elapsed) = (progress.extent, progress.elapsed);
            let fraction = done as f32 / rows.max(1) as f32;
            let status = match progress.stopped {
                None if done >= rows => Status::Full,
                None if done == 0 => Status::Skipped(Reason::Deadline),
                None => Status::Partial {
                    fraction,
                    reason: Reason::Deadline,
                },
                Some(reason @ (Reason::NotApplicable | Reason::BreakerOpen | Reason::Busy)) => {
                    Status::Skipped(reason)
                }
                Some(reason) if done == 0 => Status::Failed(reason),
                Some(reason) => Status::Partial { fraction, reason },
            };
            end = end.and(self.report(slate, &slot.name, slot.fail, (rows, done), elapsed, None, status));
        }
        end
    }
}

fn failed<Q>(error: StageError, slot: &HydratorSlot<Q>, failures: &mut Vec<StageFailure>) -> Reason {
    if matches!(error, StageError::NotApplicable) {
        return Reason::NotApplicable;
    }
    failures.push(StageFailure {
        stage: Arc::clone(&slot.name),
        error: BoxError::from(error),
    });
    Reason::Error
}

/// Copies row-major values into a hydrator's columns.
fn fill<Q>(batch: &mut CandidateBatch, slot: &HydratorSlot<Q>, values: &[f32]) -> Result<(), StageError> {
    let (rows, width) = (batch.len(), slot.columns);
    if values.len() != rows * width {
        return Err(StageError::Shape {
            expected: rows * width,
            found: values.len(),
        });
    }
    for column in 0..width {
        let target = batch.feature_mut(slot.first_column + column);
        for (value, row) in target.iter_mut().zip(values.chunks_exact(width)) {
            *value = row[column];
        }
    }
    Ok(())
}

/// Hydrates a chunk. Says why, if the hydrator must not be asked again.
fn hydrate_rows<Q>(
    hydrator: &dyn FeatureHydrator<Q>,
    slot: &HydratorSlot<Q>,
    query: &Q,
    slate: &mut Slate,
    rows: Range<usize>,
    cx: &Context<'_>,
) -> Option<Reason> {
    let chunk = &mut slate.work.chunk;
    chunk.resize(rows.len() * slot.columns, f32::NAN);
    let end = guard(|| {
        let view = Rows::new(&slate.batch, rows.start, rows.len());
        hydrator.hydrate(query, view, cx, &mut FeatureSink::new(chunk, rows.len()))
    });
    match end {
        Guarded::Done(()) => {
            for (column, values) in chunk.chunks_exact(rows.len()).enumerate() {
                slate.batch.feature_mut(slot.first_column + column)[rows.clone()].copy_from_slice(values);
            }
            None
        }
        Guarded::NotApplicable => Some(Reason::NotApplicable),
        Guarded::Failed(reason, error) => {
            slate.failures.push(StageFailure {
                stage: Arc::clone(&slot.name),
                error,
            });
            Some(reason)
        }
    }
}
