//! From vectors to an index.

use super::construct::{Material, Plan, construct, sort_rounds};
use super::enter::steps;
use super::graph::Graph;
use super::locality::clustered;
use super::order::{breadth_first, renumbered};
use super::pool::MAX_ROWS;
use super::reach::{Reach, WIDTHS};
use super::search::Scratch;
use super::store::{Store, Vectors};
use super::{HnswIndex, MAX_LINKS};
use crate::input::Input;
use crate::random::Random;
use crate::rows::{FloatRows, LocalRows};
use crate::{BuildError, BuildIndex, Metric, VectorIndex, VectorKey, parallel};
use bowerbird_core::container::View;
use bowerbird_core::{Progress, SpaceId, kernel};
use ndarray::ArrayView2;

/// Vectors of the index that it is measured with.
const SAMPLE: usize = 64;
/// Open places of a walk that measures.
const PLACES: usize = 1 << 14;

/// Builds an [`HnswIndex`].
///
/// | option | default | effect |
/// |---|---|---|
/// | [`with_links`](Self::with_links) (*M*) | 16 | links a row and layer; twice as many in the bottom layer. More: better recall at a given width, more memory, a longer build. For hard data (low contrast, many dimensions) 24 to 32. |
/// | [`with_build_width`](Self::with_build_width) (*ef_construction*) | 200 | places that a walk keeps open while building. More: a better graph, a longer build. |
/// | [`with_vectors`](Self::with_vectors) | [`Vectors::F32`] | what is kept of the vectors |
/// | [`with_width`](Self::with_width) (*ef*) | 64 | the width of a search with [`Effort::Default`](crate::Effort::Default) |
/// | [`with_seed`](Self::with_seed) | 0 | draws the order in which rows come into the graph |
///
/// Time is about O(n log n · (M + build_width) · dimension). While it builds it holds the vectors twice and 8-bit codes
/// once beside what the caller holds.
#[derive(Clone, Debug)]
pub struct HnswBuilder {
    space: SpaceId,
    metric: Metric,
    links: usize,
    build_width: usize,
    vectors: Vectors,
    width: u32,
    seed: u64,
}

impl HnswBuilder {
    pub(super) const fn new(space: SpaceId, metric: Metric) -> Self {
        Self {
            space,
            metric,
            links: 16,
            build_width: 200,
            vectors: Vectors::F32,
            width: 64,
            seed: 0,
        }
    }

    /// Links a row, brought into 2..=[`MAX_LINKS`].
    #[must_use]
    pub const fn with_links(mut self, links: usize) -> Self {
        self.links = if links < 2 {
            2
        } else if links > MAX_LINKS {
            MAX_LINKS
        } else {
            links
        };
        self
    }

    /// Places that a walk keeps open while building; at least the number of links counts.
    #[must_use]
    pub const fn with_build_width(mut self, width: usize) -> Self {
        self.build_width = width;
        self
    }

    /// In which form the vectors are kept.
    #[must_use]
    pub const fn with_vectors(mut self, vectors: Vectors) -> Self {
        self.vectors = vectors;
        self
    }

    /// The width of a search that doesn't say one, at least 1.
    #[must_use]
    pub const fn with_width(mut self, width: u32) -> Self {
        self.width = if width == 0 { 1 } else { width };
        self
    }

    /// Another order of rows, and so another graph as good as the first.
    #[must_use]
    pub const fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// [`BuildIndex::build`], without the trait in scope.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the first fault; nothing is left out in silence.
    pub fn build(&self, vectors: ArrayView2<'_, f32>, keys: &[VectorKey]) -> Result<HnswIndex, BuildError> {
        BuildIndex::build(self, vectors, keys)
    }

    fn graph(
        &self,
        metric: Metric,
        dimension: usize,
        rows: &[f32],
        order: &mut [u32],
        progress: &mut dyn FnMut(Progress),
    ) -> Graph {
        let plain: Vec<u32> = (0..order.len() as u32).collect();
        let near = clustered(&FloatRows::gather(metric, dimension, rows, &plain), order.len());
        let mut rank = vec![0; near.len()];
        for (place, row) in near.iter().enumerate() {
            rank[*row as usize] = place as u32;
        }
        sort_rounds(order, &rank, self.links);
        let material = Material {
            full: &FloatRows::gather(metric, dimension, rows, order),
            codes: &LocalRows::gather(metric, dimension, rows, order).without_seconds(),
            count: order.len(),
        };
        let plan = Plan {
            links: self.links,
            width: self.build_width.max(self.links),
        };
        construct(&material, plan, progress)
    }

    /// How far the walks of `index` look for each width. O(1) walks.
    fn reach(&self, index: &HnswIndex) -> Reach {
        let mut random = Random::new(self.seed ^ SAMPLE as u64);
        let sample: Vec<u32> = (0..SAMPLE).map(|_| random.below(index.len()) as u32).collect();
        let most = PLACES.min(index.len());
        Reach::measure(|share| {
            let steps = parallel::map(sample.len(), |i| {
                let mut query = Vec::new();
                index.store.decode(sample[i], &mut query);
                steps(index, &query, share, most, &mut Scratch::default())
            });
            steps.iter().sum::<usize>() as f32 / SAMPLE as f32
        })
    }
}

impl BuildIndex for HnswBuilder {
    type Index = HnswIndex;

    fn build_with_progress(
        &self,
        vectors: ArrayView2<'_, f32>,
        keys: &[VectorKey],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<HnswIndex, BuildError> {
        let count = vectors.nrows();
        if count > MAX_ROWS {
            return Err(BuildError::TooMany { found: count });
        }
        let Input { keys, rows } = Input::read(&self.space, self.metric, &vectors, keys, progress)?;
        let (metric, dimension) = (self.metric, self.space.dimension as usize);
        let mut drawn = Random::new(self.seed).permutation(count);
        let square = |row: &[f32]| kernel::dot(row, row);
        let longest = rows
            .chunks_exact(dimension)
            .map(square)
            .fold(0.0, f32::max)
            .sqrt();
        let graph = match metric {
            Metric::InnerProduct => {
                let lifted = lift(&rows, dimension, longest);
                self.graph(Metric::L2, dimension + 1, &lifted, &mut drawn, progress)
            }
            Metric::L2 | Metric::Cosine => self.graph(metric, dimension, &rows, &mut drawn, progress),
        };

        let numbers = breadth_first(&graph);
        let graph = renumbered(&graph, &numbers);
        let order: Vec<u32> = numbers.iter().map(|row| drawn[*row as usize]).collect();
        let mut by_key = vec![0; count];
        for (row, place) in order.iter().enumerate() {
            by_key[*place as usize] = row as u32;
        }
        let keys: Vec<u64> = order.iter().map(|place| keys[*place as usize]).collect();
        let store = Store::gather(self.vectors, metric, dimension, &rows, &order);
        let mut index = HnswIndex {
            space: self.space.clone(),
            metric,
            width: self.width,
            longest,
            reach: Reach([0.0; WIDTHS]),
            keys: keys.into(),
            by_key: by_key.into(),
            graph,
            store,
            metadata: View::default(),
        };
        if count > 0 {
            index.reach = self.reach(&index);
        }
        Ok(index)
    }
}

/// The vectors with one component more that makes all of them `longest` long. Among them the nearest to a query that
/// has 0 there are those with the largest dot product: a graph needs distances, which dot products are not (Bachrach et
/// al., *Speeding up the Xbox recommender system*, RecSys 2014).
fn lift(rows: &[f32], dimension: usize, longest: f32) -> Vec<f32> {
    let mut lifted = Vec::with_capacity(rows.len() / dimension * (dimension + 1));
    for row in rows.chunks_exact(dimension) {
        let left = longest * longest - kernel::dot(row, row);
        lifted.extend_from_slice(row);
        lifted.push(left.max(0.0).sqrt());
    }
    lifted
}
