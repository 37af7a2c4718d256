//! Running a pattern over a tree of keys, best first.
//!
//! The search goes on where the best score may be (A\*): a place promises the weight of the best key below it, less what
//! its states have cost. The tree is far larger than the caches, and what is visited lies far apart, so several places are
//! taken at a time, and their memory is touched before any is worked on.

use super::follow::Follow;
use super::pattern::{Cost, Pattern, States};
use crate::{BestFirst, Found};
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::ops::Range;
use std::sync::Arc;

/// Places that are taken from the heap at a time.
const BATCH: usize = 32;

/// A tree of keys, one byte a step.
pub(crate) trait Tree {
    /// A node: all keys with a prefix.
    type Place: Copy;

    /// Calls `visit(byte, follow, bound, child)` for each child, bytes ascending. The bound is as [`bound`](Self::bound)
    /// says, where it is at hand.
    fn children(&self, place: Self::Place, visit: impl FnMut(u8, Follow, Option<f64>, Self::Place));

    /// A score that no key below a place exceeds.
    fn bound(&self, place: Self::Place) -> f64;

    /// Reads at least one byte of a text that is not empty, from a place; returns where that leads and what is left.
    fn read<'r>(&self, place: Self::Place, text: &'r [u8]) -> Option<(Self::Place, &'r [u8])>;

    /// Looks at the memory of a place that is visited soon.
    fn touch(&self, place: Self::Place) -> u8;
}

/// A place whose keys match: all of them, or the one that ends there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Match<'a, P> {
    pub(crate) place: P,
    pub(crate) is_end: bool,
    pub(crate) cost: Cost,
    /// The bytes that lead to the place.
    pub(crate) key: &'a [u8],
}

<<<<<<< HEAD
/// A walk over the keys of matches that do not overlap.
pub(crate) trait Matches: BestFirst {
    type Place: Copy;

    /// Adds a match.
    fn add(&mut self, found: Match<'_, Self::Place>);

    /// The score of the next key.
    fn peek(&self) -> Option<f64>;
=======
/// All matches that take an error, as places that do not overlap, and the arena with the bytes that lead to them.
pub(crate) fn search<T: Tree>(
    tree: &T,
    root: T::Place,
    pattern: &Pattern,
) -> (Vec<Found<T::Place>>, Vec<u8>) {
    let mut search = Search {
        tree,
        pattern,
        path: Vec::new(),
        arena: Vec::new(),
        found: Vec::new(),
        frontier: vec![Open {
            place: root,
            states: pattern.start(),
            path: 0..0,
            partial: 0,
        }],
        looks: Vec::new(),
    };
    search.spread();
    search.look_up();
    (search.found, search.arena)
>>>>>>> ta-b
}

/// A place to go on from; nothing below it is matched yet.
#[derive(Debug)]
struct Open<P> {
    place: P,
    states: States,
    path: Range<usize>,
    /// Bytes at the end of the path that begin a character.
    partial: usize,
}

/// A text to look up from a place: the part of the path from `read` on.
#[derive(Debug)]
struct Look<P> {
    place: P,
    path: Range<usize>,
    read: usize,
    cost: Cost,
}

/// What may still lead to scores up to a bound.
#[derive(Clone, Copy, Debug)]
struct Promise {
    bound: f64,
    open: usize,
}

impl Ord for Promise {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bound.total_cmp(&other.bound).then_with(|| other.open.cmp(&self.open))
    }
}

impl PartialOrd for Promise {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Promise {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Promise {}

/// The keys that match with an error, best first.
#[derive(Debug)]
pub(crate) struct Search<'s, T: Tree, M> {
    pub(super) tree: &'s T,
    pub(super) pattern: Arc<Pattern>,
    pub(super) matches: M,
    /// The bytes that lead to the place that is worked on.
    pub(super) path: Vec<u8>,
    arena: Vec<u8>,
    promises: BinaryHeap<Promise>,
    opens: Vec<Open<T::Place>>,
    looks: Vec<Look<T::Place>>,
}

<<<<<<< HEAD
impl<T: Tree, M: Matches<Place = T::Place>> BestFirst for Search<'_, T, M> {
    fn advance(&mut self) -> Option<f64> {
        loop {
            let known = self.matches.peek();
            let is_promising = |promise: &&Promise| known.is_none_or(|known| promise.bound >= known);
            if self.promises.peek().filter(is_promising).is_none() {
                return self.matches.advance();
=======
impl<T: Tree> Search<'_, T> {
    fn spread(&mut self) {
        while !self.frontier.is_empty() {
            let level = std::mem::take(&mut self.frontier);
            black_box(
                level
                    .iter()
                    .fold(0, |sum, open| sum ^ self.tree.touch(open.place)),
            );
            for open in &level {
                self.path.clear();
                self.path.extend_from_slice(&self.arena[open.path.clone()]);
                self.visit(open.place, &open.states, None, open.partial);
>>>>>>> ta-b
            }
            self.work(known);
        }
    }

    fn key(&self) -> &str {
        self.matches.key()
    }

    fn found(&self) -> Found<'_> {
        self.matches.found()
    }

    fn edits(&self) -> u8 {
        self.matches.edits()
    }
}

impl<'s, T: Tree, M: Matches<Place = T::Place>> Search<'s, T, M> {
    /// A search from the root, whose matches go to `matches`.
    pub(crate) fn new(tree: &'s T, root: T::Place, pattern: &Pattern, matches: M) -> Self {
        let mut search = Self {
            tree,
            pattern: Arc::new(pattern.clone()),
            matches,
            path: Vec::new(),
            arena: Vec::new(),
            promises: BinaryHeap::new(),
            opens: Vec::new(),
            looks: Vec::new(),
        };
        search.open(Open { place: root, states: pattern.start(), path: 0..0, partial: 0 }, f64::INFINITY);
        search
    }

    fn open(&mut self, open: Open<T::Place>, bound: f64) {
        self.promises.push(Promise { bound, open: self.opens.len() });
        self.opens.push(open);
    }

    /// Leaves a place, to which the path leads, for later.
    pub(super) fn open_later(&mut self, place: T::Place, bound: f64, states: &States, partial: usize) {
        let start = self.arena.len();
        self.arena.extend_from_slice(&self.path);
        let path = start..self.arena.len();
        self.open(Open { place, states: *states, path, partial }, bound);
    }

    /// Leaves a text that must follow a place, to which the path leads, for the end of the batch.
    pub(super) fn look_later(&mut self, place: T::Place, owed: &str, text: &str, cost: Cost) {
        let start = self.arena.len();
        for part in [&self.path[..], owed.as_bytes(), text.as_bytes()] {
            self.arena.extend_from_slice(part);
        }
        let read = start + self.path.len();
        self.looks.push(Look { place, path: start..self.arena.len(), read, cost });
    }

    /// Works on the best promises, as long as they may beat what is known.
    fn work(&mut self, known: Option<f64>) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut touched = 0;
        while batch.len() < BATCH {
            let is_promising = |promise: &&Promise| known.is_none_or(|known| promise.bound >= known);
            let Some(promise) = self.promises.peek().filter(is_promising) else { break };
            touched ^= self.tree.touch(self.opens[promise.open].place);
            batch.push(promise.open);
            self.promises.pop();
        }
        black_box(touched);
        for at in batch {
            let Open { place, states, ref path, partial } = self.opens[at];
            self.path.clear();
            self.path.extend_from_slice(&self.arena[path.clone()]);
            self.visit(place, &states, None, partial);
        }
        self.look_up();
    }

    fn look_up(&mut self) {
<<<<<<< HEAD
        while !self.looks.is_empty() {
            black_box(self.looks.iter().fold(0, |sum, look| sum ^ self.tree.touch(look.place)));
            self.looks.retain_mut(|look| {
=======
        let mut looks = std::mem::take(&mut self.looks);
        while !looks.is_empty() {
            black_box(
                looks
                    .iter()
                    .fold(0, |sum, look| sum ^ self.tree.touch(look.place)),
            );
            looks.retain_mut(|look| {
>>>>>>> ta-b
                let text = &self.arena[look.read..look.path.end];
                let Some((place, rest)) = self.tree.read(look.place, text) else {
                    return false;
                };
                (look.place, look.read) = (place, look.path.end - rest.len());
                if rest.is_empty() {
<<<<<<< HEAD
                    let key = &self.arena[look.path.clone()];
                    self.matches.add(Match { place, is_end: false, cost: look.cost, key });
=======
                    let (cost, key) = (look.cost, look.path.clone());
                    self.found.push(Found {
                        place,
                        is_end: false,
                        cost,
                        key,
                    });
>>>>>>> ta-b
                }
                !rest.is_empty()
            });
        }
    }
<<<<<<< HEAD
=======

    /// Goes on below a place, the path to which is at hand. `best` is what the keys below cost already.
    fn visit(&mut self, place: T::Place, states: &States, best: Option<Cost>, partial: usize) {
        let accepted = if partial == 0 {
            self.pattern.accepts(states)
        } else {
            None
        };
        let best = match (best, accepted) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let open = self.pattern.open(states, best);
        if open.is_empty() {
            return self.emit(place, false, best);
        }
        if partial == 0 {
            self.emit(place, true, best);
        }
        let wanted = self.wanted_bytes(&open, partial);
        let is_whole = partial == 0 && best.is_none();
        let last_error = if is_whole {
            self.pattern.last_error(&open)
        } else {
            None
        };
        let need = if is_whole && last_error.is_none() {
            Some(self.pattern.need_after_error(&open))
        } else {
            None
        };
        let expected = self.pattern.expected(&open);
        let tree = self.tree;
        tree.children(place, |byte, follow, child| {
            if byte < 0x80 && expected >> byte & 1 == 0 {
                if let Some(error) = &last_error {
                    return self.look_after(error, byte, follow, child);
                }
                if need.as_ref().is_some_and(|need| !need.is_met(follow)) {
                    return;
                }
            }
            let skipped = wanted.as_ref().is_some_and(|wanted| !wanted.contains(&byte))
                || (byte >= 0x80 && wanted.is_none() && partial == 0 && !self.may_lead(byte, &open));
            if skipped || !self.read(child, follow, byte, &open, best, partial) {
                self.path.push(byte);
                self.emit(child, false, best);
                self.path.pop();
            }
        });
    }

    /// Looks up later what must follow a byte that takes the last edit.
    fn look_after(&mut self, error: &LastError<'_>, byte: u8, follow: Follow, child: T::Place) {
        if !self.pattern.may_be_ascii(byte) {
            return;
        }
        self.path.push(byte);
        for rest in error.iter().filter(|rest| follow.meets(rest.bits)) {
            if let Some(cost) = self.pattern.cost_after(rest, char::from(byte)) {
                self.look(child, "", rest.text, cost);
            }
        }
        self.path.pop();
    }

    fn look(&mut self, place: T::Place, owed: &str, text: &str, cost: Cost) {
        let read = self.arena.len() + self.path.len();
        let start = self.keep_path().start;
        self.arena.extend_from_slice(owed.as_bytes());
        self.arena.extend_from_slice(text.as_bytes());
        self.looks.push(Look {
            place,
            path: start..self.arena.len(),
            read,
            cost,
        });
    }

    /// The bytes that may come next; `None` where any may.
    fn wanted_bytes(&self, open: &States, partial: usize) -> Option<Vec<u8>> {
        let begun = &self.path[self.path.len() - partial..];
        let next = |c: char| {
            let mut buffer = [0; 4];
            let bytes = c.encode_utf8(&mut buffer).as_bytes();
            bytes
                .starts_with(begun)
                .then(|| bytes.get(partial).copied())
                .flatten()
        };
        Some(self.pattern.wanted(open)?.filter_map(next).collect())
    }

    /// True when a character that begins with this byte may come next where an edit is left.
    fn may_lead(&self, byte: u8, open: &States) -> bool {
        self.pattern.may_lead(byte) || self.pattern.expects_lead(open, byte)
    }

    /// Reads a byte and goes on below it, now or later; false where nothing can match there that would be better than
    /// `best`.
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
                self.go_on(child, follow, &next, best, 0)
            }
            Character::Begun => self.go_on(child, follow, open, best, partial + 1),
            Character::Bad => false,
        };
        self.path.pop();
        goes_on
    }

    fn go_on(
        &mut self,
        place: T::Place,
        follow: Follow,
        next: &States,
        best: Option<Cost>,
        partial: usize,
    ) -> bool {
        let accepts = partial == 0 && self.pattern.accepts(next).is_some();
        if best.is_some() || accepts {
            let alive = accepts || !self.pattern.open(next, best).is_empty();
            if alive {
                self.visit(place, next, best, partial);
            }
            return alive;
        }
        if next.is_empty() {
            return false;
        }
        let pattern = self.pattern;
        let rests = if partial == 0 { pattern.rests(next) } else { None };
        let Some(rests) = rests else {
            let path = self.keep_path();
            self.frontier.push(Open {
                place,
                states: *next,
                path,
                partial,
            });
            return true;
        };
        for (rest, cost) in rests {
            if follow.may_be(rest.bytes()) {
                self.look(place, rest.owed, rest.text, cost);
            }
        }
        true
    }

    fn keep_path(&mut self) -> Range<usize> {
        let start = self.arena.len();
        self.arena.extend_from_slice(&self.path);
        start..self.arena.len()
    }

    fn emit(&mut self, place: T::Place, is_end: bool, best: Option<Cost>) {
        if let Some(cost) = best.filter(|cost| cost.edits > 0) {
            let key = self.keep_path();
            self.found.push(Found {
                place,
                is_end,
                cost,
                key,
            });
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
>>>>>>> ta-b
}
