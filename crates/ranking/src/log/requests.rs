//! Logged requests in columns, and one of them.

use super::LogError;
use crate::slate::Slate;
use bowerbird_core::{ItemId, RequestId};
use bowerbird_retrieval::{BatchSchema, Provenance};
use std::ops::Range;
use std::sync::Arc;

/// No rank, no position.
pub(super) const NONE: u32 = u32::MAX;

/// Nothing spoke for a candidate.
pub(super) const NOBODY: ItemId = ItemId(u64::MAX);

/// Requests as they were served, one after another, all of one schema; at least one.
#[derive(Clone, Debug)]
pub struct LoggedRequests {
    pub(super) schema: Arc<BatchSchema>,
    pub(super) requests: Vec<RequestId>,
    pub(super) quality: Vec<f32>,
    pub(super) degraded: Vec<u8>,
    /// Where each request's rows end.
    pub(super) ends: Vec<u64>,
    /// Rows scored, a request and phase.
    pub(super) scored: Vec<u32>,
    pub(super) items: Vec<ItemId>,
    pub(super) merge_scores: Vec<f32>,
    pub(super) utility: Vec<f32>,
    pub(super) propensity: Vec<f32>,
    pub(super) positions: Vec<u32>,
    pub(super) features: Vec<Vec<f32>>,
    pub(super) heads: Vec<Vec<f32>>,
    pub(super) ranks: Vec<Vec<u32>>,
    pub(super) hits: Hits,
}

/// Which sources found which rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Hits {
    /// Where each row's hits end.
    pub(super) ends: Vec<u64>,
    pub(super) sources: Vec<u32>,
    pub(super) ranks: Vec<u32>,
    pub(super) scores: Vec<f32>,
    pub(super) because: Vec<ItemId>,
}

/// One request as it was served: every row that the last phase ranked, in ranked order.
#[derive(Clone, Copy, Debug)]
pub struct LoggedRequest<'a> {
    log: &'a LoggedRequests,
    number: usize,
}

/// The range of entry `at` in a list of ends.
fn range(ends: &[u64], at: usize) -> Range<usize> {
    let start = at.checked_sub(1).map_or(0, |before| ends[before] as usize);
    start..ends[at] as usize
}

/// Appends `more`, whose ends count from its own beginning.
fn append_ends(ends: &mut Vec<u64>, more: &[u64]) {
    let base = ends.last().copied().unwrap_or(0);
    ends.extend(more.iter().map(|end| base + end));
}

impl LoggedRequests {
    pub(super) fn new(schema: Arc<BatchSchema>) -> Self {
        Self {
            requests: Vec::new(),
            quality: Vec::new(),
            degraded: Vec::new(),
            ends: Vec::new(),
            scored: Vec::new(),
            items: Vec::new(),
            merge_scores: Vec::new(),
            utility: Vec::new(),
            propensity: Vec::new(),
            positions: Vec::new(),
            features: vec![Vec::new(); schema.features().len()],
            heads: vec![Vec::new(); schema.heads().len()],
            ranks: vec![Vec::new(); schema.phases()],
            hits: Hits::default(),
            schema,
        }
    }

    pub(super) fn is_of(&self, schema: &Arc<BatchSchema>) -> bool {
        Arc::ptr_eq(&self.schema, schema) || self.schema == *schema
    }

    /// Adds a slate of the same schema.
    pub(super) fn push(&mut self, slate: &Slate) {
        let batch = slate.batch();
        self.requests.push(slate.request());
        self.quality.push(slate.quality());
        self.degraded.push(slate.is_degraded().into());
        let start = self.items.len();
        self.ends.push((start + batch.len()) as u64);
        self.scored
            .extend((0..self.schema.phases()).map(|phase| batch.scored(phase)));
        self.items.extend_from_slice(batch.items());
        self.merge_scores.extend_from_slice(batch.merge_scores());
        self.utility.extend_from_slice(batch.utility());
        self.propensity.extend_from_slice(batch.propensity());
        self.positions.resize(start + batch.len(), NONE);
        for (position, &row) in slate.rows().iter().enumerate() {
            self.positions[start + row as usize] = position as u32;
        }
        for (number, column) in self.features.iter_mut().enumerate() {
            column.extend_from_slice(batch.feature(number));
        }
        for (number, column) in self.heads.iter_mut().enumerate() {
            column.extend_from_slice(batch.head(number));
        }
        for (phase, column) in self.ranks.iter_mut().enumerate() {
            column.extend((0..batch.len()).map(|row| batch.stage_rank(phase, row).unwrap_or(NONE)));
        }
        for row in 0..batch.len() {
            for by in batch.provenance(row) {
                self.hits.sources.push(by.source as u32);
                self.hits.ranks.push(by.rank);
                self.hits.scores.push(by.score);
                self.hits.because.push(by.because.unwrap_or(NOBODY));
            }
            self.hits.ends.push(self.hits.sources.len() as u64);
        }
    }

    /// Adds the requests of `later` after these.
    ///
    /// # Errors
    ///
    /// [`LogError::SchemaMismatch`] when its names or versions are others; nothing is added then.
    pub fn append(&mut self, later: &Self) -> Result<(), LogError> {
        if !self.is_of(&later.schema) {
            return Err(LogError::SchemaMismatch {
                expected: self.schema.hash(),
                found: later.schema.hash(),
            });
        }
        self.requests.extend_from_slice(&later.requests);
        self.quality.extend_from_slice(&later.quality);
        self.degraded.extend_from_slice(&later.degraded);
        append_ends(&mut self.ends, &later.ends);
        self.scored.extend_from_slice(&later.scored);
        self.items.extend_from_slice(&later.items);
        self.merge_scores.extend_from_slice(&later.merge_scores);
        self.utility.extend_from_slice(&later.utility);
        self.propensity.extend_from_slice(&later.propensity);
        self.positions.extend_from_slice(&later.positions);
        let values = self.features.iter_mut().chain(&mut self.heads);
        for (column, more) in values.zip(later.features.iter().chain(&later.heads)) {
            column.extend_from_slice(more);
        }
        for (column, more) in self.ranks.iter_mut().zip(&later.ranks) {
            column.extend_from_slice(more);
        }
        append_ends(&mut self.hits.ends, &later.hits.ends);
        self.hits.sources.extend_from_slice(&later.hits.sources);
        self.hits.ranks.extend_from_slice(&later.hits.ranks);
        self.hits.scores.extend_from_slice(&later.hits.scores);
        self.hits.because.extend_from_slice(&later.hits.because);
        Ok(())
    }

    /// The names of the columns, the versions of all components, and the hash of both.
    pub const fn schema(&self) -> &Arc<BatchSchema> {
        &self.schema
    }

    /// Requests.
    #[expect(clippy::len_without_is_empty, reason = "there is always a request")]
    pub fn len(&self) -> usize {
        self.requests.len()
    }

    /// Rows of all requests together.
    pub fn rows(&self) -> usize {
        self.items.len()
    }

    /// The request at `number`, in the order in which they were recorded.
    pub fn get(&self, number: usize) -> Option<LoggedRequest<'_>> {
        (number < self.len()).then_some(LoggedRequest { log: self, number })
    }

    /// All requests, in the order in which they were recorded.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = LoggedRequest<'_>> + '_ {
        (0..self.len()).map(|number| LoggedRequest { log: self, number })
    }
}

impl<'a> LoggedRequest<'a> {
    fn rows(&self) -> Range<usize> {
        range(&self.log.ends, self.number)
    }

    /// Its id.
    pub fn id(&self) -> RequestId {
        self.log.requests[self.number]
    }

    /// Its rows.
    pub fn len(&self) -> usize {
        self.rows().len()
    }

    /// True when nothing was ranked.
    pub fn is_empty(&self) -> bool {
        self.rows().is_empty()
    }

    /// The items, best rank first.
    pub fn items(&self) -> &'a [ItemId] {
        &self.log.items[self.rows()]
    }

    /// What the merge policy gave each row.
    pub fn merge_scores(&self) -> &'a [f32] {
        &self.log.merge_scores[self.rows()]
    }

    /// One feature's values, NaN where missing.
    ///
    /// # Panics
    ///
    /// When the schema has no such feature.
    pub fn feature(&self, feature: usize) -> &'a [f32] {
        &self.log.features[feature][self.rows()]
    }

    /// One head's values, NaN where nothing predicted it.
    ///
    /// # Panics
    ///
    /// When the schema has no such head.
    pub fn head(&self, head: usize) -> &'a [f32] {
        &self.log.heads[head][self.rows()]
    }

    /// What the rows were ordered by; NaN where nothing scored the row.
    pub fn utility(&self) -> &'a [f32] {
        &self.log.utility[self.rows()]
    }

    /// The probability with which each row was placed where it is; 1 unless something explored.
    pub fn propensity(&self) -> &'a [f32] {
        &self.log.propensity[self.rows()]
    }

    /// The rank of `row` after phase `phase`, 0 being the best; `None` if it wasn't ranked there.
    ///
    /// # Panics
    ///
    /// When there is no such phase or row.
    pub fn stage_rank(&self, phase: usize, row: usize) -> Option<u32> {
        Some(self.log.ranks[phase][self.rows()][row]).filter(|&rank| rank != NONE)
    }

    /// Rows that phase `phase` scored before it stopped: the stop record.
    ///
    /// # Panics
    ///
    /// When there is no such phase.
    pub fn scored(&self, phase: usize) -> u32 {
        let phases = self.log.schema.phases();
        self.log.scored[self.number * phases..][..phases][phase]
    }

    /// The position at which `row` was shown, 0 being the first; `None` if it wasn't.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn position(&self, row: usize) -> Option<u32> {
        Some(self.log.positions[self.rows()][row]).filter(|&position| position != NONE)
    }

    /// Which sources found `row`, at which rank and with which score.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn provenance(&self, row: usize) -> impl ExactSizeIterator<Item = Provenance> + 'a {
        let hits = &self.log.hits;
        let rows = self.rows();
        assert!(row < rows.len(), "row {row} of {}", rows.len());
        range(&hits.ends, rows.start + row).map(|at| Provenance {
            source: hits.sources[at] as usize,
            rank: hits.ranks[at],
            score: hits.scores[at],
            because: Some(hits.because[at]).filter(|&item| item != NOBODY),
        })
    }

    /// The load controller's quality factor.
    pub fn quality(&self) -> f32 {
        self.log.quality[self.number]
    }

    /// True when any stage did less than all of its work.
    pub fn is_degraded(&self) -> bool {
        self.log.degraded[self.number] != 0
    }
}
