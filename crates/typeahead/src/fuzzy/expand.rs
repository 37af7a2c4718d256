//! One step of the search: a place, its states, and what its children make of them.

use super::follow::Follow;
use super::pattern::{Cost, LastError, Pattern, States};
use super::search::{Match, Matches, Search, Tree};
use std::sync::Arc;

/// A child that is looked at.
#[derive(Clone, Copy)]
struct Child<P> {
    place: P,
    byte: u8,
    follow: Follow,
    bound: Option<f64>,
}

impl<T: Tree, M: Matches<Place = T::Place>> Search<'_, T, M> {
    /// Goes on below a place, to which the path leads. `best` is what the keys below cost already; the last `partial`
    /// bytes of the path begin a character.
    pub(super) fn visit(&mut self, place: T::Place, states: &States, best: Option<Cost>, partial: usize) {
        let pattern = Arc::clone(&self.pattern);
        let accepted = if partial == 0 {
            pattern.accepts(states)
        } else {
            None
        };
        let best = match (best, accepted) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let open = pattern.open(states, best);
        if open.is_empty() {
            return self.emit(place, false, best);
        }
        if partial == 0 {
            self.emit(place, true, best);
        }
        let wanted = wanted_bytes(&pattern, &open, &self.path[self.path.len() - partial..]);
        let is_plain = partial == 0 && best.is_none();
        let last_error = if is_plain { pattern.last_error(&open) } else { None };
        let need = if is_plain && last_error.is_none() {
            Some(pattern.need_after_error(&open))
        } else {
            None
        };
        let expected = pattern.expected(&open);
        let tree = self.tree;
        tree.children(place, |byte, follow, bound, place| {
            let child = Child {
                place,
                byte,
                follow,
                bound,
            };
            if byte < 0x80 && expected >> byte & 1 == 0 {
                if let Some(error) = &last_error {
                    return self.look_after(&pattern, error, child);
                }
                if need.as_ref().is_some_and(|need| !need.is_met(follow)) {
                    return;
                }
            }
            let may_lead = || pattern.may_lead(byte) || pattern.expects_lead(&open, byte);
            let skipped = wanted.as_ref().is_some_and(|wanted| !wanted.contains(&byte))
                || (byte >= 0x80 && wanted.is_none() && partial == 0 && !may_lead());
            if skipped || !self.read(&pattern, child, &open, best, partial) {
                self.path.push(byte);
                self.emit(place, false, best);
                self.path.pop();
            }
        });
    }

    /// Leaves for later what must follow a byte that takes the last edit.
    fn look_after(&mut self, pattern: &Pattern, error: &LastError<'_>, child: Child<T::Place>) {
        if !pattern.may_be_ascii(child.byte) {
            return;
        }
        self.path.push(child.byte);
        for rest in error.iter().filter(|rest| child.follow.meets(rest.bits)) {
            if let Some(cost) = pattern.cost_after(rest, char::from(child.byte)) {
                self.look_later(child.place, "", rest.text, cost);
            }
        }
        self.path.pop();
    }

    /// Reads a byte and goes on below it, now or later; false where nothing can match there that would be better than
    /// `best`.
    fn read(
        &mut self,
        pattern: &Pattern,
        child: Child<T::Place>,
        open: &States,
        best: Option<Cost>,
        partial: usize,
    ) -> bool {
        // Control characters mark what is not part of a key.
        if child.byte < b' ' {
            return false;
        }
        self.path.push(child.byte);
        let goes_on = match character(&self.path[self.path.len() - partial - 1..]) {
            Character::Whole(c) => {
                let next = pattern.step(open, c);
                self.go_on(pattern, child, &next, best, 0)
            }
            Character::Begun => self.go_on(pattern, child, open, best, partial + 1),
            Character::Bad => false,
        };
        self.path.pop();
        goes_on
    }

    fn go_on(
        &mut self,
        pattern: &Pattern,
        child: Child<T::Place>,
        next: &States,
        best: Option<Cost>,
        partial: usize,
    ) -> bool {
        let Child {
            place, follow, bound, ..
        } = child;
        let accepts = partial == 0 && pattern.accepts(next).is_some();
        if best.is_some() || accepts {
            let alive = accepts || !pattern.open(next, best).is_empty();
            if alive {
                self.visit(place, next, best, partial);
            }
            return alive;
        }
        let Some(least) = next.least_penalty() else {
            return false;
        };
        let rests = if partial == 0 { pattern.rests(next) } else { None };
        let Some(rests) = rests else {
            let bound = bound.unwrap_or_else(|| self.tree.bound(place));
            self.open_later(place, bound - least, next, partial);
            return true;
        };
        for (rest, cost) in rests.filter(|(rest, _)| follow.may_be(rest.bytes())) {
            self.look_later(place, rest.owed, rest.text, cost);
        }
        true
    }

    fn emit(&mut self, place: T::Place, is_end: bool, best: Option<Cost>) {
        if let Some(cost) = best.filter(|cost| cost.edits > 0) {
            self.matches.add(Match {
                place,
                is_end,
                cost,
                key: &self.path,
            });
        }
    }
}

/// The bytes that may come next after the begun character; `None` where any may.
fn wanted_bytes(pattern: &Pattern, open: &States, begun: &[u8]) -> Option<Vec<u8>> {
    let next = |c: char| {
        let mut buffer = [0; 4];
        let bytes = c.encode_utf8(&mut buffer).as_bytes();
        bytes
            .starts_with(begun)
            .then(|| bytes.get(begun.len()).copied())
            .flatten()
    };
    Some(pattern.wanted(open)?.filter_map(next).collect())
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
