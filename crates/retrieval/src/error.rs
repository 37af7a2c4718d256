//! Errors of sources and filters, grouped by who can act.

use std::time::Duration;

/// A boxed cause from the host's own code.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Why a source gave nothing, or nothing more.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The source has nothing to go on, such as a history for somebody new. Not a failure: the stage is reported as
    /// skipped, and breakers take no notice.
    #[error("not applicable to this query")]
    NotApplicable,
    /// The snapshot behind the source is too old. Swap in a newer one, or raise the limit.
    #[error("snapshot is {age:?} old, {limit:?} allowed")]
    Stale {
        /// How old it is.
        age: Duration,
        /// How old it may be.
        limit: Duration,
    },
    /// The source's own work failed. The cause tells what to mend.
    #[error("source failed")]
    Failed(#[source] BoxError),
}

impl SourceError {
    /// Wraps a cause from the host's code.
    pub fn failed(cause: impl Into<BoxError>) -> Self {
        Self::Failed(cause.into())
    }
}

/// Why a filter could not decide.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// The filter's own work failed. Whether everything then passes or nothing does is the pipeline's policy.
    #[error("filter failed")]
    Failed(#[source] BoxError),
}

impl FilterError {
    /// Wraps a cause from the host's code.
    pub fn failed(cause: impl Into<BoxError>) -> Self {
        Self::Failed(cause.into())
    }
}

/// Why a source, a filter or a model was not built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A setting is outside its range, which its documentation states. Choose a value inside.
    #[error("{setting} is {found}, must be {allowed}")]
    OutOfRange {
        /// The setting's name.
        setting: &'static str,
        /// The value that was given.
        found: f64,
        /// The values that would do.
        allowed: &'static str,
    },
    /// There is nothing to learn from. Check that the events were loaded.
    #[error("no {0} to build from")]
    Empty(&'static str),
    /// The parts come from different models, or from different versions of one. Rebuild the older part.
    #[error(transparent)]
    Space(#[from] bowerbird_core::SpaceMismatch),
}

impl BuildError {
    pub(crate) fn check(
        setting: &'static str,
        found: impl Into<f64>,
        range: std::ops::RangeInclusive<f64>,
        allowed: &'static str,
    ) -> Result<(), Self> {
        let found = found.into();
        if range.contains(&found) {
            Ok(())
        } else {
            Err(Self::OutOfRange {
                setting,
                found,
                allowed,
            })
        }
    }
}
