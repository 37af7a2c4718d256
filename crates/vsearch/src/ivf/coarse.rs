//! Which lists are near a query.
//!
//! All centres are scored, by one blocked product: 2,000 centres of 100 components take some microseconds. A graph over
//! the centres would take the place of [`Coarse::rank`] when there are so many that this outweighs the lists.

use crate::Metric;
use crate::kernel::{Tier, panel};
use crate::kmeans::Centres;
use crate::top::pack;
use bowerbird_core::container::View;

/// The centres of the lists, in the space that the codes are in.
#[derive(Clone, Debug)]
pub(super) struct Coarse {
    pub(super) lists: usize,
    pub(super) width: usize,
    /// Packed sixteen to a panel.
    pub(super) panels: View<f32>,
    /// |c|²/2 of each packed column.
    pub(super) halves: View<f32>,
}

impl Coarse {
    pub(super) fn new(centres: &Centres) -> Self {
        Self {
            lists: centres.len(),
            width: centres.width(),
            panels: View::aligned(centres.panels()),
            halves: View::aligned(centres.halves()),
        }
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
        let products = products[..self.lists].iter().zip(&self.halves[..]);
        match metric {
            Metric::L2 | Metric::Cosine => {
                ranks.extend((0..).zip(products).map(|(list, (dot, half))| pack(half - dot, list)));
            }
            Metric::InnerProduct => ranks.extend((0..).zip(products).map(|(list, (dot, _))| pack(-dot, list))),
        }
        if wanted < ranks.len() {
            ranks.select_nth_unstable(wanted);
            ranks[..wanted].sort_unstable();
        } else {
            ranks.sort_unstable();
        }
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.panels) + size_of_val(&*self.halves)
    }

    /// Adds the centre of `list` to `out`.
    pub(super) fn add_centre(&self, list: usize, out: &mut [f32]) {
        let panel = &self.panels[list / 16 * self.width * 16..];
        for (x, column) in out.iter_mut().zip(panel.chunks_exact(16)) {
            *x += column[list % 16];
        }
    }
}
