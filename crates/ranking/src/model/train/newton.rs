//! Newton's method for a convex function.

use super::LogisticConfig;
use super::loss::{Problem, Want};
use bowerbird_core::Progress;

/// The share of the promised decrease that a step has to bring (Armijo 1966).
const DECREASE: f64 = 1e-4;

/// Most halvings of a step: after so many it no longer changes the point.
const HALVINGS: usize = 50;

/// The best point found.
pub(super) struct Found {
    pub(super) point: Vec<f64>,
    pub(super) value: f64,
    /// The largest derivative there.
    pub(super) gradient: f64,
    pub(super) steps: usize,
}

/// Goes down from the problem's start until no derivative is above the tolerance, no step goes further down in double
/// precision, or the steps are used up.
pub(super) fn minimize(
    problem: &Problem<'_>,
    config: &LogisticConfig,
    progress: &mut dyn FnMut(Progress),
) -> Found {
    let mut point = problem.start();
    let mut steps = 0;
    loop {
        let sums = problem.at(&point, Want::Derivatives);
        let gradient = sums.gradient.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        let found = Found {
            point: point.clone(),
            value: sums.value,
            gradient,
            steps,
        };
        if gradient <= config.tolerance || steps == config.iterations {
            return found;
        }
        let direction = solve(sums.hessian, &sums.gradient);
        let slope: f64 = -direction
            .iter()
            .zip(&sums.gradient)
            .map(|(d, g)| d * g)
            .sum::<f64>();
        let next = (0..HALVINGS).find_map(|halvings| {
            let length = 0.5_f64.powi(halvings as i32);
            let next: Vec<f64> = point
                .iter()
                .zip(&direction)
                .map(|(x, d)| x - length * d)
                .collect();
            let value = problem.at(&next, Want::Value).value;
            (value < sums.value + DECREASE * length * slope).then_some(next)
        });
        match next {
            Some(next) => point = next,
            None => return found,
        }
        steps += 1;
        progress(Progress::of("train", steps as u64, config.iterations as u64));
    }
}

/// Solves A·x = b for a symmetric positive semi-definite A, given by its lower triangle. If A is too near to singular,
/// its diagonal is raised as little as is needed; at the far end of that x is b, the direction of steepest descent.
pub(super) fn solve(matrix: Vec<f64>, right: &[f64]) -> Vec<f64> {
    let n = right.len();
    let largest = (0..n)
        .map(|at| matrix[at * n + at])
        .fold(f64::MIN_POSITIVE, f64::max);
    let mut raise = 0.0;
    while raise < largest * 1e6 {
        let mut factor = matrix.clone();
        (0..n).for_each(|at| factor[at * n + at] += raise);
        if cholesky(&mut factor, n, largest) {
            return substitute(&factor, right);
        }
        raise = if raise == 0.0 {
            largest * 1e-14
        } else {
            raise * 100.0
        };
    }
    right.to_vec()
}

/// Replaces the lower triangle of A by that of L with L·Lᵀ = A. False when A is not safely positive definite.
fn cholesky(matrix: &mut [f64], n: usize, largest: f64) -> bool {
    for row in 0..n {
        let (above, rest) = matrix.split_at_mut(row * n);
        for column in 0..=row {
            let known = &above[(column * n).min(above.len())..];
            let left: f64 = if column < row {
                rest[..column].iter().zip(known).map(|(a, b)| a * b).sum()
            } else {
                rest[..row].iter().map(|a| a * a).sum()
            };
            let value = rest[column] - left;
            if column < row {
                rest[column] = value / known[column];
            } else if value > largest * 1e-15 {
                rest[column] = value.sqrt();
            } else {
                return false;
            }
        }
    }
    true
}

/// Solves L·Lᵀ·x = b.
fn substitute(factor: &[f64], right: &[f64]) -> Vec<f64> {
    let n = right.len();
    let mut x = right.to_vec();
    for row in 0..n {
        let known: f64 = (0..row).map(|at| factor[row * n + at] * x[at]).sum();
        x[row] = (x[row] - known) / factor[row * n + row];
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|at| factor[at * n + row] * x[at]).sum();
        x[row] = (x[row] - known) / factor[row * n + row];
    }
    x
}
