//! What can be wrong with a cascade or a request.

use bowerbird_core::Reason;
use bowerbird_retrieval::{BoxError, FeatureName, HeadName, SchemaHash};
use std::io;
use std::sync::Arc;

/// Why a cascade can't be built. All of these are mistakes in its wiring, found before the first request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is nothing to retrieve from. Add a source.
    #[error("no source")]
    NoSource,
    /// Two stages have one name. Reports and explanations could not tell them apart: rename one.
    #[error("two stages are called {name}")]
    DuplicateStage {
        /// The name.
        name: Arc<str>,
    },
    /// Two hydrators compute one feature. Leave it to one of them.
    #[error("feature {feature} is computed by both {first} and {second}")]
    DuplicateFeature {
        /// The feature.
        feature: FeatureName,
        /// The hydrator that was added first.
        first: Arc<str>,
        /// The other.
        second: Arc<str>,
    },
    /// A scorer reads a feature that no hydrator computes. Add its hydrator.
    #[error("scorer {scorer} reads feature {feature}, which no hydrator computes")]
    MissingFeature {
        /// The scorer.
        scorer: Arc<str>,
        /// The feature.
        feature: FeatureName,
    },
    /// Two scorers predict one head. Rename it in one of them.
    #[error("head {head} is predicted by both {first} and {second}")]
    DuplicateHead {
        /// The head.
        head: HeadName,
        /// The scorer that was added first.
        first: Arc<str>,
        /// The other.
        second: Arc<str>,
    },
    /// A scorer predicts nothing, so it can't order rows.
    #[error("scorer {scorer} has no head")]
    NoHead {
        /// The scorer.
        scorer: Arc<str>,
    },
    /// The utility reads a head that no scorer predicts.
    #[error("utility reads head {head}, which no scorer predicts")]
    MissingHead {
        /// The head.
        head: HeadName,
    },
    /// A scorer was trained on features computed otherwise. Retrain it, or wire in the hydrators it was trained with.
    #[error("scorer {scorer} was trained on schema {trained_on}, the cascade computes {wired}")]
    SchemaMismatch {
        /// The scorer.
        scorer: Arc<str>,
        /// The schema it was trained on.
        trained_on: SchemaHash,
        /// The schema of the same features as they are wired here.
        wired: SchemaHash,
    },
    /// A failure policy names a stage that isn't there.
    #[error("no stage is called {name}")]
    UnknownStage {
        /// The name.
        name: String,
    },
    /// An option is outside its range.
    #[error("{option} of {stage}: {expected}")]
    InvalidOption {
        /// The stage.
        stage: Arc<str>,
        /// The option.
        option: &'static str,
        /// What is allowed.
        expected: &'static str,
    },
    /// The system gave no thread for a blocking stage.
    #[error("no thread for stage {stage}")]
    Thread {
        /// The stage.
        stage: Arc<str>,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Why a request failed. Only stages whose policy is [`FailPolicy::Closed`](super::FailPolicy::Closed) do this.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A stage that a request can't do without failed.
    #[error("stage {stage} failed ({reason}) and is required")]
    StageFailed {
        /// The stage.
        stage: Arc<str>,
        /// Why.
        reason: Reason,
    },
    /// The asynchronous runtime went away before the request was answered.
    #[cfg(feature = "tokio")]
    #[error("the runtime is shutting down")]
    RuntimeGone,
}

/// Why a trace can't be replayed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The cascade's stages or their versions are not those of the trace. Build it with the versions of the time.
    #[error("the trace was recorded on schema {recorded}, the cascade has {present}")]
    SchemaMismatch {
        /// The schema of the trace.
        recorded: SchemaHash,
        /// The schema of the cascade.
        present: SchemaHash,
    },
    /// A stage that worked when the trace was recorded fails now, so the answer can't be the same. Mend what it needs.
    #[error("stage {stage} worked when the trace was recorded and fails now")]
    StageFailed {
        /// The stage.
        stage: Arc<str>,
        /// Its error now.
        #[source]
        error: BoxError,
    },
    /// The request failed when it was recorded, and fails again.
    #[error(transparent)]
    Run(#[from] RunError),
}
