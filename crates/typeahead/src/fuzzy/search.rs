//! Running a pattern over a tree of keys.

use super::follow::{Follow, Need};
use super::pattern::{Cost, Pattern, States};

/// A tree of keys, one byte a step.
pub(crate) trait Tree {
    /// A node: all keys with a prefix.
    type Place: Copy;

    /// Calls `visit(byte, follow, child)` for each child, bytes ascending.
    fn children(&self, place: Self::Place, visit: impl FnMut(u8, Follow, Self::Place));

    /// The place that reads `bytes` from another one.
    fn descend(&self, place: Self::Place, bytes: &[u8]) -> Option<Self::Place>;
}

/// A place whose keys match: all of them, or the one that ends there.
#[derive(Clone, Debug)]
pub(crate) struct Found<P> {
    pub(crate) place: P,
    pub(crate) is_end: bool,
    pub(crate) cost: Cost,
    /// The bytes that lead to the place are `keys[start..end]` of the search.
    pub(crate) key: std::ops::Range<usize>,
}

/// All matches that take an error, as places that do not overlap, with the bytes that lead to them.
pub(crate) fn search<T: Tree>(tree: &T, root: T::Place, pattern: &Pattern) -> (Vec<Found<T::Place>>, Vec<u8>) {
    let mut search = Search { tree, pattern, path: Vec::new(), keys: Vec::new(), found: Vec::new() };
    search.visit(root, &pattern.start(), None, 0);
    (search.found, search.keys)
}

struct Search<'a, T: Tree> {
    tree: &'a T,
    pattern: &'a Pattern,
    path: Vec<u8>,
    keys: Vec<u8>,
    found: Vec<Found<T::Place>>,
}

impl<T: Tree> Search<'_, T> {
    /// Goes on below a place. `best` is what the keys below cost already; `partial` bytes at the end of the path are the
    /// beginning of a character.
    fn visit(&mut self, place: T::Place, states: &States, best: Option<Cost>, partial: usize) {
        let accepted = if partial == 0 { self.pattern.accepts(states) } else { None };
        let best = match (best, accepted) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let open = self.pattern.open(states, best);
        if open.is_empty() {
            return self.emit(place, false, best);
        }
        if best.is_none() && partial == 0 && self.look_up(place, &open, Follow::ANYTHING) {
            return;
        }
        if partial == 0 {
            self.emit(place, true, best);
        }
        let wanted = self.wanted_bytes(&open, partial);
        let prunes = partial == 0 && best.is_none();
        let need = if prunes { self.pattern.need_after_error(&open) } else { Need::default() };
        let expected = self.pattern.expected(&open);
        let tree = self.tree;
        tree.children(place, |byte, follow, child| {
            let skipped = if byte < 0x80 {
                prunes && expected >> byte & 1 == 0 && !need.is_met(follow)
            } else {
                wanted.is_none() && partial == 0 && !self.may_lead(byte, &open)
            };
            let skipped = skipped || wanted.as_ref().is_some_and(|wanted| !wanted.contains(&byte));
            if skipped || !self.read(child, follow, byte, &open, best, partial) {
                self.path.push(byte);
                self.emit(child, false, best);
                self.path.pop();
            }
        });
    }

    /// Where no edit is left, looks up what must follow, and returns true.
    fn look_up(&mut self, place: T::Place, open: &States, follow: Follow) -> bool {
        let pattern = self.pattern;
        let Some(rests) = pattern.rests(open) else { return false };
        for (rest, cost) in rests {
            if !follow.may_be(rest.bytes()) {
                continue;
            }
            let found = self.tree.descend(place, rest.owed.as_bytes());
            if let Some(place) = found.and_then(|place| self.tree.descend(place, rest.text.as_bytes())) {
                let length = self.path.len();
                self.path.extend_from_slice(rest.owed.as_bytes());
                self.path.extend_from_slice(rest.text.as_bytes());
                self.emit(place, false, Some(cost));
                self.path.truncate(length);
            }
        }
        true
    }

    /// The bytes that may come next, sorted; `None` where any may.
    fn wanted_bytes(&self, open: &States, partial: usize) -> Option<Vec<u8>> {
        let begun = &self.path[self.path.len() - partial..];
        let wanted = self.pattern.wanted(open)?;
        let mut bytes: Vec<u8> = wanted
            .filter_map(|c| {
                let mut buffer = [0; 4];
                let bytes = c.encode_utf8(&mut buffer).as_bytes();
                bytes.starts_with(begun).then(|| bytes.get(partial).copied()).flatten()
            })
            .collect();
        bytes.sort_unstable();
        Some(bytes)
    }

    /// True when a character that begins with this byte may come next where an edit is left.
    fn may_lead(&self, byte: u8, open: &States) -> bool {
        self.pattern.may_lead(byte) || self.pattern.expects_lead(open, byte)
    }

    /// Reads a byte and goes on below it; false where nothing can match there that would be better than `best`.
    fn read(
        &mut self,
        child: T::Place,
        follow: Follow,
        byte: u8,
        open: &States,
        best: Option<Cost>,
        partial: usize,
    ) -> bool {
        // Control characters mark what is not part of a key.
        if byte < b' ' {
            return false;
        }
        self.path.push(byte);
        let goes_on = match character(&self.path[self.path.len() - partial - 1..]) {
            Character::Whole(c) => {
                let next = self.pattern.step(open, c);
                if best.is_none() && self.pattern.accepts(&next).is_none() && self.look_up(child, &next, follow) {
                    true
                } else {
                    let alive = self.is_alive(&next, best);
                    if alive {
                        self.visit(child, &next, best, 0);
                    }
                    alive
                }
            }
            Character::Begun => {
                self.visit(child, open, best, partial + 1);
                true
            }
            Character::Bad => false,
        };
        self.path.pop();
        goes_on
    }

    fn is_alive(&self, next: &States, best: Option<Cost>) -> bool {
        self.pattern.accepts(next).is_some() || !self.pattern.open(next, best).is_empty()
    }

    fn emit(&mut self, place: T::Place, is_end: bool, best: Option<Cost>) {
        if let Some(cost) = best.filter(|cost| cost.edits > 0) {
            let start = self.keys.len();
            self.keys.extend_from_slice(&self.path);
            self.found.push(Found { place, is_end, cost, key: start..self.keys.len() });
        }
    }
}

enum Character {
    Whole(char),
    Begun,
    Bad,
}

/// What the bytes of at most one character are.
fn character(bytes: &[u8]) -> Character {
    if bytes.len() == 1 && bytes[0] < 0x80 {
        return Character::Whole(char::from(bytes[0]));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.chars().next().map_or(Character::Bad, Character::Whole),
        Err(error) if error.error_len().is_none() => Character::Begun,
        Err(_) => Character::Bad,
    }
}
