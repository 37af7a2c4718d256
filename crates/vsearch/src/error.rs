//! What can go wrong, one enum an operation.

use crate::{MAX_DIMENSION, MAX_MAGNITUDE, VectorKey};

/// Why a vector or query is refused.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VectorFault {
    /// It has the wrong number of components. Encode it with the model that the index's
    /// [`space`](crate::VectorIndex::space) names.
    #[error("{found} components where the index has {expected}")]
    Dimension {
        /// The index's dimension.
        expected: usize,
        /// Components given.
        found: usize,
    },
    /// A component is NaN or infinite. Look at the encoder: its input or its weights are broken.
    #[error("component {position} is not a finite number")]
    NotFinite {
        /// Index of the first such component.
        position: usize,
    },
    /// A component is beyond ±[`MAX_MAGNITUDE`], where scores could overflow. Scale the vectors of the space.
    #[error("component {position} is beyond ±{MAX_MAGNITUDE:e}")]
    TooLarge {
        /// Index of the first such component.
        position: usize,
    },
    /// All components are zero, which has no direction, under cosine. Leave the vector out, or use another metric.
    #[error("a zero vector has no direction under cosine")]
    Zero,
}

/// Why an index could not be built. Nothing is built from partly bad input: the first fault is reported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The space's dimension is outside of 1..=[`MAX_DIMENSION`]. Project the vectors to fewer components.
    #[error("dimension {found} is outside of 1..={MAX_DIMENSION}")]
    SpaceDimension {
        /// The dimension of the space.
        found: u32,
    },
    /// The matrix is not contiguous in C order. Copy it once, knowingly: `view.as_standard_layout()`.
    #[error("the vectors are not contiguous in row order")]
    NotContiguous,
    /// There are not as many keys as vectors. Give each row one key.
    #[error("{keys} keys for {vectors} vectors")]
    KeyCount {
        /// Rows of the matrix.
        vectors: usize,
        /// Keys given.
        keys: usize,
    },
    /// More vectors than row numbers. Split them over several indexes.
    #[error("{found} vectors are more than an index can number")]
    TooMany {
        /// Rows of the matrix.
        found: usize,
    },
    /// A key occurs twice. Keys name vectors, not their owners: number the vectors of one owner.
    #[error("key {key} occurs in row {first} and in row {second}")]
    DuplicateKey {
        /// The smallest key that occurs twice.
        key: VectorKey,
        /// The first row that has it.
        first: usize,
        /// The next row that has it.
        second: usize,
    },
    /// A vector is refused.
    #[error("vector in row {row} is refused")]
    Vector {
        /// Its row in the matrix.
        row: usize,
        /// Why.
        source: VectorFault,
    },
    /// The library behind the index refused; the cause says why.
    #[error("the library behind the index refused")]
    Backend(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why a search could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// The query is refused.
    #[error("the query is refused")]
    Query(#[from] VectorFault),
    /// The bound of a range search is not a number.
    #[error("the bound of the range is not a number")]
    Bound,
    /// An index of another library failed; the cause says how.
    #[error("the index failed")]
    Backend(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why a batch of searches could not be done. No query of it was answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// The matrix is not contiguous in C order. Copy it once, knowingly: `view.as_standard_layout()`.
    #[error("the queries are not contiguous in row order")]
    NotContiguous,
    /// A query failed; the first one that did is named.
    #[error("query {row} failed")]
    Query {
        /// Its row in the matrix.
        row: usize,
        /// Why.
        source: SearchError,
    },
}
