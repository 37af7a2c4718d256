//! Weights by rank: few distinct ones, each for a run of ranks.

use bowerbird_core::container::{Container, ContainerWriter, LoadError, Tag, View};

const ENDS: Tag = Tag::new("tm-runs");
const WEIGHTS: Tag = Tag::new("tm-wght");

/// Descending weights of entries by their rank.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranks {
    /// Where each run ends.
    ends: View<u32>,
    /// The weight of each run.
    weights: View<f64>,
}

/// A run of ranks with one weight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) end: u32,
    pub(super) weight: f64,
}

impl Ranks {
    pub(super) fn build(descending: impl Iterator<Item = f64>) -> Self {
        let (mut ends, mut weights) = (Vec::new(), Vec::<f64>::new());
        for (weight, end) in descending.zip(1..) {
            if weights.last().is_some_and(|last| *last == weight) {
                ends.pop();
            } else {
                weights.push(weight);
            }
            ends.push(end);
        }
        Self {
            ends: ends.into(),
            weights: weights.into(),
        }
    }

    pub(super) fn byte_len(&self) -> usize {
        size_of_val(&self.ends[..]) + size_of_val(&self.weights[..])
    }

    /// How many ranks there are.
    pub(super) fn len(&self) -> u32 {
        self.ends.last().copied().unwrap_or_default()
    }

    /// The run of a rank.
    pub(super) fn run(&self, rank: u32) -> Option<Run> {
        let at = self.ends.partition_point(|end| *end <= rank);
        Some(Run {
            end: *self.ends.get(at)?,
            weight: *self.weights.get(at)?,
        })
    }

    pub(super) fn write_into<'a>(&'a self, writer: &mut ContainerWriter<'a>) {
        writer
            .elements(ENDS, &self.ends[..])
            .elements(WEIGHTS, &self.weights[..]);
    }

    pub(super) fn from_container(container: &Container) -> Result<Self, LoadError> {
        let found = Self {
            ends: container.view(ENDS)?,
            weights: container.view(WEIGHTS)?,
        };
        if found.ends.len() != found.weights.len() {
            return Err(LoadError::invalid(WEIGHTS, "one weight a run"));
        }
        if !found.ends.is_sorted_by(|a, b| a < b) {
            return Err(LoadError::invalid(ENDS, "ends ascend"));
        }
        let good = |weight: &f64| weight.is_finite() && *weight >= 0.0;
        if !found.weights.is_sorted_by(|a, b| a > b) || !found.weights.iter().all(good) {
            return Err(LoadError::invalid(WEIGHTS, "weights descend, finite, at least 0"));
        }
        Ok(found)
    }
}
