//! Which keys may be in an answer.
//!
//! A filter speaks the host's keys; the rows behind them stay inside the index. It must give the same answer for
//! the same key throughout one search, and may be asked about any key, any number of times, from several threads.

use crate::VectorKey;
use std::collections::HashSet;
use std::hash::BuildHasher;

/// Decides which keys may be in an answer.
///
/// Every `Fn(VectorKey) -> bool + Sync` closure is one, and so is a `HashSet<VectorKey>` of allowed keys.
///
/// ```
/// use bowerbird_vsearch::{KeyFilter, VectorKey};
///
/// let even = |key: VectorKey| key.0.is_multiple_of(2);
/// let filter: &dyn KeyFilter = &even;
/// assert!(filter.allows(VectorKey(4)));
/// ```
pub trait KeyFilter: Sync {
    /// True when `key` may be in the answer.
    fn allows(&self, key: VectorKey) -> bool;

    /// The complete list of allowed keys, where the filter is such a list. An index may then go straight to those
    /// keys in place of asking about each of its own. Must agree with [`allows`](Self::allows).
    fn allow_list(&self) -> Option<&AllowList> {
        None
    }
}

impl<F: Fn(VectorKey) -> bool + Sync> KeyFilter for F {
    fn allows(&self, key: VectorKey) -> bool {
        self(key)
    }
}

impl<S: BuildHasher + Sync> KeyFilter for HashSet<VectorKey, S> {
    fn allows(&self, key: VectorKey) -> bool {
        self.contains(&key)
    }
}

/// Allows the listed keys only. 8 bytes a key, O(log n) a question.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AllowList(Vec<VectorKey>);

impl AllowList {
    /// The allowed keys, ascending, each once.
    pub fn keys(&self) -> &[VectorKey] {
        &self.0
    }
}

impl FromIterator<VectorKey> for AllowList {
    fn from_iter<I: IntoIterator<Item = VectorKey>>(keys: I) -> Self {
        Self(sorted_set(keys))
    }
}

impl KeyFilter for AllowList {
    fn allows(&self, key: VectorKey) -> bool {
        self.0.binary_search(&key).is_ok()
    }

    fn allow_list(&self) -> Option<&AllowList> {
        Some(self)
    }
}

/// Allows all but the listed keys. 8 bytes a key, O(log n) a question.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DenyList(Vec<VectorKey>);

impl DenyList {
    /// The denied keys, ascending, each once.
    pub fn keys(&self) -> &[VectorKey] {
        &self.0
    }
}

impl FromIterator<VectorKey> for DenyList {
    fn from_iter<I: IntoIterator<Item = VectorKey>>(keys: I) -> Self {
        Self(sorted_set(keys))
    }
}

impl KeyFilter for DenyList {
    fn allows(&self, key: VectorKey) -> bool {
        self.0.binary_search(&key).is_err()
    }
}

fn sorted_set(keys: impl IntoIterator<Item = VectorKey>) -> Vec<VectorKey> {
    let mut keys: Vec<_> = keys.into_iter().collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_set_answers_the_same_in_every_form() {
        let keys = [7, 3, 3, 900].map(VectorKey);
        let allow: AllowList = keys.into_iter().collect();
        let deny: DenyList = keys.into_iter().collect();
        let set: HashSet<_> = keys.into_iter().collect();
        assert_eq!(allow.keys(), [3, 7, 900].map(VectorKey));
        for key in (0..1000).map(VectorKey) {
            let wanted = keys.contains(&key);
            assert_eq!(allow.allows(key), wanted);
            assert_eq!(deny.allows(key), !wanted);
            assert_eq!(KeyFilter::allows(&set, key), wanted);
        }
    }
}
