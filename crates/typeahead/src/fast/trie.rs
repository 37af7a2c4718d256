//! The upper part of the trie over the sorted keys: nodes that many keys share, and all their children.

use super::table::Table;
use crate::fuzzy::Follow;
use bowerbird_core::container::{Container, ContainerWriter, LoadError, Tag, View};
use std::ops::Range;

const NODES: Tag = Tag::new("tr-nodes");
const EDGES: Tag = Tag::new("tr-edges");
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
    pub(super) node: u32,
}

impl Place {
    const SCANNED: u32 = u32::MAX;

    pub(super) fn rows(self) -> Range<usize> {
        self.lo as usize..self.hi as usize
    }
}

impl From<[u32; 4]> for Place {
    fn from([lo, hi, depth, node]: [u32; 4]) -> Self {
        Self { lo, hi, depth, node }
    }
}

impl From<Place> for [u32; 4] {
    fn from(place: Place) -> Self {
        [place.lo, place.hi, place.depth, place.node]
    }
}

/// The way to a child, as it is stored: what a look at it needs lies side by side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Edge {
    /// First row of the child, with [`IS_INNER`].
    start: u32,
    follow: Follow,
    label: u8,
    /// Of the best score below the edge; see [`bound`].
    step: u8,
    /// Edges of the node before this one whose child is a node.
    inner_before: u16,
}

impl Edge {
    const WORDS: usize = 4;

    fn to_words(self) -> [u32; Self::WORDS] {
        let low = u32::from(self.label) | u32::from(self.step) << 8;
        [
            self.start,
            self.follow.next,
            self.follow.after,
            low | u32::from(self.inner_before) << 16,
        ]
    }

    #[inline]
    fn from_words([start, next, after, low]: [u32; Self::WORDS]) -> Self {
        Self {
            start,
            follow: Follow { next, after },
            label: low as u8,
            step: (low >> 8) as u8,
            inner_before: (low >> 16) as u16,
        }
    }

    fn row(self) -> u32 {
        self.start & !IS_INNER
    }
}

/// Nodes in breadth-first order; the edges of a node lie side by side, in the order of their labels.
#[derive(Clone, Debug)]
pub(crate) struct Trie {
    /// For each node its first edge, and the node of its first child that has one, whose others follow; and last the
    /// number of edges and of nodes.
    nodes: View<u32>,
    edges: View<u32>,
    rows: u32,
}

impl Trie {
    pub(super) fn of(table: &Table, score: impl Fn(usize) -> f64) -> Self {
        let rows = table.len() as u32;
        let (mut nodes, mut edges) = (Vec::new(), Vec::new());
        let mut queue = std::collections::VecDeque::from([(0, rows, 0_usize)]);
        let mut count = 1;
        while let Some((lo, hi, depth)) = queue.pop_front() {
            nodes.extend([(edges.len() / Edge::WORDS) as u32, count]);
            let mut inner_before = 0;
            let mut row = lo;
            while row < hi && table.byte(row as usize, depth).is_none() {
                row += 1;
            }
            while row < hi {
                let start = row;
                let label = table.byte(start as usize, depth);
                let mut follow = Follow::NOTHING;
                let mut best = f64::NEG_INFINITY;
                while row < hi && table.byte(row as usize, depth) == label {
                    follow.add(table.key(row as usize), depth + 1);
                    best = best.max(score(row as usize));
                    row += 1;
                }
                let many = (row - start) as usize >= MANY;
                let edge = Edge {
                    start: start | if many { IS_INNER } else { 0 },
                    follow,
                    label: label.unwrap_or(0),
                    step: step_above(best),
                    inner_before,
                };
                edges.extend(edge.to_words());
                if many {
                    queue.push_back((start, row, depth + 1));
                    inner_before += 1;
                    count += 1;
                }
            }
        }
        nodes.extend([(edges.len() / Edge::WORDS) as u32, count]);
        Self {
            nodes: View::aligned(&nodes),
            edges: View::aligned(&edges),
            rows,
        }
    }

    pub(super) fn root(&self) -> Place {
        Place {
            lo: 0,
            hi: self.rows,
            depth: 0,
            node: 0,
        }
    }

    /// A node's edges, and the node of its first child that has one.
    #[inline]
    fn node(&self, node: u32) -> (&[[u32; Edge::WORDS]], u32) {
        let at = 2 * node as usize;
        let Some(&[start, inner, end]) = self.nodes.get(at..at + 3).and_then(|words| words.first_chunk())
        else {
            return (&[], Place::SCANNED);
        };
        let (edges, _) = self.edges.as_chunks();
        (edges.get(start as usize..end as usize).unwrap_or_default(), inner)
    }

    fn place(&self, of: Place, edge: Edge, end: Option<Edge>, first_inner: u32) -> Place {
        // In a damaged file an interval may end before it starts, and a node may come again.
        let hi = end.map_or(of.hi, Edge::row).min(of.hi);
        let lo = edge.row().clamp(of.lo.min(hi), hi);
        let node = first_inner.saturating_add(u32::from(edge.inner_before));
        let known =
            edge.start & IS_INNER != 0 && node > of.node && 2 * (node as usize) + 2 < self.nodes.len();
        Place {
            lo,
            hi,
            depth: of.depth + 1,
            node: if known { node } else { Place::SCANNED },
        }
    }

    /// The rows that go on with `rest` from a place, if any.
    pub(super) fn descend(&self, table: &Table, mut place: Place, mut rest: &[u8]) -> Option<Place> {
        while !rest.is_empty() {
            (place, rest) = self.read(table, place, rest)?;
        }
        (place.lo < place.hi).then_some(place)
    }

    /// Reads one byte of a text that is not empty, or all of it where the rows are scanned.
    #[inline]
    pub(super) fn read<'r>(&self, table: &Table, place: Place, text: &'r [u8]) -> Option<(Place, &'r [u8])> {
        let (&byte, rest) = text.split_first()?;
        if place.node == Place::SCANNED {
            let (lo, hi) = table.narrow(place.lo as usize, place.hi as usize, place.depth as usize, text);
            let depth = place.depth + text.len() as u32;
            let place = Place {
                lo: lo as u32,
                hi: hi as u32,
                depth,
                node: Place::SCANNED,
            };
            return (lo < hi).then_some((place, &[]));
        }
        let (edges, first_inner) = self.node(place.node);
        let at = edges.iter().position(|words| words[3] as u8 == byte)?;
        let edge = Edge::from_words(edges[at]);
        if !edge.follow.meets(Follow::of(rest.iter().copied())) {
            return None;
        }
        let end = edges.get(at + 1).map(|words| Edge::from_words(*words));
        Some((self.place(place, edge, end, first_inner), rest))
    }

    /// Looks at what [`read`](Self::read) will look at first.
    #[inline]
    pub(super) fn touch(&self, table: &Table, place: Place) -> u8 {
        if place.node == Place::SCANNED {
            let middle = place.lo + (place.hi - place.lo) / 2;
            return table.byte(middle as usize, 0).unwrap_or(0);
        }
        let (edges, _) = self.node(place.node);
        edges.iter().step_by(4).fold(0, |sum, words| sum ^ words[3] as u8)
    }

    /// Calls `visit(label, follow, step, child)` for the children of a place, in the order of their labels; the step is
    /// that of their [`bound`], where it is known.
    #[inline]
    pub(super) fn children(
        &self,
        table: &Table,
        place: Place,
        mut visit: impl FnMut(u8, Follow, Option<u8>, Place),
    ) {
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
                let mut follow = Follow::NOTHING;
                while row < place.hi {
                    let key = table.key(row as usize);
                    if key.get(depth) != Some(&label) {
                        break;
                    }
                    follow.add(key, depth + 1);
                    row += 1;
                }
                visit(
                    label,
                    follow,
                    None,
                    Place {
                        lo: start,
                        hi: row,
                        depth: place.depth + 1,
                        node: Place::SCANNED,
                    },
                );
            }
            return;
        }
        let (edges, first_inner) = self.node(place.node);
        let mut floor = place.lo;
        for (at, words) in edges.iter().enumerate() {
            let edge = Edge::from_words(*words);
            let end = edges.get(at + 1).map(|words| Edge::from_words(*words));
            let mut child = self.place(place, edge, end, first_inner);
            // In a damaged file children may overlap: what is below them would then be seen again and again.
            child.lo = child.lo.max(floor);
            if child.lo < child.hi {
                floor = child.hi;
                visit(edge.label, edge.follow, Some(edge.step), child);
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        4 * (self.nodes.len() + self.edges.len())
    }

    pub(super) fn write<'a>(&'a self, writer: &mut ContainerWriter<'a>) {
        writer
            .elements(NODES, &self.nodes[..])
            .elements(EDGES, &self.edges[..]);
    }

    pub(super) fn load(container: &Container, rows: usize) -> Result<Self, LoadError> {
        let trie = Self {
            nodes: container.view(NODES)?,
            edges: container.view(EDGES)?,
            rows: u32::try_from(rows)
                .ok()
                .filter(|rows| rows & IS_INNER == 0)
                .ok_or_else(|| LoadError::invalid(EDGES, "fewer than 2^31 rows"))?,
        };
        if trie.nodes.len() < 4 || !trie.nodes.len().is_multiple_of(2) {
            return Err(LoadError::invalid(NODES, "two words a node and two more"));
        }
        if !trie.edges.len().is_multiple_of(Edge::WORDS) {
            return Err(LoadError::invalid(EDGES, "four words an edge"));
        }
        Ok(trie)
    }

    /// Checks that this is the trie of a table. O(text).
    pub(super) fn check(&self, table: &Table, score: impl Fn(usize) -> f64) -> Result<(), LoadError> {
        let fresh = Self::of(table, score);
        if fresh.nodes[..] == self.nodes[..] && fresh.edges[..] == self.edges[..] {
            return Ok(());
        }
        Err(LoadError::invalid(EDGES, "the trie of the keys"))
    }
}

/// Steps of a bound in a nat.
const STEPS: f64 = 8.0;

/// The score that a step stands for: all but the last are eighths of a nat.
pub(super) fn bound(step: u8) -> f64 {
    if step == u8::MAX {
        f64::INFINITY
    } else {
        f64::from(step) / STEPS
    }
}

/// The least step whose bound is not below a score.
fn step_above(score: f64) -> u8 {
    // Saturates: scores below 0 take step 0, those beyond the last but one step the last, which bounds all.
    (score * STEPS).ceil() as u8
}
