//! Several queries that go through the lists together.
//!
//! The centres are read once for a group, and each list once for all queries of the group that search it. What a query
//! finds does not depend on the order of its lists, so every answer has the bits of a single search. Queries under a
//! deadline or a budget, which end at a place in that order, go one by one.

use super::IvfIndex;
use super::params::Codes;
use super::scan::CHUNK;
use super::search::{Course, Plan, Search, turn};
use crate::batch::{Answer, in_groups};
use crate::check::incoming;
use crate::kernel::Tier;
use crate::kernel::fastscan::{self, TOGETHER};
use crate::{BatchError, Hits, SearchError, SearchParams, VectorIndex, check_vector};

/// Queries that go together.
const GROUP: usize = 128;
/// Queries whose products with the centres are in memory together.
const RANKED: usize = 12;

/// Lists of each query that are searched before all others: with the nearest candidates at hand, most of what comes
/// later fails the bar.
const FIRST: usize = 8;

/// Whether a batch with these parameters may share its way.
pub(super) fn shares(index: &IvfIndex, params: &SearchParams<'_>) -> bool {
    let listed = params.filter.is_some_and(|filter| filter.allow_list().is_some());
    let limited = params.deadline.moment().is_some() || params.distance_budget.is_some();
    let lists = Plan::new(index, params).lists;
    !limited && !listed && params.k > 0 && !index.is_empty() && index.coarse.graph_for(lists).is_none()
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
    let queries = incoming(index.metric, width, queries, &mut unit);
    let turned = turn(index, queries, &mut room);
    let search = |i: usize| Search {
        index,
        params,
        plan: Plan::new(index, params),
        bound: None,
        query: &queries[i * width..][..width],
        turned: &turned[i * width..][..width],
    };
    let Some(first) = answers.first_mut() else {
        return;
    };
    // The first answer's buffer lends its memory to the group; what is each query's own lies in its own.
    let mut work = std::mem::take(&mut first.hits.scratch.ivf.work);
    let mut visits = std::mem::take(&mut work.visits);
    let mut products = std::mem::take(&mut work.many);
    visits.clear();
    for (part, answers) in answers.chunks_mut(RANKED).enumerate() {
        let from = part * RANKED;
        index
            .coarse
            .products(&turned[from * width..][..answers.len() * width], &mut products);
        for (i, answer) in answers.iter_mut().enumerate() {
            let (search, lane) = (search(from + i), &mut answer.hits.scratch.ivf.lane);
            let columns = index.coarse.columns();
            work.products.clear();
            work.products
                .extend_from_slice(&products[i * columns..][..columns]);
            lane.start(index, search.turned, None, search.plan.candidates);
            search.rank(0, search.plan.lists, &mut work, lane);
            for (rank, (list, dot)) in lane.probes.iter().enumerate() {
                let turn = u32::from(rank >= FIRST);
                visits.push((turn, *list, (from + i) as u32, *dot));
            }
        }
    }
    visits.sort_unstable_by_key(|(turn, list, query, _)| (*turn, *list, *query));
    let mut rest = &visits[..];
    while let Some((turn, list, ..)) = rest.first() {
        let together = rest
            .iter()
            .take_while(|visit| (visit.0, visit.1) == (*turn, *list))
            .count();
        let (visits, later) = rest.split_at(together);
        if let Some((_, next, ..)) = later.first() {
            index.prefetch(*next as usize);
        }
        let places = index.lists.places(*list as usize, index.store.step());
        for place in places.clone().step_by(CHUNK) {
            let count = (places.end - place).min(CHUNK);
            let (fours, alone) = match index.codes() {
                Codes::Pq4 { .. } => visits.as_chunks::<TOGETHER>(),
                _ => (&[][..], visits),
            };
            for visits in fours {
                let looked = visits.each_ref().map(|(_, _, query, dot)| {
                    index.look_ups(
                        place,
                        count,
                        *dot,
                        &answers[*query as usize].hits.scratch.ivf.lane,
                    )
                });
                if let [Some(a), Some(b), Some(c), Some(d)] = looked {
                    fastscan::scan_together(Tier::active(), &[a, b, c, d], &mut work.found);
                    for ((_, _, query, _), found) in visits.iter().zip(&work.found) {
                        let lane = &mut answers[*query as usize].hits.scratch.ivf.lane;
                        index.take(place, found, params.filter, lane);
                    }
                }
            }
            for (_, _, query, dot) in alone {
                let lane = &mut answers[*query as usize].hits.scratch.ivf.lane;
                let query = &queries[*query as usize * width..][..width];
                index.scan(place, count, *dot, query, params.filter, &mut work, lane);
            }
        }
        rest = later;
    }
    work.visits = visits;
    work.many = products;
    for (i, answer) in answers.iter_mut().enumerate() {
        let Answer { hits, report } = answer;
        let Hits { list, scratch } = hits;
        list.clear();
        let (search, lane) = (search(i), &mut scratch.ivf.lane);
        let sizes = lane
            .probes
            .iter()
            .map(|(list, _)| index.lists.places(*list as usize, index.store.step()).len());
        let mut course = Course {
            centres: index.coarse.lists as u64,
            scanned: sizes.sum::<usize>() as u64,
            ..Course::default()
        };
        if lane.candidates.len() < search.plan.enough {
            index.coarse.products(search.turned, &mut work.products);
            search.go_on(&mut work, lane, &mut course);
        }
        *report = search.finish(course, &mut work, lane, &mut scratch.ranked, list);
    }
    if let Some(first) = answers.first_mut() {
        first.hits.scratch.ivf.work = work;
    }
}
