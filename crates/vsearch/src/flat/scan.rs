//! The blocked scan, for one query or for several that share each block.

use super::FlatIndex;
use crate::batch::{Answer, in_groups};
use crate::check::incoming;
use crate::top::TopK;
use crate::{
    AllowList, BatchError, Hit, Hits, Metric, SearchError, SearchParams, SearchReport, VectorIndex,
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
    let top = top(index, params, &mut scratch.ranked);
    let mut tops = [bound.into_iter().fold(top, TopK::within)];
    let query = incoming(index.metric, index.dimension(), query, &mut scratch.query);
    let report = run(
        index,
        params,
        &mut Lanes {
            queries: query,
            tops: &mut tops,
            scores: &mut [0.0; BLOCK_ROWS],
        },
    );
    let [top] = tops;
    collect(index, top, list);
    Ok(report)
}

/// Refuses the batch when a query of it is refused.
pub(super) fn check_all(index: &FlatIndex, queries: &[f32]) -> Result<(), BatchError> {
    let dimension = index.dimension();
    for (row, query) in queries.chunks_exact(dimension).enumerate() {
        check_vector(query, dimension, index.metric).map_err(|fault| BatchError::Query {
            row,
            source: SearchError::Query(fault),
        })?;
    }
    Ok(())
}

/// Answers `queries`, all of them checked.
pub(super) fn many(index: &FlatIndex, queries: &[f32], params: &SearchParams<'_>, answers: &mut [Answer]) {
    let answer = |_, queries: &[f32], answers: &mut [Answer]| {
        let (mut unit, mut scores) = (Vec::new(), vec![0.0; answers.len() * BLOCK_ROWS]);
        let queries = incoming(index.metric, index.dimension(), queries, &mut unit);
        let mut tops = Vec::with_capacity(answers.len());
        let mut outs = Vec::with_capacity(answers.len());
        for Answer { hits, report } in answers {
            hits.clear();
            tops.push(top(index, params, &mut hits.scratch.ranked));
            outs.push((&mut hits.list, report));
        }
        let shared = run(
            index,
            params,
            &mut Lanes {
                queries,
                tops: &mut tops,
                scores: &mut scores,
            },
        );
        for (top, (list, report)) in tops.into_iter().zip(outs) {
            collect(index, top, list);
            *report = shared;
        }
        Ok::<(), std::convert::Infallible>(())
    };
    let Ok(()) = in_groups(queries, index.dimension(), GROUP, answers, answer);
}

fn top<'a>(index: &FlatIndex, params: &SearchParams<'_>, ranked: &'a mut Vec<u64>) -> TopK<'a> {
    TopK::new(index.metric.order(), params.k.min(index.len()), ranked)
}

fn collect(index: &FlatIndex, top: TopK<'_>, list: &mut Vec<Hit>) {
    list.extend(top.finish().map(|(row, score)| Hit {
        key: index.key_of(row),
        score,
    }));
}

/// Queries that go through the rows together.
struct Lanes<'a, 'b> {
    /// One after another.
    queries: &'a [f32],
    /// One a query.
    tops: &'a mut [TopK<'b>],
    /// Room for the scores of one block, [`BLOCK_ROWS`] a query.
    scores: &'a mut [f32],
}

impl Lanes<'_, '_> {
    /// Scores the rows of `block` and offers them to each query.
    fn visit(&mut self, index: &FlatIndex, block: Range<usize>, admit: impl Fn(u32) -> bool) {
        let rows = index.rows(block.clone());
        let scores = &mut self.scores[..self.tops.len() * block.len()];
        match index.metric {
            Metric::L2 => kernel::squared_l2_block(self.queries, rows, index.dimension(), scores),
            Metric::InnerProduct | Metric::Cosine => {
                kernel::dot_block(self.queries, rows, index.dimension(), scores);
            }
        }
        for (top, scores) in self.tops.iter_mut().zip(scores.chunks_exact(block.len())) {
            top.offer(block.start as u32, scores, &admit);
        }
    }
}

/// Takes all lanes through the rows. What is visited depends on the parameters alone, so one report serves all.
fn run(index: &FlatIndex, params: &SearchParams<'_>, lanes: &mut Lanes<'_, '_>) -> SearchReport {
    if params.k == 0 || index.is_empty() {
        return SearchReport::full(0, 0);
    }
    let Some(filter) = params.filter else {
        return scan(index, params, lanes, |_| true);
    };
    match filter.allow_list() {
        Some(list) if list.keys().len() < index.len() / LISTED_COST => look_up(index, params, list, lanes),
        _ => scan(index, params, lanes, |row| filter.allows(index.key_of(row))),
    }
}

/// Every row, block by block.
fn scan(
    index: &FlatIndex,
    params: &SearchParams<'_>,
    lanes: &mut Lanes<'_, '_>,
    admit: impl Fn(u32) -> bool,
) -> SearchReport {
    let step = (BLOCK_FLOATS / index.dimension()).clamp(1, BLOCK_ROWS);
    in_blocks(index.len(), step, params, |block| {
        lanes.visit(index, block.clone(), &admit);
        block.len()
    })
}

/// Only the rows of the listed keys.
fn look_up(
    index: &FlatIndex,
    params: &SearchParams<'_>,
    list: &AllowList,
    lanes: &mut Lanes<'_, '_>,
) -> SearchReport {
    in_blocks(list.keys().len(), BLOCK_ROWS, params, |block| {
        let mut visited = 0;
        for row in list.keys()[block].iter().filter_map(|key| index.row_of(*key)) {
            visited += 1;
            lanes.visit(index, row..row + 1, |_| true);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VectorKey;
    use crate::hits::Scratch;
    use bowerbird_core::{Normalization, SpaceId};
    use ndarray::Array2;

    #[test]
    fn the_buffer_stops_growing() {
        let vectors = Array2::from_shape_fn((3000, 6), |(row, column)| {
            ((row * 31 + column * 7) % 97) as f32 + 1.0
        });
        let keys: Vec<_> = (0..3000).map(VectorKey).collect();
        let space = SpaceId::new("grid", 1, 6, Normalization::None);
        let index = FlatIndex::builder(space, Metric::Cosine)
            .build(vectors.view(), &keys)
            .expect("a build");
        let mut hits = Hits::new();
        let mut memory = Vec::new();
        for query in vectors.rows().into_iter().take(200) {
            let query = query.to_vec();
            one(&index, &query, None, &SearchParams::new(50), &mut hits).expect("a search");
            let Scratch { query, ranked, .. } = &hits.scratch;
            memory.push((hits.list.as_ptr(), ranked.as_ptr(), query.as_ptr()));
        }
        assert!(
            memory[1..].iter().all(|place| *place == memory[1]),
            "memory was moved after the first search"
        );
    }
}
