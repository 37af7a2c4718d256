//! What an answer holds already.

use crate::Kind;
use crate::collapse::{Collapse, Seen};
use rustc_hash::FxHashSet;

/// The entries of an answer, kind by kind: each comes once, and near-duplicates of one kind once.
pub(super) struct Shown {
    collapse: Collapse,
    kinds: Vec<OfKind>,
}

struct OfKind {
    kind: Kind,
    keys: FxHashSet<String>,
    seen: Seen<'static>,
}

impl Shown {
    pub(super) const fn new(collapse: Collapse) -> Self {
        Self {
            collapse,
            kinds: Vec::new(),
        }
    }

    /// True for an entry that is among them.
    pub(super) fn has(&self, key: &str, kind: Kind) -> bool {
        self.of(kind).is_some_and(|of| of.keys.contains(key))
    }

    /// True when an entry of any kind has this key.
    pub(super) fn has_text(&self, key: &str) -> bool {
        self.kinds.iter().any(|of| of.keys.contains(key))
    }

    /// Adds an entry; false for a duplicate, which is not added.
    pub(super) fn admits(&mut self, key: &str, kind: Kind) -> bool {
        let at = self.kinds.iter().position(|of| of.kind == kind);
        let at = at.unwrap_or_else(|| {
            self.kinds.push(OfKind {
                kind,
                keys: FxHashSet::default(),
                seen: Seen::new(self.collapse),
            });
            self.kinds.len() - 1
        });
        let of = &mut self.kinds[at];
        if self.collapse != Collapse::NONE && of.seen.admits(key).is_err() {
            return false;
        }
        of.keys.insert(key.to_owned())
    }

    fn of(&self, kind: Kind) -> Option<&OfKind> {
        self.kinds.iter().find(|of| of.kind == kind)
    }
}
