//! Building, where everything that is wrong is refused.

use super::FlatIndex;
use crate::input::Input;
use crate::{BuildError, BuildIndex, Metric, VectorKey};
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
}

impl BuildIndex for FlatBuilder {
    type Index = FlatIndex;

    fn build_with_progress(
        &self,
        vectors: ArrayView2<'_, f32>,
        keys: &[VectorKey],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<FlatIndex, BuildError> {
        let Input { keys, rows } = Input::read(&self.space, self.metric, &vectors, keys, progress)?;
        Ok(FlatIndex {
            space: self.space.clone(),
            metric: self.metric,
            keys: keys.into(),
            rows: View::aligned(&rows),
            metadata: View::default(),
        })
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
