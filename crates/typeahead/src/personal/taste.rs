//! Taste: a direction in an embedding space.

use bowerbird_core::SpaceId;

/// Where a person's choices point in an embedding space: the decayed sum of their directions.
///
/// Only the direction is used. A taste that has seen nothing has none, and moves nothing.
///
/// **Privacy.** A taste is personal data, as a [`History`](super::History) is.
#[derive(Clone, PartialEq)]
pub struct Taste {
    space: SpaceId,
    sum: Vec<f32>,
}

/// Why a vector is refused.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VectorFault {
    /// It has another length than the space's dimension. Use the model of the space.
    #[error("a vector of {found} numbers in a space of {expected}")]
    Dimension {
        /// The space's dimension.
        expected: usize,
        /// The vector's length.
        found: usize,
    },
    /// A number is infinite or not one, or all are zero: it has no direction. Leave it out.
    #[error("the vector has no direction")]
    NoDirection,
    /// The id is 0, which means that an entry has none. Number the entries from 1.
    #[error("id 0 stands for no id")]
    NoId,
    /// The id has a vector already. Leave one out.
    #[error("id {id} has a vector already")]
    Twice {
        /// The id.
        id: u64,
    },
}

impl Taste {
    /// A taste without direction in `space`.
    pub fn new(space: SpaceId) -> Self {
        let sum = vec![0.0; (space.dimension as usize).min(super::MAX_DIMENSION)];
        Self { space, sum }
    }

    /// A taste that the host has learnt: any vector with a direction.
    ///
    /// # Errors
    ///
    /// [`VectorFault`] when it has none, or another dimension.
    pub fn from_vector(space: SpaceId, vector: &[f32]) -> Result<Self, VectorFault> {
        let mut taste = Self::new(space);
        taste.observe(vector, 0.0)?;
        Ok(taste)
    }

    /// Learns from a choice: what was there counts `decay` times, the direction of `chosen` once. `decay` is held to
    /// 0 (only the last choice counts) to 1 (all choices count alike); 0.9 remembers about ten. O(dimension).
    ///
    /// # Errors
    ///
    /// [`VectorFault`], and nothing is learnt.
    pub fn observe(&mut self, chosen: &[f32], decay: f32) -> Result<(), VectorFault> {
        let norm = check(chosen, self.sum.len())?;
        let decay = if decay.is_nan() {
            0.0
        } else {
            decay.clamp(0.0, 1.0)
        };
        for (sum, &number) in self.sum.iter_mut().zip(chosen) {
            *sum = *sum * decay + (f64::from(number) / norm) as f32;
        }
        Ok(())
    }

    /// The space.
    pub const fn space(&self) -> &SpaceId {
        &self.space
    }

    /// The decayed sum of the directions chosen. Its length, 0 to the number of choices, says how alike they were.
    pub fn vector(&self) -> &[f32] {
        &self.sum
    }

    /// Forgets what was learnt.
    pub fn clear(&mut self) {
        self.sum.fill(0.0);
    }
}

impl std::fmt::Debug for Taste {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Taste")
            .field("space", &self.space)
            .finish_non_exhaustive()
    }
}

/// The length of a vector that has a direction. In double precision no finite `f32` overflows or vanishes.
pub(super) fn check(vector: &[f32], expected: usize) -> Result<f64, VectorFault> {
    if vector.len() != expected {
        return Err(VectorFault::Dimension {
            expected,
            found: vector.len(),
        });
    }
    let norm = vector.iter().map(|&n| f64::from(n).powi(2)).sum::<f64>().sqrt();
    if !(norm.is_finite() && norm > 0.0) {
        return Err(VectorFault::NoDirection);
    }
    Ok(norm)
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
struct Form {
    space: SpaceId,
    vector: Vec<f32>,
}

#[cfg(feature = "serde")]
impl serde::Serialize for Taste {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Form {
            space: self.space.clone(),
            vector: self.sum.clone(),
        }
        .serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Taste {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Form { space, vector } = Form::deserialize(deserializer)?;
        if vector.len() != space.dimension as usize || !vector.iter().all(|n| n.is_finite()) {
            return Err(serde::de::Error::custom("the vector is not one of its space"));
        }
        Ok(Self { space, sum: vector })
    }
}
