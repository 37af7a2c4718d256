//! Conformance kits: what every implementation of a role has to keep to, as a function that panics where it doesn't.
//!
//! ```
//! use bowerbird_ranking::{scorer_fn, testing};
//!
//! #[derive(Debug)]
//! struct Mine;
//! let sum = scorer_fn("sum", ["a", "b"], "worth", |_query: &Mine, features| features.iter().sum());
//! testing::scorer(&sum, &Mine, &[vec![0.5, 1.0, f32::NAN], vec![2.0, 3.0, 4.0]]);
//! ```
//!
//! Beside the stages, [`cascade`] checks a host's whole wiring.

mod blocking;
mod cascade;
mod clock;
mod hydrator;
mod reranker;
mod scorer;
mod utility;

pub use blocking::blocking_source;
pub use cascade::cascade;
pub use clock::TickingClock;
pub use hydrator::hydrator;
pub use reranker::reranker;
pub use scorer::scorer;
pub use utility::utility;

/// Chunk sizes that the kits try on `rows` rows: alone, odd sizes, all together.
fn chunk_sizes(rows: usize) -> impl Iterator<Item = usize> {
    [1, 2, 3, 7, 64, 257]
        .into_iter()
        .filter(move |&size| size < rows)
        .chain([rows.max(1)])
}

/// Bits, with all NaNs made one: which NaN a missing value is says nothing.
fn bits(values: &[f32]) -> Vec<u32> {
    values
        .iter()
        .map(|value| {
            if value.is_nan() {
                f32::NAN.to_bits()
            } else {
                value.to_bits()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
