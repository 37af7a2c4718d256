//! Utilities: from heads to the one number that orders a feed.

use bowerbird_retrieval::HeadName;

/// Combines the heads of a row into one number; larger is better.
pub trait Utility: Send + Sync {
    /// The version of the weights.
    fn version(&self) -> u64 {
        1
    }

    /// The heads it reads, in the order in which it reads them.
    fn heads(&self) -> &[HeadName];

    /// Fills `out`, one value a row.
    fn combine(&self, heads: &HeadView<'_>, out: &mut [f32]);
}

/// The heads that a utility asked for, for the first rows of a batch.
#[derive(Clone, Debug)]
pub struct HeadView<'a> {
    columns: &'a [Vec<f32>],
    wired: &'a [usize],
    rows: usize,
}

impl<'a> HeadView<'a> {
    /// The first `rows` rows of `columns`; head `i` of the utility is column `wired[i]`.
    pub const fn new(columns: &'a [Vec<f32>], wired: &'a [usize], rows: usize) -> Self {
        Self { columns, wired, rows }
    }

    /// Head `head` of the utility's own list, one value a row.
    ///
    /// # Panics
    ///
    /// When the utility asked for no such head.
    pub fn head(&self, head: usize) -> &'a [f32] {
        &self.columns[self.wired[head]][..self.rows]
    }
}
