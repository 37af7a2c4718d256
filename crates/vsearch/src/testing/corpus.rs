//! Seeded vectors to build and search.

use crate::{Metric, VectorKey};
use bowerbird_core::{Normalization, SpaceId};
use ndarray::Array2;
use std::fmt;

/// What an index under test is built of.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// The space, of the dimension that the index is to have.
    pub space: SpaceId,
    /// The metric.
    pub metric: Metric,
    /// The vectors, one a row. Some cases hold faults that a build must refuse.
    pub vectors: Array2<f32>,
    /// The key of each row, in no order.
    pub keys: Vec<VectorKey>,
}

impl Corpus {
    /// `count` vectors in a few clusters with some noise. The same seed gives the same vectors.
    pub fn clustered(metric: Metric, count: usize, dimension: usize, seed: u64) -> Self {
        let mut random = Random(seed);
        let centres = Array2::from_shape_simple_fn((8, dimension), || random.unit());
        let pick: Vec<usize> = (0..count).map(|_| random.next() as usize % 8).collect();
        let vectors = Array2::from_shape_fn((count, dimension), |(row, column)| {
            centres[[pick[row], column]] + 0.4 * random.unit()
        });
        // Odd multipliers are invertible modulo 2^64: all keys differ, and they use all bits.
        let keys = (0..count as u64).map(|row| VectorKey((row + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        Self::of(metric, vectors, keys.collect())
    }

    /// `count` times the same vector.
    pub fn equal(metric: Metric, count: usize, dimension: usize) -> Self {
        let keys = (0..count as u64)
            .map(|row| VectorKey((row * 7919) % 10_007))
            .collect();
        Self::of(metric, Array2::from_elem((count, dimension), 0.5), keys)
    }

    fn of(metric: Metric, vectors: Array2<f32>, keys: Vec<VectorKey>) -> Self {
        let space = SpaceId::new("conformance", 1, vectors.ncols() as u32, Normalization::None);
        Self {
            space,
            metric,
            vectors,
            keys,
        }
    }

    /// `count` queries near the vectors, contiguous.
    pub(super) fn queries(&self, count: usize, seed: u64) -> Array2<f32> {
        let mut random = Random(seed);
        let rows = self.vectors.nrows().max(1);
        Array2::from_shape_fn((count, self.vectors.ncols()), |(query, column)| {
            let near = self
                .vectors
                .get([query * 31 % rows, column])
                .copied()
                .unwrap_or(0.5);
            near + 0.3 * random.unit()
        })
    }
}

impl fmt::Display for Corpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} vectors x {} under {}",
            self.vectors.nrows(),
            self.vectors.ncols(),
            self.metric
        )
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Even in −1..1.
    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}
