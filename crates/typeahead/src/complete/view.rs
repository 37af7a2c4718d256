//! What one request sees: a base, perhaps with a snapshot of what changed.

use crate::live::{Rules, Snapshot};
use crate::{BestFirst, Found, Source};
use std::sync::Arc;

/// One consistent state for one request.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) base: Arc<dyn Source>,
    pub(super) snapshot: Option<Arc<Snapshot>>,
    pub(super) rules: Arc<Rules>,
}

impl View {
    /// Rises with every change.
    pub(super) fn generation(&self) -> u64 {
        self.snapshot.as_ref().map_or(0, |snapshot| snapshot.generation())
    }

    pub(super) fn delta(&self) -> Option<&dyn Source> {
        self.snapshot.as_ref().map(|snapshot| &**snapshot.delta())
    }

    /// The entry with this key as it is now.
    pub(super) fn find(&self, key: &str) -> Option<Found<'_>> {
        let fresh = self.delta().and_then(|delta| delta.get(key));
        fresh.or_else(|| self.base.get(key))
    }

    /// True when the base's entry must be passed over.
    pub(super) fn hides_base(&self, key: &str, found: &Found<'_>) -> bool {
        self.snapshot
            .as_ref()
            .is_some_and(|snapshot| snapshot.hides_base(key, found))
    }

    /// True when nobody may see a key: it was removed, or a rule blocks it.
    pub(super) fn is_blocked(&self, key: &str) -> bool {
        let snapshot = self.snapshot.as_ref();
        snapshot.is_some_and(|snapshot| snapshot.is_hidden(key) || snapshot.blocks(key).is_some())
            || self.rules.blocks(key).is_some()
    }
}

/// Looks up what is fresh; walks over the base.
impl Source for View {
    fn len(&self) -> usize {
        self.base.len()
    }

    fn best_first<'s>(&'s self, prefix: &str) -> Box<dyn BestFirst + 's> {
        self.base.best_first(prefix)
    }

    fn get(&self, key: &str) -> Option<Found<'_>> {
        self.find(key)
    }
}
