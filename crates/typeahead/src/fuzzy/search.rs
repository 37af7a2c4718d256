//! Running a pattern over a tree of keys, best first.
//!
//! The search goes on where the best score may be (A\*): a place promises the weight of the best key below it, less what
//! its states have cost. The tree is far larger than the caches, and what is visited lies far apart, so several places are
//! taken at a time, and their memory is touched before any is worked on.

use super::follow::Follow;
use super::pattern::Pattern;
use super::states::{Cost, States};
use crate::{BestFirst, Found};
use rustc_hash::FxHashSet;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::ops::Range;
use std::sync::Arc;

/// Places that are taken from the heap at a time.
const BATCH: usize = 16;

/// A tree of keys, one byte a step.
pub(crate) trait Tree: Sync {
    /// A node: all keys with a prefix.
    type Place: Copy + Send;

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

/// A place whose keys match.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Match<'a, P> {
    pub(crate) place: P,
    pub(crate) cost: Cost,
    /// The bytes that lead to the place.
    pub(crate) key: &'a [u8],
}

/// A walk over the keys of matches, best first. Matches may overlap: the search takes each key once, when it comes first.
pub(crate) trait Matches: BestFirst {
    type Place: Copy + Send;

    /// Adds a match.
    fn add(&mut self, found: Match<'_, Self::Place>);

    /// The score of the next key.
    fn peek(&self) -> Option<f64>;

    /// A number that no other key has that matches, or hardly any.
    fn identity(&self) -> u64;
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
        self.bound
            .total_cmp(&other.bound)
            .then_with(|| other.open.cmp(&self.open))
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
    /// Keys that came already.
    seen: FxHashSet<u64>,
}

impl<T: Tree, M: Matches<Place = T::Place>> BestFirst for Search<'_, T, M> {
    fn advance(&mut self) -> Option<f64> {
        loop {
            let known = self.matches.peek();
            if self.promising(known).is_some() {
                self.work(known);
                continue;
            }
            let score = self.matches.advance()?;
            // What takes no error is not asked for.
            let is_exact = self.matches.key().starts_with(self.pattern.text());
            if !is_exact && self.seen.insert(self.matches.identity()) {
                return Some(score);
            }
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
            seen: FxHashSet::default(),
        };
        search.start(pattern, root);
        search
    }

    /// Leaves a place, to which the path leads, for later.
    pub(super) fn open_later(&mut self, place: T::Place, bound: f64, states: &States, partial: usize) {
        let start = self.arena.len();
        self.arena.extend_from_slice(&self.path);
        self.promises.push(Promise {
            bound,
            open: self.opens.len(),
        });
        self.opens.push(Open {
            place,
            states: *states,
            path: start..self.arena.len(),
            partial,
        });
    }

    /// Leaves a text that must follow a place, to which the path leads, for the end of the batch.
    pub(super) fn look_later(&mut self, place: T::Place, owed: &str, text: &str, cost: Cost) {
        let start = self.arena.len();
        for part in [&self.path[..], owed.as_bytes(), text.as_bytes()] {
            self.arena.extend_from_slice(part);
        }
        let read = start + self.path.len();
        self.looks.push(Look {
            place,
            path: start..self.arena.len(),
            read,
            cost,
        });
    }

    /// The place that promises most, if that may beat what is known.
    fn promising(&self, known: Option<f64>) -> Option<usize> {
        let promise = self.promises.peek()?;
        known
            .is_none_or(|known| promise.bound >= known)
            .then_some(promise.open)
    }

    /// Works on the best promises, as long as they may beat what is known.
    fn work(&mut self, known: Option<f64>) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut touched = 0;
        while batch.len() < BATCH {
            let Some(open) = self.promising(known) else { break };
            touched ^= self.tree.touch(self.opens[open].place);
            batch.push(open);
            self.promises.pop();
        }
        black_box(touched);
        for at in batch {
            let Open {
                place,
                states,
                ref path,
                partial,
            } = self.opens[at];
            self.path.clear();
            self.path.extend_from_slice(&self.arena[path.clone()]);
            self.visit(place, &states, partial);
        }
        self.look_up();
    }

    fn look_up(&mut self) {
        while !self.looks.is_empty() {
            black_box(
                self.looks
                    .iter()
                    .fold(0, |sum, look| sum ^ self.tree.touch(look.place)),
            );
            self.looks.retain_mut(|look| {
                let text = &self.arena[look.read..look.path.end];
                let Some((place, rest)) = self.tree.read(look.place, text) else {
                    return false;
                };
                (look.place, look.read) = (place, look.path.end - rest.len());
                if rest.is_empty() {
                    let key = &self.arena[look.path.clone()];
                    self.matches.add(Match {
                        place,
                        cost: look.cost,
                        key,
                    });
                }
                !rest.is_empty()
            });
        }
    }
}
