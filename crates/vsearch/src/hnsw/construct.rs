//! Building the graph.
//!
//! Rows come in an order drawn from the seed, in rounds. Those of a round look for their neighbours in the graph as the
//! rounds before left it, side by side; then their links are written down, and the links back to them, target by target.
//! Nothing depends on who was first, so the same input and seed give the same graph on any number of threads. Rounds
//! double until they are a small share of the whole: what a round's rows don't see of each other is little (Manohar et
//! al., *ParlayANN*, PPoPP 2024).
//!
//! The walks read 8-bit codes, a quarter of the memory of the vectors; what they find is scored again in full, and links
//! are chosen by full vectors.

use super::connect::connect;
use super::graph::{Graph, Links, NONE};
use super::select::select;
use super::walk::{Free, Layer, Walk};
use crate::parallel;
use crate::rows::{FloatRows, LocalQuery, LocalRows, Rows};
use bowerbird_core::Progress;
use std::sync::{Mutex, PoisonError};

/// How a graph is built.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) links: usize,
    pub(super) width: usize,
}

/// A round holds at most this share of the rows.
const SHARE: usize = 50;
/// And at least so many, once there are as many.
const LEAST: usize = 64;

/// The graph so far.
pub(super) struct Draft {
    counts: Vec<u32>,
    upper_degree: usize,
    base_degree: usize,
    layers: Vec<Vec<u32>>,
}

impl Links for Draft {
    #[inline]
    fn of(&self, layer: usize, row: u32) -> &[u32] {
        let degree = self.degree(layer);
        &self.layers[layer][row as usize * degree..][..degree]
    }
}

impl Draft {
    /// The slots of `row` in the bottom layer.
    pub(super) fn slots(&mut self, row: u32) -> &mut [u32] {
        &mut self.layers[0][row as usize * self.base_degree..][..self.base_degree]
    }

    const fn degree(&self, layer: usize) -> usize {
        if layer == 0 {
            self.base_degree
        } else {
            self.upper_degree
        }
    }
}

/// Working memory of one thread.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) walk: Walk,
    pub(super) query: LocalQuery,
    ids: Vec<u32>,
    losses: Vec<f32>,
    candidates: Vec<(f32, u32)>,
}

/// Vectors in the order in which they come into the graph.
pub(super) struct Material<'a> {
    pub(super) codes: &'a LocalRows,
    pub(super) full: &'a FloatRows,
    pub(super) count: usize,
}

/// Rows of each layer, from the bottom.
fn layer_counts(count: usize, links: usize) -> Vec<u32> {
    let mut counts = vec![count as u32];
    let mut above = count / links;
    while above >= links {
        counts.push(above as u32);
        above /= links;
    }
    counts
}

/// The places at which a round ends, ascending; the last is `count`.
fn rounds(count: usize) -> Vec<usize> {
    let mut ends = vec![count.min(1)];
    let mut end = 1;
    while end < count {
        end = count.min(end + end.min((count / SHARE).max(LEAST)));
        ends.push(end);
    }
    ends
}

/// Sorts the rows that come in one round by their place in `rank`, unless that would move a row to another layer.
pub(super) fn sort_rounds(order: &mut [u32], rank: &[u32], links: usize) {
    let mut cuts = rounds(order.len());
    cuts.extend(
        layer_counts(order.len(), links)
            .iter()
            .map(|count| *count as usize),
    );
    cuts.sort_unstable();
    let mut start = 0;
    for cut in cuts {
        order[start..cut].sort_unstable_by_key(|row| rank[*row as usize]);
        start = cut;
    }
}

/// Builds the graph of all rows.
pub(super) fn construct(material: &Material<'_>, plan: Plan, progress: &mut dyn FnMut(Progress)) -> Graph {
    let count = material.count;
    let counts = layer_counts(count, plan.links);
    let mut draft = Draft {
        upper_degree: plan.links,
        base_degree: 2 * plan.links,
        layers: Vec::new(),
        counts,
    };
    for (layer, rows) in draft.counts.iter().enumerate() {
        draft
            .layers
            .push(vec![NONE; *rows as usize * draft.degree(layer)]);
    }
    let idle = Mutex::new(Vec::new());
    let ends = rounds(count);
    for round in ends.windows(2) {
        let (start, end) = (round[0], round[1]);
        let found = parallel::map(end - start, |i| {
            with_scratch(&idle, |scratch| {
                neighbours(&draft, material, plan, start, start + i, scratch)
            })
        });
        for layer in 0..draft.counts.len() {
            join(&mut draft, material, layer, start, &found, &idle);
        }
        progress(Progress::of("link", end as u64, count as u64));
    }
    connect(&mut draft, material, plan.width);
    let upper: Vec<u32> = draft.layers.iter().skip(1).flatten().copied().collect();
    let base = std::mem::take(&mut draft.layers[0]);
    Graph {
        base_degree: draft.base_degree,
        upper_degree: draft.upper_degree,
        base: base.into(),
        upper: upper.into(),
        counts: draft.counts,
    }
}

fn with_scratch<R>(idle: &Mutex<Vec<Scratch>>, work: impl FnOnce(&mut Scratch) -> R) -> R {
    let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let mut scratch = taken.unwrap_or_default();
    let result = work(&mut scratch);
    idle.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
    result
}

/// The links of `row` in each of its layers, from the bottom, among the rows before `start`.
fn neighbours(
    draft: &Draft,
    material: &Material<'_>,
    plan: Plan,
    start: usize,
    row: usize,
    scratch: &mut Scratch,
) -> Vec<Vec<u32>> {
    let Scratch {
        walk,
        query,
        ids,
        losses,
        candidates,
    } = scratch;
    let codes = material.codes;
    codes.prepare(material.full.row(row as u32), query);
    let mut entry = [0.0];
    codes.losses(query, &[0], &mut entry);
    let mut best = (entry[0], 0);
    let mut found = Vec::new();
    for layer in (0..draft.counts.len()).rev() {
        let rows = draft.counts[layer] as usize;
        let view = Layer {
            links: draft,
            layer,
            rows: start.min(rows),
        };
        if row >= rows {
            best = walk
                .descend(&view, (codes, query), best, &mut Free)
                .unwrap_or(best);
            continue;
        }
        walk.run(&view, (codes, query), best.1, (plan.width, 0), None, &mut Free);
        ids.clear();
        ids.extend(walk.pool.iter().map(|(_, id)| id));
        best = walk.pool.iter().next().unwrap_or(best);
        exact(material.full, row as u32, ids, losses, candidates);
        let mut taken = Vec::new();
        select(material.full, candidates, draft.degree(layer), &mut taken);
        found.push(taken);
    }
    found.reverse();
    found
}

/// Scores `ids` by the full vector of `row`, nearest first into `candidates`.
fn exact(full: &FloatRows, row: u32, ids: &[u32], losses: &mut Vec<f32>, candidates: &mut Vec<(f32, u32)>) {
    losses.clear();
    losses.resize(ids.len(), 0.0);
    full.losses_of(full.padded(row), ids, losses);
    candidates.clear();
    candidates.extend(losses.iter().copied().zip(ids.iter().copied()));
    candidates.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
}

/// Writes the links that a round found in `layer`, and the links back.
fn join(
    draft: &mut Draft,
    material: &Material<'_>,
    layer: usize,
    start: usize,
    found: &[Vec<Vec<u32>>],
    idle: &Mutex<Vec<Scratch>>,
) {
    let degree = draft.degree(layer);
    let mut back = Vec::new();
    for (i, layers) in found.iter().enumerate() {
        let Some(links) = layers.get(layer) else { continue };
        let row = start + i;
        draft.layers[layer][row * degree..][..links.len()].copy_from_slice(links);
        back.extend(links.iter().map(|target| (u64::from(*target) << 32) | row as u64));
    }
    parallel::sort_distinct(&mut back);
    let groups: Vec<&[u64]> = back.chunk_by(|a, b| a >> 32 == b >> 32).collect();
    let read = &*draft;
    let lists = parallel::map(groups.len(), |group| {
        let target = (groups[group][0] >> 32) as u32;
        let more = groups[group].iter().map(|edge| *edge as u32);
        let mut list: Vec<u32> = read
            .of(layer, target)
            .iter()
            .copied()
            .filter(|link| *link != NONE)
            .chain(more)
            .collect();
        if list.len() > degree {
            with_scratch(idle, |scratch| {
                exact(
                    material.full,
                    target,
                    &list,
                    &mut scratch.losses,
                    &mut scratch.candidates,
                );
                select(material.full, &scratch.candidates, degree, &mut list);
            });
        }
        list
    });
    for (group, list) in groups.iter().zip(lists) {
        let target = (group[0] >> 32) as usize;
        let slots = &mut draft.layers[layer][target * degree..][..degree];
        slots[..list.len()].copy_from_slice(&list);
        slots[list.len()..].fill(NONE);
    }
}
