//! A rotation after which a product quantiser loses less (Ge, He, Ke and Sun, 2013).
//!
//! It is trained by turns: a quantiser for the rotated vectors, then the rotation that brings the vectors closest to
//! what their codes stand for. The latter is the polar factor of a square matrix, found by Newton–Schulz iterations,
//! which need nothing but matrix products.

use super::{CodeBits, ProductQuantizer};
use crate::kernel::{Tier, panel};
use crate::parallel;
use crate::random::Random;
use bowerbird_core::container::View;
use bowerbird_core::kernel;

/// Turns of the training.
const TURNS: usize = 12;
/// Newton–Schulz steps; each brings a small singular value closer to 1 by half.
const STEPS: usize = 40;
/// Rows multiplied together.
const CHUNK: usize = 64;

/// An orthogonal matrix: it keeps lengths, angles and dot products. Clones share it.
#[derive(Clone, Debug)]
pub struct Rotation {
    width: usize,
    rows: View<f32>,
}

impl Rotation {
    /// The rotation with these rows, if it is square.
    pub(crate) fn of(width: usize, rows: View<f32>) -> Option<Self> {
        (rows.len() == width * width).then_some(Self { width, rows })
    }

    /// Its rows, one after another.
    pub fn rows(&self) -> &[f32] {
        &self.rows
    }

    /// Rotates `vector` into `out`. O(width²).
    ///
    /// # Panics
    ///
    /// When either is not as long as the matrix is wide.
    pub fn apply(&self, vector: &[f32], out: &mut [f32]) {
        kernel::dot_rows(vector, &self.rows, out);
    }

    /// The rotation of each row. O(rows · width²), in the current rayon pool.
    pub(crate) fn apply_all(&self, rows: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; rows.len()];
        parallel::for_chunks(&mut out, CHUNK * self.width, |i, out| {
            let rows = &rows[i * CHUNK * self.width..][..out.len()];
            kernel::dot_block(rows, &self.rows, self.width, out);
        });
        out
    }
}

/// The rotation of `rows` (`width` finite numbers each) for codes of `pieces` pieces. O(width³) a step, and as many
/// trainings of a quantiser as there are turns; the same for any number of threads.
pub fn optimized_rotation(rows: &[f32], width: usize, pieces: usize, bits: CodeBits, seed: u64) -> Rotation {
    let width = width.max(1);
    let mut rotation = Rotation {
        width,
        rows: identity(width).into(),
    };
    let count = rows.len() / width;
    if count == 0 {
        return rotation;
    }
    let columns = transposed(rows, width);
    let mut best = (f64::INFINITY, rotation.clone());
    for turn in 0..TURNS {
        let rotated = rotation.apply_all(rows);
        let quantizer = ProductQuantizer::train(&rotated, width, pieces, bits, seed ^ turn as u64);
        let codes = quantizer.encode(&rotated);
        let mut decoded = vec![0.0; rotated.len()];
        for (row, codes) in decoded
            .chunks_exact_mut(width)
            .zip(codes.chunks_exact(quantizer.pieces()))
        {
            quantizer.decode(codes, row);
        }
        let lost = rotated
            .chunks_exact(width)
            .zip(decoded.chunks_exact(width))
            .map(|(row, decoded)| f64::from(kernel::squared_l2(row, decoded)))
            .sum();
        if lost < best.0 {
            best = (lost, rotation.clone());
        }
        if turn == 0 {
            // As the components come is one candidate, but a poor start: where pieces are independent, it is a place
            // from which no turn leads away.
            rotation.rows = polar(shaken(width, seed), &rotation.rows, width).into();
            continue;
        }
        let decoded = transposed(&decoded, width);
        let mut target = vec![0.0; width * width];
        parallel::for_chunks(&mut target, width, |i, out| {
            kernel::dot_rows(&decoded[i * count..][..count], &columns, out);
        });
        rotation.rows = polar(target, &rotation.rows, width).into();
    }
    best.1
}

/// The identity and noise of about half its size.
fn shaken(width: usize, seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed ^ 0x006f_7071);
    let size = 1.7 / (width as f32).sqrt();
    let mut rows = identity(width);
    rows.iter_mut()
        .for_each(|x| *x += (random.unit() as f32 - 0.5) * size);
    rows
}

fn identity(width: usize) -> Vec<f32> {
    let mut rows = vec![0.0; width * width];
    rows.iter_mut().step_by(width + 1).for_each(|x| *x = 1.0);
    rows
}

fn transposed(rows: &[f32], width: usize) -> Vec<f32> {
    let count = rows.len() / width;
    let mut columns = vec![0.0; rows.len()];
    for (r, row) in rows.chunks_exact(width).enumerate() {
        for (c, x) in row.iter().enumerate() {
            columns[c * count + r] = *x;
        }
    }
    columns
}

/// `left` · `right`, square.
fn product(left: &[f32], right: &[f32], width: usize) -> Vec<f32> {
    let panels = panel::pack(&transposed(right, width), width);
    let columns = panels.len() / width;
    let mut out = vec![0.0; width * width];
    parallel::for_chunks(&mut out, CHUNK * width, |i, out| {
        let left = &left[i * CHUNK * width..][..out.len()];
        let mut padded = vec![0.0; out.len() / width * columns];
        panel::scores(Tier::active(), left, width, &panels, &mut padded);
        for (out, padded) in out.chunks_exact_mut(width).zip(padded.chunks_exact(columns)) {
            out.copy_from_slice(&padded[..width]);
        }
    });
    out
}

/// The orthogonal matrix nearest to `target`; where that leaves a choice, near to `before`.
fn polar(mut target: Vec<f32>, before: &[f32], width: usize) -> Vec<f32> {
    let norm = target.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    if norm == 0.0 || !norm.is_finite() {
        return before.to_vec();
    }
    // A little of the last rotation keeps singular values from being zero.
    let little = 1e-4 / (width as f64).sqrt();
    for (x, old) in target.iter_mut().zip(before) {
        *x = (f64::from(*x) / norm + little * f64::from(*old)) as f32;
    }
    for _ in 0..STEPS {
        let square = product(&transposed(&target, width), &target, width);
        let far = square
            .iter()
            .zip(identity(width))
            .fold(0.0f32, |far, (x, one)| far.max((x - one).abs()));
        if far < 1e-5 {
            break;
        }
        let cubed = product(&target, &square, width);
        for (x, cube) in target.iter_mut().zip(cubed) {
            *x = 1.5 * *x - 0.5 * cube;
        }
    }
    orthonormal(target, before, width)
}

/// Gram–Schmidt, to make exact what the iterations left nearly so. A matrix that is not nearly orthogonal gives way to
/// `before`.
fn orthonormal(mut rows: Vec<f32>, before: &[f32], width: usize) -> Vec<f32> {
    for i in 0..width {
        let (done, rest) = rows.split_at_mut(i * width);
        let row = &mut rest[..width];
        for done in done.chunks_exact(width) {
            let dot: f64 = done
                .iter()
                .zip(&*row)
                .map(|(a, b)| f64::from(*a) * f64::from(*b))
                .sum();
            row.iter_mut().zip(done).for_each(|(x, y)| *x -= dot as f32 * y);
        }
        let length = row.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        if !(0.5..2.0).contains(&length) {
            return before.to_vec();
        }
        row.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_keeps_lengths_and_loses_less() {
        let (width, count) = (8, 1500);
        let mut random = Random::new(9);
        // Pairs of components that say nearly the same are better shared out over the pieces.
        let mut rows = Vec::new();
        for _ in 0..count {
            let hidden: Vec<f32> = (0..4)
                .map(|i| (random.unit() as f32 - 0.5) * (4 - i) as f32)
                .collect();
            rows.extend((0..width).map(|j| hidden[j % 4] + 0.05 * random.unit() as f32));
        }
        let loss = |rows: &[f32]| -> f32 {
            let quantizer = ProductQuantizer::train(rows, width, 4, CodeBits::Four, 3);
            let codes = quantizer.encode(rows);
            let mut out = vec![0.0; width];
            let pairs = rows.chunks_exact(width).zip(codes.chunks_exact(4));
            pairs
                .map(|(row, codes)| {
                    quantizer.decode(codes, &mut out);
                    kernel::squared_l2(row, &out)
                })
                .sum()
        };
        let rotation = optimized_rotation(&rows, width, 4, CodeBits::Four, 3);
        let rotated = rotation.apply_all(&rows);
        for (a, b) in rows.chunks_exact(width).zip(rotated.chunks_exact(width)) {
            assert!((kernel::dot(a, a) - kernel::dot(b, b)).abs() < 1e-4);
        }
        let (plain, better) = (loss(&rows), loss(&rotated));
        assert!(better < 0.9 * plain, "{better} after {plain}");
    }
}
