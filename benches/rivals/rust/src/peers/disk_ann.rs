//! Microsoft's `diskann`: the full-precision index in memory, degree 32, construction width 200, alpha 1.2.

use super::{Peer, Setting};
use crate::npy::Rows;
use diskann::graph::config::{Builder, MaxDegree};
use diskann::graph::{search::Knn, search_output_buffer::IdDistance};
use diskann::provider::DefaultContext;
use diskann_providers::index::diskann_async::{MemoryIndex, new_index};
use diskann_providers::model::graph::provider::async_::common::{FullPrecision, NoDeletes};
use diskann_providers::model::graph::provider::async_::inmem::{DefaultProviderParameters, SetStartPoints};
use diskann_vector::distance::Metric;
use rayon::prelude::*;
use std::error::Error;
use tokio::runtime::{Builder as RuntimeBuilder, Runtime};

struct DiskAnn {
    index: MemoryIndex<f32>,
    runtime: Runtime,
    l: usize,
}

/// L2 for both metrics: it orders rows of unit length as the cosine does, and is what alpha is meant for.
pub fn build(base: &Rows) -> Result<Box<dyn Peer>, Box<dyn Error>> {
    let mut builder = Builder::new(32, MaxDegree::default_slack(), 200, Metric::L2.into());
    builder.alpha(1.2);
    let config = builder.build().map_err(|error| format!("{error:?}"))?;
    let parameters = DefaultProviderParameters {
        max_points: base.len(),
        frozen_points: diskann::utils::ONE,
        metric: Metric::L2,
        dim: base.dim,
        prefetch_lookahead: None,
        prefetch_cache_line_level: None,
        max_degree: config.max_degree_u32().get(),
    };
    let index: MemoryIndex<f32> =
        new_index::<f32, _>(config, parameters, NoDeletes).map_err(|error| format!("{error:?}"))?;
    let mut centre = vec![0.0f32; base.dim];
    for row in base.data.chunks(base.dim) {
        centre.iter_mut().zip(row).for_each(|(sum, x)| *sum += x / base.len() as f32);
    }
    let start = std::iter::once(centre.as_slice());
    index.provider().set_start_points(start).map_err(|error| format!("{error:?}"))?;
    let runtime = RuntimeBuilder::new_current_thread().build()?;
    // One runtime a thread: an insertion never waits for anything.
    base.data.par_chunks(base.dim).enumerate().try_for_each_init(
        || RuntimeBuilder::new_current_thread().build(),
        |runtime, (key, row)| {
            let runtime = runtime.as_ref().map_err(|error| error.to_string())?;
            let done = index.insert(&FullPrecision, &DefaultContext, &(key as u32), row);
            runtime.block_on(done).map_err(|error| format!("{error:?}"))
        },
    )?;
    Ok(Box::new(DiskAnn { index, runtime, l: 100 }))
}

impl Peer for DiskAnn {
    fn set(&mut self, setting: Setting) {
        self.l = setting.ef;
    }

    fn search(&self, query: &[f32], k: usize) -> Vec<u32> {
        let (mut keys, mut distances) = (vec![u32::MAX; k], vec![0.0; k]);
        let mut hits = IdDistance::new(&mut keys, &mut distances);
        if let Ok(knn) = Knn::new_default(self.l) {
            let search = self.index.search(knn, &FullPrecision, &DefaultContext, query, &mut hits);
            // Slots of a failed search keep their mark, which is no key.
            drop(self.runtime.block_on(search));
        }
        keys
    }
}
