//! The links of a hierarchical navigable small world graph.
//!
//! Rows are numbered so that those of the higher layers come first: the rows of layer *l* are `0..counts[l]`, and row 0,
//! where every search begins, is in all of them. So a layer is a plain matrix, one line of slots a row, and needs no
//! table of offsets. A slot that is not used holds [`NONE`].

use bowerbird_core::container::View;

/// No link.
pub(super) const NONE: u32 = u32::MAX;

/// Links of all layers.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    /// Rows of each layer from the bottom, ascending layers, descending counts; the first is the number of rows.
    pub(super) counts: Vec<u32>,
    /// Slots of a row in the bottom layer.
    pub(super) base_degree: usize,
    /// Slots of a row in each layer above.
    pub(super) upper_degree: usize,
    /// Links of the bottom layer.
    pub(super) base: View<u32>,
    /// Links of the layers above, from the lowest.
    pub(super) upper: View<u32>,
}

impl Graph {
    /// Layers above the bottom.
    pub(super) const fn top(&self) -> usize {
        self.counts.len().saturating_sub(1)
    }

    /// Slots that the layers above the bottom take.
    pub(super) fn upper_slots(counts: &[u32], degree: usize) -> usize {
        counts.iter().skip(1).map(|count| *count as usize * degree).sum()
    }
}

/// Something whose links can be followed.
pub(super) trait Links {
    /// The slots of `row`, which is in `layer`. Empty when the row is not there.
    fn of(&self, layer: usize, row: u32) -> &[u32];
}

impl Links for Graph {
    #[inline]
    fn of(&self, layer: usize, row: u32) -> &[u32] {
        let (links, start, degree) = if layer == 0 {
            (&self.base, 0, self.base_degree)
        } else {
            let below = Self::upper_slots(&self.counts[..layer], self.upper_degree);
            (&self.upper, below, self.upper_degree)
        };
        let start = start + row as usize * degree;
        links.get(start..start + degree).unwrap_or(&[])
    }
}
