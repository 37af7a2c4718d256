//! Compact row numbers for ids.

use rustc_hash::FxHashMap;
use std::hash::Hash;

/// Ids in ascending order, and the row of each. The same ids give the same rows, in whatever order they came.
#[derive(Clone, Debug)]
pub struct Rows<I> {
    ids: Vec<I>,
    row_of: FxHashMap<I, u32>,
}

impl<I: Copy + Ord + Hash> Rows<I> {
    /// Rows for `ids`; repeated ones get one row. O(n log n).
    ///
    /// # Panics
    ///
    /// When there are more than 2³²−1 different ids.
    pub fn new(ids: impl IntoIterator<Item = I>) -> Self {
        let mut ids: Vec<I> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        ids.shrink_to_fit();
        assert!(u32::try_from(ids.len()).is_ok(), "fewer than 2^32 ids");
        let row_of = ids.iter().zip(0..).map(|(&id, row)| (id, row)).collect();
        Self { ids, row_of }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The row of `id`, unless it is unknown. O(1).
    pub fn row(&self, id: I) -> Option<u32> {
        self.row_of.get(&id).copied()
    }

    /// The id in `row`.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn id(&self, row: u32) -> I {
        self.ids[row as usize]
    }

    /// All ids, ascending; the position is the row.
    pub fn ids(&self) -> &[I] {
        &self.ids
    }
}
