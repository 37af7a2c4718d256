//! The name of a vector.

use std::fmt;

/// The host's name for one vector, unique within an index.
///
/// A picture or a product may own several vectors; the mapping from owner to keys is the host's, above the index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
#[repr(transparent)]
pub struct VectorKey(pub u64);

impl From<u64> for VectorKey {
    fn from(key: u64) -> Self {
        Self(key)
    }
}

impl From<VectorKey> for u64 {
    fn from(key: VectorKey) -> Self {
        key.0
    }
}

impl fmt::Debug for VectorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VectorKey({})", self.0)
    }
}

impl fmt::Display for VectorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
