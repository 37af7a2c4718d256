//! The roles of a cascade. A host implements one by writing one file.
//!
//! Each role is a small object-safe trait over the host's own query type `Q`, with no bounds on it. In the order in
//! which a request meets them: [`QueryHydrator`], [`CandidateSource`](bowerbird_retrieval::CandidateSource),
//! [`Filter`](bowerbird_retrieval::Filter), [`FeatureHydrator`], [`Scorer`], [`Utility`], [`Reranker`],
//! [`SideEffect`] and [`Recorder`].

mod effect;
mod error;
mod hydrate;
mod rerank;
mod score;
mod utility;

pub use effect::{Recorder, SideEffect};
pub use error::StageError;
pub use hydrate::{
    BlockingHydrator, FeatureHydrator, FeatureSink, HydrateCall, HydratorFn, QueryHydrator, Rows, hydrator_fn,
};
pub use rerank::{Ranked, Reranker, Selection};
pub use score::{FeatureView, HeadSink, Scorer, ScorerFn, scorer_fn};
pub use utility::{HeadView, Utility};
