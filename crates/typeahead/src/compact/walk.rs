//! Keys below several places, best first, as many as are asked for.

use super::node::Node;
use super::top::{Branch, plus};
use super::{CompactIndex, Place};
use crate::prepare::plain_key;
use crate::{BestFirst, Found, heap};

/// A branch, what matching it costs, and the score of the best key below.
#[derive(Clone, Copy, Debug)]
struct Step {
    score: f64,
    branch: Branch,
    penalty: f64,
    edits: u8,
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
    /// A walk over places that do not overlap, each with the bytes that lead to it, what its match costs and how many
    /// edits it takes.
    pub(super) fn new<'k>(
        index: &'s CompactIndex,
        places: impl IntoIterator<Item = (Place, &'k [u8], f64, u8)>,
    ) -> Self {
        let mut walk = Self { index, steps: Vec::new(), arena: Vec::new(), start: 0, cost: 0, edits: 0 };
        for (place, key, penalty, edits) in places {
            let (from, shared) = (walk.arena.len() as u32, key.len() as u16);
            walk.arena.extend_from_slice(key);
            if let Some(node) = Node::read(index.fst(), place.node) {
                let branch = Branch { cost: place.cost, child: 0, from, shared, label: None };
                walk.spread(&node, branch, penalty, edits);
            }
        }
        walk
    }

    /// What the key cost that [`advance`](BestFirst::advance) came to.
    pub(super) fn cost(&self) -> u32 {
        self.cost
    }

    /// Puts all ways on from a node on the heap.
    fn spread(&mut self, node: &Node<'_>, at: Branch, penalty: f64, edits: u8) {
        if let Some(last) = node.last() {
            self.push(Branch { cost: plus(at.cost, last), child: 0, label: None, ..at }, penalty, edits);
        }
        for i in 0..node.len() {
            if let Some(arc) = node.arc(i) {
                let cost = plus(at.cost, arc.output);
                self.push(Branch { cost, child: arc.child, label: Some(arc.label), ..at }, penalty, edits);
            }
        }
    }

    fn push(&mut self, branch: Branch, penalty: f64, edits: u8) {
        let score = self.index.score(branch.cost) - penalty;
        let arena = &self.arena;
        heap::push(&mut self.steps, Step { score, branch, penalty, edits }, |a, b| before(a, b, arena));
    }
}

fn before(a: &Step, b: &Step, arena: &[u8]) -> bool {
    let order = b.score.total_cmp(&a.score);
    order.then_with(|| a.branch.cmp_keys(&b.branch, arena)).is_lt()
}

impl BestFirst for Walk<'_> {
    fn advance(&mut self) -> Option<f64> {
        loop {
            let arena = &self.arena;
            let Step { score, branch, penalty, edits } = heap::pop(&mut self.steps, |a, b| before(a, b, arena))?;
            let (from, start) = (branch.from as usize, self.arena.len());
            self.arena.extend_from_within(from..from + usize::from(branch.shared));
            self.start = start;
            let Some(label) = branch.label else {
                (self.cost, self.edits) = (branch.cost, edits);
                return Some(score);
            };
            self.arena.push(label);
            // Down the ways that have no other beside them; then all ways go back on the heap.
            let mut child = branch.child;
            while let Some(node) = Node::read(self.index.fst(), child) {
                if let (1, None, Some(arc)) = (node.len(), node.last(), node.arc(0)) {
                    self.arena.push(arc.label);
                    child = arc.child;
                    continue;
                }
                let Ok(shared) = u16::try_from(self.arena.len() - start) else { break };
                let at = Branch { cost: branch.cost, child: 0, from: start as u32, shared, label: None };
                self.spread(&node, at, penalty, edits);
                break;
            }
        }
    }

    fn key(&self) -> &str {
        std::str::from_utf8(plain_key(&self.arena[self.start..])).unwrap_or_default()
    }

    fn found(&self) -> Found<'_> {
        self.index.found(self.cost)
    }

    fn edits(&self) -> u8 {
        self.edits
    }
}
