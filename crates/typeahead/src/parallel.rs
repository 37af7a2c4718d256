//! Work that may be shared out, always in the caller's current rayon pool.

use std::cmp::Ordering;

/// Sorts by a total order in which no two items are equal, so that the result does not depend on the threads.
pub(crate) fn sort<T: Send>(items: &mut [T], order: impl Fn(&T, &T) -> Ordering + Sync) {
    #[cfg(feature = "rayon")]
    if rayon::current_thread_index().is_some() {
        use rayon::slice::ParallelSliceMut;
        return items.par_sort_unstable_by(order);
    }
    items.sort_unstable_by(order);
}
