//! For each item its nearest others: fitted row by row, and walked for a history.

use super::recency::HistoryWeighting;
use super::top;
use crate::context::Context;
use crate::error::SourceError;
use crate::fingerprint::Fingerprint;
use crate::interactions::Rows;
use crate::parallel;
use crate::query::Action;
use crate::scratch::ScratchPool;
use crate::source::CandidateSink;
use bowerbird_core::{ItemId, Progress, Reason, Status};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Items whose rows are made one after another by one thread.
const CHUNK: usize = 128;
/// Neighbours walked between two looks at the deadline.
const LOOK: usize = 512;
const NOBODY: u32 = u32::MAX;

/// Up to n neighbours an item, best first. 8 bytes each.
#[derive(Debug)]
pub(super) struct Neighbours {
    items: Arc<Rows<ItemId>>,
    starts: Vec<usize>,
    rows: Vec<u32>,
    weights: Vec<f32>,
    fingerprint: u64,
    scratch: ScratchPool<Walk>,
}

/// One row of a sparse product while it is being summed.
#[derive(Debug, Default)]
pub(super) struct RowSum {
    sums: Vec<f32>,
    touched: Vec<u32>,
    keys: Vec<u64>,
}

impl RowSum {
    /// Adds `weight`, a positive number, to column `row`.
    pub(super) fn add(&mut self, row: u32, weight: f32) {
        let sum = &mut self.sums[row as usize];
        if *sum == 0.0 {
            self.touched.push(row);
        }
        *sum += weight;
    }
}

impl Neighbours {
    /// Sums each item's row with `fill`, scales each entry by `scale` of its column, and keeps the best `most`.
    pub(super) fn fit(
        items: &Arc<Rows<ItemId>>,
        most: usize,
        scale: &[f32],
        phase: &'static str,
        progress: &(dyn Fn(Progress) + Sync),
        fill: impl Fn(u32, &mut RowSum) + Sync,
    ) -> Self {
        let sums = ScratchPool::<RowSum>::new();
        let (done, total) = (AtomicU64::new(0), items.len() as u64);
        let chunks = parallel::map_chunks(items.len(), CHUNK, |range| {
            let mut sum = sums.take();
            sum.sums.resize(items.len(), 0.0);
            let mut lengths = Vec::with_capacity(range.len());
            let (mut rows, mut weights) = (Vec::new(), Vec::new());
            let mut hash = Fingerprint::of("rows");
            for row in range.clone() {
                fill(row as u32, &mut sum);
                let RowSum { sums, touched, keys } = &mut *sum;
                keys.clear();
                for column in touched.drain(..) {
                    let weight = std::mem::take(&mut sums[column as usize]) * scale[column as usize];
                    if column as usize != row && weight > 0.0 && weight.is_finite() {
                        keys.push(top::key(weight, column));
                    }
                }
                top::keep_best(keys, most);
                hash = hash.words(keys.iter().copied());
                lengths.push(keys.len());
                rows.extend(keys.iter().map(|&key| top::row(key)));
                weights.extend(keys.iter().map(|&key| top::score(key)));
            }
            let rows_done = range.len() as u64;
            progress(Progress::of(
                phase,
                done.fetch_add(rows_done, Ordering::Relaxed) + rows_done,
                total,
            ));
            (lengths, rows, weights, hash.finish())
        });

        let fingerprint = Fingerprint::of("neighbours")
            .words(items.ids().iter().map(|item| item.0))
            .words(chunks.iter().map(|&(_, _, _, hash)| hash))
            .finish();
        let entries = chunks.iter().map(|(_, rows, _, _)| rows.len()).sum();
        let mut starts = Vec::with_capacity(items.len() + 1);
        starts.push(0);
        let (mut rows, mut weights) = (Vec::with_capacity(entries), Vec::with_capacity(entries));
        for (lengths, chunk_rows, chunk_weights, _) in chunks {
            let mut end = rows.len();
            starts.extend(lengths.iter().map(|length| {
                end += length;
                end
            }));
            rows.extend(chunk_rows);
            weights.extend(chunk_weights);
        }
        Self {
            items: Arc::clone(items),
            starts,
            rows,
            weights,
            fingerprint,
            scratch: ScratchPool::new(),
        }
    }

    /// The version of a source that walks these neighbours with `weighting`.
    pub(super) fn version(&self, weighting: &HistoryWeighting) -> u64 {
        Fingerprint::of("walk")
            .word(self.fingerprint)
            .word(weighting.fingerprint())
            .finish()
    }

    /// Entries in all.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn of(&self, item: ItemId) -> impl Iterator<Item = (ItemId, f32)> + '_ {
        let range = self.items.row(item).map_or(0..0, |row| self.range(row));
        range.map(|entry| (self.items.id(self.rows[entry]), self.weights[entry]))
    }

    fn range(&self, row: u32) -> std::ops::Range<usize> {
        self.starts[row as usize]..self.starts[row as usize + 1]
    }

    /// Sums the neighbours of the history's items, newest action first, and pushes the best.
    pub(super) fn retrieve(
        &self,
        history: &[Action],
        weighting: &HistoryWeighting,
        cx: &Context<'_>,
        out: &mut CandidateSink,
    ) -> Result<Status, SourceError> {
        let mut walk = self.scratch.take();
        let status = self.walk(history, weighting, &|| cx.is_past(), &mut walk)?;
        let Walk {
            cells, touched, keys, ..
        } = &mut *walk;

        // What was acted on is not proposed again, be it ever so old.
        for action in history {
            if let Some(row) = self.items.row(action.item) {
                cells[row as usize].score = f32::NEG_INFINITY;
            }
        }
        keys.clear();
        keys.extend(touched.iter().filter_map(|&row| {
            let score = cells[row as usize].score;
            (score > 0.0).then(|| top::key(score, row))
        }));
        top::keep_best(keys, out.limit() - out.len().min(out.limit()));
        for &key in &*keys {
            let row = top::row(key);
            let because = self.items.id(cells[row as usize].because);
            out.push_because(self.items.id(row), top::score(key), Some(because));
        }
        for row in history.iter().filter_map(|action| self.items.row(action.item)) {
            cells[row as usize] = Cell::UNTOUCHED;
        }
        walk.clear();
        Ok(status)
    }

    /// The score of each of `items`, 0 for those that the history doesn't reach.
    pub(super) fn scores(
        &self,
        history: &[Action],
        weighting: &HistoryWeighting,
        items: &[ItemId],
        scores: &mut [f32],
    ) {
        assert_eq!(items.len(), scores.len(), "one score an item");
        scores.fill(0.0);
        let mut walk = self.scratch.take();
        if self.walk(history, weighting, &|| false, &mut walk).is_ok() {
            for (score, &item) in scores.iter_mut().zip(items) {
                *score = self
                    .items
                    .row(item)
                    .map_or(0.0, |row| walk.cells[row as usize].score);
            }
            walk.clear();
        }
    }

    /// Leaves in `walk` what each item gathers. Fails when no item of the history is known; then nothing is touched.
    fn walk(
        &self,
        history: &[Action],
        weighting: &HistoryWeighting,
        is_past: &dyn Fn() -> bool,
        walk: &mut Walk,
    ) -> Result<Status, SourceError> {
        let Walk {
            cells,
            touched,
            seeds,
            ..
        } = walk;
        seeds.clear();
        let known = |(action, weight): (&Action, f32)| Some((self.items.row(action.item)?, weight));
        seeds.extend(weighting.weigh(history).filter_map(known));
        if seeds.is_empty() {
            return Err(SourceError::NotApplicable);
        }
        cells.resize(self.items.len(), Cell::UNTOUCHED);
        let mut since_look = LOOK;
        for (walked, &(seed, weight)) in seeds.iter().enumerate() {
            if since_look >= LOOK {
                since_look = 0;
                if is_past() {
                    let fraction = walked as f32 / seeds.len() as f32;
                    return Ok(Status::Partial {
                        fraction,
                        reason: Reason::Deadline,
                    });
                }
            }
            let range = self.range(seed);
            since_look += range.len() + 1;
            for (&row, &near) in self.rows[range.clone()].iter().zip(&self.weights[range]) {
                let cell = &mut cells[row as usize];
                if cell.because == NOBODY {
                    touched.push(row);
                }
                cell.add(weight * near, seed);
            }
        }
        Ok(Status::Full)
    }
}

/// The buffers of one request.
#[derive(Debug, Default)]
struct Walk {
    cells: Vec<Cell>,
    touched: Vec<u32>,
    seeds: Vec<(u32, f32)>,
    keys: Vec<u64>,
}

impl Walk {
    fn clear(&mut self) {
        for row in self.touched.drain(..) {
            self.cells[row as usize] = Cell::UNTOUCHED;
        }
    }
}

/// What one item has gathered.
#[derive(Clone, Copy, Debug)]
struct Cell {
    score: f32,
    best: f32,
    because: u32,
}

impl Cell {
    const UNTOUCHED: Self = Self {
        score: 0.0,
        best: f32::NEG_INFINITY,
        because: NOBODY,
    };

    fn add(&mut self, weight: f32, seed: u32) {
        self.score += weight;
        if weight > self.best {
            self.best = weight;
            self.because = seed;
        }
    }
}
