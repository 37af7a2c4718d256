//! What can be wrong with logs.

use bowerbird_retrieval::{FeatureName, SchemaHash};

/// Why logs can't be joined or trained on.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The logs are of different schemas or versions, so equal columns need not mean the same. Train on one of them.
    #[error("a log of schema {found} can't follow one of {expected}")]
    SchemaMismatch {
        /// The schema of the log that was there.
        expected: SchemaHash,
        /// The schema of the one to be added.
        found: SchemaHash,
    },
    /// The log has no such feature. Look at its schema.
    #[error("no feature {feature} in the log")]
    UnknownFeature {
        /// The feature that was asked for.
        feature: FeatureName,
    },
}
