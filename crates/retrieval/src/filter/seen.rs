//! No item twice.

use super::{Filter, FilterMask};
use crate::batch::CandidateBatch;
use crate::context::Context;
use crate::error::FilterError;
use crate::query::History;
use crate::scratch::ScratchPool;
use bowerbird_core::ItemId;

/// Marks the items of the query's history. O((rows + history) · log history).
#[derive(Debug, Default)]
pub struct Seen {
    scratch: ScratchPool<Vec<ItemId>>,
}

impl Seen {
    /// The filter, called "seen".
    pub const fn new() -> Self {
        Self {
            scratch: ScratchPool::new(),
        }
    }
}

impl<Q: History + ?Sized> Filter<Q> for Seen {
    fn name(&self) -> &str {
        "seen"
    }

    fn apply(
        &self,
        query: &Q,
        batch: &CandidateBatch,
        _cx: &Context<'_>,
        mask: &mut FilterMask,
    ) -> Result<(), FilterError> {
        let mut seen = self.scratch.take();
        seen.clear();
        seen.extend(query.history().iter().map(|action| action.item));
        seen.sort_unstable();
        for (row, item) in batch.items().iter().enumerate() {
            if mask.is_kept(row) && seen.binary_search(item).is_ok() {
                mask.reject(row);
            }
        }
        Ok(())
    }
}
