//! The best `k` keys below a place, with a frontier that never holds more than are still wanted.
//!
//! Every branch on the frontier leads to one key of its own that costs what the branch says, so that a branch that is not
//! among the best that are still wanted can be forgotten.

use super::node::Node;
use super::walk::MAX_KEY;
use super::{CompactIndex, Place};
use crate::TopK;
use crate::prepare::plain_key;
use std::cmp::Ordering;

/// Where a key leaves another one in the arena: after so many of its bytes, by a label, or by ending.
#[derive(Clone, Copy, Debug)]
pub(super) struct Branch {
    pub(super) cost: u32,
    pub(super) child: u32,
    pub(super) from: u32,
    pub(super) shared: u16,
    pub(super) label: Option<u8>,
}

impl Branch {
    /// The order of the keys below two branches that cost the same.
    pub(super) fn cmp_keys(&self, other: &Self, arena: &[u8]) -> Ordering {
        let key = |branch: &Self| &arena[branch.from as usize..][..usize::from(branch.shared)];
        let (a, b) = (key(self), key(other));
        let common = a.len().min(b.len());
        let rest = |key: &[u8], label: Option<u8>| key.get(common).copied().or(label);
        let length = |key: &[u8], label: Option<u8>| key.len() + usize::from(label.is_some());
        // Of two branches on one way the one nearer to the root comes first: what is below it may come before the other.
        a[..common]
            .cmp(&b[..common])
            .then_with(|| rest(a, self.label).cmp(&rest(b, other.label)))
            .then_with(|| length(a, self.label).cmp(&length(b, other.label)))
    }
}

/// Memory of a search, for use again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frontier {
    /// The best branch last.
    branches: Vec<Branch>,
    /// Keys that were found, one after the other.
    arena: Vec<u8>,
}

impl Frontier {
    /// Adds a branch if it is among the best `room`.
    #[inline]
    fn offer(&mut self, branch: Branch, room: usize) {
        let arena = &self.arena;
        let is_before =
            |a: &Branch, b: &Branch| a.cost < b.cost || (a.cost == b.cost && a.cmp_keys(b, arena).is_lt());
        let branches = &mut self.branches;
        if branches.len() >= room {
            match branches.first() {
                Some(worst) if room > 0 && is_before(&branch, worst) => branches.remove(0),
                _ => return,
            };
        }
        let at = branches
            .iter()
            .rposition(|other| is_before(&branch, other))
            .map_or(0, |at| at + 1);
        branches.insert(at, branch);
    }

    #[inline]
    fn worst(&self, room: usize) -> u32 {
        if self.branches.len() < room {
            return u32::MAX;
        }
        self.branches.first().map_or(0, |branch| branch.cost)
    }
}

impl CompactIndex {
    pub(crate) fn top_k_at(&self, place: Place, prefix: &[u8], k: usize, top: &mut TopK) {
        top.clear();
        let mut frontier = std::mem::take(&mut top.frontier);
        frontier.branches.clear();
        frontier.arena.clear();
        frontier.arena.extend_from_slice(prefix);
        let mut next = (k > 0).then_some(Branch {
            cost: place.cost,
            child: place.node,
            from: 0,
            shared: prefix.len() as u16,
            label: None,
        });
        let mut is_start = true;
        while let Some(branch) = next {
            let room = k - top.len() - 1;
            frontier
                .branches
                .drain(..frontier.branches.len().saturating_sub(room));
            let start = frontier.arena.len();
            let from = branch.from as usize;
            frontier
                .arena
                .extend_from_within(from..from + usize::from(branch.shared));
            frontier.arena.extend(branch.label);
            let cost = if branch.label.is_some() || is_start {
                self.follow(branch.child, branch.cost, start, room, &mut frontier)
            } else {
                Some(branch.cost)
            };
            is_start = false;
            let Some(cost) = cost else { break };
            top.push(plain_key(&frontier.arena[start..]), self.levels.weight(cost));
            next = if top.len() < k {
                frontier.branches.pop()
            } else {
                None
            };
        }
        top.frontier = frontier;
    }

    /// Goes the cheapest way from a node to the end of a key, which it appends to the arena, and puts the other ways on
    /// the frontier. Returns the key's cost; `None` only on damaged bytes.
    fn follow(
        &self,
        node: u32,
        cost: u32,
        start: usize,
        room: usize,
        frontier: &mut Frontier,
    ) -> Option<u32> {
        let (mut address, mut cost) = (node, cost);
        loop {
            let node = Node::read(self.fst(), address)?;
            let shared = u16::try_from(frontier.arena.len() - start).ok()?;
            if usize::from(shared) > MAX_KEY {
                return None;
            }
            let mut best = node.last().map(|last| (plus(cost, last), None));
            for i in 0..node.len() {
                let total = plus(cost, node.output(i));
                if best.is_none_or(|(least, _)| total < least) {
                    best = Some((total, Some(i)));
                }
            }
            let (least, way) = best?;
            let branch = |cost, child, label| Branch {
                cost,
                child,
                from: start as u32,
                shared,
                label,
            };
            if let (Some(last), true) = (node.last(), way.is_some()) {
                frontier.offer(branch(plus(cost, last), 0, None), room);
            }
            for i in 0..if room > 0 { node.len() } else { 0 } {
                let total = plus(cost, node.output(i));
                if way != Some(i) && total <= frontier.worst(room) {
                    frontier.offer(branch(total, node.child(i)?, Some(node.label(i))), room);
                }
            }
            let Some(way) = way else { return Some(least) };
            frontier.arena.push(node.label(way));
            (address, cost) = (node.child(way)?, least);
        }
    }
}

#[inline]
pub(super) fn plus(cost: u32, output: u64) -> u32 {
    u32::try_from(output).map_or(u32::MAX, |output| cost.saturating_add(output))
}
