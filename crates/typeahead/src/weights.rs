//! Weights as levels: distinct weights numbered from the heaviest, so that a small integer orders as the weight does.

use crate::prepare::Prepared;
use bowerbird_core::container::{Container, ContainerWriter, LoadError, Tag, View};

const WEIGHTS: Tag = Tag::new("weights");

/// The distinct weights, heaviest first; a *level* is an index into them.
#[derive(Clone, Debug)]
pub(crate) struct Levels(View<f64>);

impl Levels {
    /// The levels of a set, and the level of each of its rows.
    pub(crate) fn of(set: &Prepared) -> (Self, Vec<u32>) {
        let mut weights: Vec<f64> = (0..set.len()).map(|row| set.weight(row)).collect();
        weights.sort_unstable_by(|a, b| b.total_cmp(a));
        weights.dedup();
        let level = |row| {
            let weight = set.weight(row);
            weights.partition_point(|&other| other > weight) as u32
        };
        let of_row = (0..set.len()).map(level).collect();
        (Self(weights.into()), of_row)
    }

    /// The weight of a level; 0 beyond the last one, and for one that is no weight, where only a damaged file leads.
    #[inline]
    pub(crate) fn weight(&self, level: u32) -> f64 {
        self.0
            .get(level as usize)
            .copied()
            .filter(|weight| *weight >= 0.0)
            .unwrap_or(0.0)
    }

    /// The score of a level: the logarithm of its weight.
    #[inline]
    pub(crate) fn score(&self, level: u32) -> f64 {
        self.weight(level).ln()
    }

    /// How many distinct weights there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&self.0[..])
    }

    pub(crate) fn write<'a>(&'a self, writer: &mut ContainerWriter<'a>) {
        writer.elements(WEIGHTS, &self.0[..]);
    }

    pub(crate) fn read(container: &Container) -> Result<Self, LoadError> {
        Ok(Self(container.view(WEIGHTS)?))
    }

    /// Checks what [`read`](Self::read) believes. O(levels).
    pub(crate) fn check(&self) -> Result<(), LoadError> {
        let good = |weight: &f64| weight.is_finite() && *weight >= 0.0;
        if self.0.iter().all(good) && self.0.is_sorted_by(|a, b| a > b) {
            return Ok(());
        }
        Err(LoadError::invalid(
            WEIGHTS,
            "weights are finite, not negative, and descend",
        ))
    }
}
