//! Re-rankers: which of the ranked rows are shown, and in which order.

use super::error::StageError;
use bowerbird_core::{ItemId, Status};
use bowerbird_retrieval::{CandidateBatch, Context};
use std::sync::Arc;

/// Composes the slate from the ranked rows: diversity, spacing, rules.
///
/// Under a deadline it may stop early, having picked fewer rows; the rest is filled up in ranked order. What it has
/// picked by then must be the beginning of what it would have picked with more time. `testing::reranker` checks it.
pub trait Reranker<Q: ?Sized>: Send + Sync {
    /// The re-ranker's name, unique within a cascade.
    fn name(&self) -> &str;

    /// The version of its parameters and data.
    fn version(&self) -> u64 {
        1
    }

    /// Picks up to [`Selection::limit`] rows of `ranked` into `out`, first position first.
    ///
    /// # Errors
    ///
    /// [`StageError`]. The slate is then filled up in ranked order.
    fn select(
        &self,
        query: &Q,
        ranked: &Ranked<'_>,
        cx: &Context<'_>,
        out: &mut Selection,
    ) -> Result<Status, StageError>;
}

/// Rows in ranked order, best first.
#[derive(Clone, Copy, Debug)]
pub struct Ranked<'a> {
    batch: &'a CandidateBatch,
}

impl<'a> Ranked<'a> {
    /// The rows of `batch`, which are in ranked order.
    pub const fn new(batch: &'a CandidateBatch) -> Self {
        Self { batch }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.batch.len()
    }

    /// True for no rows.
    pub fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// The rows' items.
    pub fn items(&self) -> &'a [ItemId] {
        self.batch.items()
    }

    /// What orders the rows. Rows that ranking had no time for have NaN and come last.
    pub fn utility(&self) -> &'a [f32] {
        self.batch.utility()
    }

    /// The whole batch: features, heads and provenance of the rows.
    pub const fn batch(&self) -> &'a CandidateBatch {
        self.batch
    }
}

/// The rows picked so far, in order, none twice.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    limit: usize,
    picked: Vec<u32>,
    taken: Vec<bool>,
}

impl Selection {
    /// An empty selection of at most `limit` of `rows` rows.
    pub fn new(limit: usize, rows: usize) -> Self {
        let mut selection = Self::default();
        selection.reset(limit, rows);
        selection
    }

    /// Checks that it is still the selection that was handed out.
    pub(crate) fn check(&self, limit: usize, rows: usize) -> Result<(), StageError> {
        let (expected, found) = (limit.min(rows), self.limit);
        match self.taken.len() == rows && found == expected {
            true => Ok(()),
            false => Err(StageError::Shape { expected, found }),
        }
    }

    /// Empties the selection; memory is reused.
    pub fn reset(&mut self, limit: usize, rows: usize) {
        self.limit = limit.min(rows);
        self.picked.clear();
        self.taken.clear();
        self.taken.resize(rows, false);
    }

    /// Picks `row` for the next position. False, and nothing done, when the selection is full, the row is picked
    /// already, or there is no such row.
    pub fn pick(&mut self, row: usize) -> bool {
        if self.is_full() || self.taken.get(row) != Some(&false) {
            return false;
        }
        self.taken[row] = true;
        self.picked.push(row as u32);
        true
    }

    /// Picks the first rows not picked yet until the selection is full.
    pub fn fill(&mut self) {
        for row in 0..self.taken.len() {
            if self.is_full() {
                return;
            }
            self.pick(row);
        }
    }

    /// Takes back all but the first `picks` picks.
    pub fn truncate(&mut self, picks: usize) {
        for row in self.picked.drain(picks.min(self.picked.len())..) {
            self.taken[row as usize] = false;
        }
    }

    /// True when `row` is picked.
    pub fn contains(&self, row: usize) -> bool {
        self.taken.get(row) == Some(&true)
    }

    /// The rows in the order of their positions.
    pub fn rows(&self) -> &[u32] {
        &self.picked
    }

    /// Most rows it takes: what was asked for, or all rows if there are fewer.
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// Rows picked.
    pub fn len(&self) -> usize {
        self.picked.len()
    }

    /// True when nothing is picked.
    pub fn is_empty(&self) -> bool {
        self.picked.is_empty()
    }

    /// True when no further row is taken.
    pub fn is_full(&self) -> bool {
        self.picked.len() >= self.limit
    }
}

impl<Q: ?Sized, R: Reranker<Q> + ?Sized> Reranker<Q> for Arc<R> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn version(&self) -> u64 {
        (**self).version()
    }

    fn select(
        &self,
        query: &Q,
        ranked: &Ranked<'_>,
        cx: &Context<'_>,
        out: &mut Selection,
    ) -> Result<Status, StageError> {
        (**self).select(query, ranked, cx, out)
    }
}
