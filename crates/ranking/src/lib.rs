//! The ranking cascade: retrieval → pre-ranking → ranking → re-ranking under one deadline.

#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
pub mod asynchronous;
mod audit;
mod breaker;
pub mod cascade;
mod controller;
mod detached;
pub mod evaluate;
mod execute;
mod fate;
pub mod hydrate;
pub mod model;
mod request;
pub mod rerank;
mod slate;
pub mod stage;
#[cfg(any(test, feature = "testing"))]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;
mod trace;
pub mod utility;

pub use audit::{Audit, StageLoss};
pub use bowerbird_core as core;
pub use bowerbird_retrieval as retrieval;
pub use breaker::{BreakerOptions, BreakerState};
pub use cascade::{
    BuildError, CallOptions, CallStats, Cascade, CascadeBuilder, CascadeStats, FailPolicy, ReplayError,
    RunError, Shares, SourceOptions,
};
pub use controller::LoadControl;
pub use fate::{Fate, Fates, Verdict};
pub use request::{Request, Widths};
pub use slate::{Placed, Slate, StageFailure};
pub use stage::{
    BlockingHydrator, FeatureHydrator, FeatureSink, FeatureView, HeadSink, HeadView, HydrateCall,
    QueryHydrator, Ranked, Recorder, Reranker, Rows, Scorer, Selection, SideEffect, StageError, Utility,
    hydrator_fn, scorer_fn,
};
pub use trace::DecisionTrace;
