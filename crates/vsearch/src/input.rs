//! What a build is given, checked and put in order: the same for every index.

use crate::check::append_unit;
use crate::{BuildError, MAX_DIMENSION, Metric, VectorFault, VectorKey, check_vector};
use bowerbird_core::{Progress, SpaceId};
use ndarray::ArrayView2;

/// Rows between two reports of progress.
const STEP: usize = 8192;

/// Vectors that were let in, in ascending order of their keys.
#[derive(Debug)]
pub(crate) struct Input {
    /// Ascending, each once.
    pub(crate) keys: Vec<u64>,
    /// One after another; of unit length under cosine.
    pub(crate) rows: Vec<f32>,
}

impl Input {
    /// Checks every vector and key and copies them in order. O(n · dimension + n log n).
    pub(crate) fn read(
        space: &SpaceId,
        metric: Metric,
        vectors: &ArrayView2<'_, f32>,
        keys: &[VectorKey],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, BuildError> {
        let slice = check_shape(space, vectors, keys.len())?;
        let dimension = space.dimension as usize;
        for (row, vector) in slice.chunks_exact(dimension).enumerate() {
            check_vector(vector, dimension, metric).map_err(|source| BuildError::Vector { row, source })?;
        }
        let order = sorted_rows(keys)?;
        let mut rows = Vec::with_capacity(slice.len());
        for (done, row) in order.iter().enumerate() {
            let vector = &slice[*row as usize * dimension..][..dimension];
            match metric {
                Metric::Cosine => append_unit(vector, &mut rows),
                Metric::L2 | Metric::InnerProduct => rows.extend_from_slice(vector),
            }
            if done % STEP == 0 {
                progress(Progress::of("copy", done as u64, order.len() as u64));
            }
        }
        progress(Progress::of("copy", order.len() as u64, order.len() as u64));
        let keys = order.iter().map(|row| keys[*row as usize].0).collect();
        Ok(Self { keys, rows })
    }
}

fn check_shape<'a>(
    space: &SpaceId,
    vectors: &'a ArrayView2<'_, f32>,
    keys: usize,
) -> Result<&'a [f32], BuildError> {
    let dimension = space.dimension;
    if !(1..=MAX_DIMENSION).contains(&dimension) {
        return Err(BuildError::SpaceDimension { found: dimension });
    }
    let (count, width) = vectors.dim();
    if keys != count {
        return Err(BuildError::KeyCount { vectors: count, keys });
    }
    if u32::try_from(count).is_err() {
        return Err(BuildError::TooMany { found: count });
    }
    if count > 0 && width != dimension as usize {
        let source = VectorFault::Dimension {
            expected: dimension as usize,
            found: width,
        };
        return Err(BuildError::Vector { row: 0, source });
    }
    vectors.as_slice().ok_or(BuildError::NotContiguous)
}

/// The rows in ascending order of their keys. The caller has checked that `u32` can number them.
fn sorted_rows(keys: &[VectorKey]) -> Result<Vec<u32>, BuildError> {
    let mut order: Vec<u32> = (0..keys.len() as u32).collect();
    order.sort_by_key(|row| keys[*row as usize]); // stable: of two equal keys the first row comes first
    let twice = order
        .windows(2)
        .find(|pair| keys[pair[0] as usize] == keys[pair[1] as usize]);
    match twice {
        None => Ok(order),
        Some(pair) => {
            let (first, second) = (pair[0] as usize, pair[1] as usize);
            Err(BuildError::DuplicateKey {
                key: keys[first],
                first,
                second,
            })
        }
    }
}
