//! Vectors of 16-bit floats: half the memory, about three digits.

use super::Rows;
use crate::Metric;
use crate::kernel::{Tier, half, prefetch_elements};
use bowerbird_core::container::View;
use bowerbird_core::kernel::LANES;

/// Vectors rounded to binary16. Components beyond ±65,504 are cut off there.
#[derive(Clone, Debug)]
pub(crate) struct HalfRows {
    metric: Metric,
    dimension: usize,
    rows: View<u16>,
}

impl HalfRows {
    /// Rows are filled up with zeros to whole lanes.
    pub(crate) const fn width(dimension: usize) -> usize {
        dimension.next_multiple_of(LANES)
    }

    /// The rows `order` of `all`, in that order.
    pub(crate) fn gather(metric: Metric, dimension: usize, all: &[f32], order: &[u32]) -> Self {
        let width = Self::width(dimension);
        let mut rows = vec![0; order.len() * width];
        for (row, from) in rows.chunks_exact_mut(width).zip(order) {
            for (half, x) in row
                .iter_mut()
                .zip(&all[*from as usize * dimension..][..dimension])
            {
                *half = half::narrow(*x);
            }
        }
        Self::over(metric, dimension, View::aligned(&rows))
    }

    /// Over rows that lie there already, each [`width`](Self::width) wide.
    pub(crate) const fn over(metric: Metric, dimension: usize, rows: View<u16>) -> Self {
        Self {
            metric,
            dimension,
            rows,
        }
    }

    pub(crate) const fn view(&self) -> &View<u16> {
        &self.rows
    }

    /// True when there are zeros after the row: anything else would be scored.
    pub(crate) fn is_sound(&self, id: u32) -> bool {
        let width = Self::width(self.dimension);
        self.rows[id as usize * width..][self.dimension..width]
            .iter()
            .all(|half| *half == 0)
    }

    /// Writes the row into `out`, widened.
    pub(crate) fn decode(&self, id: u32, out: &mut Vec<f32>) {
        let width = Self::width(self.dimension);
        let row = &self.rows[id as usize * width..][..self.dimension];
        out.extend(row.iter().map(|half| half::widen(*half)));
    }
}

impl Rows for HalfRows {
    type Query = Vec<f32>;

    fn prepare(&self, query: &[f32], out: &mut Vec<f32>) {
        out.clear();
        out.extend_from_slice(query);
        out.resize(Self::width(self.dimension), 0.0);
    }

    #[inline(always)]
    fn prefetch(&self, id: u32) {
        let width = Self::width(self.dimension);
        prefetch_elements(&self.rows, id as usize * width, width);
    }

    fn losses(&self, query: &Vec<f32>, ids: &[u32], out: &mut [f32]) {
        match self.metric {
            Metric::L2 => half::squared_l2_at(Tier::active(), query, &self.rows, ids, out),
            Metric::InnerProduct | Metric::Cosine => {
                half::dot_at(Tier::active(), query, &self.rows, ids, out);
                for loss in out {
                    *loss = -*loss;
                }
            }
        }
    }
}
