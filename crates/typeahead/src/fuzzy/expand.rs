//! One step of the search: a place, its states, and what its children make of them.

use super::follow::Follow;
use super::pattern::Pattern;
use super::search::{Match, Matches, Search, Tree};
use super::states::{Cost, States, Step};
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
    /// Begins at the root, with nothing read.
    pub(super) fn start(&mut self, pattern: &Pattern, root: T::Place) {
        let child = Child {
            place: root,
            byte: 0,
            follow: Follow::ANYTHING,
            bound: Some(f64::INFINITY),
        };
        self.go_on(pattern, child, &pattern.start());
    }

    /// Goes on from a place, to which the path leads; the last `partial` bytes of the path begin a character.
    pub(super) fn visit(&mut self, place: T::Place, states: &States, partial: usize) {
        let pattern = Arc::clone(&self.pattern);
        let need = pattern.need_after_error(states);
        let expected = pattern.expected(states);
        let mut step = Step::NONE;
        let tree = self.tree;
        tree.children(place, |byte, follow, bound, place| {
            let hopeless = match byte {
                // Control characters mark what is not part of a key.
                ..b' ' => true,
                b' '..0x80 => expected >> byte & 1 == 0 && !need.is_met(follow),
                _ => partial == 0 && !pattern.may_lead(byte),
            };
            if !hopeless {
                let child = Child {
                    place,
                    byte,
                    follow,
                    bound,
                };
                self.read(&pattern, child, states, partial, &mut step);
            }
        });
    }

    fn read(
        &mut self,
        pattern: &Pattern,
        child: Child<T::Place>,
        states: &States,
        partial: usize,
        step: &mut Step,
    ) {
        self.path.push(child.byte);
        match character(&self.path[self.path.len() - partial - 1..]) {
            Character::Whole(c) => {
                pattern.step(states, c, step);
                self.go_on(pattern, child, step);
            }
            Character::Begun => {
                let bound = child.bound.unwrap_or_else(|| self.tree.bound(child.place));
                self.open_later(child.place, bound, states, partial + 1);
            }
            Character::Bad => {}
        }
        self.path.pop();
    }

    /// Notes what a step has led to at a place: matches, texts to look up that make one without another error, and states
    /// from which another error may lead on.
    fn go_on(&mut self, pattern: &Pattern, child: Child<T::Place>, step: &Step) {
        let Child {
            place, follow, bound, ..
        } = child;
        let whole = step.made.iter().filter(|state| pattern.accepts(state));
        let known: Option<Cost> = whole.map(|state| state.cost()).min();
        if let Some(cost) = known {
            self.matches.add(Match {
                place,
                cost,
                key: &self.path,
            });
        }
        self.look_up_rests(pattern, place, follow, step, known);
        let (open, least) = pattern.open(step, known);
        if !open.is_empty() && pattern.need(&open).is_met(follow) {
            let bound = bound.unwrap_or_else(|| self.tree.bound(place));
            self.open_later(place, bound - least, &open, 0);
        }
    }

    /// Looks up later what must follow the states that an error has made, where no other one is made.
    fn look_up_rests(
        &mut self,
        pattern: &Pattern,
        place: T::Place,
        follow: Follow,
        step: &Step,
        known: Option<Cost>,
    ) {
        for state in step.made.iter() {
            let cost = state.cost();
            let is_hopeless = !pattern.may_follow(state, follow) || known.is_some_and(|known| cost >= known);
            if !is_hopeless && !pattern.accepts(state) {
                let rest = pattern.rest(state);
                self.look_later(place, rest.owed, rest.text, cost);
            }
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
