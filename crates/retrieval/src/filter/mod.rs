//! Filters: the role, the mask they set, and one file an implementation.
//!
//! A filter never moves a row. It marks those that must not go on, and the mark says which filter it was, so that a
//! later question "why not this item?" has an answer.

mod list;
mod mask;
mod seen;

use crate::batch::CandidateBatch;
use crate::context::Context;
use crate::error::FilterError;

pub use list::ItemList;
pub use mask::FilterMask;
pub use seen::Seen;

/// Decides which candidates must not go on.
///
/// A filter is not skipped when time is short: showing what must not be shown is worse than being late. It should
/// therefore be cheap. It looks at every row whose mark [`FilterMask::is_kept`], and at nothing that is timed.
pub trait Filter<Q: ?Sized>: Send + Sync {
    /// The filter's name, unique within a pipeline.
    fn name(&self) -> &str;

    /// The version of what the filter goes by; any change of what it would reject is a new one.
    fn version(&self) -> u64 {
        1
    }

    /// Marks the rows of `batch` that must not go on.
    ///
    /// # Errors
    ///
    /// [`FilterError`]; the marks made before it are undone, and the pipeline's policy decides.
    fn apply(
        &self,
        query: &Q,
        batch: &CandidateBatch,
        cx: &Context<'_>,
        mask: &mut FilterMask,
    ) -> Result<(), FilterError>;
}

/// A filter made of a predicate: rows for which it is false are marked.
///
/// ```
/// use bowerbird_retrieval::filter_fn;
/// let even_only = filter_fn("even_only", |_query: &(), item| item.0 % 2 == 0);
/// ```
pub fn filter_fn<Q: ?Sized, F>(name: impl Into<String>, keep: F) -> FilterFn<F>
where
    F: Fn(&Q, bowerbird_core::ItemId) -> bool + Send + Sync,
{
    FilterFn {
        name: name.into(),
        version: 1,
        keep,
    }
}

/// See [`filter_fn`].
pub struct FilterFn<F> {
    name: String,
    version: u64,
    keep: F,
}

impl<F> FilterFn<F> {
    /// The same filter with another version; 1 without. Other data in the closure are another version.
    #[must_use]
    pub fn versioned(mut self, version: u64) -> Self {
        self.version = version;
        self
    }
}

impl<F> std::fmt::Debug for FilterFn<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FilterFn")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<Q: ?Sized, F> Filter<Q> for FilterFn<F>
where
    F: Fn(&Q, bowerbird_core::ItemId) -> bool + Send + Sync,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn apply(
        &self,
        query: &Q,
        batch: &CandidateBatch,
        _cx: &Context<'_>,
        mask: &mut FilterMask,
    ) -> Result<(), FilterError> {
        for (row, &item) in batch.items().iter().enumerate() {
            if mask.is_kept(row) && !(self.keep)(query, item) {
                mask.reject(row);
            }
        }
        Ok(())
    }
}

impl<Q: ?Sized, F: Filter<Q> + ?Sized> Filter<Q> for std::sync::Arc<F> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn version(&self) -> u64 {
        (**self).version()
    }

    fn apply(
        &self,
        query: &Q,
        batch: &CandidateBatch,
        cx: &Context<'_>,
        mask: &mut FilterMask,
    ) -> Result<(), FilterError> {
        (**self).apply(query, batch, cx, mask)
    }
}
