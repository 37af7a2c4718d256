//! 8-bit codes with a scale of their own for each vector, and 8 bits more for what they leave over.
//!
//! The mean of all vectors is taken off, then each vector's range is cut into 255 steps: locally-adaptive vector
//! quantisation (Aguerrebere et al., *Similarity search in the blink of an eye with compressed indices*, VLDB 2023).
//! The second byte cuts each step into 256, so that a row read in full has 16 bits a component.
//!
//! # A row
//!
//! Sixteen bytes of header (lowest value, step, squared length, sum of the decoded components; all of the vector
//! without the mean, `f32`), *d* codes, *d* second bytes. As many of these bytes as fill whole cache lines up to the
//! last code lie *near*: they are what a search walks over. The rest lies *far*, and is read only for the few rows
//! that are scored in full. The query is laid out like the near part, with zeros under all that is not a code, so one
//! kernel reads whole lines and no tail.

use super::Rows;
use crate::Metric;
use crate::kernel::{LINE, Tier, bytes, prefetch_elements};
use bowerbird_core::container::View;
use bowerbird_core::kernel;

const HEADER: usize = 16;
/// Rows scored by one call of the kernel.
const CALL: usize = 64;

/// Vectors as codes.
#[derive(Clone, Debug)]
pub(crate) struct LocalRows {
    metric: Metric,
    mean: View<f32>,
    near: View<u8>,
    far: View<u8>,
}

/// A query for [`LocalRows`].
#[derive(Clone, Debug, Default)]
pub(crate) struct LocalQuery {
    /// The query's codes less 128, where a row has its codes.
    image: Vec<i8>,
    /// Sum of the image.
    total: f32,
    step: f32,
    /// What a code of 128 stands for.
    middle: f32,
    /// Squared length of the query without the mean.
    square: f32,
    /// The query; without the mean under L2.
    plain: Vec<f32>,
    /// Its dot product with the mean, unless the metric is L2.
    with_mean: f32,
}

impl LocalRows {
    /// Bytes of a row that lie near.
    pub(crate) const fn near_width(dimension: usize) -> usize {
        (HEADER + dimension).next_multiple_of(LINE)
    }

    /// Bytes of a row that lie far.
    pub(crate) const fn far_width(dimension: usize) -> usize {
        (HEADER + 2 * dimension).saturating_sub(Self::near_width(dimension))
    }

    /// Codes for the rows `order` of `all`, in that order.
    pub(crate) fn gather(metric: Metric, dimension: usize, all: &[f32], order: &[u32]) -> Self {
        let mean = mean(dimension, all);
        let (near_width, far_width) = (Self::near_width(dimension), Self::far_width(dimension));
        let mut near = vec![0; order.len() * near_width];
        let mut far = vec![0; order.len() * far_width];
        let (mut centred, mut row) = (Vec::new(), Vec::new());
        for (i, from) in order.iter().enumerate() {
            centred.clear();
            let vector = &all[*from as usize * dimension..][..dimension];
            centred.extend(vector.iter().zip(&mean).map(|(x, mean)| x - mean));
            row.clear();
            encode(&centred, &mut row);
            row.resize(near_width + far_width, 0);
            near[i * near_width..][..near_width].copy_from_slice(&row[..near_width]);
            far[i * far_width..][..far_width].copy_from_slice(&row[near_width..]);
        }
        Self::over(metric, mean.into(), View::aligned(&near), View::aligned(&far))
    }

    /// Forgets what lies far, after which only [`Rows::losses`] may be asked.
    pub(crate) fn without_seconds(self) -> Self {
        Self {
            far: View::default(),
            ..self
        }
    }

    /// Over rows that lie there already.
    pub(crate) const fn over(metric: Metric, mean: View<f32>, near: View<u8>, far: View<u8>) -> Self {
        Self {
            metric,
            mean,
            near,
            far,
        }
    }

    pub(crate) const fn mean(&self) -> &View<f32> {
        &self.mean
    }

    pub(crate) const fn near(&self) -> &View<u8> {
        &self.near
    }

    pub(crate) const fn far(&self) -> &View<u8> {
        &self.far
    }

    /// True when the row's header makes sense and there are zeros after the row.
    pub(crate) fn is_sound(&self, id: u32) -> bool {
        let row = self.near_row(id);
        let end = row.len().min(HEADER + 2 * self.mean.len());
        // No component of a vector without the mean is larger; beyond that a loss could overflow.
        let (most, count) = (2.01 * crate::MAX_MAGNITUDE, self.mean.len() as f32);
        let bounds = [most, most, most * most * count, most * count];
        (0..4).all(|at| float_at(row, at).abs() <= bounds[at]) && row[end..].iter().all(|byte| *byte == 0)
    }

    /// True when the mean is one of vectors that are let in. Codes that take a greater one back would still overflow.
    pub(crate) fn has_sound_mean(&self) -> bool {
        self.mean.iter().all(|mean| mean.abs() <= crate::MAX_MAGNITUDE)
    }

    fn near_row(&self, id: u32) -> &[u8] {
        let width = Self::near_width(self.mean.len());
        &self.near[id as usize * width..][..width]
    }

    /// Appends the row to `out`, decoded from all 16 bits, without the mean.
    fn decode_centred(&self, id: u32, out: &mut Vec<f32>) {
        let dimension = self.mean.len();
        let (near, far_width) = (self.near_row(id), Self::far_width(dimension));
        let far = &self.far[id as usize * far_width..][..far_width];
        let (low, step) = (float_at(near, 0), float_at(near, 1));
        let (fine, base) = (step / 256.0, low - step * (0.5 - 0.5 / 256.0));
        let codes = &near[HEADER..HEADER + dimension];
        let close = &near[HEADER + dimension..];
        let cut = close.len().min(dimension);
        let seconds = close[..cut].iter().chain(far);
        if step == 0.0 {
            out.extend(codes.iter().map(|_| low));
        } else {
            out.extend(
                codes
                    .iter()
                    .zip(seconds)
                    .map(|(code, second)| base + fine * f32::from(u16::from_le_bytes([*second, *code]))),
            );
        }
    }

    /// Appends the row to `out`, decoded from all 16 bits.
    pub(crate) fn decode(&self, id: u32, out: &mut Vec<f32>) {
        let start = out.len();
        self.decode_centred(id, out);
        for (x, mean) in out[start..].iter_mut().zip(self.mean.iter()) {
            *x += mean;
        }
    }

    /// The loss of a row by all of its 16 bits, in `scratch`.
    pub(crate) fn full_loss(&self, query: &LocalQuery, id: u32, scratch: &mut Vec<f32>) -> f32 {
        scratch.clear();
        self.decode_centred(id, scratch);
        match self.metric {
            Metric::L2 => kernel::squared_l2(&query.plain, scratch),
            Metric::InnerProduct | Metric::Cosine => -(kernel::dot(&query.plain, scratch) + query.with_mean),
        }
    }

    /// Asks for the far part of a row.
    pub(crate) fn prefetch_far(&self, id: u32) {
        let width = Self::far_width(self.mean.len());
        prefetch_elements(&self.far, id as usize * width, width);
    }
}

impl Rows for LocalRows {
    type Query = LocalQuery;

    fn prepare(&self, query: &[f32], out: &mut LocalQuery) {
        let centre = match self.metric {
            Metric::L2 => 1.0,
            Metric::InnerProduct | Metric::Cosine => 0.0,
        };
        let LocalQuery { image, plain, .. } = out;
        plain.clear();
        plain.extend(
            query
                .iter()
                .zip(self.mean.iter())
                .map(|(x, mean)| x - centre * mean),
        );
        let (low, step) = range(plain);
        image.clear();
        image.resize(HEADER, 0);
        let per_step = if step > 0.0 { step.recip() } else { 0.0 };
        image.extend(plain.iter().map(|x| (code(*x, low, per_step) ^ 0x80) as i8));
        out.total = image.iter().map(|code| i32::from(*code)).sum::<i32>() as f32;
        image.resize(Self::near_width(plain.len()), 0);
        (out.step, out.middle) = (step, low + 128.0 * step);
        out.square = kernel::dot(plain, plain);
        out.with_mean = if centre == 0.0 {
            kernel::dot(plain, &self.mean)
        } else {
            0.0
        };
    }

    #[inline(always)]
    fn prefetch(&self, id: u32) {
        let width = Self::near_width(self.mean.len());
        prefetch_elements(&self.near, id as usize * width, width);
    }

    fn losses(&self, query: &LocalQuery, ids: &[u32], out: &mut [f32]) {
        let tier = Tier::active();
        let mut dots = [0; CALL];
        for (ids, out) in ids.chunks(CALL).zip(out.chunks_mut(CALL)) {
            let dots = &mut dots[..ids.len()];
            bytes::dot_at(tier, &query.image, &self.near, ids, dots);
            for ((id, dot), loss) in ids.iter().zip(dots).zip(out) {
                let row = self.near_row(*id);
                let (low, step, total) = (float_at(row, 0), float_at(row, 1), float_at(row, 3));
                let product = query.middle * total + query.step * (low * query.total + step * *dot as f32);
                *loss = match self.metric {
                    Metric::L2 => (query.square + float_at(row, 2) - 2.0 * product).max(0.0),
                    Metric::InnerProduct | Metric::Cosine => -(product + query.with_mean),
                };
            }
        }
    }
}

/// Number `at` of a row's header.
#[inline(always)]
fn float_at(row: &[u8], at: usize) -> f32 {
    f32::from_le_bytes([row[4 * at], row[4 * at + 1], row[4 * at + 2], row[4 * at + 3]])
}

/// The mean of the rows, summed in f64 in their order.
fn mean(dimension: usize, all: &[f32]) -> Vec<f32> {
    let mut sums = vec![0.0_f64; dimension];
    for row in all.chunks_exact(dimension) {
        for (sum, x) in sums.iter_mut().zip(row) {
            *sum += f64::from(*x);
        }
    }
    let count = (all.len() / dimension).max(1) as f64;
    sums.iter().map(|sum| (sum / count) as f32).collect()
}

/// The lowest component, and a 255th of the way to the highest.
fn range(vector: &[f32]) -> (f32, f32) {
    let low = vector.iter().copied().fold(f32::INFINITY, f32::min);
    let high = vector.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    (low, (high - low) / 255.0)
}

/// The nearest of 256 steps; rounding by truncation after adding a half, which all machines do alike and fast.
#[inline(always)]
fn code(x: f32, low: f32, per_step: f32) -> u8 {
    ((x - low) * per_step + 0.5) as u8
}

/// Header, codes and second bytes of a vector.
fn encode(centred: &[f32], row: &mut Vec<u8>) {
    let (low, step) = range(centred);
    let per_step = if step > 0.0 { step.recip() } else { 0.0 };
    let codes = || centred.iter().map(|x| code(*x, low, per_step));
    let sum: u32 = codes().map(u32::from).sum();
    let total = f64::from(low) * centred.len() as f64 + f64::from(step) * f64::from(sum);
    for number in [low, step, kernel::dot(centred, centred), total as f32] {
        row.extend_from_slice(&number.to_le_bytes());
    }
    row.extend(codes());
    row.extend(centred.iter().map(|x| {
        let left = (x - low) * per_step - f32::from(code(*x, low, per_step));
        ((left + 0.5) * 256.0) as u8
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vectors() -> impl Strategy<Value = (usize, Vec<f32>)> {
        (1usize..150, 2usize..9).prop_flat_map(|(dimension, rows)| {
            let all = prop::collection::vec(-3f32..5.0, dimension * rows);
            all.prop_map(move |all| (dimension, all))
        })
    }

    proptest! {
        #[test]
        fn losses_are_close_and_full_losses_closer((dimension, all) in vectors()) {
            let order: Vec<u32> = (1..(all.len() / dimension) as u32).collect();
            let ids: Vec<u32> = (0..order.len() as u32).collect();
            let vector = &all[..dimension];
            for metric in Metric::ALL {
                let rows = LocalRows::gather(metric, dimension, &all, &order);
                let mut query = LocalQuery::default();
                rows.prepare(vector, &mut query);
                let mut losses = vec![f32::NAN; ids.len()];
                rows.losses(&query, &ids, &mut losses);
                let mut scratch = Vec::new();
                for id in &ids {
                    let row = &all[order[*id as usize] as usize * dimension..][..dimension];
                    let exact = match metric {
                        Metric::L2 => kernel::squared_l2(vector, row),
                        _ => -kernel::dot(vector, row),
                    };
                    let scale = dimension as f32 * 64.0;
                    let (coarse, full) = (losses[*id as usize], rows.full_loss(&query, *id, &mut scratch));
                    prop_assert!((coarse - exact).abs() <= scale / 250.0, "{metric} {coarse} {exact}");
                    prop_assert!((full - exact).abs() <= scale / 60_000.0, "{metric} {full} {exact}");
                    let mut decoded = Vec::new();
                    rows.decode(*id, &mut decoded);
                    for (x, y) in decoded.iter().zip(row) {
                        prop_assert!((x - y).abs() <= 8.0 / 65_000.0, "{x} {y}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_row_takes_two_bytes_a_component_and_a_header() {
        for (dimension, near, far) in [(1, 64, 0), (48, 64, 48), (100, 128, 88), (384, 448, 336)] {
            assert_eq!(LocalRows::near_width(dimension), near);
            assert_eq!(LocalRows::far_width(dimension), far);
        }
    }
}
