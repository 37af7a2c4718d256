//! Work that is shared out in the caller's rayon pool, if there is one; its results never depend on how.

/// `work(i)` for each `i` below `count`, in order.
pub(crate) fn map<R: Send>(count: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
    #[cfg(feature = "rayon")]
    if rayon::current_thread_index().is_some() {
        use rayon::prelude::*;
        return (0..count).into_par_iter().map(&work).collect();
    }
    (0..count).map(work).collect()
}

/// `work(i, chunk)` for the chunks of `width` elements of `all`, which is made of whole ones.
pub(crate) fn for_each_chunk<T: Send>(all: &mut [T], width: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    #[cfg(feature = "rayon")]
    if rayon::current_thread_index().is_some() {
        use rayon::prelude::*;
        all.par_chunks_mut(width)
            .enumerate()
            .for_each(|(i, chunk)| (&work)(i, chunk));
        return;
    }
    for (i, chunk) in all.chunks_mut(width).enumerate() {
        work(i, chunk);
    }
}

/// Sorts numbers of which none occurs twice.
pub(crate) fn sort_distinct(numbers: &mut [u64]) {
    #[cfg(feature = "rayon")]
    if rayon::current_thread_index().is_some() {
        use rayon::prelude::*;
        numbers.par_sort_unstable();
        return;
    }
    numbers.sort_unstable();
}
