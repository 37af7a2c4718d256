//! Filters: marks first, then one move of the rows that go on.

use super::{Mode, Run, guard_filter, settle};
use crate::cascade::{FilterSlot, RunError, Step};
use crate::fate::Fate;
use crate::slate::Slate;
use bowerbird_core::{Reason, Status};
use bowerbird_retrieval::Context;

impl<Q: Sync> Run<'_, Q> {
    /// Lets one filter mark rows; the marks of a filter that fails are undone.
    pub(super) fn mark(
        &self,
        slot: &FilterSlot<Q>,
        number: usize,
        fails_again: bool,
        query: &Q,
        cx: &Context<'_>,
        slate: &mut Slate,
    ) -> Status {
        let mask = &mut slate.work.mask;
        mask.begin(number);
        if fails_again {
            return Status::Failed(Reason::Error);
        }
        let end = guard_filter(|| slot.filter.apply(query, &slate.batch, cx, mask));
        let status = settle(end, &slot.name, &mut slate.failures);
        if status != Status::Full {
            mask.undo();
        }
        status
    }

    /// Notes the fates of the rows that filters rejected and moves the others together.
    pub(super) fn drop_rejected(&self, slate: &mut Slate) {
        let (mask, order) = (&slate.work.mask, &mut slate.work.order);
        order.clear();
        for (row, &origin) in slate.batch.origin().iter().enumerate() {
            match mask.rejected_by(row) {
                Some(filter) => slate.fates.set(
                    origin,
                    Fate::Filtered {
                        filter: filter as u16,
                    },
                ),
                None => order.push(row as u32),
            }
        }
        if order.len() < slate.batch.len() {
            slate.batch.select(order);
        }
    }

    pub(super) fn filter(&self, query: &Q, slate: &mut Slate) -> Result<(), RunError> {
        let filters = &self.cascade.parts.filters;
        if filters.is_empty() {
            return Ok(());
        }
        let step = self.now();
        let deadline = self.step(Step::Filter, step);
        let cx = self.context(deadline);
        slate.work.mask.reset(slate.batch.len());
        let mut end = Ok(());
        for (number, slot) in filters.iter().enumerate() {
            let start = self.now();
            let before = slate.batch.len() - slate.work.mask.rejected();
            let again = match self.mode {
                Mode::Live { .. } => false,
                Mode::Replay(trace) => trace.failed_filters.contains(&number),
            };
            let status = self.mark(slot, number, again, query, &cx, slate);
            if let (Status::Failed(_), Some(trace)) = (status, &mut slate.trace) {
                trace.failed_filters.push(number);
            }
            let after = slate.batch.len() - slate.work.mask.rejected();
            let elapsed = self.now().saturating_duration_since(start);
            let rows = (before, after);
            let budget = deadline.remaining(step);
            end = end.and(self.report(slate, &slot.name, slot.fail, rows, elapsed, budget, status));
        }
        if slate.work.mask.rejected() > 0 {
            self.drop_rejected(slate);
        }
        end
    }
}
