//! The blocked scan, for one query or for several that share each block.

use super::FlatIndex;
use crate::batch::{Answer, in_groups};
use crate::check::append_unit;
use crate::hits::Scratch;
use crate::top::TopK;
use crate::{
    AllowList, BatchError, Hit, Hits, KeyFilter, Metric, SearchError, SearchParams, SearchReport, VectorIndex,
    check_vector,
};
use bowerbird_core::{Reason, kernel};
use std::ops::Range;

/// Most rows in a block: what lies between two looks at the clock.
const BLOCK_ROWS: usize = 256;
/// Most floats in a block: 64 KiB, so that a block stays near while several queries go over it.
const BLOCK_FLOATS: usize = 16 * 1024;
/// Queries that go over one block together.
const GROUP: usize = 16;
/// A listed key costs about as much as this many scanned rows: a search and a row that is not the next in memory.
const LISTED_COST: usize = 8;

/// One query on its way through the rows.
struct Lane<'a> {
    query: &'a [f32],
    top: TopK<'a>,
}

pub(super) fn one(
    index: &FlatIndex,
    query: &[f32],
    bound: Option<f32>,
    params: &SearchParams<'_>,
    hits: &mut Hits,
) -> Result<SearchReport, SearchError> {
    hits.clear();
    check_vector(query, index.dimension(), index.metric)?;
    let Hits { list, scratch } = hits;
    let mut lanes = [lane(index, query, bound, params, scratch)];
    let report = run(index, params, &mut lanes);
    let [lane] = lanes;
    collect(index, lane, list);
    Ok(report)
}

/// Refuses the batch when a query of it is refused.
pub(super) fn check_all(index: &FlatIndex, queries: &[f32]) -> Result<(), BatchError> {
    let dimension = index.dimension();
    for (row, query) in queries.chunks_exact(dimension).enumerate() {
        check_vector(query, dimension, index.metric)
            .map_err(|fault| BatchError::Query { row, source: SearchError::Query(fault) })?;
    }
    Ok(())
}

/// Answers `queries`, all of them checked.
pub(super) fn many(index: &FlatIndex, queries: &[f32], params: &SearchParams<'_>, answers: &mut [Answer]) {
    let dimension = index.dimension();
    let answer = |_, queries: &[f32], answers: &mut [Answer]| {
        let mut lists = Vec::with_capacity(GROUP);
        let mut lanes = Vec::with_capacity(GROUP);
        for (query, Answer { hits, report }) in queries.chunks_exact(dimension).zip(answers) {
            hits.clear();
            lanes.push(lane(index, query, None, params, &mut hits.scratch));
            lists.push((&mut hits.list, report));
        }
        let shared = run(index, params, &mut lanes);
        for (lane, (list, report)) in lanes.into_iter().zip(lists) {
            collect(index, lane, list);
            *report = shared;
        }
        Ok::<(), std::convert::Infallible>(())
    };
    let Ok(()) = in_groups(queries, dimension, GROUP, answers, answer);
}

fn lane<'a>(
    index: &FlatIndex,
    query: &'a [f32],
    bound: Option<f32>,
    params: &SearchParams<'_>,
    scratch: &'a mut Scratch,
) -> Lane<'a> {
    let query = match index.metric {
        Metric::Cosine => {
            scratch.query.clear();
            append_unit(query, &mut scratch.query);
            scratch.query.as_slice()
        }
        Metric::L2 | Metric::InnerProduct => query,
    };
    let top = TopK::new(index.metric.order(), params.k.min(index.len()), &mut scratch.ranked);
    Lane { query, top: bound.into_iter().fold(top, TopK::within) }
}

fn collect(index: &FlatIndex, lane: Lane<'_>, list: &mut Vec<Hit>) {
    list.extend(lane.top.finish().map(|(row, score)| Hit { key: index.keys[row as usize], score }));
}

/// Takes all lanes through the rows. What is visited depends on the parameters alone, so one report serves all.
fn run(index: &FlatIndex, params: &SearchParams<'_>, lanes: &mut [Lane<'_>]) -> SearchReport {
    if params.k == 0 || index.is_empty() {
        return SearchReport::full(0, 0);
    }
    match params.filter.map(|filter| (filter, filter.allow_list())) {
        None => scan(index, params, None, lanes),
        Some((_, Some(list))) if list.keys().len() < index.len() / LISTED_COST => {
            look_up(index, params, list, lanes)
        }
        Some((filter, _)) => scan(index, params, Some(filter), lanes),
    }
}

/// Every row, block by block.
fn scan(
    index: &FlatIndex,
    params: &SearchParams<'_>,
    filter: Option<&dyn KeyFilter>,
    lanes: &mut [Lane<'_>],
) -> SearchReport {
    let mut scores = [0.0; BLOCK_ROWS];
    let step = (BLOCK_FLOATS / index.dimension()).clamp(1, BLOCK_ROWS);
    in_blocks(index.len(), step, params, |block| {
        let rows = index.rows.range(block.clone());
        let scores = &mut scores[..block.len()];
        let first = block.start as u32;
        for lane in &mut *lanes {
            score(index.metric, lane.query, rows, scores);
            match filter {
                None => lane.top.offer(first, scores, |_| true),
                Some(filter) => {
                    lane.top.offer(first, scores, |row| filter.allows(index.keys[row as usize]));
                }
            }
        }
        block.len()
    })
}

/// Only the rows of the listed keys.
fn look_up(
    index: &FlatIndex,
    params: &SearchParams<'_>,
    list: &AllowList,
    lanes: &mut [Lane<'_>],
) -> SearchReport {
    in_blocks(list.keys().len(), BLOCK_ROWS, params, |block| {
        let mut visited = 0;
        for row in list.keys()[block].iter().filter_map(|key| index.row_of(*key)) {
            visited += 1;
            for lane in &mut *lanes {
                let mut scored = [0.0];
                score(index.metric, lane.query, index.rows.range(row..row + 1), &mut scored);
                lane.top.offer(row as u32, &scored, |_| true);
            }
        }
        visited
    })
}

/// Calls `visit` with one block after another of `0..total` until the deadline or the budget ends it. `visit` says how
/// many rows it scored, at most one for each place of the block.
fn in_blocks(
    total: usize,
    step: usize,
    params: &SearchParams<'_>,
    mut visit: impl FnMut(Range<usize>) -> usize,
) -> SearchReport {
    let (mut start, mut visited) = (0, 0u64);
    while start < total {
        let left = params.distance_budget.map_or(u64::MAX, |budget| budget - visited);
        let reason = match (left, params.is_late()) {
            (_, true) => Reason::Deadline,
            (0, _) => Reason::Limit,
            _ => {
                let room = usize::try_from(left).unwrap_or(usize::MAX);
                let end = (start + step.min(room)).min(total);
                visited += visit(start..end) as u64;
                start = end;
                continue;
            }
        };
        return SearchReport::partial(visited, visited, start as f32 / total as f32, reason);
    }
    SearchReport::full(visited, visited)
}

fn score(metric: Metric, query: &[f32], rows: &[f32], scores: &mut [f32]) {
    match metric {
        Metric::L2 => kernel::squared_l2_rows(query, rows, scores),
        Metric::InnerProduct | Metric::Cosine => kernel::dot_rows(query, rows, scores),
    }
}
