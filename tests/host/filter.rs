//! A filter of the host's own.

use crate::query::Viewer;
use bowerbird::retrieval::{CandidateBatch, Catalogue, Context, Filter, FilterError, FilterMask};
use std::sync::Arc;

/// Nothing older than the viewer wants, and nothing of unknown age.
pub(crate) struct Since(pub(crate) Arc<Catalogue>);

impl Filter<Viewer> for Since {
    fn name(&self) -> &str {
        "since"
    }

    fn version(&self) -> u64 {
        self.0.fingerprint()
    }

    fn apply(
        &self,
        query: &Viewer,
        batch: &CandidateBatch,
        _cx: &Context<'_>,
        mask: &mut FilterMask,
    ) -> Result<(), FilterError> {
        for (row, &film) in batch.items().iter().enumerate() {
            let year = self.0.get(film).and_then(|film| film.year);
            if mask.is_kept(row) && year.is_none_or(|year| year < query.since) {
                mask.reject(row);
            }
        }
        Ok(())
    }
}
