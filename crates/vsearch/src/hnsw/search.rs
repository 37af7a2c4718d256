//! Searching: which way, how far, and the final scores.

use super::HnswIndex;
use super::enter::{enter, offset};
use super::meter::{Chooser, Meter};
use super::store::Store;
use super::walk::{Control, Walk};
use super::way::Way;
use crate::check::append_unit;
use crate::rows::{FloatRows, LocalQuery, LocalRows, Rows};
use crate::top::TopK;
use crate::{
    Effort, Hit, Hits, Metric, ScoreOrder, SearchError, SearchParams, SearchReport, VectorIndex, VectorKey,
    check_vector,
};
use bowerbird_core::Reason;

/// Rows scored by one call in a scan.
const CALL: usize = 64;
/// A pool has so many places for each row that the walk is to expand: hard queries expand more than the average.
const PLACES: usize = 16;
/// A range search looks for this many first.
const FIRST_RANGE: usize = 64;
/// And for so many times more while all of them reach the bound.
const NEXT_RANGE: usize = 4;

/// Working memory of a search.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    pub(super) walk: Walk,
    pub(super) float: Vec<f32>,
    pub(super) local: LocalQuery,
    ids: Vec<u32>,
    losses: Vec<f32>,
    /// Losses and rows, nearest first.
    found: Vec<(f32, u32)>,
    decoded: Vec<f32>,
}

/// What a walk ends at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    /// At rows so much farther than the `k`-th best.
    Horizon,
    /// At a full pool of as many places as the width: for large `k`, beyond which there is little to look for.
    Pool,
}

/// Nearest to `query`, or all of its neighbours within `bound`, by walks that end at `end`.
pub(super) fn search(
    index: &HnswIndex,
    query: &[f32],
    (bound, end): (Option<f32>, End),
    params: &SearchParams<'_>,
    hits: &mut Hits,
) -> Result<SearchReport, SearchError> {
    hits.clear();
    check_vector(query, index.dimension(), index.metric)?;
    let limit = params.k.min(index.len());
    if limit == 0 {
        return Ok(SearchReport::full(0, 0));
    }
    if params.is_late() {
        return Ok(SearchReport::partial(0, 0, 0.0, Reason::Deadline));
    }
    let crate::hits::Scratch {
        query: plain,
        ranked,
        graph,
        ..
    } = &mut hits.scratch;
    plain.clear();
    match index.metric {
        Metric::Cosine => append_unit(query, plain),
        Metric::L2 | Metric::InnerProduct => plain.extend_from_slice(query),
    }
    let order = index.metric.order();
    let mut meter = Meter::new(params);
    let mut job = Job {
        index,
        params,
        end,
        query: plain,
        k: bound.map_or(limit, |_| limit.min(FIRST_RANGE)),
        meter: &mut meter,
        ranked,
    };
    let done = loop {
        let done = job.run(graph);
        let reached = |bound: f32| {
            graph
                .found
                .iter()
                .filter(|(loss, _)| order.reaches(order.sign() * loss, bound))
                .count()
        };
        match bound {
            Some(bound) if job.meter.stopped.is_none() && job.k < limit && reached(bound) >= job.k => {
                job.k = job.k.saturating_mul(NEXT_RANGE).min(limit);
            }
            _ => break done,
        }
    };
    let sign = order.sign();
    let found = graph.found.iter().map(|(loss, row)| Hit {
        key: index.key_of(*row),
        score: sign * loss + 0.0,
    });
    // A damaged file may hold what has no score.
    let passes = |score: f32| !score.is_nan() && bound.is_none_or(|bound| order.reaches(score, bound));
    hits.list.extend(found.filter(|hit| passes(hit.score)));
    sort(&mut hits.list, order, limit);
    let distances = meter.distances;
    Ok(match meter.stopped {
        Some(reason) => SearchReport::partial(distances, distances, done, reason),
        None => SearchReport::full(distances, distances),
    })
}

fn sort(list: &mut Vec<Hit>, order: ScoreOrder, limit: usize) {
    list.sort_unstable_by(|a, b| order.compare(a.score, b.score).then(a.key.cmp(&b.key)));
    list.truncate(limit);
}

/// One search for the `k` nearest.
struct Job<'j, 'a, 'b> {
    index: &'a HnswIndex,
    params: &'a SearchParams<'b>,
    end: End,
    /// Of unit length under cosine.
    query: &'a [f32],
    k: usize,
    meter: &'j mut Meter<'a, 'b>,
    ranked: &'j mut Vec<u64>,
}

impl<'a> Job<'_, 'a, '_> {
    /// Puts what it finds into `scratch.found` and returns the share of the work that was done.
    fn run(&mut self, scratch: &mut Scratch) -> f32 {
        match &self.index.store {
            Store::Float(rows) => self.run_floats(rows, scratch),
            Store::Half(rows) => self.run_floats(rows, scratch),
            Store::Local { codes, exact } => {
                let mut query = std::mem::take(&mut scratch.local);
                codes.prepare(self.query, &mut query);
                let done = self.gather(codes, &query, rescored(self.k), scratch);
                match exact {
                    Some(rows) => self.rescore_exactly(rows, scratch),
                    None => self.rescore_in_full(codes, &query, scratch),
                }
                scratch.local = query;
                done
            }
        }
    }

    fn run_floats(&mut self, rows: &impl Rows<Query = Vec<f32>>, scratch: &mut Scratch) -> f32 {
        let mut query = std::mem::take(&mut scratch.float);
        rows.prepare(self.query, &mut query);
        let done = self.gather(rows, &query, self.k, scratch);
        scratch.float = query;
        done
    }

    /// The nearest `keep` by what `rows` say.
    fn gather<R: Rows>(&mut self, rows: &R, query: &R::Query, keep: usize, scratch: &mut Scratch) -> f32 {
        scratch.found.clear();
        let width = self.width();
        match Way::choose(self.index, self.params.filter, width) {
            Way::Walk => self.walk(rows, query, (width, keep), scratch),
            Way::Scan => {
                let (keys, filter) = (&self.index.keys[..], self.params.filter);
                let passes =
                    |row: &u32| filter.is_none_or(|filter| filter.allows(VectorKey(keys[*row as usize])));
                self.scan(rows, query, keep, (0..keys.len() as u32).filter(passes), scratch)
            }
            Way::List(keys) => {
                let index = self.index;
                self.scan(
                    rows,
                    query,
                    keep,
                    keys.iter().filter_map(|key| index.row_of(*key)),
                    scratch,
                )
            }
        }
    }

    fn width(&self) -> usize {
        let width = match self.params.effort {
            Effort::Width(width) | Effort::Probe { lists: width, .. } => width,
            Effort::Default => self.index.width,
        };
        (width as usize).max(self.k)
    }

    fn walk<R: Rows>(
        &mut self,
        rows: &R,
        query: &R::Query,
        (width, keep): (usize, usize),
        scratch: &mut Scratch,
    ) -> f32 {
        let index = self.index;
        let (horizon, places) = match self.end {
            End::Horizon => {
                let offset = offset(index, self.query);
                let horizon = index.reach.horizon(width as u32, self.k, offset);
                (Some(horizon), width.saturating_mul(PLACES))
            }
            End::Pool => (None, width),
        };
        let places = (places.max(keep).min(index.len()), keep);
        let walk = &mut scratch.walk;
        let Some(entry) = enter(index, rows, query, walk, self.meter) else {
            return 0.0;
        };
        let bottom = index.layer(0);
        match self.params.filter {
            None => {
                walk.run(&bottom, (rows, query), entry.1, places, horizon, self.meter);
                scratch.found.extend(walk.pool.iter().take(keep));
            }
            Some(filter) => {
                let mut chooser = Chooser {
                    meter: self.meter,
                    filter,
                    keys: &index.keys,
                };
                walk.run(&bottom, (rows, query), entry.1, places, horizon, &mut chooser);
                scratch.found.extend(walk.admitted.iter());
            }
        }
        walk.pool.share_expanded()
    }

    fn scan<R: Rows>(
        &mut self,
        rows: &R,
        query: &R::Query,
        keep: usize,
        mut which: impl Iterator<Item = u32>,
        scratch: &mut Scratch,
    ) -> f32 {
        let mut top = TopK::new(ScoreOrder::Ascending, keep.min(self.index.len()), self.ranked);
        let (ids, losses) = (&mut scratch.ids, &mut scratch.losses);
        loop {
            ids.clear();
            ids.extend(which.by_ref().take(CALL));
            let granted = self.meter.grant(ids.len());
            losses.clear();
            losses.resize(granted, 0.0);
            rows.losses(query, &ids[..granted], losses);
            for (row, loss) in ids.iter().zip(&*losses) {
                top.offer(*row, &[*loss], |_| true);
            }
            if granted < ids.len() || ids.len() < CALL {
                break;
            }
        }
        scratch.found.extend(top.finish().map(|(row, loss)| (loss, row)));
        self.meter.distances as f32 / self.index.len() as f32
    }

    fn rescore_exactly(&mut self, rows: &FloatRows, scratch: &mut Scratch) {
        let granted = self.meter.grant(scratch.found.len());
        if granted == 0 {
            return;
        }
        let Scratch {
            found,
            float,
            ids,
            losses,
            ..
        } = scratch;
        found.truncate(granted);
        rows.prepare(self.query, float);
        ids.clear();
        ids.extend(found.iter().map(|(_, row)| row));
        losses.clear();
        losses.resize(granted, 0.0);
        rows.losses(float, ids, losses);
        for ((loss, _), exact) in found.iter_mut().zip(losses) {
            *loss = *exact;
        }
    }

    fn rescore_in_full(&mut self, codes: &LocalRows, query: &LocalQuery, scratch: &mut Scratch) {
        let granted = self.meter.grant(scratch.found.len());
        if granted == 0 {
            return;
        }
        let Scratch { found, decoded, .. } = scratch;
        found.truncate(granted);
        for (_, row) in found.iter() {
            codes.prefetch_far(*row);
        }
        for (loss, row) in found {
            *loss = codes.full_loss(query, *row, decoded);
        }
    }
}

/// Of how many rows the codes' order is put right.
const fn rescored(k: usize) -> usize {
    k.saturating_add(k / 2).saturating_add(16)
}
