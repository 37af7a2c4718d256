//! What the examples share: reading files, failing in one line, progress on stderr, JSON on stdout.

mod bars;
mod failure;
mod lines;
mod read;

pub(crate) use bars::Bars;
pub(crate) use failure::{Failure, run};
pub(crate) use lines::Lines;
pub(crate) use read::read;

/// A pool of `threads` threads, 0 for one a core. Fit and evaluate inside of `pool.install(…)`: the library works in
/// the pool that it is called from and has none of its own.
pub(crate) fn pool(threads: usize) -> Result<rayon::ThreadPool, Failure> {
    Ok(rayon::ThreadPoolBuilder::new().num_threads(threads).build()?)
}

/// The value that a `share` in 0..1 of `values` doesn't exceed, by nearest rank; 0 for none. Sorts them.
pub(crate) fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let rank = (share * values.len() as f64).ceil() as usize;
    values
        .get(rank.clamp(1, values.len().max(1)) - 1)
        .copied()
        .unwrap_or(0.0)
}
