//! The upper part of the trie over the sorted keys: nodes that many keys share, and all their children.

use super::table::Table;
use crate::fuzzy::Follow;
use bowerbird_core::container::{Container, ContainerWriter, LoadError, Tag, View};
use std::ops::Range;

const EDGES: Tag = Tag::new("tr-edges");
const INNER: Tag = Tag::new("tr-inner");
const LABELS: Tag = Tag::new("tr-label");
const STARTS: Tag = Tag::new("tr-start");
const NEXT: Tag = Tag::new("tr-next");
const AFTER: Tag = Tag::new("tr-after");
const BOUNDS: Tag = Tag::new("tr-bound");
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
    /// Which bytes follow the edge, and which those.
    next: View<u32>,
    after: View<u32>,
    /// The best score below the edge; see [`bound`].
    bounds: View<u8>,
    rows: u32,
}

impl Trie {
    pub(super) fn of(table: &Table, score: impl Fn(usize) -> f64) -> Self {
        let rows = table.len() as u32;
        let (mut edges, mut inner) = (vec![], vec![]);
        let (mut labels, mut starts) = (vec![], vec![]);
        let (mut next, mut after, mut bounds) = (vec![], vec![], vec![]);
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
                let mut follow = Follow::NOTHING;
                let mut best = f64::NEG_INFINITY;
                while row < hi && table.byte(row as usize, depth) == label {
                    follow.add(table.key(row as usize), depth + 1);
                    best = best.max(score(row as usize));
                    row += 1;
                }
                let many = (row - start) as usize >= MANY;
                labels.push(label.unwrap_or(0));
                next.push(follow.next);
                after.push(follow.after);
                bounds.push(step_above(best));
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
            next: next.into(),
            after: after.into(),
            bounds: bounds.into(),
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

    fn edges_of(&self, node: u32) -> Range<usize> {
        let at = |node: usize| self.edges.get(node).map_or(0, |edge| *edge as usize);
        let end = at(node as usize + 1).min(self.labels.len());
        at(node as usize).min(end)..end
    }

    fn place(&self, of: Place, edges: &Range<usize>, edge: usize, inner_before: u32) -> Place {
        let start = self.starts[edge];
        let end = if edge + 1 < edges.end {
            self.starts[edge + 1] & !IS_INNER
        } else {
            of.hi
        };
        // In a damaged file an interval may end before it starts, and a node may come again.
        let hi = end.min(of.hi);
        let lo = (start & !IS_INNER).clamp(of.lo.min(hi), hi);
        let first = self
            .inner
            .get(of.node as usize)
            .copied()
            .unwrap_or(Place::SCANNED);
        let node = first.saturating_add(inner_before);
        let known = start & IS_INNER != 0 && (node as usize) < self.inner.len() && node > of.node;
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
        let edges = self.edges_of(place.node);
        let at = self.labels[edges.clone()]
            .iter()
            .position(|&label| label == byte)?;
        let edge = edges.start + at;
        if !self.follow(edge).may_be(rest.iter().copied()) {
            return None;
        }
        let before = self.starts[edges.start..edge]
            .iter()
            .map(|start| start >> 31)
            .sum();
        Some((self.place(place, &edges, edge, before), rest))
    }

    /// Looks at what [`read`](Self::read) will look at first.
    #[inline]
    pub(super) fn touch(&self, table: &Table, place: Place) -> u8 {
        if place.node == Place::SCANNED {
            let middle = place.lo + (place.hi - place.lo) / 2;
            return table.byte(middle as usize, 0).unwrap_or(0);
        }
        let edges = self.edges_of(place.node);
        self.labels.get(edges.start).copied().unwrap_or(0)
            ^ self.next.get(edges.start).map_or(0, |next| *next as u8)
    }

    #[inline]
    fn follow(&self, edge: usize) -> Follow {
        Follow {
            next: self.next[edge],
            after: self.after[edge],
        }
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
        let edges = self.edges_of(place.node);
        let mut before = 0;
        for edge in edges.clone() {
            let step = Some(self.bounds[edge]);
            visit(
                self.labels[edge],
                self.follow(edge),
                step,
                self.place(place, &edges, edge, before),
            );
            before += self.starts[edge] >> 31;
        }
    }

    pub(super) fn bytes(&self) -> usize {
        4 * (self.edges.len() + self.inner.len()) + 14 * self.labels.len()
    }

    pub(super) fn write<'a>(&'a self, writer: &mut ContainerWriter<'a>) {
        writer
            .elements(EDGES, &self.edges[..])
            .elements(INNER, &self.inner[..])
            .elements(LABELS, &self.labels[..])
            .elements(STARTS, &self.starts[..])
            .elements(NEXT, &self.next[..])
            .elements(AFTER, &self.after[..])
            .elements(BOUNDS, &self.bounds[..]);
    }

    pub(super) fn load(container: &Container, rows: usize) -> Result<Self, LoadError> {
        let trie = Self {
            edges: container.view(EDGES)?,
            inner: container.view(INNER)?,
            labels: container.view(LABELS)?,
            starts: container.view(STARTS)?,
            next: container.view(NEXT)?,
            after: container.view(AFTER)?,
            bounds: container.view(BOUNDS)?,
            rows: u32::try_from(rows).map_err(|_| LoadError::invalid(STARTS, "fewer than 2^31 rows"))?,
        };
        if trie.edges.len() != trie.inner.len() + 1 || trie.inner.is_empty() {
            return Err(LoadError::invalid(EDGES, "one a node and one more"));
        }
        let edges = trie.labels.len();
        let lengths = [
            trie.starts.len(),
            trie.next.len(),
            trie.after.len(),
            trie.bounds.len(),
        ];
        if lengths != [edges; 4] {
            return Err(LoadError::invalid(STARTS, "one an edge"));
        }
        Ok(trie)
    }

    /// Checks that this is the trie of a table. O(text).
    pub(super) fn check(&self, table: &Table, score: impl Fn(usize) -> f64) -> Result<(), LoadError> {
        let fresh = Self::of(table, score);
        let same = fresh.edges[..] == self.edges[..]
            && fresh.inner[..] == self.inner[..]
            && fresh.labels[..] == self.labels[..]
            && fresh.starts[..] == self.starts[..]
            && fresh.next[..] == self.next[..]
            && fresh.after[..] == self.after[..]
            && fresh.bounds[..] == self.bounds[..];
        if same {
            Ok(())
        } else {
            Err(LoadError::invalid(EDGES, "the trie of the keys"))
        }
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
