//! How an index keeps its vectors, and how it scores them from scattered places.
//!
//! A *loss* is what all of them give: smaller is nearer, whatever the metric.

mod float;
mod half;
mod local;

pub(crate) use float::FloatRows;
pub(crate) use half::HalfRows;
pub(crate) use local::{LocalQuery, LocalRows};

/// Vectors by number, in one form.
pub(crate) trait Rows: Sync {
    /// A query made ready for them.
    type Query: Default + Send;

    /// Makes `query`, as long as the vectors, ready in `out`, whose memory is used again.
    fn prepare(&self, query: &[f32], out: &mut Self::Query);

    /// Asks for what [`losses`](Self::losses) will read of a row, before it is needed.
    fn prefetch(&self, id: u32);

    /// `out[i]` becomes the loss of row `ids[i]`.
    ///
    /// # Panics
    ///
    /// When a row is not there.
    fn losses(&self, query: &Self::Query, ids: &[u32], out: &mut [f32]);
}
