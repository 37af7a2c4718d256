//! How hard to try: the least effort that reaches a recall on a sample of real queries.

use crate::{BatchError, BatchHits, Effort, SearchError, SearchParams, VectorFault, VectorIndex, VectorKey};
use ndarray::{ArrayView2, s};

/// Finds the least width at which `index` has `target_recall` for the 10 nearest, measured against its own most
/// thorough search: [`Tuner`] with its defaults.
///
/// `queries` should be real ones that were not used to build the index: those of a log, or vectors held out. Some
/// hundred are enough for two digits.
///
/// # Errors
///
/// [`TuneError`].
pub fn tune(
    index: &dyn VectorIndex,
    queries: ArrayView2<'_, f32>,
    target_recall: f64,
) -> Result<Tuned, TuneError> {
    Tuner::new(index).run(queries, target_recall)
}

/// Finds how hard an index must try.
///
/// The queries with even numbers choose the width, those with odd numbers tell the recall that it then has, so that the
/// figure is not one that was chosen for being good.
///
/// ```
/// use bowerbird_core::{Normalization, SpaceId};
/// use bowerbird_vsearch::{HnswIndex, Metric, SearchParams, Tuner, VectorKey, ndarray::Array2};
///
/// let vectors = Array2::from_shape_fn((3000, 8), |(row, column)| ((row * 7 + 1) as f32 * (column + 1) as f32).sin());
/// let keys: Vec<_> = (0..3000).map(VectorKey).collect();
/// let space = SpaceId::new("waves", 1, 8, Normalization::None);
/// let mut index = HnswIndex::builder(space, Metric::L2).build(vectors.view(), &keys)?;
///
/// let queries = Array2::from_shape_fn((100, 8), |(row, column)| ((row * 13) as f32 + 0.3 * column as f32).cos());
/// let tuned = Tuner::new(&index).k(5).run(queries.view(), 0.95)?;
/// index.set_width(tuned.width); // or `SearchParams::new(5).with_effort(tuned.effort())`
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Tuner<'a> {
    index: &'a dyn VectorIndex,
    oracle: Option<&'a dyn VectorIndex>,
    k: usize,
}

/// What tuning found.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Tuned {
    /// The least width that has the recall.
    pub width: u32,
    /// The recall at that width, 0 to 1, of the queries that did not choose it.
    pub recall: f64,
    /// Mean distances a query at that width.
    pub distances: f64,
    /// What was tried, by ascending width.
    pub tried: Vec<Tried>,
}

/// One width that was tried.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Tried {
    /// The width.
    pub width: u32,
    /// The recall of the queries that choose.
    pub recall: f64,
    /// Mean distances a query.
    pub distances: f64,
}

/// Why tuning could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TuneError {
    /// There are fewer than two queries. Give some hundred.
    #[error("{found} queries are not enough to choose by one half and check by the other")]
    Queries {
        /// Queries given.
        found: usize,
    },
    /// The recall asked for is not within 0 to 1.
    #[error("a recall of {found} is not within 0 to 1")]
    Target {
        /// What was asked for.
        found: f64,
    },
    /// No width reaches the recall. Build the index with more links or a wider build, or refine more exactly.
    #[error("the most thorough search has recall {recall}")]
    OutOfReach {
        /// The most that was reached.
        recall: f64,
    },
    /// The queries are refused.
    #[error("the queries are refused")]
    Batch(#[from] BatchError),
}

impl Tuned {
    /// The effort to search with.
    pub const fn effort(&self) -> Effort {
        Effort::Width(self.width)
    }
}

/// Tuning tries no width beyond this, other than all.
const WIDEST: u32 = 1 << 20;

impl<'a> Tuner<'a> {
    /// Tunes `index` for the 10 nearest.
    pub const fn new(index: &'a dyn VectorIndex) -> Self {
        Self {
            index,
            oracle: None,
            k: 10,
        }
    }

    /// Tunes for the `k` nearest, at least one.
    #[must_use]
    pub const fn k(mut self, k: usize) -> Self {
        self.k = if k == 0 { 1 } else { k };
        self
    }

    /// Takes the truth from another index of the same vectors and keys, such as a [`FlatIndex`](crate::FlatIndex).
    /// Without one it comes from the tuned index at its greatest effort: exact where that keeps full vectors, and
    /// elsewhere no better than its codes.
    #[must_use]
    pub const fn oracle(mut self, oracle: &'a dyn VectorIndex) -> Self {
        self.oracle = Some(oracle);
        self
    }

    /// Finds the least width at which the queries with even numbers have `target_recall`. Queries are searched for in
    /// the rayon pool that the caller runs in.
    ///
    /// # Errors
    ///
    /// [`TuneError`].
    pub fn run(&self, queries: ArrayView2<'_, f32>, target_recall: f64) -> Result<Tuned, TuneError> {
        if !(0.0..=1.0).contains(&target_recall) {
            return Err(TuneError::Target { found: target_recall });
        }
        if queries.nrows() < 2 {
            return Err(TuneError::Queries {
                found: queries.nrows(),
            });
        }
        self.same_width(&queries)?;
        let [chooses, checks] = [0, 1].map(|from| queries.slice(s![from..;2, ..]).to_owned());
        let oracle = self.oracle.unwrap_or(self.index);
        let truth = answers(oracle, chooses.view(), self.k, u32::MAX)?;
        let mut tried = Vec::new();
        let mut attempt = |width| -> Result<f64, TuneError> {
            let found = answers(self.index, chooses.view(), self.k, width)?;
            let (recall, distances) = (recall(&found, &truth), mean_distances(&found));
            tried.push(Tried {
                width,
                recall,
                distances,
            });
            Ok(recall)
        };
        let (mut below, mut width) = (0, 1);
        loop {
            let recall = attempt(width)?;
            if recall >= target_recall {
                break;
            }
            if width == u32::MAX {
                return Err(TuneError::OutOfReach { recall });
            }
            below = width;
            width = if width < WIDEST { width * 2 } else { u32::MAX };
        }
        while width - below > 1 + below / 16 {
            let middle = below + (width - below) / 2;
            if attempt(middle)? >= target_recall {
                width = middle;
            } else {
                below = middle;
            }
        }
        tried.sort_by_key(|tried| tried.width);
        let truth = answers(oracle, checks.view(), self.k, u32::MAX)?;
        let found = answers(self.index, checks.view(), self.k, width)?;
        Ok(Tuned {
            width,
            recall: recall(&found, &truth),
            distances: mean_distances(&found),
            tried,
        })
    }

    fn same_width(&self, queries: &ArrayView2<'_, f32>) -> Result<(), TuneError> {
        let (expected, found) = (self.index.dimension(), queries.ncols());
        if expected != found {
            let source = SearchError::Query(VectorFault::Dimension { expected, found });
            return Err(BatchError::Query { row: 0, source }.into());
        }
        Ok(())
    }
}

fn answers(
    index: &dyn VectorIndex,
    queries: ArrayView2<'_, f32>,
    k: usize,
    width: u32,
) -> Result<BatchHits, BatchError> {
    let params = SearchParams::new(k).with_effort(Effort::Width(width));
    let mut answers = BatchHits::new();
    index.search_batch(queries, &params, &mut answers)?;
    Ok(answers)
}

/// The share of the true keys that were found.
fn recall(found: &BatchHits, truth: &BatchHits) -> f64 {
    let (mut right, mut wanted) = (0, 0);
    for ((found, _), (truth, _)) in found.iter().zip(truth.iter()) {
        let keys: Vec<VectorKey> = found.keys().collect();
        right += truth.keys().filter(|key| keys.contains(key)).count();
        wanted += truth.len();
    }
    if wanted == 0 {
        1.0
    } else {
        right as f64 / wanted as f64
    }
}

fn mean_distances(found: &BatchHits) -> f64 {
    let sum: u64 = found.iter().map(|(_, report)| report.distances).sum();
    sum as f64 / found.len().max(1) as f64
}
