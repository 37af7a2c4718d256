//! A set of keys that is copied cheaply, a part at a time.

use rustc_hash::{FxBuildHasher, FxHashSet};
use std::hash::BuildHasher;
use std::sync::Arc;

const PARTS: usize = 256;

/// A set whose clones share what they have in common: adding a key copies one of 256 parts.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    parts: Box<[Arc<FxHashSet<Arc<str>>>]>,
    len: usize,
}

impl Keys {
    pub(super) fn new() -> Self {
        Self {
            parts: vec![Arc::default(); PARTS].into(),
            len: 0,
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn contains(&self, key: &str) -> bool {
        self.len > 0 && self.parts[Self::part(key)].contains(key)
    }

    pub(super) fn insert(&mut self, key: &str) {
        if !self.contains(key) {
            Arc::make_mut(&mut self.parts[Self::part(key)]).insert(key.into());
            self.len += 1;
        }
    }

    pub(super) fn remove(&mut self, key: &str) {
        if self.contains(key) {
            Arc::make_mut(&mut self.parts[Self::part(key)]).remove(key);
            self.len -= 1;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().flat_map(|part| part.iter()).map(|key| &**key)
    }

    /// From bits of the hash that the parts' own tables look at least.
    fn part(key: &str) -> usize {
        (FxBuildHasher.hash_one(key) >> 24) as usize % PARTS
    }
}
