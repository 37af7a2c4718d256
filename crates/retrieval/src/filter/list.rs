//! Items on a list.

use super::{Filter, FilterMask};
use crate::batch::CandidateBatch;
use crate::context::Context;
use crate::error::FilterError;
use crate::fingerprint::Fingerprint;
use bowerbird_core::ItemId;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// Which side of the list goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Allow,
    Deny,
}

/// Lets only the items of a list pass, or only the others. O(rows).
#[derive(Clone, Debug)]
pub struct ItemList {
    name: Arc<str>,
    kind: Kind,
    items: FxHashSet<ItemId>,
}

impl ItemList {
    /// Only `items` pass: what is in stock, what this country may see.
    pub fn allow(name: impl Into<Arc<str>>, items: impl IntoIterator<Item = ItemId>) -> Self {
        Self {
            name: name.into(),
            kind: Kind::Allow,
            items: items.into_iter().collect(),
        }
    }

    /// All but `items` pass: what was taken down.
    pub fn deny(name: impl Into<Arc<str>>, items: impl IntoIterator<Item = ItemId>) -> Self {
        Self {
            name: name.into(),
            kind: Kind::Deny,
            items: items.into_iter().collect(),
        }
    }
}

impl<Q: ?Sized> Filter<Q> for ItemList {
    fn name(&self) -> &str {
        &self.name
    }

    /// A hash of the items and of which side of the list passes. O(n log n).
    fn version(&self) -> u64 {
        let mut items: Vec<u64> = self.items.iter().map(|item| item.0).collect();
        items.sort_unstable();
        let kind = match self.kind {
            Kind::Allow => "allow",
            Kind::Deny => "deny",
        };
        Fingerprint::of(kind).words(items).finish()
    }

    fn apply(
        &self,
        _query: &Q,
        batch: &CandidateBatch,
        _cx: &Context<'_>,
        mask: &mut FilterMask,
    ) -> Result<(), FilterError> {
        for (row, item) in batch.items().iter().enumerate() {
            if mask.is_kept(row) && self.items.contains(item) != (self.kind == Kind::Allow) {
                mask.reject(row);
            }
        }
        Ok(())
    }
}
