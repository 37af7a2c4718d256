//! What readers see: one consistent, immutable state of a live index.

use super::keys::Keys;
use super::rules::{RuleId, Rules};
use super::state::Kinds;
use crate::{Found, Kind, Source};
use std::sync::{Arc, PoisonError, RwLock};

/// One state of a live index: a base, what changed since, what must not be shown. Never changes; readers keep one for as
/// long as a request takes.
///
/// A merged walk takes the base's entries save those that [`hides_base`](Self::hides_base) tells, and the delta's save
/// those that [`is_hidden`](Self::is_hidden) tells; and asks [`blocks`](Self::blocks) for each.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(super) base: Arc<dyn Source>,
    pub(super) base_at: f64,
    pub(super) delta: Arc<dyn Source>,
    /// The keys of the delta's two layers, the upper one first.
    pub(super) overridden: [Arc<Kinds>; 2],
    pub(super) removed: Arc<Keys>,
    pub(super) rules: Arc<Rules>,
    pub(super) generation: u64,
}

impl Snapshot {
    /// The large, immutable part.
    pub fn base(&self) -> &Arc<dyn Source> {
        &self.base
    }

    /// The time at which the base's weights hold, in seconds.
    pub const fn base_at(&self) -> f64 {
        self.base_at
    }

    /// Keys observed since, with weights that compare with the base's and include them.
    pub fn delta(&self) -> &Arc<dyn Source> {
        &self.delta
    }

    /// True when the delta has an entry in place of the base's of this key and kind. Two look-ups in hash tables.
    pub fn overrides(&self, key: &str, kind: Kind) -> bool {
        self.overridden.iter().any(|layer| layer.get(key) == Some(&kind))
    }

    /// True when the key was removed. One look-up in a hash table, however many were.
    pub fn is_hidden(&self, key: &str) -> bool {
        self.removed.contains(key)
    }

    /// True when a walk over the base must pass over this entry: it was removed under its key or under the alias that
    /// matched, or the delta has it.
    ///
    /// The delta does not know aliases: a base entry that is found under one is not passed over because of the delta,
    /// and comes with the base's weight.
    pub fn hides_base(&self, key: &str, found: &Found<'_>) -> bool {
        match found.canonical {
            None => self.is_hidden(key) || self.overrides(key, found.kind),
            Some(canonical) => self.is_hidden(key) || self.is_hidden(canonical),
        }
    }

    /// The rules in force.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The rule that blocks a key, if one does.
    pub fn blocks(&self, key: &str) -> Option<RuleId> {
        self.rules.blocks(key)
    }

    /// How many keys are removed.
    pub fn removed(&self) -> usize {
        self.removed.len()
    }

    /// Rises by one with every change: what was computed from another generation is stale.
    pub const fn generation(&self) -> u64 {
        self.generation
    }
}

/// The current snapshot. Readers wait for nothing but the copy of a pointer.
#[derive(Debug)]
pub(super) struct Published(RwLock<Arc<Snapshot>>);

impl Published {
    pub(super) fn new(first: Snapshot) -> Self {
        Self(RwLock::new(Arc::new(first)))
    }

    pub(super) fn load(&self) -> Arc<Snapshot> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces it by a changed copy. One caller at a time, or changes are lost.
    pub(super) fn change(&self, change: impl FnOnce(&mut Snapshot)) -> u64 {
        let mut next = Snapshot::clone(&self.load());
        change(&mut next);
        next.generation += 1;
        let (generation, next) = (next.generation, Arc::new(next));
        let before = {
            let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *current, next)
        };
        // Freed, if this is its last owner, when no reader has to wait for it.
        drop(before);
        generation
    }
}
