//! The objectives: value, gradient and second derivatives at a point.

use super::{LogisticConfig, Objective, TrainError, TrainingSet};
use crate::model::linear::Term;
use std::ops::Range;

/// Most chunks that rows are summed in. Part of the result's definition, as additions don't associate.
const CHUNKS: usize = 32;

/// Rows below which a chunk isn't worth a thread.
const LEAST: usize = 512;

/// Rows that are spread out at a time where rows don't depend on each other.
const BLOCK: usize = 64;

/// What is wanted of an objective.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    Value,
    Derivatives,
}

/// An objective's sums over rows, without penalty: lower triangle of the second derivatives, row-major.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Sums {
    pub(super) value: f64,
    pub(super) gradient: Vec<f64>,
    pub(super) hessian: Vec<f64>,
}

impl Sums {
    fn zero(dimension: usize, want: Want) -> Self {
        let dimension = if want == Want::Derivatives { dimension } else { 0 };
        Self {
            value: 0.0,
            gradient: vec![0.0; dimension],
            hessian: vec![0.0; dimension * dimension],
        }
    }

    fn add(&mut self, other: &Self) {
        let add = |to: &mut [f64], from: &[f64]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        self.value += other.value;
        add(&mut self.gradient, &other.gradient);
        add(&mut self.hessian, &other.hessian);
    }

    /// Adds `slope · row` to the gradient and `curve · row · rowᵀ` to the second derivatives.
    fn add_row(&mut self, row: &[f64], slope: f64, curve: f64) {
        self.gradient
            .iter_mut()
            .zip(row)
            .for_each(|(sum, x)| *sum += slope * x);
        if curve > 0.0 {
            for (at, sums) in self.hessian.chunks_exact_mut(row.len()).enumerate() {
                let factor = curve * row[at];
                sums[..=at]
                    .iter_mut()
                    .zip(row)
                    .for_each(|(sum, x)| *sum += factor * x);
            }
        }
    }
}

/// A training set with one objective, standardised.
pub(super) struct Problem<'a> {
    set: TrainingSet<'a>,
    objective: Objective,
    l2: f64,
    terms: Vec<Term>,
    /// Runs of rows that are summed one after another; for softmax, whole requests.
    chunks: Vec<Range<usize>>,
    /// Where each request starts, and the end of the last.
    starts: Vec<usize>,
    /// What the sums are divided by.
    total: f64,
    /// The mean label.
    mean: f64,
}

impl<'a> Problem<'a> {
    pub(super) fn new(set: &TrainingSet<'a>, config: &LogisticConfig) -> Result<Self, TrainError> {
        let (set, objective) = (*set, config.objective);
        set.check(objective)?;
        let rows = set.labels.len();
        let mut starts = vec![0];
        let (units, total) = match objective {
            Objective::Logistic => (rows, (0..rows).map(|row| set.weight(row)).sum()),
            Objective::Softmax => {
                for &size in set.groups.ok_or(TrainError::NoGroups)? {
                    starts.push(starts[starts.len() - 1] + size as usize);
                }
                let choices = starts.windows(2).filter(|ends| ends[1] - ends[0] > 1);
                let target = |row| set.weight(row) * f64::from(set.labels[row]);
                let total: f64 = choices.flat_map(|ends| (ends[0]..ends[1]).map(target)).sum();
                if total <= 0.0 {
                    return Err(TrainError::NoChoice);
                }
                (starts.len() - 1, total)
            }
        };
        let least = if objective == Objective::Logistic {
            LEAST
        } else {
            LEAST / 64
        };
        let size = units.div_ceil(CHUNKS).max(least);
        let chunks = (0..units)
            .step_by(size)
            .map(|start| start..units.min(start + size))
            .collect();
        let ones: f64 = (0..rows)
            .map(|row| set.weight(row) * f64::from(set.labels[row]))
            .sum();
        if objective == Objective::Logistic && (ones <= 0.0 || ones >= total) {
            return Err(TrainError::OneClass);
        }
        let columns: Vec<Range<usize>> = (0..set.columns.len()).map(|at| at..at + 1).collect();
        let terms = map(&columns, |column| standardize(&set, objective, column.start));
        Ok(Self {
            set,
            objective,
            l2: config.l2,
            terms,
            chunks,
            starts,
            total,
            mean: ones / total,
        })
    }

    pub(super) fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Coordinates: the weights and, for the logistic objective, the bias after them.
    pub(super) fn dimension(&self) -> usize {
        self.terms.len() + usize::from(self.objective == Objective::Logistic)
    }

    /// Where to start: no weights, and the bias that gives the mean label.
    pub(super) fn start(&self) -> Vec<f64> {
        let mut point = vec![0.0; self.dimension()];
        if self.objective == Objective::Logistic {
            point[self.terms.len()] = (self.mean / (1.0 - self.mean)).ln();
        }
        point
    }

    /// The penalised objective at `point`.
    pub(super) fn at(&self, point: &[f64], want: Want) -> Sums {
        let dimension = self.dimension();
        let parts = map(&self.chunks, |chunk| match self.objective {
            Objective::Logistic => self.logistic(chunk.clone(), point, want),
            Objective::Softmax => self.softmax(chunk.clone(), point, want),
        });
        let mut sums = Sums::zero(dimension, want);
        parts.iter().for_each(|part| sums.add(part));
        sums.value /= self.total;
        sums.gradient
            .iter_mut()
            .chain(&mut sums.hessian)
            .for_each(|sum| *sum /= self.total);
        for (at, w) in point[..self.terms.len()].iter().enumerate() {
            sums.value += self.l2 / 2.0 * w * w;
            if want == Want::Derivatives {
                sums.gradient[at] += self.l2 * w;
                sums.hessian[at * dimension + at] += self.l2;
            }
        }
        sums
    }

    /// Spreads the standardised `rows` out row by row, with a 1 for the bias where there is one.
    fn spread(&self, rows: Range<usize>, out: &mut Vec<f64>) {
        let dimension = self.dimension();
        out.clear();
        out.resize(rows.len() * dimension, 1.0);
        for (feature, (term, column)) in self.terms.iter().zip(self.set.columns).enumerate() {
            for (row, &x) in column[rows.clone()].iter().enumerate() {
                let z = if x.is_finite() {
                    (f64::from(x) - term.mean) / term.scale
                } else {
                    0.0
                };
                out[row * dimension + feature] = z;
            }
        }
    }

    fn logistic(&self, chunk: Range<usize>, point: &[f64], want: Want) -> Sums {
        let dimension = self.dimension();
        let mut sums = Sums::zero(dimension, want);
        let mut spread = Vec::new();
        for first in chunk.clone().step_by(BLOCK) {
            let rows = first..chunk.end.min(first + BLOCK);
            self.spread(rows.clone(), &mut spread);
            for (row, z) in rows.zip(spread.chunks_exact(dimension)) {
                let (weight, label) = (self.set.weight(row), f64::from(self.set.labels[row]));
                let score = dot(z, point);
                // ln(1 + e^s) - y·s, arranged so that nothing overflows.
                sums.value += weight * (score.max(0.0) + (-score.abs()).exp().ln_1p() - label * score);
                if want == Want::Derivatives {
                    let p = 1.0 / (1.0 + (-score).exp());
                    sums.add_row(z, weight * (p - label), weight * p * (1.0 - p));
                }
            }
        }
        sums
    }

    fn softmax(&self, groups: Range<usize>, point: &[f64], want: Want) -> Sums {
        let dimension = self.dimension();
        let mut sums = Sums::zero(dimension, want);
        let (mut spread, mut scores, mut mean) = (Vec::new(), Vec::new(), vec![0.0; dimension]);
        for group in groups {
            let rows = self.starts[group]..self.starts[group + 1];
            let target = |row: usize| self.set.weight(row) * f64::from(self.set.labels[row]);
            let chosen: f64 = rows.clone().map(target).sum();
            if rows.len() < 2 || chosen <= 0.0 {
                continue;
            }
            self.spread(rows.clone(), &mut spread);
            scores.clear();
            scores.extend(spread.chunks_exact(dimension).map(|z| dot(z, point)));
            let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let mass: f64 = scores.iter().map(|score| (score - top).exp()).sum();
            for (row, score) in rows.clone().zip(&scores) {
                sums.value += target(row) * (top + mass.ln() - score);
            }
            if want == Want::Value {
                continue;
            }
            scores
                .iter_mut()
                .for_each(|score| *score = (*score - top).exp() / mass);
            mean.fill(0.0);
            for (z, p) in spread.chunks_exact(dimension).zip(&scores) {
                mean.iter_mut().zip(z).for_each(|(mean, x)| *mean += p * x);
            }
            // The second derivatives are a covariance, and the slopes add up to zero: both may be taken around the mean.
            for ((row, z), p) in rows.zip(spread.chunks_exact_mut(dimension)).zip(&scores) {
                z.iter_mut().zip(&mean).for_each(|(x, mean)| *x -= mean);
                sums.add_row(z, chosen * p - target(row), chosen * p);
            }
        }
        sums
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Mean and deviation of the values that are there; 0 and 1 of none, a deviation of 1 for a constant.
fn standardize(set: &TrainingSet<'_>, objective: Objective, column: usize) -> Term {
    // Weights say how often a logistic row counts; for softmax they only say how often it was chosen.
    let weight = |row| {
        if objective == Objective::Logistic {
            set.weight(row)
        } else {
            1.0
        }
    };
    let values = || {
        let rows = set.columns[column]
            .iter()
            .enumerate()
            .filter(|(_, x)| x.is_finite());
        rows.map(|(row, &x)| (weight(row), f64::from(x)))
    };
    let total: f64 = values().map(|(weight, _)| weight).sum();
    if total <= 0.0 {
        return Term {
            mean: 0.0,
            scale: 1.0,
            weight: 0.0,
        };
    }
    let mean = values().map(|(weight, x)| weight * x).sum::<f64>() / total;
    let scale = (values()
        .map(|(weight, x)| weight * (x - mean).powi(2))
        .sum::<f64>()
        / total)
        .sqrt();
    let is_constant = scale <= 1e-9 * mean.abs();
    Term {
        mean,
        scale: if is_constant || scale == 0.0 { 1.0 } else { scale },
        weight: 0.0,
    }
}

/// `work` on each chunk, in the caller's rayon pool if there is one; results in order.
fn map<R: Send>(chunks: &[Range<usize>], work: impl Fn(&Range<usize>) -> R + Send + Sync) -> Vec<R> {
    #[cfg(feature = "rayon")]
    if rayon::current_thread_index().is_some() {
        use rayon::prelude::*;
        return chunks.par_iter().map(work).collect();
    }
    chunks.iter().map(work).collect()
}
