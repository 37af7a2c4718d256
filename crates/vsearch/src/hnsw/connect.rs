//! Mending what choosing links cuts off.
//!
//! A row that all others dropped from their links cannot be found. After the last round such rows are looked for, and
//! the nearest row that a walk finds takes one of them among its links: in a free slot, or in place of a link that
//! nothing depends on. For that, a tree is kept of the links by which each row was first reached; a link that is not in
//! the tree can give way without cutting anything off.

use super::construct::{Draft, Material, Scratch};
use super::graph::{Links, NONE};
use super::walk::{Free, Layer};
use crate::rows::Rows;

/// Links rows of the bottom layer that cannot be reached from row 0. O(links), and a walk for each such part.
pub(super) fn connect(draft: &mut Draft, material: &Material<'_>, width: usize) {
    let mut tree = Tree(vec![NONE; material.count]);
    if material.count > 0 {
        tree.grow(draft, 0, 0);
    }
    let mut scratch = Scratch::default();
    // Rows before it are reached and have no slot to give, which does not change.
    let mut spent = 0;
    for row in 0..material.count as u32 {
        if tree.has(row) {
            continue;
        }
        let near = nearest(draft, material, width, row, &mut scratch);
        while tree.has(spent) && tree.spare(draft, spent).is_none() {
            spent += 1;
        }
        let anywhere = spent..material.count as u32;
        let place = near
            .into_iter()
            .chain(anywhere)
            .filter(|parent| tree.has(*parent))
            .find_map(|parent| Some((parent, tree.spare(draft, parent)?)));
        if let Some((parent, slot)) = place {
            draft.slots(parent)[slot] = row;
            tree.grow(draft, parent, row);
        }
    }
}

/// From where each row was first reached; [`NONE`] for those that were not.
struct Tree(Vec<u32>);

impl Tree {
    fn has(&self, row: u32) -> bool {
        self.0[row as usize] != NONE
    }

    /// Takes in `row`, reached from `parent`, and all that can be reached from it.
    fn grow(&mut self, draft: &Draft, parent: u32, row: u32) {
        self.0[row as usize] = parent;
        let mut open = vec![row];
        while let Some(row) = open.pop() {
            for link in draft.of(0, row).iter().filter(|link| **link != NONE) {
                if !self.has(*link) {
                    self.0[*link as usize] = row;
                    open.push(*link);
                }
            }
        }
    }

    /// A slot of `row` that is free or, the farthest first, holds a link that is not in the tree.
    fn spare(&self, draft: &Draft, row: u32) -> Option<usize> {
        let slots = draft.of(0, row);
        let free = slots.iter().position(|link| *link == NONE);
        free.or_else(|| slots.iter().rposition(|link| self.0[*link as usize] != row))
    }
}

/// The rows nearest to `row` that a walk comes by.
fn nearest(
    draft: &Draft,
    material: &Material<'_>,
    width: usize,
    row: u32,
    scratch: &mut Scratch,
) -> Vec<u32> {
    let Scratch { walk, query, .. } = scratch;
    material.codes.prepare(material.full.row(row), query);
    let bottom = Layer {
        links: draft,
        layer: 0,
        rows: material.count,
    };
    walk.run(&bottom, (material.codes, query), 0, (width, 0), None, &mut Free);
    walk.pool.iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use crate::hnsw::graph::{Links, NONE};
    use crate::{HnswIndex, Metric, VectorKey};
    use bowerbird_core::{Normalization, SpaceId};
    use ndarray::Array2;

    #[test]
    fn every_row_can_be_reached() {
        // A few tight heaps and some rows far from all: what choosing links cuts off most.
        let vectors = Array2::from_shape_fn((3000, 6), |(row, column)| {
            let heap = (row % 5 * 7 + column) as f32;
            let stray = if row % 97 == 0 {
                (row + column * 31) as f32
            } else {
                0.0
            };
            heap.sin() * 10.0 + ((row * 13 + column * 17) as f32).sin() * 0.01 + stray
        });
        let keys: Vec<_> = (0..3000).map(VectorKey).collect();
        let space = SpaceId::new("heaps", 1, 6, Normalization::None);
        let index = HnswIndex::builder(space, Metric::L2)
            .with_links(3)
            .with_build_width(6)
            .build(vectors.view(), &keys)
            .expect("a build");
        let (mut seen, mut open) = (vec![false; 3000], vec![0]);
        seen[0] = true;
        while let Some(row) = open.pop() {
            for link in index.graph.of(0, row).iter().filter(|link| **link != NONE) {
                if !std::mem::replace(&mut seen[*link as usize], true) {
                    open.push(*link);
                }
            }
        }
        assert_eq!(seen.iter().filter(|seen| !**seen).count(), 0);
    }
}
