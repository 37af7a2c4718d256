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
        self.hydrate_detached(query, slate, phase, deadline);
        let Progress {
            scored,
            hydrated,
            status,
        } = self.score(query, slate, phase, &cx);
        self.record_hydrators(slate, phase);
        let hydrators = self.report_hydrators(slate, phase);

        let keep = match (self.mode, slot.keep) {
            (_, None) => usize::MAX,
            (Mode::Live { .. }, Some(keep)) => self.width(keep),
            (Mode::Replay(trace), Some(_)) => trace.phases.get(phase).map_or(usize::MAX, |past| past.keep),
        }
        .min(entered);
        if let Some(trace) = &mut slate.trace {
            let past = &mut trace.phases[phase];
            (past.keep, past.scored, past.hydrated, past.status) = (keep, scored, hydrated, status);
        }
        let status = self.order(slate, phase, scored).unwrap_or(status);
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
        hydrators.and(own)
    }

    /// Hydrates and scores chunk after chunk. Where a scorer stops, hydration goes on for the phases to come.
    fn score(&self, query: &Q, slate: &mut Slate, phase: usize, cx: &Context<'_>) -> Progress {
        let slot = &self.cascade.parts.phases[phase];
        let rows = slate.batch.len();
        let past = match self.mode {
            Mode::Live { .. } => None,
            Mode::Replay(trace) => trace.phases.get(phase),
        };
        let end = past.map_or(rows, |past| past.hydrated.min(rows));
        let (mut scored, mut hydrated, mut stopped) = (0, 0, None);
        while hydrated < end {
            if past.is_none() && cx.is_past() {
                stopped = stopped.or(Some(Reason::Deadline));
                break;
            }
            let change = past.and_then(|past| past.next_change(hydrated)).unwrap_or(end);
            let chunk = hydrated..(hydrated + self.cascade.settings.chunk).min(end).min(change);
            self.hydrate_chunk(query, slate, phase, chunk.clone(), cx);
            if stopped.is_none() && past.is_none_or(|past| chunk.end <= past.scored) {
                stopped = score_chunk(slot, query, slate, chunk.clone(), cx);
                if stopped.is_none() {
                    scored = chunk.end;
                }
            }
            hydrated = chunk.end;
        }
        let status = match (past, stopped) {
            (Some(past), _) => past.status,
            (None, None) => Status::Full,
            (None, Some(Reason::NotApplicable)) => Status::Skipped(Reason::NotApplicable),
            (None, Some(Reason::Deadline)) if scored == 0 => Status::Skipped(Reason::Deadline),
            (None, Some(reason)) if scored == 0 => Status::Failed(reason),
            (None, Some(reason)) => Status::Partial {
                fraction: scored as f32 / rows as f32,
                reason,
            },
        };
        Progress {
            scored,
            hydrated,
            status,
        }
    }

    /// Puts the scored rows into order, best first; the others follow in the order they had. Says so if the utility
    /// failed; the first head of the scorer then orders the rows.
    fn order(&self, slate: &mut Slate, phase: usize, scored: usize) -> Option<Status> {
        let slot = &self.cascade.parts.phases[phase];
        let rows = slate.batch.len();
        let combined = self
            .cascade
            .parts
            .utility
            .as_ref()
            .filter(|_| slot.keep.is_none());
        let ordered = match (combined, &slot.scorer) {
            (_, Some(_)) => scored,
            // A last phase without a scorer has the heads of the phases before it.
            (Some(_), None) => rows,
            (None, None) => 0,
        };
        let (heads, utility) = slate.batch.heads_and_utility_mut();
        let end = combined.map(|combined| {
            let view = HeadView::new(heads, &combined.heads, ordered);
            guard(|| {
                combined.utility.combine(&view, &mut utility[..ordered]);
                Ok(())
            })
        });
        let failed = match end {
            Some(Guarded::Failed(reason, error)) => {
                let stage = Arc::clone(&slot.name);
                slate.failures.push(StageFailure { stage, error });
                Some(Status::Failed(reason))
            }
            _ => None,
        };
        if slot.scorer.is_some() && (combined.is_none() || failed.is_some()) {
            utility[..ordered].copy_from_slice(&heads[slot.heads[0]][..ordered]);
        }
        if slot.scorer.is_some() {
            utility[ordered..].fill(f32::NAN);
        } else if phase == 0 && combined.is_none() {
            let (utility, scores) = slate.batch.utility_and_merge_scores_mut();
            utility.copy_from_slice(scores);
        }

        let (keys, order) = (&mut slate.work.keys, &mut slate.work.order);
        let worth = slate.batch.utility()[..ordered].iter().zip(0..);
        keys.clear();
        keys.extend(worth.map(|(&worth, row)| descending_key(worth, row)));
        sort_keys(keys, &mut slate.work.spare_keys);
        order.clear();
        order.extend(keys.iter().map(|&key| key as u32));
        order.extend(ordered as u32..rows as u32);
        failed
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
        for hydrated in &mut slate.work.hydrated {
            hydrated.extent = hydrated.extent.min(keep);
        }
        slate.work.kept.push(keep as u32);
    }
}

/// How far a phase came.
struct Progress {
    scored: usize,
    hydrated: usize,
    status: Status,
}

/// Scores a chunk. Says why, if scoring must stop; what it left half done is undone.
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
    let end = guard(|| scorer.score(query, &view, cx, &mut sink));
    if !matches!(end, Guarded::Done(())) {
        (0..slot.heads.len()).for_each(|head| sink.head(head).fill(f32::NAN));
    }
    match end {
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
