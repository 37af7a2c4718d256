//! Building, where everything that is wrong is refused.

use super::FlatIndex;
use crate::check::append_unit;
use crate::{BuildError, BuildIndex, MAX_DIMENSION, Metric, VectorFault, VectorKey, check_vector};
use bowerbird_core::container::View;
use bowerbird_core::{Progress, SpaceId};
use ndarray::ArrayView2;

/// Builds a [`FlatIndex`]: checks, sorts by key, copies. O(n · dimension + n log n); while it
/// builds, it takes twice the memory of the index.
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
        let mut rows = Vec::with_capacity(slice.len());
        for (done, row) in order.iter().enumerate() {
            let vector = &slice[*row as usize * dimension..][..dimension];
            match self.metric {
                Metric::Cosine => append_unit(vector, &mut rows),
                Metric::L2 | Metric::InnerProduct => rows.extend_from_slice(vector),
            }
            if done % STEP == 0 {
                progress(Progress::of("copy", done as u64, order.len() as u64));
            }
        }
        progress(Progress::of("copy", order.len() as u64, order.len() as u64));
        let keys: Vec<u64> = order.iter().map(|row| keys[*row as usize].0).collect();
        Ok(FlatIndex {
            space: self.space.clone(),
            metric: self.metric,
            keys: keys.into(),
            rows: View::aligned(&rows),
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

#[cfg(test)]
mod tests {
    use super::*;
    use bowerbird_core::Normalization;
    use ndarray::Array2;

    #[test]
    fn rows_start_at_a_cache_line() {
        for count in [1, 3, 500] {
            let keys: Vec<_> = (0..count as u64).map(VectorKey).collect();
            let space = SpaceId::new("ones", 1, 5, Normalization::None);
            let builder = FlatIndex::builder(space, Metric::L2);
            let index = builder
                .build(Array2::ones((count, 5)).view(), &keys)
                .expect("a build");
            assert_eq!(index.rows.as_ptr() as usize % 64, 0);
        }
    }
}
