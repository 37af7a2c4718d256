//! The answer: what is shown, and all that is known of how it came about.

use crate::execute::Workspace;
use crate::fate::{Fate, Fates, Verdict};
use crate::trace::DecisionTrace;
use bowerbird_core::{Coverage, ItemId, RequestId};
use bowerbird_retrieval::{BatchSchema, BoxError, CandidateBatch, Provenance};
use std::sync::Arc;
use std::time::Duration;

/// The answer to one request, and the memory for the next.
#[derive(Debug)]
pub struct Slate {
    pub(crate) request: RequestId,
    pub(crate) batch: CandidateBatch,
    pub(crate) rows: Vec<u32>,
    pub(crate) coverage: Coverage,
    pub(crate) fates: Fates,
    pub(crate) quality: f32,
    pub(crate) elapsed: Duration,
    pub(crate) failures: Vec<StageFailure>,
    pub(crate) trace: Option<Box<DecisionTrace>>,
    pub(crate) work: Workspace,
}

/// The error of a stage that failed while the request went on.
#[derive(Debug)]
pub struct StageFailure {
    /// The stage.
    pub stage: Arc<str>,
    /// Its error.
    pub error: BoxError,
}

/// One position of a slate.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    batch: &'a CandidateBatch,
    /// Its position, 0 being the first.
    pub position: usize,
    /// The row of [`Slate::batch`] that it is.
    pub row: usize,
    /// The item.
    pub item: ItemId,
    /// What ordered it before re-ranking; NaN if ranking had no time for it.
    pub utility: f32,
}

impl<'a> Placed<'a> {
    /// The sources that found it, by name, each with rank, score and reason.
    pub fn found_by(&self) -> impl Iterator<Item = (&'a str, Provenance)> + use<'a> {
        let batch = self.batch;
        batch
            .provenance(self.row)
            .map(move |by| (&*batch.schema().sources()[by.source], by))
    }

    /// What the scorers predicted, by name of the head; NaN where ranking had no time for it.
    pub fn heads(&self) -> impl Iterator<Item = (&'a str, f32)> + use<'a> {
        let (batch, row) = (self.batch, self.row);
        let names = batch.schema().heads().iter().enumerate();
        names.map(move |(head, name)| (name.as_str(), batch.head(head)[row]))
    }

    /// Its rank before re-ranking, 0 being the best.
    pub fn rank(&self) -> Option<u32> {
        self.batch.stage_rank(self.batch.schema().phases() - 1, self.row)
    }
}

impl Slate {
    pub(crate) fn new(schema: Arc<BatchSchema>) -> Self {
        Self {
            request: RequestId(0),
            work: Workspace::new(schema.sources().len(), schema.phases()),
            batch: CandidateBatch::new(schema),
            rows: Vec::new(),
            coverage: Coverage::new(),
            fates: Fates::default(),
            quality: 1.0,
            elapsed: Duration::ZERO,
            failures: Vec::new(),
            trace: None,
        }
    }

    /// Makes the slate one of `schema`, if it isn't.
    pub(crate) fn fit(&mut self, schema: &Arc<BatchSchema>) {
        if !Arc::ptr_eq(self.batch.schema(), schema) {
            *self = Self::new(Arc::clone(schema));
        }
    }

    /// The request that this answers.
    pub const fn request(&self) -> RequestId {
        self.request
    }

    /// Positions filled.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True when nothing is shown.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What is shown, first position first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Placed<'_>> + '_ {
        self.rows.iter().enumerate().map(|(position, &row)| {
            let row = row as usize;
            let (item, utility) = (self.batch.items()[row], self.batch.utility()[row]);
            Placed {
                batch: &self.batch,
                position,
                row,
                item,
                utility,
            }
        })
    }

    /// The items shown, first position first.
    pub fn items(&self) -> impl ExactSizeIterator<Item = ItemId> + '_ {
        self.rows.iter().map(|&row| self.batch.items()[row as usize])
    }

    /// The rows of [`batch`](Self::batch) that are shown, first position first.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Every row that went through the last ranking phase, in ranked order, with features, heads and provenance: what
    /// is shown and the reserve.
    pub const fn batch(&self) -> &CandidateBatch {
        &self.batch
    }

    /// What the answer covers, stage by stage.
    pub const fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// True when any stage did less than all of its work.
    pub fn is_degraded(&self) -> bool {
        self.coverage.is_degraded()
    }

    /// Where every candidate ended.
    pub const fn fates(&self) -> &Fates {
        &self.fates
    }

    /// The load controller's quality factor for this request; 1 without one.
    pub const fn quality(&self) -> f32 {
        self.quality
    }

    /// Time from the call to the answer.
    pub const fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The errors of stages that failed while the request went on.
    pub fn failures(&self) -> &[StageFailure] {
        &self.failures
    }

    /// What was decided on the way, if the request was [`traced`](crate::Request::traced).
    pub fn trace(&self) -> Option<&DecisionTrace> {
        self.trace.as_deref()
    }

    pub(crate) fn verdict(
        &self,
        item: ItemId,
        filter: impl Fn(u16) -> Arc<str>,
        stage: impl Fn(u16) -> Arc<str>,
    ) -> Verdict {
        let final_rank = || {
            let row = self.batch.items().iter().position(|&other| other == item)?;
            self.batch.stage_rank(self.batch.schema().phases() - 1, row)
        };
        match self.fates.of(item) {
            None => {
                let sources = self.batch.schema().sources();
                let degraded = self.coverage.degraded().map(|report| &report.stage);
                Verdict::NotRetrieved {
                    degraded: degraded.filter(|s| sources.contains(s)).cloned().collect(),
                }
            }
            Some(Fate::Filtered { filter: number }) => Verdict::Filtered { by: filter(number) },
            Some(Fate::Narrowed { stage: number, rank }) => Verdict::Narrowed {
                at: stage(number),
                rank,
                cutoff: self.work.kept.get(usize::from(number)).copied().unwrap_or(0),
            },
            Some(Fate::NotSelected { rank }) if (rank as usize) < self.rows.len() => {
                Verdict::Displaced { rank }
            }
            Some(Fate::NotSelected { rank }) => Verdict::NotSelected { rank },
            Some(Fate::Shown { position }) => Verdict::Shown {
                position,
                rank: final_rank().unwrap_or(position),
            },
        }
    }
}
