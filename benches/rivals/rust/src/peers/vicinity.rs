//! `vicinity`'s HNSW, built in parallel batches of the size that its documentation names.

use super::{Peer, Setting};
use crate::npy::Rows;
use std::error::Error;
use ::vicinity::distance::DistanceMetric;
use ::vicinity::hnsw::HNSWIndex;

struct Vicinity {
    index: HNSWIndex,
    ef: usize,
}

pub fn build(base: &Rows, euclidean: bool) -> Result<Box<dyn Peer>, Box<dyn Error>> {
    let metric = if euclidean { DistanceMetric::L2 } else { DistanceMetric::Cosine };
    let builder = HNSWIndex::builder(base.dim).m(16).m_max(32).ef_construction(200).metric(metric);
    let mut index = builder.build()?;
    for (key, row) in base.data.chunks(base.dim).enumerate() {
        index.add_slice(key as u32, row)?;
    }
    index.build_parallel(4096)?;
    Ok(Box::new(Vicinity { index, ef: 0 }))
}

impl Peer for Vicinity {
    fn set(&mut self, setting: Setting) {
        self.ef = setting.ef;
    }

    fn search(&self, query: &[f32], k: usize) -> Vec<u32> {
        let hits = self.index.search(query, k, self.ef).unwrap_or_default();
        hits.into_iter().map(|(key, _)| key).collect()
    }
}
