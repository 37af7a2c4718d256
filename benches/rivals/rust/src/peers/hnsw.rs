//! `hnsw_rs`, with the dot product over rows of unit length, or L2.

use super::{Peer, Setting};
use crate::npy::Rows;
use hnsw_rs::prelude::{DistDot, DistL2, Distance, Hnsw};

struct HnswRs<D: Distance<f32> + Send + Sync> {
    index: Hnsw<'static, f32, D>,
    ef: usize,
}

pub fn build(base: &Rows, euclidean: bool) -> Box<dyn Peer> {
    if euclidean { with(base, DistL2 {}) } else { with(base, DistDot {}) }
}

fn with<D: Distance<f32> + Send + Sync + 'static>(base: &Rows, distance: D) -> Box<dyn Peer> {
    let mut index = Hnsw::new(16, base.len(), 16, 200, distance);
    let rows = base.data.chunks(base.dim).enumerate().map(|(key, row)| (row, key)).collect();
    index.parallel_insert_slice(&rows);
    index.set_searching_mode(true);
    Box::new(HnswRs { index, ef: 0 })
}

impl<D: Distance<f32> + Send + Sync> Peer for HnswRs<D> {
    fn set(&mut self, setting: Setting) {
        self.ef = setting.ef;
    }

    fn search(&self, query: &[f32], k: usize) -> Vec<u32> {
        self.index.search(query, k, self.ef).iter().map(|hit| hit.d_id as u32).collect()
    }
}
