//! Building, where everything that is wrong is refused.

use super::FlatIndex;
use super::rows::Rows;
use crate::check::append_unit;
use crate::{BuildError, BuildIndex, MAX_DIMENSION, Metric, VectorFault, VectorKey, check_vector};
use bowerbird_core::{Progress, SpaceId};
use ndarray::ArrayView2;

/// Builds a [`FlatIndex`]: checks, sorts by key, copies. O(n · dimension + n log n).
#[derive(Clone, Debug)]
pub struct FlatBuilder {
    space: SpaceId,
    metric: Metric,
}

/// Rows between two reports of progress.
const STEP: usize = 8192;

impl FlatBuilder {
    pub(super) const fn new(space: SpaceId, metric: Metric) -> Self {
        Self { space, metric }
    }

    /// [`BuildIndex::build`], without the trait in scope.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the first fault; nothing is left out in silence.
    pub fn build(&self, vectors: ArrayView2<'_, f32>, keys: &[VectorKey]) -> Result<FlatIndex, BuildError> {
        BuildIndex::build(self, vectors, keys)
    }

    fn check<'a>(&self, vectors: &'a ArrayView2<'_, f32>, keys: usize) -> Result<&'a [f32], BuildError> {
        let dimension = self.space.dimension;
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
}

impl BuildIndex for FlatBuilder {
    type Index = FlatIndex;

    fn build_with_progress(
        &self,
        vectors: ArrayView2<'_, f32>,
        keys: &[VectorKey],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<FlatIndex, BuildError> {
        let slice = self.check(&vectors, keys.len())?;
        let dimension = self.space.dimension as usize;
        for (row, vector) in slice.chunks_exact(dimension).enumerate() {
            check_vector(vector, dimension, self.metric)
                .map_err(|source| BuildError::Vector { row, source })?;
        }

        let order = sorted_rows(keys)?;
        let mut rows = Rows::with_capacity(order.len(), dimension);
        for (done, row) in order.iter().enumerate() {
            let vector = &slice[*row as usize * dimension..][..dimension];
            match self.metric {
                Metric::Cosine => append_unit(vector, rows.data()),
                Metric::L2 | Metric::InnerProduct => rows.data().extend_from_slice(vector),
            }
            if done % STEP == 0 {
                progress(Progress::of("copy", done as u64, order.len() as u64));
            }
        }
        progress(Progress::of("copy", order.len() as u64, order.len() as u64));
        let keys = order.iter().map(|row| keys[*row as usize]).collect();
        Ok(FlatIndex {
            space: self.space.clone(),
            metric: self.metric,
            keys,
            rows,
        })
    }
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
