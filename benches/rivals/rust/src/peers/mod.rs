//! One file a peer. Graphs have M = 16 (32 links on level 0) and a construction width of 200, where that can be set.

#[cfg(feature = "diskann")]
mod disk_ann;
#[cfg(feature = "hnsw_rs")]
mod hnsw;
#[cfg(feature = "instant-distance")]
mod instant;
#[cfg(feature = "usearch")]
mod unum;
#[cfg(feature = "vicinity")]
mod vicinity;

use crate::npy::Rows;
use std::error::Error;

pub const NAMES: &[&str] = &[
    #[cfg(feature = "hnsw_rs")]
    "hnsw_rs",
    #[cfg(feature = "instant-distance")]
    "instant-distance",
    #[cfg(feature = "vicinity")]
    "vicinity",
    #[cfg(feature = "usearch")]
    "usearch-rs",
    #[cfg(feature = "diskann")]
    "diskann",
];

pub struct Setting {
    pub ef: usize,
}

pub trait Peer: Sync {
    /// Whether the index has one operating point, fixed when it is built.
    fn fixed(&self) -> bool {
        false
    }

    fn set(&mut self, setting: Setting);

    /// Keys, best first.
    fn search(&self, query: &[f32], k: usize) -> Vec<u32>;
}

/// Rows have unit length unless `euclidean`.
pub fn build(name: &str, base: &Rows, euclidean: bool) -> Result<Box<dyn Peer>, Box<dyn Error>> {
    match name {
        #[cfg(feature = "hnsw_rs")]
        "hnsw_rs" => Ok(hnsw::build(base, euclidean)),
        #[cfg(feature = "instant-distance")]
        "instant-distance" => Ok(instant::build(base)),
        #[cfg(feature = "vicinity")]
        "vicinity" => vicinity::build(base, euclidean),
        #[cfg(feature = "usearch")]
        "usearch-rs" => unum::build(base, euclidean),
        #[cfg(feature = "diskann")]
        "diskann" => disk_ann::build(base),
        _ => Err(format!("no index {name}; there are: {}", NAMES.join(", ")).into()),
    }
}
