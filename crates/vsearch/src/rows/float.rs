//! Full vectors of 32-bit floats.

use super::Rows;
use crate::Metric;
use crate::kernel::prefetch_elements;
use bowerbird_core::container::View;
use bowerbird_core::kernel;

/// Rows are filled up with zeros to a multiple of so many floats: whole cache lines.
const GRAIN: usize = 16;

/// Floats of a row that are asked for early; the machine sees a row's stream by then and fetches the rest by itself.
const ASKED: usize = 128;

/// Vectors as they came in.
#[derive(Clone, Debug)]
pub(crate) struct FloatRows {
    metric: Metric,
    dimension: usize,
    rows: View<f32>,
}

impl FloatRows {
    pub(crate) const fn width(dimension: usize) -> usize {
        dimension.next_multiple_of(GRAIN)
    }

    /// The rows `order` of `all`, in that order.
    pub(crate) fn gather(metric: Metric, dimension: usize, all: &[f32], order: &[u32]) -> Self {
        let width = Self::width(dimension);
        let mut rows = vec![0.0; order.len() * width];
        for (row, from) in rows.chunks_exact_mut(width).zip(order) {
            row[..dimension].copy_from_slice(&all[*from as usize * dimension..][..dimension]);
        }
        Self::over(metric, dimension, View::aligned(&rows))
    }

    /// Over rows that lie there already, each [`width`](Self::width) wide.
    pub(crate) const fn over(metric: Metric, dimension: usize, rows: View<f32>) -> Self {
        Self {
            metric,
            dimension,
            rows,
        }
    }

    pub(crate) const fn view(&self) -> &View<f32> {
        &self.rows
    }

    pub(crate) fn row(&self, id: u32) -> &[f32] {
        let width = Self::width(self.dimension);
        &self.rows[id as usize * width..][..self.dimension]
    }

    /// True when there are zeros after the row: anything else would be scored.
    pub(crate) fn is_sound(&self, id: u32) -> bool {
        self.padded(id)[self.dimension..].iter().all(|x| x.to_bits() == 0)
    }

    /// The row with the zeros after it: ready as a query.
    pub(crate) fn padded(&self, id: u32) -> &[f32] {
        let width = Self::width(self.dimension);
        &self.rows[id as usize * width..][..width]
    }

    /// As [`Rows::losses`], for a query that is padded already.
    pub(crate) fn losses_of(&self, query: &[f32], ids: &[u32], out: &mut [f32]) {
        match self.metric {
            Metric::L2 => kernel::squared_l2_at(query, &self.rows, ids, out),
            Metric::InnerProduct | Metric::Cosine => {
                kernel::dot_at(query, &self.rows, ids, out);
                for loss in out {
                    *loss = -*loss;
                }
            }
        }
    }
}

impl Rows for FloatRows {
    type Query = Vec<f32>;

    fn prepare(&self, query: &[f32], out: &mut Vec<f32>) {
        out.clear();
        out.extend_from_slice(query);
        out.resize(Self::width(self.dimension), 0.0);
    }

    #[inline(always)]
    fn prefetch(&self, id: u32) {
        let width = Self::width(self.dimension);
        prefetch_elements(&self.rows, id as usize * width, width.min(ASKED));
    }

    fn losses(&self, query: &Vec<f32>, ids: &[u32], out: &mut [f32]) {
        self.losses_of(query, ids, out);
    }
}
