//! One regularised least-squares problem at a time, by Cholesky.
//!
//! Matrices are symmetric, kept row by row, and only their upper triangle is read or written: every inner loop then runs
//! along a row, which the compiler turns into SIMD without reordering a sum.

use crate::parallel;

/// Rows summed by one thread before the partial sums are added up.
const CHUNK: usize = 4_096;
/// Observations added to the matrix at once, to pass over it less often.
const BATCH: usize = 4;

/// `scale` times the sum of the outer products of the rows of `factors`.
pub(super) fn gram(factors: &[f32], width: usize, scale: f32) -> Vec<f32> {
    let parts = parallel::map_chunks(factors.len() / width, CHUNK, |rows| {
        let mut solver = Solver::default();
        solver.start(&vec![0.0; width * width], width);
        for row in factors[rows.start * width..rows.end * width].chunks_exact(width) {
            solver.observe(row, 1.0);
        }
        solver.flush();
        solver.matrix
    });
    let mut total = vec![0.0; width * width];
    for part in parts {
        total
            .iter_mut()
            .zip(part)
            .for_each(|(total, part)| *total += part);
    }
    total.iter_mut().for_each(|value| *value *= scale);
    total
}

/// The normal equations of one row, and their solution.
#[derive(Debug, Default)]
pub(super) struct Solver {
    width: usize,
    matrix: Vec<f32>,
    right: Vec<f32>,
    batch: Vec<f32>,
    weights: [f32; BATCH],
    waiting: usize,
}

impl Solver {
    /// Starts from a matrix and no observations.
    pub(super) fn start(&mut self, matrix: &[f32], width: usize) {
        self.width = width;
        self.matrix.clear();
        self.matrix.extend_from_slice(matrix);
        self.right.clear();
        self.right.resize(width, 0.0);
        self.batch.resize(BATCH * width, 0.0);
        self.waiting = 0;
    }

    /// Adds one observation of the value 1: `weight · row rowᵀ` to the matrix, `weight · row` to the right side.
    pub(super) fn observe(&mut self, row: &[f32], weight: f32) {
        for (right, value) in self.right.iter_mut().zip(row) {
            *right += weight * value;
        }
        self.batch[self.waiting * self.width..(self.waiting + 1) * self.width].copy_from_slice(row);
        self.weights[self.waiting] = weight;
        self.waiting += 1;
        if self.waiting == BATCH {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let width = self.width;
        let used = self.waiting * width;
        self.batch[used..BATCH * width].fill(0.0);
        self.weights[self.waiting..].fill(0.0);
        self.waiting = 0;
        let (a, rest) = self.batch.split_at(width);
        let (b, rest) = rest.split_at(width);
        let (c, d) = rest.split_at(width);
        for i in 0..width {
            let [wa, wb, wc, wd] = self.weights;
            let (wa, wb, wc, wd) = (wa * a[i], wb * b[i], wc * c[i], wd * d[i]);
            let target = &mut self.matrix[i * width + i..(i + 1) * width];
            let columns = a[i..].iter().zip(&b[i..]).zip(&c[i..]).zip(&d[i..width]);
            for (target, (((a, b), c), d)) in target.iter_mut().zip(columns) {
                *target += (wa * a + wb * b) + (wc * c + wd * d);
            }
        }
    }

    /// Adds `ridge` to the diagonal and solves into `out`.
    ///
    /// With `ridge` above zero the matrix is positive definite; where rounding eats a pivot it is held at a millionth of
    /// the diagonal, which only ever shrinks the solution.
    pub(super) fn solve(&mut self, ridge: f32, out: &mut [f32]) {
        self.flush();
        let width = self.width;
        for i in 0..width {
            self.matrix[i * width + i] += ridge;
        }
        // The matrix becomes Uᵀ U, row by row from above.
        for k in 0..width {
            let (above, below) = self.matrix.split_at_mut((k + 1) * width);
            let row = &mut above[k * width + k..];
            let inverse = 1.0 / row[0].max(ridge * 1e-6).sqrt();
            row.iter_mut().for_each(|value| *value *= inverse);
            row[0] = inverse;
            for i in k + 1..width {
                let factor = row[i - k];
                let target = &mut below[(i - k - 1) * width + i..(i - k) * width];
                for (target, value) in target.iter_mut().zip(&row[i - k..]) {
                    *target -= factor * value;
                }
            }
        }
        // Uᵀ z = right, then U x = z. The diagonal holds its own inverse.
        for k in 0..width {
            let row = &self.matrix[k * width + k..(k + 1) * width];
            let (head, tail) = self.right[k..].split_at_mut(1);
            head[0] *= row[0];
            for (right, value) in tail.iter_mut().zip(&row[1..]) {
                *right -= head[0] * value;
            }
        }
        for k in (0..width).rev() {
            let row = &self.matrix[k * width + k..(k + 1) * width];
            let known: f32 = row[1..].iter().zip(&out[k + 1..]).map(|(a, b)| a * b).sum();
            out[k] = (self.right[k] - known) * row[0];
        }
    }
}
