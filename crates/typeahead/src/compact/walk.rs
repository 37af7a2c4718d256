//! Keys below several places, best first, as many as are asked for.

use super::node::Node;
use super::top::{Branch, plus};
use super::{CompactIndex, Place};
use crate::fuzzy::{Match, Matches};
use crate::hash::hash;
use crate::prepare::plain_key;
use crate::{BestFirst, Found, MAX_TEXT, heap};

/// Bytes of the longest stored key, and more.
pub(super) const MAX_KEY: usize = MAX_TEXT + 8;

/// More steps than lead to any key: it has a byte or more for each.
const MAX_STEPS: usize = 2 * MAX_TEXT;

/// A branch, what matching it costs, and the score of the best key below.
#[derive(Clone, Copy, Debug)]
struct Step {
    score: f64,
    branch: Branch,
    penalty: f64,
    edits: u8,
}

/// Where a walk starts: a place, and the bytes that lead to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seed<'k> {
    pub(super) place: Place,
    pub(super) key: &'k [u8],
    pub(super) penalty: f64,
    pub(super) edits: u8,
}

impl<'k> Seed<'k> {
    pub(super) fn exact(place: Place, key: &'k [u8]) -> Self {
        Self {
            place,
            key,
            penalty: 0.0,
            edits: 0,
        }
    }
}

/// A search for the best first over the transducer.
#[derive(Debug)]
pub(super) struct Walk<'s> {
    index: &'s CompactIndex,
    steps: Vec<Step>,
    /// Keys that were found, one after the other, the last one at `start`.
    arena: Vec<u8>,
    start: usize,
    cost: u32,
    edits: u8,
}

impl<'s> Walk<'s> {
    /// A walk over seeds that do not overlap.
    pub(super) fn new<'k>(index: &'s CompactIndex, seeds: impl IntoIterator<Item = Seed<'k>>) -> Self {
        let mut walk = Self {
            index,
            steps: Vec::new(),
            arena: Vec::new(),
            start: 0,
            cost: 0,
            edits: 0,
        };
        seeds.into_iter().for_each(|seed| walk.sow(seed));
        walk
    }

    fn sow(
        &mut self,
        Seed {
            place,
            key,
            penalty,
            edits,
        }: Seed<'_>,
    ) {
        let Ok(shared) = u16::try_from(key.len()) else {
            return;
        };
        let at = Branch {
            cost: place.cost,
            child: place.node,
            from: self.arena.len() as u32,
            shared,
            label: None,
        };
        self.arena.extend_from_slice(key);
        match (key.last(), Node::read(self.index.fst(), place.node)) {
            (Some(&label), _) => {
                self.push(
                    Branch {
                        shared: at.shared - 1,
                        label: Some(label),
                        ..at
                    },
                    penalty,
                    edits,
                );
            }
            (_, Some(node)) => {
                self.end(&node, at, penalty, edits);
                self.spread(&node, at, penalty, edits);
            }
            _ => {}
        }
    }

    /// Puts the key that ends at a node on the heap.
    fn end(&mut self, node: &Node<'_>, at: Branch, penalty: f64, edits: u8) {
        if let Some(last) = node.last() {
            self.push(
                Branch {
                    cost: plus(at.cost, last),
                    child: 0,
                    label: None,
                    ..at
                },
                penalty,
                edits,
            );
        }
    }

    /// Puts all ways on from a node on the heap.
    fn spread(&mut self, node: &Node<'_>, at: Branch, penalty: f64, edits: u8) {
        for i in 0..node.len() {
            if let Some(arc) = node.arc(i) {
                let cost = plus(at.cost, arc.output);
                self.push(
                    Branch {
                        cost,
                        child: arc.child,
                        label: Some(arc.label),
                        ..at
                    },
                    penalty,
                    edits,
                );
            }
        }
    }

    fn push(&mut self, branch: Branch, penalty: f64, edits: u8) {
        let score = self.index.levels.score(branch.cost) - penalty;
        let arena = &self.arena;
        heap::push(
            &mut self.steps,
            Step {
                score,
                branch,
                penalty,
                edits,
            },
            |a, b| before(a, b, arena),
        );
    }
}

fn before(a: &Step, b: &Step, arena: &[u8]) -> bool {
    let order = b.score.total_cmp(&a.score);
    // Different weights may have one logarithm.
    let order = order.then(a.branch.cost.cmp(&b.branch.cost));
    order.then_with(|| a.branch.cmp_keys(&b.branch, arena)).is_lt()
}

impl Matches for Walk<'_> {
    type Place = Place;

    fn add(&mut self, found: Match<'_, Place>) {
        self.sow(Seed {
            place: found.place,
            key: found.key,
            penalty: found.cost.penalty(),
            edits: found.cost.edits,
        });
    }

    fn identity(&self) -> u64 {
        hash(&self.arena[self.start..], 0)
    }

    fn peek(&self) -> Option<f64> {
        self.steps.first().map(|step| step.score)
    }
}

impl BestFirst for Walk<'_> {
    fn advance(&mut self) -> Option<f64> {
        // Each step is a byte or more of the best key, so that only damaged bytes take more of them.
        for _ in 0..MAX_STEPS {
            let arena = &self.arena;
            let Step {
                score,
                branch,
                penalty,
                edits,
            } = heap::pop(&mut self.steps, |a, b| before(a, b, arena))?;
            let (from, start) = (branch.from as usize, self.arena.len());
            self.arena
                .extend_from_within(from..from + usize::from(branch.shared));
            self.start = start;
            let Some(label) = branch.label else {
                (self.cost, self.edits) = (branch.cost, edits);
                return Some(score);
            };
            self.arena.push(label);
            // Down the ways that have no other beside them; then all ways go back on the heap.
            let mut child = branch.child;
            while let Some(node) = Node::read(self.index.fst(), child)
                && self.arena.len() - start <= MAX_KEY
            {
                if let Some(arc) = node.only() {
                    self.arena.push(arc.label);
                    child = arc.child;
                    continue;
                }
                let Ok(shared) = u16::try_from(self.arena.len() - start) else {
                    break;
                };
                let at = Branch {
                    cost: branch.cost,
                    child: 0,
                    from: start as u32,
                    shared,
                    label: None,
                };
                self.end(&node, at, penalty, edits);
                self.spread(&node, at, penalty, edits);
                break;
            }
        }
        self.steps.clear();
        None
    }

    fn key(&self) -> &str {
        std::str::from_utf8(plain_key(&self.arena[self.start..])).unwrap_or_default()
    }

    fn found(&self) -> Found<'_> {
        self.index.found(&self.arena[self.start..], self.cost)
    }

    fn edits(&self) -> u8 {
        self.edits
    }
}
