//! The candidate batch: one row an item, in columns.
//!
//! What every stage above retrieval reads and writes, and, written down, the feature log. Rows are compact numbers that
//! never leave the pipeline; narrowing moves them once, and their [`origin`](CandidateBatch::origin) still tells which
//! row of the merge they were. Columns are reused from request to request: after the first few, nothing is allocated.

mod order;
mod provenance;
mod schema;

use bowerbird_core::ItemId;
use std::sync::Arc;

pub use order::{descending_key, sort_keys};
pub use provenance::{Provenance, SourceSet};
pub use schema::{BatchSchema, FeatureName, HeadName, SchemaHash, Version};

use provenance::Hits;

/// No rank: the row never reached that phase.
const UNRANKED: u32 = u32::MAX;

/// Candidates in columns. See the [module](self).
#[derive(Clone, Debug)]
pub struct CandidateBatch {
    schema: Arc<BatchSchema>,
    items: Vec<ItemId>,
    origin: Vec<u32>,
    merge_scores: Vec<f32>,
    hits: Hits,
    top_scores: Vec<f32>,
    features: Vec<Vec<f32>>,
    heads: Vec<Vec<f32>>,
    utility: Vec<f32>,
    propensity: Vec<f32>,
    stage_ranks: Vec<Vec<u32>>,
    scored: Vec<u32>,
    spare: Spare,
}

/// Memory for moving rows.
#[derive(Clone, Debug, Default)]
struct Spare {
    f32s: Vec<f32>,
    u32s: Vec<u32>,
    u64s: Vec<u64>,
    items: Vec<ItemId>,
}

/// `column` becomes its rows `order`, in that order.
fn gather<T: Copy>(column: &mut Vec<T>, order: &[u32], spare: &mut Vec<T>) {
    spare.clear();
    spare.extend(order.iter().map(|&row| column[row as usize]));
    std::mem::swap(column, spare);
}

impl CandidateBatch {
    /// An empty batch of `schema`.
    pub fn new(schema: Arc<BatchSchema>) -> Self {
        Self {
            items: Vec::new(),
            origin: Vec::new(),
            merge_scores: Vec::new(),
            hits: Hits::new(schema.sources().len()),
            top_scores: vec![f32::NAN; schema.sources().len()],
            features: vec![Vec::new(); schema.features().len()],
            heads: vec![Vec::new(); schema.heads().len()],
            utility: Vec::new(),
            propensity: Vec::new(),
            stage_ranks: vec![Vec::new(); schema.phases()],
            scored: vec![0; schema.phases()],
            spare: Spare::default(),
            schema,
        }
    }

    /// The names of the columns and their identity.
    pub const fn schema(&self) -> &Arc<BatchSchema> {
        &self.schema
    }

    /// Rows in the batch.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True when there are no rows.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The items, one a row.
    pub fn items(&self) -> &[ItemId] {
        &self.items
    }

    /// The number that each row had when the sources were merged.
    pub fn origin(&self) -> &[u32] {
        &self.origin
    }

    /// What the merge policy gave each row; larger is better.
    pub fn merge_scores(&self) -> &[f32] {
        &self.merge_scores
    }

    /// The set of sources that found `row`.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn sources(&self, row: usize) -> SourceSet<'_> {
        self.hits.sources(row)
    }

    /// Which sources found `row`, at which rank, with which score and why, in source order. O(sources that found it).
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn provenance(&self, row: usize) -> impl Iterator<Item = Provenance> + '_ {
        self.hits.of(row)
    }

    /// The best score that `source` gave any candidate of this request, on its own scale; NaN if it gave none.
    ///
    /// # Panics
    ///
    /// When the schema has no such source.
    pub fn top_score(&self, source: usize) -> f32 {
        self.top_scores[source]
    }

    /// One feature's column. A value that no hydrator gave is NaN.
    ///
    /// # Panics
    ///
    /// When the schema has no such feature.
    pub fn feature(&self, feature: usize) -> &[f32] {
        &self.features[feature]
    }

    /// The same column, to be filled.
    ///
    /// # Panics
    ///
    /// When the schema has no such feature.
    pub fn feature_mut(&mut self, feature: usize) -> &mut [f32] {
        &mut self.features[feature]
    }

    /// One head's column. A value that no scorer gave is NaN.
    ///
    /// # Panics
    ///
    /// When the schema has no such head.
    pub fn head(&self, head: usize) -> &[f32] {
        &self.heads[head]
    }

    /// Items and features to be read beside heads to be filled: what a scorer needs at the same time.
    pub fn scoring_mut(&mut self) -> (&[ItemId], &[Vec<f32>], &mut [Vec<f32>]) {
        (&self.items, &self.features, &mut self.heads)
    }

    /// All heads to be read beside the utility to be filled.
    pub fn heads_and_utility_mut(&mut self) -> (&[Vec<f32>], &mut [f32]) {
        (&self.heads, &mut self.utility)
    }

    /// The utility to be filled beside the merge scores to be read.
    pub fn utility_and_merge_scores_mut(&mut self) -> (&mut [f32], &[f32]) {
        (&mut self.utility, &self.merge_scores)
    }

    /// What the rows were last ordered by; larger is better, NaN where nothing scored the row.
    pub fn utility(&self) -> &[f32] {
        &self.utility
    }

    /// The probability with which the row was placed where it is; 1 unless something explored.
    pub fn propensity(&self) -> &[f32] {
        &self.propensity
    }

    /// The same column, to be set by whatever explores.
    pub fn propensity_mut(&mut self) -> &mut [f32] {
        &mut self.propensity
    }

    /// The rank that `row` had after ranking phase `phase`, 0 being the best; `None` if it wasn't ranked there.
    ///
    /// # Panics
    ///
    /// When there is no such phase or row.
    pub fn stage_rank(&self, phase: usize, row: usize) -> Option<u32> {
        Some(self.stage_ranks[phase][row]).filter(|&rank| rank != UNRANKED)
    }

    /// Rows that phase `phase` scored before it stopped: the stop record.
    ///
    /// # Panics
    ///
    /// When there is no such phase.
    pub fn scored(&self, phase: usize) -> u32 {
        self.scored[phase]
    }

    /// Removes all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.truncate(0);
        self.hits.clear();
        self.top_scores.fill(f32::NAN);
        self.scored.fill(0);
    }

    /// Adds a row for `item`, found by no source yet, and returns its number.
    pub fn push(&mut self, item: ItemId) -> usize {
        let row = self.items.len();
        self.items.push(item);
        self.origin.push(row as u32);
        self.merge_scores.push(0.0);
        self.hits.push_row();
        row
    }

    /// Notes that a source found `row`. False, and nothing noted, when that source had found it before.
    ///
    /// # Panics
    ///
    /// When there is no such row or source.
    pub fn found(&mut self, row: usize, by: Provenance) -> bool {
        let top = &mut self.top_scores[by.source];
        *top = top.max(by.score);
        self.hits.add(row, by)
    }

    /// Sets what the merge policy thinks of `row`.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn set_merge_score(&mut self, row: usize, score: f32) {
        self.merge_scores[row] = score;
    }

    /// Makes the present order of the rows their [`origin`](Self::origin).
    pub fn number_rows(&mut self) {
        for (row, origin) in self.origin.iter_mut().enumerate() {
            *origin = row as u32;
        }
    }

    /// Makes room for features, heads and ranks once all rows are there: values are NaN, ranks none, propensities 1.
    pub fn open_columns(&mut self) {
        let rows = self.items.len();
        for column in self
            .features
            .iter_mut()
            .chain(&mut self.heads)
            .chain([&mut self.utility])
        {
            column.clear();
            column.resize(rows, f32::NAN);
        }
        self.propensity.clear();
        self.propensity.resize(rows, 1.0);
        for ranks in &mut self.stage_ranks {
            ranks.clear();
            ranks.resize(rows, UNRANKED);
        }
    }

    /// Keeps the rows `order`, in that order. O(kept rows × columns).
    ///
    /// # Panics
    ///
    /// When `order` names a row that isn't there.
    pub fn select(&mut self, order: &[u32]) {
        let spare = &mut self.spare;
        gather(&mut self.items, order, &mut spare.items);
        gather(&mut self.origin, order, &mut spare.u32s);
        gather(&mut self.merge_scores, order, &mut spare.f32s);
        self.hits.select(order, &mut spare.u32s, &mut spare.u64s);
        let values = self.features.iter_mut().chain(&mut self.heads);
        for column in values.chain([&mut self.utility, &mut self.propensity]) {
            if !column.is_empty() {
                gather(column, order, &mut spare.f32s);
            }
        }
        for ranks in &mut self.stage_ranks {
            if !ranks.is_empty() {
                gather(ranks, order, &mut spare.u32s);
            }
        }
    }

    /// Keeps the first `rows` rows.
    pub fn truncate(&mut self, rows: usize) {
        self.items.truncate(rows);
        self.origin.truncate(rows);
        self.merge_scores.truncate(rows);
        self.hits.truncate(rows);
        let values = self.features.iter_mut().chain(&mut self.heads);
        values
            .chain([&mut self.utility, &mut self.propensity])
            .for_each(|column| column.truncate(rows));
        self.stage_ranks.iter_mut().for_each(|ranks| ranks.truncate(rows));
    }

    /// Numbers the rows as they now stand as their ranks after `phase`, which scored `scored` of them.
    ///
    /// # Panics
    ///
    /// When there is no such phase.
    pub fn set_stage_ranks(&mut self, phase: usize, scored: u32) {
        self.scored[phase] = scored;
        for (rank, slot) in self.stage_ranks[phase].iter_mut().enumerate() {
            *slot = rank as u32;
        }
    }
}

#[cfg(test)]
mod tests;
