//! Passes: asking faiss for more, until the terms are met or there is no more.

use super::engine::{Engine, Knob};
use super::{FaissFault, FaissIndex};
use crate::check::incoming;
use crate::{
    BatchError, BatchHits, Effort, Hit, Hits, KeyFilter, Metric, SearchError, SearchParams, SearchReport,
    VectorIndex, VectorKey, batch, check_vector,
};
use bowerbird_core::{Reason, kernel};
use ndarray::ArrayView2;

/// By how much the next pass asks for more.
const GROWTH: usize = 4;
/// Vectors asked for in the first pass of a range search that has no smaller `k`.
const FIRST_OF_RANGE: usize = 128;
/// A vector that is decoded and scored here costs about as much as this many that faiss scores.
const SCORE_COST: usize = 8;

pub(super) fn one(
    index: &FaissIndex,
    query: &[f32],
    bound: Option<f32>,
    params: &SearchParams<'_>,
    hits: &mut Hits,
) -> Result<SearchReport, SearchError> {
    hits.clear();
    check_vector(query, index.dimension(), index.metric)?;
    let Some(engine) = index.engine.as_ref().filter(|_| params.k > 0) else {
        return Ok(SearchReport::full(0, 0));
    };
    let mut unit = std::mem::take(&mut hits.scratch.query);
    let query = incoming(index.metric, index.dimension(), query, &mut unit);
    let mut engine = FaissIndex::lock(engine);
    let report = Search::new(index, &engine, bound, params).run(&mut engine, query, hits);
    hits.scratch.query = unit;
    report.map_err(|fault| {
        hits.clear();
        backend(fault)
    })
}

fn backend(fault: FaissFault) -> SearchError {
    SearchError::Backend(Box::new(fault))
}

/// A score as the metric defines it. Distances to codes are computed as differences of larger numbers, and may come out
/// below zero.
fn score(metric: Metric, found: f32) -> Option<f32> {
    let score = match metric {
        Metric::L2 => found.max(0.0),
        Metric::InnerProduct | Metric::Cosine => found,
    };
    found.is_finite().then_some(score)
}

/// What one pass came back with.
#[derive(Default)]
struct Pass {
    /// Vectors.
    found: usize,
    /// Vectors of these that the filter and the bound let through.
    passed: usize,
    /// True when some were beyond the bound: what was not found is too, unless a graph cannot reach it.
    beyond: bool,
}

/// What the next pass does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Asks faiss for so many vectors.
    Ask(usize),
    /// Scores every allowed vector, as decoded.
    Score,
}

struct Search<'a> {
    index: &'a FaissIndex,
    params: &'a SearchParams<'a>,
    bound: Option<f32>,
    /// Hits that there can be at most, as far as is known.
    goal: usize,
    /// Vectors that the filter allows, once they are counted.
    allowed: Option<usize>,
    way: Way,
    width: u32,
    widest: u32,
}

impl<'a> Search<'a> {
    fn new(index: &'a FaissIndex, engine: &Engine, bound: Option<f32>, params: &'a SearchParams<'a>) -> Self {
        let len = index.len();
        let width = match params.effort {
            Effort::Default => engine.default_width(),
            Effort::Width(width) | Effort::Probe { lists: width, .. } => width,
        };
        let goal = params.k.min(len);
        let fetch = match (bound, params.filter) {
            (None, None) => goal,
            (None, Some(_)) => goal.saturating_mul(GROWTH).min(len),
            (Some(_), _) => goal.min(FIRST_OF_RANGE),
        };
        let mut search = Self {
            index,
            params,
            bound,
            goal,
            allowed: params.filter.is_none().then_some(len),
            way: Way::Ask(fetch),
            width: width.clamp(1, engine.widest()),
            widest: engine.widest(),
        };
        if let Some(filter) = params.filter.filter(|filter| filter.allow_list().is_some()) {
            search.way = search.count(filter, fetch);
        }
        search
    }

    /// Counts what the filter allows. The way is then to score these when they are few, and else to ask for as many,
    /// at least `fetch`, as give enough of them if they lie evenly.
    fn count(&mut self, filter: &dyn KeyFilter, fetch: usize) -> Way {
        let keys = &self.index.keys;
        let allowed = match filter.allow_list() {
            Some(list) => list
                .keys()
                .iter()
                .filter(|key| keys.binary_search(&key.0).is_ok())
                .count(),
            None => keys.iter().filter(|key| filter.allows(VectorKey(**key))).count(),
        };
        self.allowed = Some(allowed);
        self.goal = self.goal.min(allowed);
        if self.index.gives_vectors && allowed < keys.len() / SCORE_COST {
            return Way::Score;
        }
        let even = self.goal as f64 * keys.len() as f64 / allowed.max(1) as f64;
        match self.bound {
            None => Way::Ask(((even * 1.5) as usize).clamp(fetch, keys.len())),
            Some(_) => Way::Ask(fetch),
        }
    }

    fn run(
        mut self,
        engine: &mut Engine,
        query: &[f32],
        hits: &mut Hits,
    ) -> Result<SearchReport, FaissFault> {
        let mut spent = 0u64;
        while self.goal > 0 {
            let cost = match (self.way, self.allowed) {
                (Way::Score, Some(allowed)) => allowed as u64,
                _ => self.index.len() as u64,
            };
            let over = |budget| spent.saturating_add(cost) > budget;
            let reason = if self.params.is_late() {
                Some(Reason::Deadline)
            } else {
                self.params
                    .distance_budget
                    .is_some_and(over)
                    .then_some(Reason::Limit)
            };
            if let Some(reason) = reason {
                let fraction = hits.len() as f32 / self.goal as f32;
                return Ok(SearchReport::partial(spent, spent, fraction, reason));
            }
            spent += cost;
            let next = match self.way {
                Way::Ask(fetch) => {
                    let pass = self.ask(engine, fetch, query, hits)?;
                    self.next(fetch, &pass)
                }
                Way::Score => {
                    self.score(engine, query, hits);
                    None
                }
            };
            sort(self.index.metric, self.params.k, hits);
            match next {
                Some(way) => self.way = way,
                None => break,
            }
        }
        Ok(SearchReport::full(spent, spent))
    }

    fn allows(&self, key: VectorKey) -> bool {
        self.params.filter.is_none_or(|filter| filter.allows(key))
    }

    fn reaches_bound(&self, score: f32) -> bool {
        let order = self.index.metric.order();
        self.bound.is_none_or(|bound| order.reaches(score, bound))
    }

    fn ask(
        &self,
        engine: &mut Engine,
        fetch: usize,
        query: &[f32],
        hits: &mut Hits,
    ) -> Result<Pass, FaissFault> {
        let mut pass = Pass::default();
        hits.list.clear();
        engine.search(query, fetch, self.width, |_, row, found| {
            pass.found += 1;
            let Some(score) = score(self.index.metric, found) else {
                return;
            };
            if !self.reaches_bound(score) {
                pass.beyond = true;
                return;
            }
            let key = VectorKey(self.index.keys[row]);
            if self.allows(key) {
                pass.passed += 1;
                hits.list.push(Hit { key, score });
            }
        })?;
        Ok(pass)
    }

    fn score(&self, engine: &mut Engine, query: &[f32], hits: &mut Hits) {
        let index = self.index;
        hits.list.clear();
        let mut visit = |row: usize, key: VectorKey| {
            let found = engine.vector(row).map(|vector| match index.metric {
                Metric::L2 => kernel::squared_l2(query, vector),
                Metric::InnerProduct | Metric::Cosine => kernel::dot(query, vector),
            });
            if let Some(score) = found.and_then(|found| score(index.metric, found))
                && self.reaches_bound(score)
            {
                hits.list.push(Hit { key, score });
            }
        };
        match self.params.filter.and_then(|filter| filter.allow_list()) {
            Some(list) => list.keys().iter().for_each(|key| {
                if let Ok(row) = index.keys.binary_search(&key.0) {
                    visit(row, *key);
                }
            }),
            None => (index.keys.iter().enumerate())
                .filter(|(_, key)| self.allows(VectorKey(**key)))
                .for_each(|(row, key)| visit(row, VectorKey(*key))),
        }
    }

    /// What to do after asking for `fetch`, or none when that was all.
    fn next(&mut self, fetch: usize, pass: &Pass) -> Option<Way> {
        let len = self.index.len();
        let dry = pass.found < fetch;
        let cut_off = dry && self.index.knob == Some(Knob::Candidates);
        if pass.passed >= self.goal || pass.beyond && !cut_off {
            return None;
        }
        let mut more = if dry {
            fetch
        } else {
            fetch.saturating_mul(GROWTH).min(len)
        };
        if let (None, Some(filter)) = (self.allowed, self.params.filter) {
            match self.count(filter, more) {
                _ if pass.passed >= self.goal => return None,
                Way::Score => return Some(Way::Score),
                Way::Ask(fetch) => more = fetch,
            }
        }
        if !dry {
            return (fetch < len).then_some(Way::Ask(more));
        }
        match self.index.knob {
            Some(Knob::Probes) if self.width < self.widest => {
                self.width = self.width.saturating_mul(GROWTH as u32).min(self.widest);
                Some(Way::Ask(more))
            }
            _ => self.index.gives_vectors.then_some(Way::Score),
        }
    }
}

fn sort(metric: Metric, k: usize, hits: &mut Hits) {
    let order = metric.order();
    hits.list
        .sort_unstable_by(|a, b| order.compare(a.score, b.score).then(a.key.cmp(&b.key)));
    hits.list.truncate(k);
}

pub(super) fn together(
    index: &FaissIndex,
    queries: ArrayView2<'_, f32>,
    k: usize,
    effort: Effort,
    answers: &mut BatchHits,
) -> Result<(), BatchError> {
    answers.clear();
    let dimension = index.dimension();
    let slice = batch::contiguous(&queries, dimension)?;
    for (row, query) in slice.chunks_exact(dimension).enumerate() {
        check_vector(query, dimension, index.metric).map_err(|fault| BatchError::Query {
            row,
            source: fault.into(),
        })?;
    }
    let result = all(
        index,
        slice,
        &SearchParams::new(k).with_effort(effort),
        answers.prepare(queries.nrows()),
    );
    if result.is_err() {
        answers.clear();
    }
    result
}

fn all(
    index: &FaissIndex,
    queries: &[f32],
    params: &SearchParams<'_>,
    answers: &mut [batch::Answer],
) -> Result<(), BatchError> {
    let cost = index.len() as u64;
    for answer in answers.iter_mut() {
        answer.hits.clear();
        answer.report = SearchReport::full(0, 0);
    }
    let Some(engine) = index.engine.as_ref().filter(|_| params.k > 0) else {
        return Ok(());
    };
    let mut unit = Vec::new();
    let incoming = incoming(index.metric, index.dimension(), queries, &mut unit);
    let goal = {
        let mut engine = FaissIndex::lock(engine);
        let (search, goal) = (
            Search::new(index, &engine, None, params),
            params.k.min(index.len()),
        );
        let found = |query: usize, row: usize, found| {
            if let Some(score) = score(index.metric, found) {
                let key = VectorKey(index.keys[row]);
                answers[query].hits.list.push(Hit { key, score });
            }
        };
        engine
            .search(incoming, goal, search.width, found)
            .map_err(|fault| BatchError::Query {
                row: 0,
                source: backend(fault),
            })?;
        goal
    };
    for (row, (query, answer)) in queries.chunks_exact(index.dimension()).zip(answers).enumerate() {
        answer.report = SearchReport::full(cost, cost);
        if answer.hits.len() < goal {
            answer.report = one(index, query, None, params, &mut answer.hits)
                .map_err(|source| BatchError::Query { row, source })?;
        } else {
            sort(index.metric, params.k, &mut answer.hits);
        }
    }
    Ok(())
}
