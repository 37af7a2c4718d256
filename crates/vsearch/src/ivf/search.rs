//! A search: centres, lists, candidates, hits.

use super::IvfIndex;
use super::lists::Store;
use super::scan::{CHUNK, Lane, Room, Scratch, Work, row_of};
use crate::check::incoming;
use crate::top::{TopK, unpack};
use crate::{
    AllowList, Effort, Hit, Hits, SearchError, SearchParams, SearchReport, VectorIndex, check_vector,
};
use bowerbird_core::{Reason, Status};

/// A listed key costs about as much as this many scanned codes.
const LISTED_COST: usize = 16;
/// Listed keys looked up between two looks at the clock.
const LISTED_STEP: usize = 128;
/// Rows fetched ahead of the one that is scored.
const AHEAD: usize = 12;

/// How much one search does, told by its parameters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// Hits wanted, at most as many as vectors.
    pub(super) k: usize,
    /// Lists searched, unless there are fewer than `enough` hits in them.
    pub(super) lists: usize,
    /// Candidates kept of all lists.
    pub(super) candidates: usize,
    /// Candidates that make further lists unnecessary.
    pub(super) enough: usize,
    /// Whether candidates are scored again.
    pub(super) refines: bool,
}

impl Plan {
    pub(super) fn new(index: &IvfIndex, params: &SearchParams<'_>) -> Self {
        let k = params.k.min(index.len());
        let (lists, refine) = match params.effort {
            Effort::Width(lists) => (lists, index.defaults.refine),
            Effort::Probe { lists, refine } => (lists, refine),
            Effort::Default => (index.defaults.lists, index.defaults.refine),
        };
        let refines = !matches!(index.store, Store::Flat { .. });
        let places = index.lists.ids.len();
        // With every vector wanted, a vector that stands in two lists must not take the place of another.
        let copies = places.div_ceil(index.len().max(1)).min(2);
        let usual = if refine == 0 {
            k.saturating_mul(4).saturating_add(lists as usize)
        } else {
            (refine as usize).max(k)
        };
        let candidates = if refines {
            usual.max(k.saturating_mul(copies))
        } else {
            k
        };
        Self {
            k,
            lists: (lists.max(1) as usize).min(index.coarse.lists),
            candidates: candidates.min(places).max(1),
            enough: k.saturating_mul(copies),
            refines,
        }
    }
}

pub(super) fn one(
    index: &IvfIndex,
    query: &[f32],
    bound: Option<f32>,
    params: &SearchParams<'_>,
    hits: &mut Hits,
) -> Result<SearchReport, SearchError> {
    hits.clear();
    check_vector(query, index.dimension(), index.metric)?;
    if params.k == 0 || index.is_empty() {
        return Ok(SearchReport::full(0, 0));
    }
    if params.is_late() {
        return Ok(SearchReport::partial(0, 0, 0.0, Reason::Deadline));
    }
    let Hits { list, scratch } = hits;
    let Scratch { work, lane } = &mut scratch.ivf;
    let query = incoming(index.metric, index.width(), query, &mut scratch.query);
    let plan = Plan::new(index, params);
    let mut turned = std::mem::take(&mut work.turned);
    let codes_query = turn(index, query, &mut turned);
    let mut search = Search {
        index,
        params,
        plan,
        bound,
        query,
        turned: codes_query,
    };
    let listed = params.filter.and_then(|filter| filter.allow_list());
    let report = match listed {
        Some(allowed) if allowed.keys().len() < index.len() / LISTED_COST => {
            search.look_up(allowed, work, &mut scratch.ranked, list)
        }
        _ => search.lists(work, lane, &mut scratch.ranked, list),
    };
    work.turned = turned;
    Ok(report)
}

/// The queries as the codes see them: rotated, where the codes are, in `turned`.
pub(super) fn turn<'a>(index: &IvfIndex, queries: &'a [f32], turned: &'a mut Vec<f32>) -> &'a [f32] {
    let Some(rotation) = index.store.rotation() else {
        return queries;
    };
    turned.resize(queries.len(), 0.0);
    let width = index.width();
    for (query, out) in queries.chunks_exact(width).zip(turned.chunks_exact_mut(width)) {
        rotation.apply(query, out);
    }
    turned
}

/// One search on its way.
pub(super) struct Search<'a> {
    pub(super) index: &'a IvfIndex,
    pub(super) params: &'a SearchParams<'a>,
    pub(super) plan: Plan,
    pub(super) bound: Option<f32>,
    pub(super) query: &'a [f32],
    /// The query as the codes see it.
    pub(super) turned: &'a [f32],
}

/// How far a search came.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Course {
    /// Centres scored.
    pub(super) centres: u64,
    /// Codes scanned.
    pub(super) scanned: u64,
    /// Codes of the lists that were to be searched.
    pub(super) planned: u64,
    pub(super) stopped: Option<Reason>,
    /// Lists in a row that had nothing within the bound.
    pub(super) idle: usize,
}

impl Search<'_> {
    /// List after list, the nearest first.
    fn lists(
        &mut self,
        work: &mut Work,
        lane: &mut Lane,
        ranked: &mut Vec<u64>,
        list: &mut Vec<Hit>,
    ) -> SearchReport {
        let index = self.index;
        let mut course = Course::default();
        lane.start(index, self.turned, self.bound, self.plan.candidates);
        if !self.by_graph(work, lane, &mut course) && course.stopped.is_none() {
            self.score_centres(work, &mut course);
            if course.stopped.is_none() {
                self.rank(0, self.plan.lists, work, lane);
            }
        }
        if let Some(reason) = course.stopped {
            return SearchReport::partial(0, course.centres, 0.0, reason);
        }
        for at in 0..lane.probes.len() {
            course.planned += index.lists.places(lane.probes[at].0 as usize, 1).len() as u64;
        }
        self.walk(work, lane, &mut course);
        self.go_on(work, lane, &mut course);
        self.finish(course, work, lane, ranked, list)
    }

    /// Sets the lane's probes to the nearest lists, if there is a graph that finds them. False when there is none, or
    /// when the search was stopped before they were found.
    fn by_graph(&self, work: &mut Work, lane: &mut Lane, course: &mut Course) -> bool {
        let (coarse, wanted) = (&self.index.coarse, self.plan.lists);
        let Some(graph) = coarse.graph_for(wanted) else {
            return false;
        };
        let memory = (&mut **work.centres.get_or_insert_default(), &mut work.row);
        let Some(report) = coarse.walk(graph, self.turned, wanted, self.params, memory, &mut lane.probes)
        else {
            return false;
        };
        // Each list's product is one distance more.
        course.centres = report.distances + lane.probes.len() as u64;
        course.stopped = match (report.status, self.params.distance_budget) {
            (Status::Partial { reason, .. }, _) => {
                course.centres = report.distances;
                Some(reason)
            }
            (_, Some(budget)) if budget < course.centres => {
                course.centres = report.distances;
                Some(Reason::Limit)
            }
            _ => None,
        };
        course.stopped.is_none()
    }

    /// Scores all centres, unless the budget has no room for that.
    fn score_centres(&self, work: &mut Work, course: &mut Course) {
        let coarse = &self.index.coarse;
        let after = course.centres + course.scanned + coarse.lists as u64;
        if self.params.distance_budget.is_some_and(|budget| budget < after) {
            course.stopped = Some(Reason::Limit);
            return;
        }
        course.centres += coarse.lists as u64;
        coarse.products(self.turned, &mut work.products);
    }

    /// Sets the lane's probes to the lists of rank `from..to`.
    pub(super) fn rank(&self, from: usize, to: usize, work: &mut Work, lane: &mut Lane) {
        let coarse = &self.index.coarse;
        let products = &work.products[..coarse.columns()];
        coarse.rank(self.index.metric, products, to, &mut work.ranks);
        lane.probes.clear();
        let lists = work.ranks.get(from..to).unwrap_or_default();
        lane.probes.extend(lists.iter().map(|packed| {
            let list = unpack(*packed).1;
            (list, products[list as usize])
        }));
    }

    /// Goes on to further lists while hits are missing, or a range goes on to have some. `work.products` must be this
    /// query's, unless a graph found the first lists.
    pub(super) fn go_on(&self, work: &mut Work, lane: &mut Lane, course: &mut Course) {
        let (index, plan) = (self.index, self.plan);
        // A range ends where as many lists as are searched at least have nothing for it.
        let short = |lane: &Lane, course: &Course| match self.bound {
            None => lane.candidates.len() < plan.enough,
            Some(_) => course.idle < plan.lists,
        };
        if course.stopped.is_some() || !short(lane, course) || plan.lists == index.coarse.lists {
            return;
        }
        if index.coarse.graph_for(plan.lists).is_some() {
            // What the graph found is not exactly the first of the ranks.
            let mut done: Vec<u32> = lane.probes.iter().map(|(list, _)| *list).collect();
            done.sort_unstable();
            self.score_centres(work, course);
            if course.stopped.is_some() {
                return;
            }
            self.rank(0, index.coarse.lists, work, lane);
            lane.probes.retain(|(list, _)| done.binary_search(list).is_err());
        } else {
            self.rank(plan.lists, index.coarse.lists, work, lane);
        }
        for at in 0..lane.probes.len() {
            if course.stopped.is_some() || !short(lane, course) {
                return;
            }
            let probe = lane.probes[at];
            course.planned += index.lists.places(probe.0 as usize, 1).len() as u64;
            self.visit(probe, work, lane, course);
        }
    }

    /// Searches the lane's probes.
    fn walk(&self, work: &mut Work, lane: &mut Lane, course: &mut Course) {
        let probes = std::mem::take(&mut lane.probes);
        for (at, probe) in probes.iter().enumerate() {
            if let Some((next, _)) = probes.get(at + 1) {
                self.index.prefetch(*next as usize);
            }
            self.visit(*probe, work, lane, course);
            if course.stopped.is_some() {
                break;
            }
        }
        lane.probes = probes;
    }

    fn visit(&self, (list, dot): (u32, f32), work: &mut Work, lane: &mut Lane, course: &mut Course) {
        let places = self.index.lists.places(list as usize, self.index.store.step());
        let before = lane.candidates.reached();
        let mut at = places.start;
        while at < places.end {
            let wanted = (places.end - at).min(CHUNK);
            let (count, reason) = match self.room(course, wanted) {
                _ if self.params.is_late() => (0, Some(Reason::Deadline)),
                count if count < wanted => (count, Some(Reason::Limit)),
                count => (count, None),
            };
            self.index
                .scan(at, count, dot, self.query, self.params.filter, work, lane);
            course.scanned += count as u64;
            at += count;
            if reason.is_some() {
                course.stopped = reason;
                return;
            }
        }
        course.idle = if lane.candidates.reached() > before {
            0
        } else {
            course.idle + 1
        };
    }

    /// How many of `wanted` more codes the budget has room for, when the candidates are still to be scored again.
    fn room(&self, course: &Course, wanted: usize) -> usize {
        let Some(budget) = self.params.distance_budget else {
            return wanted;
        };
        let scanned = course.scanned;
        let left = budget.saturating_sub(course.centres + scanned);
        let again = if self.plan.refines {
            self.plan.candidates as u64
        } else {
            0
        };
        // Either all candidates are already there, or each code may become one.
        let many = left.saturating_sub(again);
        let few = (left.saturating_sub(scanned) / 2).min(again.saturating_sub(scanned));
        usize::try_from(many.max(few)).unwrap_or(usize::MAX).min(wanted)
    }

    /// Scores the candidates again and puts the best into `list`.
    pub(super) fn finish(
        &self,
        course: Course,
        work: &mut Work,
        lane: &mut Lane,
        ranked: &mut Vec<u64>,
        list: &mut Vec<Hit>,
    ) -> SearchReport {
        let index = self.index;
        let candidates = lane.candidates.finish();
        let mut distances = course.centres + course.scanned;
        let mut top = self.top(ranked);
        if self.plan.refines {
            distances += candidates.len() as u64;
            // By row: of equal scores the smaller is offered first, and a row that was found twice stands together.
            candidates
                .iter_mut()
                .for_each(|packed| *packed = u64::from(row_of(*packed)));
            candidates.sort_unstable();
            candidates.dedup();
            for row in candidates.iter().take(AHEAD) {
                index.rows.prefetch(*row as usize, index.width());
            }
            for (at, row) in candidates.iter().enumerate() {
                if let Some(ahead) = candidates.get(at + AHEAD) {
                    index.rows.prefetch(*ahead as usize, index.width());
                }
                self.offer(*row as u32, work, &mut top);
            }
        } else {
            let sign = index.metric.order().sign();
            candidates.sort_unstable_by_key(|packed| row_of(*packed));
            for packed in candidates.iter() {
                let (loss, row) = unpack(*packed);
                top.offer(row, &[sign * loss], |_| true);
            }
        }
        collect(index, top, list);
        match course.stopped {
            None => SearchReport::full(course.scanned, distances),
            Some(reason) => {
                let fraction = course.scanned as f64 / course.planned.max(1) as f64;
                SearchReport::partial(course.scanned, distances, fraction as f32, reason)
            }
        }
    }

    fn offer(&self, row: u32, work: &mut Work, top: &mut TopK<'_>) {
        let room = Room {
            row: &mut work.row,
            codes: &mut work.codes,
        };
        if let Some(score) = self.index.score(row, self.query, self.turned, room) {
            top.offer(row, &[score], |_| true);
        }
    }

    fn top<'b>(&self, ranked: &'b mut Vec<u64>) -> TopK<'b> {
        let top = TopK::new(self.index.metric.order(), self.plan.k, ranked);
        self.bound.into_iter().fold(top, TopK::within)
    }

    /// Only the rows of the listed keys.
    fn look_up(
        &mut self,
        allowed: &AllowList,
        work: &mut Work,
        ranked: &mut Vec<u64>,
        list: &mut Vec<Hit>,
    ) -> SearchReport {
        let (index, keys) = (self.index, allowed.keys());
        let mut top = self.top(ranked);
        let mut visited = 0u64;
        let mut stopped = None;
        for (at, key) in keys.iter().enumerate() {
            if at % LISTED_STEP == 0 && self.params.is_late() {
                stopped = Some((at, Reason::Deadline));
                break;
            }
            let Ok(row) = index.keys.binary_search(&key.0) else {
                continue;
            };
            if self.params.distance_budget == Some(visited) {
                stopped = Some((at, Reason::Limit));
                break;
            }
            visited += 1;
            self.offer(row as u32, work, &mut top);
        }
        collect(index, top, list);
        match stopped {
            None => SearchReport::full(visited, visited),
            Some((at, reason)) => {
                SearchReport::partial(visited, visited, at as f32 / keys.len() as f32, reason)
            }
        }
    }
}

fn collect(index: &IvfIndex, top: TopK<'_>, list: &mut Vec<Hit>) {
    list.extend(top.finish().filter_map(|(row, score)| {
        let key = index.key_of(row)?;
        Some(Hit { key, score })
    }));
}
