//! What is learnt from.

use super::{Objective, TrainError};

/// Most features: their square is summed in memory several times over.
const MAX_FEATURES: usize = 512;

/// Rows to learn from, in columns, as a candidate batch has them.
#[derive(Clone, Copy, Debug)]
pub struct TrainingSet<'a> {
    pub(super) columns: &'a [Vec<f32>],
    pub(super) labels: &'a [f32],
    pub(super) weights: Option<&'a [f32]>,
    pub(super) groups: Option<&'a [u32]>,
}

impl<'a> TrainingSet<'a> {
    /// One column a feature, one value a row, NaN where it is missing; one label a row.
    pub const fn new(columns: &'a [Vec<f32>], labels: &'a [f32]) -> Self {
        Self {
            columns,
            labels,
            weights: None,
            groups: None,
        }
    }

    /// How much each row counts, from 0, instead of 1. A weight of 2 is the row twice. With the softmax objective it
    /// weighs a row as a choice, and says nothing about rows with label 0.
    #[must_use]
    pub const fn weighted(mut self, weights: &'a [f32]) -> Self {
        self.weights = Some(weights);
        self
    }

    /// Which rows belong to one request: the number of rows of each, one request after another.
    #[must_use]
    pub const fn grouped(mut self, groups: &'a [u32]) -> Self {
        self.groups = Some(groups);
        self
    }

    /// How much row `row` counts.
    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| f64::from(weights[row]))
    }

    pub(super) fn check(&self, objective: Objective) -> Result<(), TrainError> {
        let rows = self.labels.len();
        if rows == 0 || self.columns.is_empty() {
            return Err(TrainError::Empty);
        }
        if self.columns.len() > MAX_FEATURES {
            return Err(TrainError::TooManyFeatures {
                found: self.columns.len(),
                limit: MAX_FEATURES,
            });
        }
        let lengths = self
            .columns
            .iter()
            .map(Vec::len)
            .chain(self.weights.map(<[f32]>::len));
        if let Some(found) = lengths.into_iter().find(|&found| found != rows) {
            return Err(TrainError::Rows {
                expected: rows,
                found,
            });
        }
        let largest = if objective == Objective::Logistic {
            1.0
        } else {
            f32::MAX
        };
        if let Some(row) = self
            .labels
            .iter()
            .position(|label| !(0.0..=largest).contains(label))
        {
            return Err(TrainError::Label {
                row,
                found: self.labels[row],
            });
        }
        let weights = self.weights.unwrap_or_default();
        if let Some(row) = weights
            .iter()
            .position(|weight| !(0.0..=f32::MAX).contains(weight))
        {
            return Err(TrainError::Weight {
                row,
                found: weights[row],
            });
        }
        if let Some(groups) = self.groups {
            let found = groups.iter().map(|&rows| u64::from(rows)).sum();
            if found != rows as u64 {
                return Err(TrainError::Groups {
                    expected: rows,
                    found,
                });
            }
        }
        Ok(())
    }
}
