//! k-means: a few centres that stand for many vectors.
//!
//! Seeds are drawn by k-means++ (Arthur and Vassilvitskii, 2007) from a sample, then moved by Lloyd's iterations over a
//! larger sample, or by mini-batches (Sculley, 2010). The nearest centre is found by ranking |c|²/2 − ⟨x, c⟩, so an
//! iteration is one blocked matrix product. A balance penalty makes large clusters look farther away, so that lists
//! of an inverted file come out more even. Clusters that lose all their vectors start anew at a vector of a large one.
//!
//! The work is shared out in the rayon pool that the caller runs in; the centres are the same for any number of
//! threads and on every instruction set.
//!
//! ```
//! use bowerbird_vsearch::{kmeans::KMeans, ndarray::arr2};
//!
//! let points = arr2(&[[0.0f32, 0.1], [0.1, 0.0], [9.0, 9.0], [9.1, 9.0]]);
//! let centres = KMeans::new(2).train(points.view())?;
//! let near = centres.nearest(points.view())?;
//! assert!(near[0] == near[1] && near[2] == near[3] && near[0] != near[2]);
//! # Ok::<(), bowerbird_vsearch::BuildError>(())
//! ```

mod lloyd;
mod seed;

use crate::kernel::{Tier, panel};
use crate::parallel;
use crate::random::Random;
use crate::{BuildError, MAX_DIMENSION, Metric, VectorFault, check_vector};
use ndarray::ArrayView2;

/// Rows of one task of an assignment.
const CHUNK: usize = 512;

/// Which vectors one iteration looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Batch {
    /// The whole sample: Lloyd's iterations.
    Full,
    /// So many vectors of it, drawn anew each time, by whose share each centre moves.
    Mini(usize),
}

/// Whether clusters are kept of about one size.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub enum Balance {
    /// They are as large as they come.
    Free,
    /// A cluster of twice the mean size looks farther away by this share (0 to 1) of the mean squared distance.
    Penalty(f32),
}

/// How centres are trained. All settings have defaults that serve an inverted file.
#[derive(Clone, Debug)]
pub struct KMeans {
    clusters: usize,
    iterations: usize,
    sample: usize,
    batch: Batch,
    balance: Balance,
    seed: u64,
}

impl KMeans {
    /// `clusters` centres, at least 1.
    pub fn new(clusters: usize) -> Self {
        Self {
            clusters: clusters.max(1),
            iterations: 10,
            sample: 64,
            batch: Batch::Full,
            balance: Balance::Free,
            seed: 0,
        }
    }

    /// Sets how often the centres are moved. Default 10; training ends before when nothing moves.
    #[must_use]
    pub fn with_iterations(mut self, iterations: usize) -> Self {
        self.iterations = iterations;
        self
    }

    /// Sets how many vectors a centre are trained on, at least 1; of more, an even sample is taken. Default 64.
    #[must_use]
    pub fn with_sample(mut self, vectors_a_cluster: usize) -> Self {
        self.sample = vectors_a_cluster.max(1);
        self
    }

    /// Sets what one iteration looks at. Default [`Batch::Full`].
    #[must_use]
    pub fn with_batch(mut self, batch: Batch) -> Self {
        self.batch = batch;
        self
    }

    /// Sets whether clusters are kept of about one size. Default [`Balance::Free`].
    #[must_use]
    pub fn with_balance(mut self, balance: Balance) -> Self {
        self.balance = balance;
        self
    }

    /// Sets the seed of all that is drawn. Default 0.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Trains centres for the rows of `points`: as many as asked for, or as there are rows if those are fewer.
    /// O(iterations · sample · clusters² · width), in memory of a copy of the sample.
    ///
    /// # Errors
    ///
    /// [`BuildError`] for rows that are not contiguous, of 0 or more than [`MAX_DIMENSION`] numbers, or that hold a
    /// number that is not finite or beyond [`MAX_MAGNITUDE`](crate::MAX_MAGNITUDE).
    pub fn train(&self, points: ArrayView2<'_, f32>) -> Result<Centres, BuildError> {
        let (rows, width) = checked(&points)?;
        Ok(self.fit(rows, width))
    }

    /// As [`train`](Self::train), of rows that were checked.
    pub(crate) fn fit(&self, rows: &[f32], width: usize) -> Centres {
        let mut random = Random::new(self.seed ^ 0x6b6d_6561_6e73);
        let count = rows.len() / width;
        let clusters = self.clusters.min(count);
        let sampled = sample(rows, width, clusters.saturating_mul(self.sample), &mut random);
        let points = sampled.as_deref().unwrap_or(rows);
        let seeds = seed::plus_plus(points, width, clusters, &mut random);
        let mut centres = Centres::new(seeds, width);
        match self.batch {
            Batch::Full => lloyd::full(&mut centres, points, self.iterations, self.balance, &mut random),
            Batch::Mini(size) => lloyd::mini(&mut centres, points, self.iterations, size, &mut random),
        }
        centres
    }
}

/// An even sample of `wanted` rows, one from each stretch of the input; `None` when there are no more than that.
pub(crate) fn sample(rows: &[f32], width: usize, wanted: usize, random: &mut Random) -> Option<Vec<f32>> {
    let count = rows.len() / width;
    if count <= wanted {
        return None;
    }
    let mut sample = Vec::with_capacity(wanted * width);
    for i in 0..wanted {
        let row = ((i as f64 + random.unit()) * (count as f64 / wanted as f64)) as usize;
        sample.extend_from_slice(&rows[row.min(count - 1) * width..][..width]);
    }
    Some(sample)
}

fn checked<'a>(points: &'a ArrayView2<'_, f32>) -> Result<(&'a [f32], usize), BuildError> {
    let width = points.ncols();
    if !(1..=MAX_DIMENSION as usize).contains(&width) {
        return Err(BuildError::SpaceDimension { found: width as u32 });
    }
    let rows = points.as_slice().ok_or(BuildError::NotContiguous)?;
    for (row, vector) in rows.chunks_exact(width).enumerate() {
        check_vector(vector, width, Metric::L2).map_err(|source| BuildError::Vector { row, source })?;
    }
    Ok((rows, width))
}

/// Trained centres, ready to find the nearest. 8 bytes a number.
#[derive(Clone, Debug)]
pub struct Centres {
    width: usize,
    rows: Vec<f32>,
    panels: Vec<f32>,
    /// |c|²/2; infinite where packing added a column.
    halves: Vec<f32>,
}

impl Centres {
    pub(crate) fn new(rows: Vec<f32>, width: usize) -> Self {
        let mut centres = Self {
            width,
            rows,
            panels: Vec::new(),
            halves: Vec::new(),
        };
        centres.pack();
        centres
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len() / self.width
    }

    /// True when there are none, for they were trained on nothing.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Numbers in a centre.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The centres, one after another.
    pub fn rows(&self) -> &[f32] {
        &self.rows
    }

    /// The number of the nearest centre (by Euclidean distance, of equal ones the first) of each row of `points`.
    /// O(rows · centres · width).
    ///
    /// # Errors
    ///
    /// As [`KMeans::train`], and [`BuildError::Vector`] for rows of another width. Of no centres, none is the
    /// nearest: `u32::MAX`.
    pub fn nearest(&self, points: ArrayView2<'_, f32>) -> Result<Vec<u32>, BuildError> {
        let (rows, width) = checked(&points)?;
        if width != self.width {
            let source = VectorFault::Dimension {
                expected: self.width,
                found: width,
            };
            return Err(BuildError::Vector { row: 0, source });
        }
        Ok(self.assign(rows).into_iter().map(|(centre, _)| centre).collect())
    }

    /// The nearest centre of each row, and |c|²/2 − ⟨x, c⟩.
    pub(crate) fn assign(&self, rows: &[f32]) -> Vec<(u32, f32)> {
        self.assign_by(rows, &self.halves)
    }

    /// The centres packed sixteen to a panel.
    pub(crate) fn panels(&self) -> &[f32] {
        &self.panels
    }

    /// |c|²/2 of each packed column; infinite where packing added one.
    pub(crate) fn halves(&self) -> &[f32] {
        &self.halves
    }

    fn assign_by(&self, rows: &[f32], bias: &[f32]) -> Vec<(u32, f32)> {
        let (width, tier) = (self.width, Tier::active());
        let mut found = vec![(u32::MAX, f32::INFINITY); rows.len() / width];
        parallel::for_chunks(&mut found, CHUNK, |i, found| {
            let rows = &rows[i * CHUNK * width..][..found.len() * width];
            panel::nearest(tier, rows, width, &self.panels, bias, found);
        });
        found
    }

    fn pack(&mut self) {
        self.panels = panel::pack(&self.rows, self.width);
        self.halves.clear();
        let halves = self.rows.chunks_exact(self.width);
        self.halves
            .extend(halves.map(|c| bowerbird_core::kernel::dot(c, c) / 2.0));
        self.halves.resize(self.panels.len() / self.width, f32::INFINITY);
    }
}
