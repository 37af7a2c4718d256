//! `instant-distance`: the host writes the distance, and ef is fixed when the index is built.

use super::{Peer, Setting};
use crate::npy::Rows;
use instant_distance::{Builder, HnswMap, Point, Search};
use std::cell::RefCell;

#[derive(Clone)]
struct Row(Vec<f32>);

impl Point for Row {
    /// Squared L2, which orders rows of unit length as the cosine does; eight sums, so that it vectorises.
    fn distance(&self, other: &Self) -> f32 {
        let ((a, a_rest), (b, b_rest)) = (self.0.as_chunks::<8>(), other.0.as_chunks::<8>());
        let mut sums = [0.0f32; 8];
        for (a, b) in a.iter().zip(b) {
            for lane in 0..8 {
                let difference = a[lane] - b[lane];
                sums[lane] += difference * difference;
            }
        }
        let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| (a - b) * (a - b)).sum();
        sums.iter().sum::<f32>() + rest
    }
}

struct Instant(HnswMap<Row, u32>);

thread_local! {
    static SEARCH: RefCell<Search> = RefCell::new(Search::default());
}

pub fn build(base: &Rows) -> Box<dyn Peer> {
    let rows = base.data.chunks(base.dim).map(|row| Row(row.to_vec())).collect();
    let builder = Builder::default().ef_construction(200).ef_search(100).seed(42);
    Box::new(Instant(builder.build(rows, (0..base.len() as u32).collect())))
}

impl Peer for Instant {
    fn fixed(&self) -> bool {
        true
    }

    fn set(&mut self, _: Setting) {}

    fn search(&self, query: &[f32], k: usize) -> Vec<u32> {
        SEARCH.with_borrow_mut(|search| self.0.search(&Row(query.to_vec()), search).take(k).map(|hit| *hit.value).collect())
    }
}
