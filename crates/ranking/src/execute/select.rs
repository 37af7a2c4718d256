//! The slate: re-ranking, late filters, and filling up what they reject.

use super::{Guarded, Mode, Run, guard};
use crate::cascade::{RunError, Step};
use crate::fate::Fate;
use crate::slate::{Slate, StageFailure};
use crate::stage::Ranked;
use crate::trace::RoundTrace;
use bowerbird_core::{Deadline, Reason, Status};
use std::sync::Arc;
use std::time::{Duration, Instant};

impl<Q: Sync> Run<'_, Q> {
    /// Selects, filters late, and selects again from what is left until the late filters reject nothing.
    pub(super) fn select(&self, query: &Q, slate: &mut Slate) -> Result<(), RunError> {
        let parts = &self.cascade.parts;
        let start = self.now();
        let deadline = self.step(Step::Rerank, start);
        slate.work.late.clear();
        slate.work.late.resize(parts.late.len(), (0, 0));
        let (mut round, mut elapsed, entered) = (0, Duration::ZERO, slate.batch.len());
        let mut end = Ok(());
        let status = loop {
            let began = self.now();
            let (picked, status) = self.rerank(query, slate, round, deadline);
            slate.work.selection.fill();
            elapsed += self.now().saturating_duration_since(began);
            if let Some(trace) = &mut slate.trace {
                trace.rounds.push(RoundTrace {
                    picked,
                    status,
                    ..RoundTrace::default()
                });
            }
            if parts.late.is_empty() {
                break status;
            }
            end = end.and(self.filter_late(query, slate, round, deadline));
            if slate.work.mask.rejected() == 0 {
                break status;
            }
            let survivors = self.surviving_items(slate);
            self.drop_rejected(slate);
            round += 1;
            let last = match self.mode {
                Mode::Live { .. } => deadline.is_past(self.now()),
                Mode::Replay(trace) => round >= trace.rounds.len(),
            };
            if last || slate.batch.is_empty() {
                self.keep_only(slate, survivors);
                break status;
            }
        };
        if let Some(slot) = &parts.rerank {
            let rows = (entered, slate.work.selection.len());
            let budget = deadline.remaining(start);
            let own = self.report(slate, &slot.name, slot.fail, rows, elapsed, budget, status);
            end = own.and(end);
        }
        self.place(slate);
        end
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
        let status = match guard(|| slot.reranker.select(query, &ranked, &cx, selection)) {
            Guarded::Done(status) => status,
            Guarded::NotApplicable => Status::Skipped(Reason::NotApplicable),
            Guarded::Failed(reason, error) => {
                let stage = Arc::clone(&slot.name);
                slate.failures.push(StageFailure { stage, error });
                selection.truncate(0);
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
    fn filter_late(
        &self,
        query: &Q,
        slate: &mut Slate,
        round: usize,
        deadline: Deadline,
    ) -> Result<(), RunError> {
        let cx = self.context(deadline);
        let work = &mut slate.work;
        work.mask.reset(slate.batch.len());
        for row in (0..slate.batch.len()).filter(|&row| !work.selection.contains(row)) {
            work.mask.exclude(row);
        }
        let first = self.cascade.parts.filters.len();
        let mut end = Ok(());
        for (at, slot) in self.cascade.parts.late.iter().enumerate() {
            let start: Instant = self.now();
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
            let examined = slate.work.selection.len() - before;
            let rows = (examined, slate.work.selection.len() - slate.work.mask.rejected());
            let elapsed = self.now().saturating_duration_since(start);
            let budget = deadline.remaining(start);
            end = end.and(self.report(slate, &slot.name, slot.fail, rows, elapsed, budget, status));
        }
        end
    }

    /// The selected rows that no late filter rejected, as rows of the merge.
    fn surviving_items(&self, slate: &Slate) -> Vec<u32> {
        let work = &slate.work;
        let kept = work
            .selection
            .rows()
            .iter()
            .filter(|&&row| work.mask.is_kept(row as usize));
        kept.map(|&row| slate.batch.origin()[row as usize]).collect()
    }

    /// Makes the survivors the whole selection, in their order: there is no time to fill up.
    fn keep_only(&self, slate: &mut Slate, survivors: Vec<u32>) {
        slate.work.selection.reset(self.request.limit, slate.batch.len());
        for origin in survivors {
            if let Some(row) = slate.batch.origin().iter().position(|&other| other == origin) {
                slate.work.selection.pick(row);
            }
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
