//! Which lists are near a query.
//!
//! All centres are scored, by one blocked product: 2,000 centres of 100 components take some microseconds. Where there
//! are so many that this would outweigh the lists, a graph over the centres leads a search of few lists to them. Its time
//! goes with the lists wanted, that of the product with all lists: with 16,384 centres of 64 components they are even at
//! 128.

use crate::kernel::{Tier, panel};
use crate::kmeans::Centres;
use crate::top::{pack, unpack};
use crate::{BuildError, Effort, Hits, HnswIndex, Metric, SearchParams, SearchReport, VectorKey};
use bowerbird_core::container::View;
use bowerbird_core::{Normalization, SpaceId, kernel};
use ndarray::ArrayView2;

/// The centres are vectors of no model.
pub(super) fn space(width: usize) -> SpaceId {
    SpaceId::new("centres", 1, width as u32, Normalization::None)
}

/// By which metric lists are near: the centres of unit vectors are shorter than those.
pub(super) const fn ranked_by(metric: Metric) -> Metric {
    match metric {
        Metric::L2 | Metric::Cosine => Metric::L2,
        Metric::InnerProduct => Metric::InnerProduct,
    }
}

/// One list in so many is looked at to guess how near the wanted ones are.
const SAMPLED: usize = 8;

/// The centres of the lists, in the space that the codes are in.
#[derive(Clone, Debug)]
pub(super) struct Coarse {
    pub(super) lists: usize,
    pub(super) width: usize,
    /// Packed sixteen to a panel.
    pub(super) panels: View<f32>,
    /// |c|²/2 of each packed column.
    pub(super) halves: View<f32>,
    /// Over the centres, a list's number being the key; only where there are many.
    pub(super) graph: Option<HnswIndex>,
    /// The graph leads to at most one list in so many: to more, scoring all is the shorter way, since a blocked product
    /// takes a centre at a fraction of what a step in a graph costs.
    pub(super) one_in: u32,
}

/// Places that the walk over the centres' graph keeps open while it is built.
const BUILD_WIDTH: usize = 100;
/// Places beyond half as many again as the lists wanted that a walk over the graph keeps open.
const SPARE: usize = 24;

impl Coarse {
    pub(super) fn new(centres: &Centres) -> Self {
        Self {
            lists: centres.len(),
            width: centres.width(),
            panels: View::aligned(centres.panels()),
            halves: View::aligned(centres.halves()),
            graph: None,
            one_in: 0,
        }
    }

    /// Links the centres. Lists are ranked by distance unless the metric is the inner product.
    pub(super) fn link(&mut self, centres: &Centres, metric: Metric, one_in: u32) -> Result<(), BuildError> {
        self.one_in = one_in;
        let keys: Vec<VectorKey> = (0..self.lists as u64).map(VectorKey).collect();
        let view = ArrayView2::from_shape((self.lists, self.width), centres.rows())
            .map_err(|_| BuildError::NotContiguous)?;
        let builder = HnswIndex::builder(space(self.width), ranked_by(metric)).with_build_width(BUILD_WIDTH);
        self.graph = Some(builder.build(view, &keys)?);
        Ok(())
    }

    /// The graph, if the nearest `wanted` lists are to be found by it.
    pub(super) fn graph_for(&self, wanted: usize) -> Option<&HnswIndex> {
        self.graph
            .as_ref()
            .filter(|_| wanted.saturating_mul(self.one_in as usize) <= self.lists)
    }

    /// The nearest `wanted` lists by the `graph`, nearest first, each with its centre's product; and what that took.
    /// None when the graph refuses the query.
    pub(super) fn walk(
        &self,
        graph: &HnswIndex,
        query: &[f32],
        wanted: usize,
        params: &SearchParams<'_>,
        (hits, centre): (&mut Hits, &mut Vec<f32>),
        probes: &mut Vec<(u32, f32)>,
    ) -> Option<SearchReport> {
        let mut params = *params;
        params.k = wanted;
        params.filter = None;
        params.effort = Effort::Width((wanted + wanted / 2 + SPARE) as u32);
        let report = graph.search_pool(query, &params, hits).ok()?;
        probes.clear();
        for list in hits
            .keys()
            .map(|key| key.0 as usize)
            .filter(|list| *list < self.lists)
        {
            centre.clear();
            centre.resize(self.width, 0.0);
            self.add_centre(list, centre);
            probes.push((list as u32, kernel::dot(query, centre)));
        }
        Some(report)
    }

    /// Products with all centres are so many numbers.
    pub(super) fn columns(&self) -> usize {
        self.lists.next_multiple_of(16)
    }

    /// The dot product of each query with each centre, [`columns`](Self::columns) a query.
    pub(super) fn products(&self, queries: &[f32], out: &mut Vec<f32>) {
        let count = queries.len() / self.width;
        // No need to clear: every number is written.
        out.resize(count * self.columns(), 0.0);
        panel::scores(Tier::active(), queries, self.width, &self.panels, out);
    }

    /// The lists, those with the nearest centres first as far as `wanted`, each packed with its rank's loss.
    pub(super) fn rank(&self, metric: Metric, products: &[f32], wanted: usize, ranks: &mut Vec<u64>) {
        ranks.clear();
        let weight = match metric {
            Metric::L2 | Metric::Cosine => 1.0,
            Metric::InnerProduct => 0.0,
        };
        let loss = |list: usize| self.halves[list] * weight - products[list];
        let all = 0..self.lists;
        if let Some(bar) = self.bar(wanted, loss, ranks) {
            ranks.resize(self.lists, 0);
            // No branch: which lists are near cannot be predicted.
            let mut kept = 0;
            for (list, (half, product)) in self.halves.iter().zip(&products[..self.lists]).enumerate() {
                let loss = half * weight - product;
                ranks[kept] = pack(loss, list as u32);
                kept += usize::from(loss <= bar);
            }
            ranks.truncate(kept);
        }
        if ranks.len() < wanted.min(self.lists) {
            ranks.clear();
            ranks.extend(all.map(|list| pack(loss(list), list as u32)));
        }
        if wanted < ranks.len() {
            ranks.select_nth_unstable(wanted);
            ranks[..wanted].sort_unstable();
        } else {
            ranks.sort_unstable();
        }
    }

    /// A loss that some more than the `wanted` nearest lists reach, most likely: by a sample. None when it would not
    /// pay.
    fn bar(&self, wanted: usize, loss: impl Fn(usize) -> f32, room: &mut Vec<u64>) -> Option<f32> {
        if self.lists < 16 * SAMPLED || wanted * 4 > self.lists {
            return None;
        }
        room.extend(
            (0..self.lists)
                .step_by(SAMPLED)
                .map(|list| pack(loss(list), list as u32)),
        );
        let rank = wanted / SAMPLED;
        let rank = rank + rank / 2 + 6;
        if rank >= room.len() {
            return None;
        }
        let (_, bar, _) = room.select_nth_unstable(rank);
        Some(unpack(*bar).0)
    }

    pub(super) fn bytes(&self) -> usize {
        let graph = self.graph.as_ref().map_or(0, HnswIndex::bytes);
        size_of_val(&*self.panels) + size_of_val(&*self.halves) + graph
    }

    /// Adds the centre of `list` to `out`.
    pub(super) fn add_centre(&self, list: usize, out: &mut [f32]) {
        let panel = &self.panels[list / 16 * self.width * 16..];
        for (x, column) in out.iter_mut().zip(panel.chunks_exact(16)) {
            *x += column[list % 16];
        }
    }
}
