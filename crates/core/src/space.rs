//! Which model made a vector, and how: the identity that indexes, encoders and bundles carry.
//!
//! Vectors of two models, or of two versions of one, live in different spaces even when their dimensions agree.
//! Comparing across spaces gives plausible nonsense, so it is refused where the parts are wired together.

use std::fmt;
use std::sync::Arc;

/// What was done to a vector's length before it was stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Normalization {
    /// Nothing: length carries meaning.
    None,
    /// Scaled to unit Euclidean length.
    Unit,
}

/// The space that a vector lives in.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SpaceId {
    /// The model's name.
    pub model: Arc<str>,
    /// The model's version; any change of weights is a new one.
    pub version: u64,
    /// Numbers in a vector, 1 to 4,096 for the indexes of this suite.
    pub dimension: u32,
    /// What was done to the length.
    pub normalization: Normalization,
}

impl SpaceId {
    /// The space of `model` at `version`.
    pub fn new(
        model: impl Into<Arc<str>>,
        version: u64,
        dimension: u32,
        normalization: Normalization,
    ) -> Self {
        Self {
            model: model.into(),
            version,
            dimension,
            normalization,
        }
    }

    /// Checks that two parts speak of the same space.
    ///
    /// # Errors
    ///
    /// [`SpaceMismatch`] naming both. Rebuild the older part, or wire in the version that it was built with.
    pub fn ensure_same(&self, other: &Self) -> Result<(), SpaceMismatch> {
        if self == other {
            return Ok(());
        }
        Err(SpaceMismatch {
            expected: Box::new(self.clone()),
            found: Box::new(other.clone()),
        })
    }
}

impl fmt::Display for SpaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let norm = match self.normalization {
            Normalization::None => "raw",
            Normalization::Unit => "unit",
        };
        write!(f, "{}@{} ({} x {norm})", self.model, self.version, self.dimension)
    }
}

/// Two parts of one pipeline speak of different vector spaces.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("vector space mismatch: expected {expected}, found {found}")]
pub struct SpaceMismatch {
    /// The space that was required.
    pub expected: Box<SpaceId>,
    /// The space that was offered.
    pub found: Box<SpaceId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_dimension_is_not_the_same_space() {
        let a = SpaceId::new("als", 1, 64, Normalization::None);
        let b = SpaceId::new("als", 2, 64, Normalization::None);
        assert!(a.ensure_same(&a).is_ok());
        let error = a.ensure_same(&b).expect_err("versions differ");
        assert_eq!(
            error.to_string(),
            "vector space mismatch: expected als@1 (64 x raw), found als@2 (64 x raw)"
        );
    }
}
