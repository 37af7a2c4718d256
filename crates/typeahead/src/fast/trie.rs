//! The upper part of the trie over the sorted keys: nodes that many keys share, and all their children.

use super::table::Table;
use bowerbird_core::container::{Container, ContainerWriter, LoadError, Tag, View};
use std::ops::Range;

const EDGES: Tag = Tag::new("tr-edges");
const INNER: Tag = Tag::new("tr-inner");
const LABELS: Tag = Tag::new("tr-label");
const STARTS: Tag = Tag::new("tr-start");
const MASKS: Tag = Tag::new("tr-masks");
/// A node with fewer keys has no record: its keys are scanned.
const MANY: usize = 48;
/// Set in an edge's start when its child is a node of its own.
const IS_INNER: u32 = 1 << 31;

/// A place in the trie: the rows of a prefix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(super) lo: u32,
    pub(super) hi: u32,
    /// Bytes of the prefix.
    pub(super) depth: u32,
    /// Its node, or [`Place::SCANNED`].
    node: u32,
}

impl Place {
    const SCANNED: u32 = u32::MAX;

    pub(super) fn rows(self) -> Range<usize> {
        self.lo as usize..self.hi as usize
    }
}

/// Nodes in breadth-first order; the edges of a node lie side by side, in the order of their labels.
#[derive(Clone, Debug)]
pub(crate) struct Trie {
    /// First edge of a node.
    edges: View<u32>,
    /// Node of a node's first child that has one; its others follow.
    inner: View<u32>,
    labels: View<u8>,
    /// First row of an edge's child, with [`IS_INNER`].
    starts: View<u32>,
    /// Which bytes follow the edge, modulo 32.
    masks: View<u32>,
    rows: u32,
}

impl Trie {
    pub(super) fn of(table: &Table) -> Self {
        let rows = table.len() as u32;
        let (mut edges, mut inner) = (vec![], vec![]);
        let (mut labels, mut starts, mut masks) = (vec![], vec![], vec![]);
        let mut queue = std::collections::VecDeque::from([(0, rows, 0_usize)]);
        let mut nodes = 1;
        while let Some((lo, hi, depth)) = queue.pop_front() {
            edges.push(labels.len() as u32);
            inner.push(nodes);
            let mut row = lo;
            while row < hi && table.byte(row as usize, depth).is_none() {
                row += 1;
            }
            while row < hi {
                let start = row;
                let label = table.byte(start as usize, depth);
                let mut mask = 0;
                while row < hi && table.byte(row as usize, depth) == label {
                    mask |= table.byte(row as usize, depth + 1).map_or(0, bit);
                    row += 1;
                }
                let many = (row - start) as usize >= MANY;
                labels.push(label.unwrap_or(0));
                masks.push(mask);
                starts.push(start | if many { IS_INNER } else { 0 });
                if many {
                    queue.push_back((start, row, depth + 1));
                    nodes += 1;
                }
            }
        }
        edges.push(labels.len() as u32);
        Self {
            edges: edges.into(),
            inner: inner.into(),
            labels: labels.into(),
            starts: starts.into(),
            masks: masks.into(),
            rows,
        }
    }

    pub(super) fn root(&self) -> Place {
        Place { lo: 0, hi: self.rows, depth: 0, node: 0 }
    }

    fn edges_of(&self, node: u32) -> Range<usize> {
        let at = |node: usize| self.edges.get(node).map_or(0, |edge| *edge as usize);
        let end = at(node as usize + 1).min(self.labels.len());
        at(node as usize).min(end)..end
    }

    fn place(&self, of: Place, edges: &Range<usize>, edge: usize, inner_before: u32) -> Place {
        let start = self.starts[edge];
        let end = if edge + 1 < edges.end { self.starts[edge + 1] & !IS_INNER } else { of.hi };
        // In a damaged file an interval may end before it starts, and a node may come again.
        let hi = end.min(of.hi);
        let lo = (start & !IS_INNER).clamp(of.lo.min(hi), hi);
        let first = self.inner.get(of.node as usize).copied().unwrap_or(Place::SCANNED);
        let node = first.saturating_add(inner_before);
        let known = start & IS_INNER != 0 && (node as usize) < self.inner.len() && node > of.node;
        Place { lo, hi, depth: of.depth + 1, node: if known { node } else { Place::SCANNED } }
    }

    /// The rows that go on with `rest` from a place, if any.
    pub(super) fn descend(&self, table: &Table, mut place: Place, rest: &[u8]) -> Option<Place> {
        for (read, &byte) in rest.iter().enumerate() {
            if place.node == Place::SCANNED {
                let (lo, hi) = table.narrow(place.lo as usize, place.hi as usize, place.depth as usize, &rest[read..]);
                let depth = place.depth + (rest.len() - read) as u32;
                return (lo < hi).then_some(Place { lo: lo as u32, hi: hi as u32, depth, node: Place::SCANNED });
            }
            let edges = self.edges_of(place.node);
            let at = self.labels[edges.clone()].iter().position(|&label| label == byte)?;
            let before = self.starts[edges.clone()][..at].iter().map(|start| start >> 31).sum();
            place = self.place(place, &edges, edges.start + at, before);
        }
        (place.lo < place.hi).then_some(place)
    }

    /// Calls `visit(label, mask, child)` for the children of a place, in the order of their labels. The mask says which
    /// bytes may follow the label; see [`bit`].
    #[inline]
    pub(super) fn children(&self, table: &Table, place: Place, mut visit: impl FnMut(u8, u32, Place)) {
        let depth = place.depth as usize;
        if place.node == Place::SCANNED {
            let mut row = place.lo;
            while row < place.hi {
                let key = table.key(row as usize);
                let Some(&label) = key.get(depth) else {
                    row += 1;
                    continue;
                };
                let start = row;
                let mut mask = 0;
                while row < place.hi {
                    let key = table.key(row as usize);
                    if key.get(depth) != Some(&label) {
                        break;
                    }
                    mask |= key.get(depth + 1).map_or(0, |&byte| bit(byte));
                    row += 1;
                }
                visit(label, mask, Place { lo: start, hi: row, depth: place.depth + 1, node: Place::SCANNED });
            }
            return;
        }
        let edges = self.edges_of(place.node);
        let mut before = 0;
        for edge in edges.clone() {
            visit(self.labels[edge], self.masks[edge], self.place(place, &edges, edge, before));
            before += self.starts[edge] >> 31;
        }
    }

    pub(super) fn bytes(&self) -> usize {
        4 * (self.edges.len() + self.inner.len() + self.starts.len() + self.masks.len()) + self.labels.len()
    }

    pub(super) fn write<'a>(&'a self, writer: &mut ContainerWriter<'a>) {
        writer
            .elements(EDGES, &self.edges[..])
            .elements(INNER, &self.inner[..])
            .elements(LABELS, &self.labels[..])
            .elements(STARTS, &self.starts[..])
            .elements(MASKS, &self.masks[..]);
    }

    pub(super) fn read(container: &Container, rows: usize) -> Result<Self, LoadError> {
        let trie = Self {
            edges: container.view(EDGES)?,
            inner: container.view(INNER)?,
            labels: container.view(LABELS)?,
            starts: container.view(STARTS)?,
            masks: container.view(MASKS)?,
            rows: u32::try_from(rows).map_err(|_| LoadError::invalid(STARTS, "fewer than 2^31 rows"))?,
        };
        if trie.edges.len() != trie.inner.len() + 1 || trie.inner.is_empty() {
            return Err(LoadError::invalid(EDGES, "one a node and one more"));
        }
        if trie.starts.len() != trie.labels.len() || trie.masks.len() != trie.labels.len() {
            return Err(LoadError::invalid(STARTS, "one an edge"));
        }
        Ok(trie)
    }

    /// Checks that this is the trie of a table. O(text).
    pub(super) fn check(&self, table: &Table) -> Result<(), LoadError> {
        let fresh = Self::of(table);
        let same = fresh.edges[..] == self.edges[..]
            && fresh.inner[..] == self.inner[..]
            && fresh.labels[..] == self.labels[..]
            && fresh.starts[..] == self.starts[..]
            && fresh.masks[..] == self.masks[..];
        if same { Ok(()) } else { Err(LoadError::invalid(EDGES, "the trie of the keys")) }
    }
}

/// The bit of a byte in a mask of what follows.
#[inline]
pub(crate) const fn bit(byte: u8) -> u32 {
    1 << (byte & 31)
}
