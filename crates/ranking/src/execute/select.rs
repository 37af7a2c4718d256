//! The slate: re-ranking, late filters, and filling up what they reject.

use super::workspace::Late;
use super::{Guarded, Mode, Run, guard};
use crate::cascade::{RunError, Step};
use crate::fate::Fate;
use crate::slate::{Slate, StageFailure};
use crate::stage::Ranked;
use crate::trace::RoundTrace;
use bowerbird_core::{Deadline, Reason, Status};
use std::sync::Arc;
use std::time::Duration;

/// Rounds of late filtering, after which the slate stays short.
const MOST_ROUNDS: usize = 32;

impl<Q: Sync> Run<'_, Q> {
    /// Selects, filters late, and selects again from what is left until the late filters reject nothing.
    pub(super) fn select(&self, query: &Q, slate: &mut Slate) -> Result<(), RunError> {
        let parts = &self.cascade.parts;
        let start = self.now();
        let deadline = self.step(Step::Rerank, start);
        slate.work.late.clear();
        slate.work.late.resize(parts.late.len(), Late::default());
        let (mut round, mut elapsed, entered) = (0, Duration::ZERO, slate.batch.len());
        let status = loop {
            let began = self.now();
            let (picked, status) = self.rerank(query, slate, round, deadline);
            slate.work.selection.fill();
            elapsed += self.now().saturating_duration_since(began);
            if let Some(trace) = &mut slate.trace {
                let failed = Vec::new();
                trace.rounds.push(RoundTrace {
                    picked,
                    status,
                    failed,
                });
            }
            if parts.late.is_empty() {
                break status;
            }
            self.filter_late(query, slate, round, deadline);
            if slate.work.mask.rejected() == 0 {
                break status;
            }
            self.note_survivors(slate);
            self.drop_rejected(slate);
            round += 1;
            let enough = round >= MOST_ROUNDS || slate.batch.is_empty();
            let last = match self.mode {
                Mode::Live { .. } => enough || deadline.is_past(self.now()),
                Mode::Replay(trace) => enough || round >= trace.rounds.len(),
            };
            if last {
                let reason = if round >= MOST_ROUNDS {
                    Reason::Limit
                } else {
                    Reason::Deadline
                };
                self.keep_survivors(slate, reason);
                break status;
            }
        };
        let late = self.report_late(slate, deadline.remaining(start));
        let own = match &parts.rerank {
            None => Ok(()),
            Some(slot) => {
                let rows = (entered, slate.work.selection.len());
                let budget = deadline.remaining(start);
                self.report(slate, &slot.name, slot.fail, rows, elapsed, budget, status)
            }
        };
        self.place(slate);
        own.and(late)
    }

    /// Runs the re-ranker once. Returns how many rows it picked.
    fn rerank(&self, query: &Q, slate: &mut Slate, round: usize, deadline: Deadline) -> (usize, Status) {
        let selection = &mut slate.work.selection;
        selection.reset(self.request.limit, slate.batch.len());
        let Some(slot) = &self.cascade.parts.rerank else {
            return (0, Status::Full);
        };
        let past = match self.mode {
            Mode::Live { .. } => None,
            Mode::Replay(trace) => trace.rounds.get(round),
        };
        if let Some(past) = past.filter(|past| past.picked == 0) {
            return (0, past.status);
        }
        if past.is_none() && deadline.is_past(self.now()) {
            return (0, Status::Skipped(Reason::Deadline));
        }
        let cx = self.context(deadline);
        let ranked = Ranked::new(&slate.batch);
        let rows = slate.batch.len();
        let selected = || {
            let status = slot.reranker.select(query, &ranked, &cx, selection)?;
            selection.check(self.request.limit, rows)?;
            Ok(status)
        };
        let status = match guard(selected) {
            Guarded::Done(status) => status,
            Guarded::NotApplicable => Status::Skipped(Reason::NotApplicable),
            Guarded::Failed(reason, error) => {
                let stage = Arc::clone(&slot.name);
                slate.failures.push(StageFailure { stage, error });
                selection.reset(self.request.limit, rows);
                Status::Failed(reason)
            }
        };
        match past {
            Some(past) => {
                selection.truncate(past.picked);
                (past.picked, past.status)
            }
            None => (selection.len(), status),
        }
    }

    /// Lets the late filters look at the selected rows only.
    fn filter_late(&self, query: &Q, slate: &mut Slate, round: usize, deadline: Deadline) {
        let cx = self.context(deadline);
        let work = &mut slate.work;
        work.mask.reset(slate.batch.len());
        for row in (0..slate.batch.len()).filter(|&row| !work.selection.contains(row)) {
            work.mask.exclude(row);
        }
        let first = self.cascade.parts.filters.len();
        for (at, slot) in self.cascade.parts.late.iter().enumerate() {
            let start = self.now();
            let before = slate.work.mask.rejected();
            let again = match self.mode {
                Mode::Live { .. } => false,
                Mode::Replay(trace) => trace
                    .rounds
                    .get(round)
                    .is_some_and(|past| past.failed.contains(&at)),
            };
            let status = self.mark(slot, first + at, again, query, &cx, slate);
            if let (Status::Failed(_), Some(trace)) = (status, &mut slate.trace) {
                trace.rounds[round].failed.push(at);
            }
            let elapsed = self.now().saturating_duration_since(start);
            let examined = slate.work.selection.len() - before;
            let rejected = slate.work.mask.rejected() - before;
            let late = &mut slate.work.late[at];
            late.examined += examined;
            late.rejected += rejected;
            late.elapsed += elapsed;
            if status != Status::Full {
                late.status = status;
            }
        }
    }

    /// Reports each late filter once, all rounds together.
    fn report_late(&self, slate: &mut Slate, budget: Option<Duration>) -> Result<(), RunError> {
        let mut end = Ok(());
        for (at, slot) in self.cascade.parts.late.iter().enumerate() {
            let Late {
                examined,
                rejected,
                elapsed,
                status,
            } = slate.work.late[at];
            let rows = (examined, examined - rejected);
            end = end.and(self.report(slate, &slot.name, slot.fail, rows, elapsed, budget, status));
        }
        end
    }

    /// Notes the selected rows that no late filter rejected, as rows of the merge.
    fn note_survivors(&self, slate: &mut Slate) {
        let work = &mut slate.work;
        work.survivors.clear();
        let kept = work
            .selection
            .rows()
            .iter()
            .filter(|&&row| work.mask.is_kept(row as usize));
        work.survivors
            .extend(kept.map(|&row| slate.batch.origin()[row as usize]));
    }

    /// Makes the survivors the whole selection, in their order, and says so if others could have filled it up.
    fn keep_survivors(&self, slate: &mut Slate, reason: Reason) {
        let work = &mut slate.work;
        work.selection.reset(self.request.limit, slate.batch.len());
        for &origin in &work.survivors {
            if let Some(row) = slate.batch.origin().iter().position(|&other| other == origin) {
                work.selection.pick(row);
            }
        }
        let (shown, possible) = (work.selection.len(), work.selection.limit());
        let rejecting = work.late.iter_mut().rev().find(|late| late.rejected > 0);
        if let Some(late) = rejecting.filter(|_| shown < possible) {
            let fraction = shown as f32 / possible as f32;
            late.status = Status::Partial { fraction, reason };
        }
    }

    /// Notes the positions of the selected rows, and the ranks of the others.
    fn place(&self, slate: &mut Slate) {
        slate.rows.clear();
        slate.rows.extend_from_slice(slate.work.selection.rows());
        let last = self.cascade.parts.phases.len() - 1;
        for (row, &origin) in slate.batch.origin().iter().enumerate() {
            let rank = slate.batch.stage_rank(last, row).unwrap_or(row as u32);
            slate.fates.set(origin, Fate::NotSelected { rank });
        }
        for (position, &row) in slate.rows.iter().enumerate() {
            let origin = slate.batch.origin()[row as usize];
            slate.fates.set(
                origin,
                Fate::Shown {
                    position: position as u32,
                },
            );
        }
    }
}
