//! Passes: asking faiss for more, until the terms are met or there is no more.

use super::engine::{Engine, Knob};
use super::{FaissFault, FaissIndex};
use crate::check::append_unit;
use crate::{
    BatchError, BatchHits, Effort, Hit, Hits, KeyFilter, Metric, SearchError, SearchParams, SearchReport,
    VectorIndex, VectorKey, batch, check_vector,
};
use bowerbird_core::Reason;
use ndarray::ArrayView2;

/// By how much the next pass asks for more.
const GROWTH: usize = 4;
/// Vectors asked for in the first pass of a range search that has no smaller `k`.
const FIRST_OF_RANGE: usize = 128;

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

/// The queries as faiss compares them: under cosine scaled to unit length, in `unit`.
fn incoming<'a>(metric: Metric, dimension: usize, queries: &'a [f32], unit: &'a mut Vec<f32>) -> &'a [f32] {
    match metric {
        Metric::L2 | Metric::InnerProduct => queries,
        Metric::Cosine => {
            unit.clear();
            for query in queries.chunks_exact(dimension) {
                append_unit(query, unit);
            }
            unit
        }
    }
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
    /// True when some were beyond the bound: what was not found is too.
    beyond: bool,
}

struct Search<'a> {
    index: &'a FaissIndex,
    params: &'a SearchParams<'a>,
    bound: Option<f32>,
    /// Hits that there can be at most, as far as is known.
    goal: usize,
    /// True once `goal` counts what the filter allows.
    counted: bool,
    /// Vectors to ask for.
    fetch: usize,
    width: u32,
}

impl<'a> Search<'a> {
    fn new(index: &'a FaissIndex, engine: &Engine, bound: Option<f32>, params: &'a SearchParams<'a>) -> Self {
        let len = index.len();
        let width = match params.effort {
            Effort::Default => engine.default_width(),
            Effort::Width(width) => width,
        };
        let mut search = Self {
            index,
            params,
            bound,
            goal: params.k.min(len),
            counted: params.filter.is_none(),
            fetch: params.k.min(len),
            width: width.clamp(1, engine.widest()),
        };
        if bound.is_some() {
            search.fetch = search.fetch.min(FIRST_OF_RANGE);
        }
        match params.filter {
            Some(filter) if filter.allow_list().is_some() => search.count(filter),
            Some(_) => search.fetch = search.fetch.saturating_mul(GROWTH).min(len),
            None => {}
        }
        search
    }

    /// Counts what the filter allows, and asks for as many as give enough of these if they lie evenly.
    fn count(&mut self, filter: &dyn KeyFilter) {
        let keys = &self.index.keys;
        let allowed = match filter.allow_list() {
            Some(list) => list
                .keys()
                .iter()
                .filter(|key| keys.binary_search(&key.0).is_ok())
                .count(),
            None => keys.iter().filter(|key| filter.allows(VectorKey(**key))).count(),
        };
        self.counted = true;
        self.goal = self.goal.min(allowed);
        let even = self.fetch.min(self.goal) as f64 * keys.len() as f64 / allowed.max(1) as f64;
        self.fetch = ((even * 1.5) as usize).clamp(self.fetch, keys.len());
    }

    fn run(
        mut self,
        engine: &mut Engine,
        query: &[f32],
        hits: &mut Hits,
    ) -> Result<SearchReport, FaissFault> {
        let cost = self.index.len() as u64;
        let mut spent = 0u64;
        while self.goal > 0 {
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
            let pass = self.pass(engine, query, hits)?;
            spent += cost;
            if !self.ask_for_more(engine, &pass) {
                break;
            }
        }
        Ok(SearchReport::full(spent, spent))
    }

    fn pass(&self, engine: &mut Engine, query: &[f32], hits: &mut Hits) -> Result<Pass, FaissFault> {
        let (index, order) = (self.index, self.index.metric.order());
        let mut pass = Pass::default();
        let list = &mut hits.list;
        list.clear();
        engine.search(query, self.fetch, self.width, |_, row, found| {
            pass.found += 1;
            let Some(score) = score(index.metric, found) else {
                return;
            };
            if self.bound.is_some_and(|bound| !order.reaches(score, bound)) {
                pass.beyond = true;
                return;
            }
            let key = VectorKey(index.keys[row]);
            if self.params.filter.is_none_or(|filter| filter.allows(key)) {
                pass.passed += 1;
                list.push(Hit { key, score });
            }
        })?;
        sort(index.metric, self.params.k, hits);
        Ok(pass)
    }

    /// Sets up the next pass, or says that there is nothing more to ask for.
    fn ask_for_more(&mut self, engine: &Engine, pass: &Pass) -> bool {
        let len = self.index.len();
        let dry = pass.found < self.fetch;
        let mut fetch = self.fetch;
        if !dry {
            fetch = fetch.saturating_mul(GROWTH).min(len);
        }
        if pass.passed >= self.goal || pass.beyond {
            return false;
        }
        if let Some(filter) = self.params.filter.filter(|_| !self.counted) {
            self.count(filter);
            fetch = fetch.max(self.fetch);
            if pass.passed >= self.goal {
                return false;
            }
        }
        let can_widen = engine.knob() == Some(Knob::Probes) && self.width < engine.widest();
        if dry && can_widen {
            self.width = self.width.saturating_mul(GROWTH as u32).min(engine.widest());
        } else if dry || self.fetch >= len {
            return false;
        }
        self.fetch = fetch;
        true
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
        let search = Search::new(index, &engine, None, params);
        let found = |query: usize, row: usize, found| {
            if let Some(score) = score(index.metric, found) {
                let key = VectorKey(index.keys[row]);
                answers[query].hits.list.push(Hit { key, score });
            }
        };
        engine
            .search(incoming, search.fetch, search.width, found)
            .map_err(|fault| BatchError::Query {
                row: 0,
                source: backend(fault),
            })?;
        search.goal
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
