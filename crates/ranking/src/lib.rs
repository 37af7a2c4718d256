//! The ranking cascade: retrieval → pre-ranking → ranking → re-ranking under one deadline.

pub mod evaluate;
pub mod model;
pub mod rerank;
pub mod slate;
pub mod stage;
#[cfg(any(test, feature = "testing"))]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;
pub mod utility;

pub use bowerbird_core as core;
pub use bowerbird_retrieval as retrieval;
pub use stage::{
    BlockingHydrator, FeatureHydrator, FeatureSink, FeatureView, HeadSink, HeadView, HydrateCall,
    QueryHydrator, Ranked, Recorder, Reranker, Rows, Scorer, Selection, SideEffect, StageError, Utility,
    hydrator_fn, scorer_fn,
};
