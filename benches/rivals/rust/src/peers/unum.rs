//! `usearch`, the Rust binding of a C++ library.

use super::{Peer, Setting};
use crate::npy::Rows;
use rayon::prelude::*;
use std::error::Error;
use usearch::{Index, IndexOptions, MetricKind, ScalarKind};

struct Usearch(Index);

pub fn build(base: &Rows, euclidean: bool) -> Result<Box<dyn Peer>, Box<dyn Error>> {
    let index = Index::new(&IndexOptions {
        dimensions: base.dim,
        metric: if euclidean { MetricKind::L2sq } else { MetricKind::IP },
        quantization: ScalarKind::F32,
        connectivity: 16,
        expansion_add: 200,
        ..IndexOptions::default()
    })?;
    index.reserve(base.len())?;
    let rows = base.data.par_chunks(base.dim).enumerate();
    rows.try_for_each(|(key, row)| index.add(key as u64, row).map_err(|error| error.to_string()))?;
    Ok(Box::new(Usearch(index)))
}

impl Peer for Usearch {
    fn set(&mut self, setting: Setting) {
        self.0.change_expansion_search(setting.ef);
    }

    fn search(&self, query: &[f32], k: usize) -> Vec<u32> {
        self.0.search(query, k).map(|hits| hits.keys.into_iter().map(|key| key as u32).collect()).unwrap_or_default()
    }
}
