//! Work over chunks of rows in the caller's rayon pool, or one after another outside of any.
//!
//! Chunks don't depend on the number of threads and their results come back in order, so both ways give the same bits.

use std::ops::Range;

/// `work` on each run of at most `chunk` of the rows `0..rows`, results in order.
pub(crate) fn map_chunks<R, F>(rows: usize, chunk: usize, work: F) -> Vec<R>
where
    R: Send,
    F: Fn(Range<usize>) -> R + Sync,
{
    let chunks = rows.div_ceil(chunk);
    let one = |index: usize| work(index * chunk..rows.min((index + 1) * chunk));
    #[cfg(feature = "rayon")]
    if rayon::current_thread_index().is_some() {
        use rayon::prelude::*;
        return (0..chunks).into_par_iter().map(one).collect();
    }
    (0..chunks).map(one).collect()
}

/// `work` on each run of at most `chunk` rows of `width` values of `data`. The first argument is the first row's index.
pub(crate) fn for_each_chunk<T, F>(data: &mut [T], width: usize, chunk: usize, work: F)
where
    T: Send,
    F: Fn(usize, &mut [T]) + Sync,
{
    let size = width * chunk;
    #[cfg(feature = "rayon")]
    if rayon::current_thread_index().is_some() {
        use rayon::prelude::*;
        data.par_chunks_mut(size)
            .enumerate()
            .for_each(|(index, rows)| work(index * chunk, rows));
        return;
    }
    data.chunks_mut(size)
        .enumerate()
        .for_each(|(index, rows)| work(index * chunk, rows));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_visited_once_in_order() {
        let seen: Vec<usize> = map_chunks(10, 3, |rows| rows.collect::<Vec<_>>()).concat();
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
        assert!(map_chunks(0, 3, |rows| rows.len()).is_empty());
        let mut data = [0; 10];
        for_each_chunk(&mut data, 2, 2, |first, rows| {
            for (offset, value) in rows.iter_mut().enumerate() {
                *value = 2 * first + offset;
            }
        });
        assert_eq!(data.to_vec(), (0..10).collect::<Vec<_>>());
    }
}
