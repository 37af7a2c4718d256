//! Several queries that go through the lists together.
//!
//! The centres are read once for a group, and each list once for all queries of the group that search it. What a query
//! finds does not depend on the order of its lists, so every answer has the bits of a single search. Queries under a
//! deadline or a budget, which end at a place in that order, go one by one.

use super::IvfIndex;
use super::scan::{CHUNK, Lane, Work};
use super::search::{Course, Plan, Search, incoming, turn};
use crate::batch::{Answer, in_groups};
use crate::{BatchError, SearchError, SearchParams, VectorIndex, check_vector};

/// Queries that go together.
const GROUP: usize = 64;
/// Queries whose products with the centres are in memory together.
const RANKED: usize = 12;

/// Whether a batch with these parameters may share its way.
pub(super) fn shares(index: &IvfIndex, params: &SearchParams<'_>) -> bool {
    let listed = params.filter.is_some_and(|filter| filter.allow_list().is_some());
    let limited = params.deadline.moment().is_some() || params.distance_budget.is_some();
    !limited && !listed && params.k > 0 && !index.is_empty()
}

/// Refuses the batch when a query of it is refused.
pub(super) fn check_all(index: &IvfIndex, queries: &[f32]) -> Result<(), BatchError> {
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
pub(super) fn many(index: &IvfIndex, queries: &[f32], params: &SearchParams<'_>, answers: &mut [Answer]) {
    let answer = |_, queries: &[f32], answers: &mut [Answer]| {
        group(index, queries, params, answers);
        Ok::<(), std::convert::Infallible>(())
    };
    let Ok(()) = in_groups(queries, index.dimension(), GROUP, answers, answer);
}

fn group(index: &IvfIndex, queries: &[f32], params: &SearchParams<'_>, answers: &mut [Answer]) {
    let (mut unit, mut room, width) = (Vec::new(), Vec::new(), index.width());
    let queries = incoming(index, queries, &mut unit);
    let turned = turn(index, queries, &mut room);
    let search = |i: usize| Search {
        index,
        params,
        plan: Plan::new(index, None, params),
        bound: None,
        query: &queries[i * width..][..width],
        turned: &turned[i * width..][..width],
    };
    let mut work = Work::default();
    let mut lanes = vec![Lane::new(); answers.len()];
    // List, then query; the centre's product.
    let mut visits: Vec<(u32, u32, f32)> = Vec::new();
    let mut courses = vec![Course::default(); answers.len()];
    let mut products = Vec::new();
    for (part, lanes) in lanes.chunks_mut(RANKED).enumerate() {
        let from = part * RANKED;
        index.coarse.products(&turned[from * width..][..lanes.len() * width], &mut products);
        for (i, lane) in lanes.iter_mut().enumerate() {
            let search = search(from + i);
            let columns = index.coarse.columns();
            work.products.clear();
            work.products.extend_from_slice(&products[i * columns..][..columns]);
            lane.start(index, search.turned, search.plan.candidates);
            search.rank(0, search.plan.lists, &mut work, lane);
            for (list, dot) in &lane.probes {
                visits.push((*list, (from + i) as u32, *dot));
            }
        }
    }
    visits.sort_unstable_by_key(|(list, query, _)| (*list, *query));
    for (at, (list, query, dot)) in visits.iter().enumerate() {
        if let Some((next, ..)) = visits.get(at + 1).filter(|(next, ..)| next != list) {
            index.store.prefetch(index.lists.places(*next as usize, 1).start, 1024);
        }
        let (lane, course) = (&mut lanes[*query as usize], &mut courses[*query as usize]);
        let places = index.lists.places(*list as usize, index.store.step());
        course.scanned += places.len() as u64;
        let query = &queries[*query as usize * width..][..width];
        for place in places.clone().step_by(CHUNK) {
            let count = (places.end - place).min(CHUNK);
            index.scan(place, count, *dot, query, params.filter, &mut work, lane);
        }
    }
    for (i, (answer, lane)) in answers.iter_mut().zip(&mut lanes).enumerate() {
        let Answer { hits, report } = answer;
        hits.clear();
        let search = search(i);
        if lane.candidates.len() < search.plan.enough {
            index.coarse.products(search.turned, &mut work.products);
            search.go_on(&mut work, lane, &mut courses[i]);
        }
        *report = search.finish(courses[i], &mut work, lane, &mut hits.scratch.ranked, &mut hits.list);
    }
}
