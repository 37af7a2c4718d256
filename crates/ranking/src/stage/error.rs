//! Why a stage could not do its work.

use bowerbird_retrieval::BoxError;

/// The failure of a hydrator, scorer or re-ranker.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StageError {
    /// The stage has nothing to go on for this request. Reported as skipped; not a failure.
    #[error("not applicable to this request")]
    NotApplicable,
    /// The stage's own work failed. The cause tells what to mend.
    #[error("stage failed")]
    Failed(#[source] BoxError),
    /// The stage was told of a source that the cascade doesn't have. Mend the name, or wire the source.
    #[error("no source is called {name}")]
    UnknownSource {
        /// The name.
        name: String,
    },
    /// An answer has the wrong number of values. The stage's implementation is at fault.
    #[error("{found} values, {expected} expected")]
    Shape {
        /// Values that were due.
        expected: usize,
        /// Values that came.
        found: usize,
    },
}

impl StageError {
    /// Wraps a cause from the host's code.
    pub fn failed(cause: impl Into<BoxError>) -> Self {
        Self::Failed(cause.into())
    }
}
