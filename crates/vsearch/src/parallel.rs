//! Work shared out in the rayon pool that the caller runs in; serial outside of one. Which thread does what shows in
//! no result.

/// Calls `work` with the number and content of each chunk of up to `size` elements of `items`.
pub(crate) fn for_chunks<T: Send>(items: &mut [T], size: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    #[cfg(feature = "rayon")]
    if rayon::current_thread_index().is_some() {
        use rayon::prelude::*;
        items
            .par_chunks_mut(size)
            .enumerate()
            .for_each(|(i, chunk)| work(i, chunk));
        return;
    }
    items
        .chunks_mut(size)
        .enumerate()
        .for_each(|(i, chunk)| work(i, chunk));
}

/// `work` of each of `0..count`, in order.
pub(crate) fn map<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    #[cfg(feature = "rayon")]
    if rayon::current_thread_index().is_some() {
        use rayon::prelude::*;
        return (0..count).into_par_iter().map(work).collect();
    }
    (0..count).map(work).collect()
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
