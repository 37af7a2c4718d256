//! The ranked order as it is.

use crate::stage::{Ranked, Reranker, Selection, StageError};
use bowerbird_core::Status;
use bowerbird_retrieval::Context;

/// Picks the best rows in ranked order. O(limit); never stops early.
#[derive(Clone, Copy, Debug, Default)]
pub struct TopK;

impl<Q: ?Sized> Reranker<Q> for TopK {
    fn name(&self) -> &str {
        "top_k"
    }

    fn select(
        &self,
        _query: &Q,
        _ranked: &Ranked<'_>,
        _cx: &Context<'_>,
        out: &mut Selection,
    ) -> Result<Status, StageError> {
        out.fill();
        Ok(Status::Full)
    }
}
