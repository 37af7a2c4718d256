//! Hydrators of features: cooperative ones a chunk at a time, detached ones a phase at a time.

use super::workspace::Hydrated;
use super::{Guarded, Mode, Run, guard};
use crate::breaker::Breaker;
use crate::cascade::{CallOptions, HydratorKind, HydratorSlot, RunError};
use crate::detached::{HydratorAnswer, Pending, StartHydrator};
use crate::slate::{Slate, StageFailure};
use crate::stage::{FeatureHydrator, FeatureSink, Rows, StageError};
use crate::trace::HydratorTrace;
use bowerbird_core::{Deadline, Reason, Status};
use bowerbird_retrieval::{BoxError, CandidateBatch, Context};
use std::ops::Range;
use std::sync::Arc;

impl<Q: Sync> Run<'_, Q> {
    /// Starts the hydrators of a phase that work elsewhere, and waits for them.
    pub(super) fn hydrate_detached(
        &self,
        query: &Q,
        slate: &mut Slate,
        phase: usize,
        deadline: Deadline,
        recorded: &mut Vec<HydratorTrace>,
    ) {
        let cascade = self.cascade;
        let numbers = &cascade.parts.phases[phase].hydrators;
        slate.work.hydrated.clear();
        slate.work.hydrated.resize(numbers.len(), Hydrated::default());
        let start = self.now();
        let mut owed = Vec::new();
        for (at, &number) in numbers.iter().enumerate() {
            let slot = &cascade.parts.hydrators[number];
            let HydratorKind::Detached(hydrator, options, breaker) = &slot.kind else {
                continue;
            };
            let rows = slate.batch.len();
            if let Mode::Replay(trace) = self.mode {
                let past = trace
                    .phases
                    .get(phase)
                    .and_then(|phase| phase.hydrators.iter().find(|past| past.at == at));
                let values = past.and_then(|past| past.values.as_deref());
                let filled = values.is_some_and(|values| fill(&mut slate.batch, slot, values).is_ok());
                let stopped = past.and_then(|past| past.stopped);
                slate.work.hydrated[at] = Hydrated {
                    rows: if filled { rows } else { 0 },
                    stopped,
                    ..Hydrated::default()
                };
                continue;
            }
            match self.start(&**hydrator, *options, breaker, query, slate, deadline) {
                Ok(answer) => owed.push((at, slot, breaker, answer)),
                Err(reason) => slate.work.hydrated[at].stopped = Some(reason),
            }
        }
        for (at, slot, breaker, (own, answer)) in owed {
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
            let progress = &mut slate.work.hydrated[at];
            progress.elapsed = self.now().saturating_duration_since(start);
            progress.stopped = end.as_ref().err().copied();
            if let Ok(values) = end {
                progress.rows = slate.batch.len();
                if slate.trace.is_some() {
                    recorded.push(HydratorTrace {
                        at,
                        rows: progress.rows,
                        stopped: None,
                        values: Some(values),
                    });
                }
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

    /// Runs the cooperative hydrators of a phase on a chunk of rows.
    pub(super) fn hydrate_chunk(
        &self,
        query: &Q,
        slate: &mut Slate,
        phase: usize,
        rows: Range<usize>,
        cx: &Context<'_>,
    ) {
        for (at, &number) in self.cascade.parts.phases[phase].hydrators.iter().enumerate() {
            let slot = &self.cascade.parts.hydrators[number];
            let HydratorKind::Cooperative(hydrator) = &slot.kind else {
                continue;
            };
            if slate.work.hydrated[at].stopped.is_some() {
                continue;
            }
            if let Mode::Replay(trace) = self.mode {
                let past = trace
                    .phases
                    .get(phase)
                    .and_then(|phase| phase.hydrators.iter().find(|h| h.at == at));
                if let Some(past) = past.filter(|past| past.stopped.is_some() && rows.start >= past.rows) {
                    slate.work.hydrated[at].stopped = past.stopped;
                    continue;
                }
            }
            let start = self.now();
            let stopped = hydrate_rows(&**hydrator, slot, query, slate, rows.clone(), cx);
            let progress = &mut slate.work.hydrated[at];
            progress.elapsed += self.now().saturating_duration_since(start);
            progress.stopped = stopped;
            if stopped.is_none() {
                progress.rows = rows.end;
            }
        }
    }

    /// Reports the hydrators of a phase.
    pub(super) fn report_hydrators(
        &self,
        slate: &mut Slate,
        phase: usize,
        recorded: Vec<HydratorTrace>,
    ) -> Result<(), RunError> {
        let mut end = Ok(());
        let numbers = &self.cascade.parts.phases[phase].hydrators;
        for (at, &number) in numbers.iter().enumerate() {
            let slot = &self.cascade.parts.hydrators[number];
            let (rows, done) = (slate.batch.len(), slate.work.hydrated[at]);
            let status = match done.stopped {
                None if done.rows >= rows => Status::Full,
                None => Status::Partial {
                    fraction: done.rows as f32 / rows as f32,
                    reason: Reason::Deadline,
                },
                Some(reason @ (Reason::NotApplicable | Reason::BreakerOpen | Reason::Busy)) => {
                    Status::Skipped(reason)
                }
                Some(reason) if done.rows == 0 => Status::Failed(reason),
                Some(reason) => Status::Partial {
                    fraction: done.rows as f32 / rows as f32,
                    reason,
                },
            };
            let rows = (rows, done.rows);
            end = end.and(self.report(slate, &slot.name, slot.fail, rows, done.elapsed, None, status));
        }
        if let Some(trace) = &mut slate.trace {
            let mut all: Vec<HydratorTrace> = recorded;
            for (at, done) in slate.work.hydrated.iter().enumerate() {
                if done.stopped.is_some() {
                    all.push(HydratorTrace {
                        at,
                        rows: done.rows,
                        stopped: done.stopped,
                        values: None,
                    });
                }
            }
            trace.phases[phase].hydrators = all;
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
