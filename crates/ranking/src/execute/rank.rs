//! One ranking phase: hydrate and score in chunks until the deadline, order, narrow.

use super::{Guarded, Mode, Run, guard};
use crate::cascade::{PhaseSlot, RunError, Step};
use crate::fate::Fate;
use crate::slate::{Slate, StageFailure};
use crate::stage::{FeatureView, HeadSink, HeadView};
use crate::trace::PhaseTrace;
use bowerbird_core::{Reason, Status};
use bowerbird_retrieval::{Context, descending_key, sort_keys};
use std::ops::Range;
use std::sync::Arc;

impl<Q: Sync> Run<'_, Q> {
    pub(super) fn rank(&self, query: &Q, slate: &mut Slate, phase: usize) -> Result<(), RunError> {
        let slot = &self.cascade.parts.phases[phase];
        let start = self.now();
        let deadline = self.step(Step::Phase(phase), start);
        let cx = self.context(deadline);
        if let Some(trace) = &mut slate.trace {
            trace.phases.push(PhaseTrace::default());
        }
        let entered = slate.batch.len();
        let mut recorded = Vec::new();
        self.hydrate_detached(query, slate, phase, deadline, &mut recorded);
        let (scored, status) = self.score(query, slate, phase, &cx);
        let hydrated = self.report_hydrators(slate, phase, recorded);

        let keep = match (self.mode, slot.keep) {
            (_, None) => usize::MAX,
            (Mode::Live { .. }, Some(keep)) => self.width(keep),
            (Mode::Replay(trace), Some(_)) => trace.phases.get(phase).map_or(usize::MAX, |past| past.keep),
        }
        .min(entered);
        if let Some(trace) = &mut slate.trace {
            let past = &mut trace.phases[phase];
            (past.keep, past.scored, past.status) = (keep, scored, status);
        }
        self.order(slate, slot, scored);
        self.narrow(slate, phase, keep, scored);

        let elapsed = self.now().saturating_duration_since(start);
        let own = match slot.scorer {
            Some(_) => {
                let budget = deadline.remaining(start);
                self.report(
                    slate,
                    &slot.name,
                    slot.fail,
                    (entered, keep),
                    elapsed,
                    budget,
                    status,
                )
            }
            None => Ok(()),
        };
        hydrated.and(own)
    }

    /// Hydrates and scores chunk after chunk. Returns the rows done and how it ended.
    fn score(&self, query: &Q, slate: &mut Slate, phase: usize, cx: &Context<'_>) -> (usize, Status) {
        let slot = &self.cascade.parts.phases[phase];
        let rows = slate.batch.len();
        let past = match self.mode {
            Mode::Live { .. } => None,
            Mode::Replay(trace) => trace.phases.get(phase),
        };
        let end = past.map_or(rows, |past| past.scored.min(rows));
        let mut done = 0;
        let mut stopped = None;
        while done < end {
            if past.is_none() && cx.is_past() {
                stopped = Some(Reason::Deadline);
                break;
            }
            let chunk = done..(done + self.cascade.settings.chunk).min(end);
            self.hydrate_chunk(query, slate, phase, chunk.clone(), cx);
            stopped = score_chunk(slot, query, slate, chunk.clone(), cx);
            if stopped.is_some() {
                break;
            }
            done = chunk.end;
        }
        let status = match (past, stopped) {
            (Some(past), _) => past.status,
            (None, None) => Status::Full,
            (None, Some(Reason::NotApplicable)) => Status::Skipped(Reason::NotApplicable),
            (None, Some(Reason::Deadline)) if done == 0 => Status::Skipped(Reason::Deadline),
            (None, Some(reason)) if done == 0 => Status::Failed(reason),
            (None, Some(reason)) => Status::Partial {
                fraction: done as f32 / rows as f32,
                reason,
            },
        };
        (done, status)
    }

    /// Puts the scored rows into order, best first; the others follow in the order they had.
    fn order(&self, slate: &mut Slate, slot: &PhaseSlot<Q>, scored: usize) {
        let rows = slate.batch.len();
        let (keys, order) = (&mut slate.work.keys, &mut slate.work.order);
        keys.clear();
        if slot.scorer.is_some() {
            let (heads, utility) = slate.batch.heads_and_utility_mut();
            match (&self.cascade.parts.utility, slot.keep) {
                (Some(combined), None) => {
                    let view = HeadView::new(heads, &combined.heads, scored);
                    combined.utility.combine(&view, &mut utility[..scored]);
                }
                _ => utility[..scored].copy_from_slice(&heads[slot.heads[0]][..scored]),
            }
            utility[scored..].fill(f32::NAN);
            keys.extend(
                utility[..scored]
                    .iter()
                    .zip(0..)
                    .map(|(&worth, row)| descending_key(worth, row)),
            );
            sort_keys(keys, &mut slate.work.spare_keys);
        } else {
            let (utility, scores) = slate.batch.utility_and_merge_scores_mut();
            utility.copy_from_slice(scores);
            keys.extend(0..rows as u64);
        }
        order.clear();
        order.extend(keys.iter().map(|&key| key as u32));
        order.extend(order.len() as u32..rows as u32);
    }

    /// Moves the rows into order and cuts off all but `keep` of them.
    fn narrow(&self, slate: &mut Slate, phase: usize, keep: usize, scored: usize) {
        let stage = phase as u16 + 1;
        let order = &slate.work.order;
        for (rank, &row) in order.iter().enumerate().skip(keep) {
            let origin = slate.batch.origin()[row as usize];
            slate.fates.set(
                origin,
                Fate::Narrowed {
                    stage,
                    rank: rank as u32,
                },
            );
        }
        slate.batch.select(&order[..keep]);
        slate.batch.set_stage_ranks(phase, scored as u32);
        slate.work.kept.push(keep as u32);
    }
}

/// Scores a chunk. Says why, if scoring must stop.
fn score_chunk<Q>(
    slot: &PhaseSlot<Q>,
    query: &Q,
    slate: &mut Slate,
    rows: Range<usize>,
    cx: &Context<'_>,
) -> Option<Reason> {
    let scorer = slot.scorer.as_ref()?;
    let (items, features, heads) = slate.batch.scoring_mut();
    let view = FeatureView::new(items, features, &slot.features, rows.clone());
    let mut sink = HeadSink::new(heads, &slot.heads, rows);
    match guard(|| scorer.score(query, &view, cx, &mut sink)) {
        Guarded::Done(()) => None,
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
