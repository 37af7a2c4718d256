//! Dot product, squared Euclidean distance and Hamming distance, on the widest instructions that the machine has.
//!
//! # One result everywhere
//!
//! A score is **bit for bit the same on every instruction set**, so that an index built on one machine equals the
//! one built on another and a logged request replays anywhere. The order of the additions is therefore part of the
//! definition, and not the compiler's choice:
//!
//! 1. [`LANES`] sums start at zero; element `i` belongs to lane `i mod LANES`;
//! 2. each lane takes its elements in order, by fused multiply-add (one rounding);
//! 3. the lanes are folded in halves: lane `j` takes lane `j + 16`, then `j + 8`, 4, 2, 1;
//! 4. a result of zero is `+0.0`.
//!
//! A row of [`dot_rows`], [`dot_at`] or [`dot_block`] has the bits of [`dot`]. Two things are left open: which NaN a NaN is, and what happens when
//! the host has told the processor to flush subnormal numbers to zero.
//!
//! # Choosing the instructions
//!
//! [`Isa::active`] is detected at the first call and kept. [`Isa::available`] lists what the machine can run; each
//! [`Isa`] has the same functions as methods, so that a test or a benchmark can force one.
//!
//! | [`Isa`] | asks for | floats a step | popcount |
//! |---|---|---|---|
//! | `avx512` | AVX-512 F and VPOPCNTDQ (Ice Lake, Zen 4 and later) | 2 × 16 | `vpopcntq` |
//! | `avx2` | AVX2, FMA and POPCNT (Haswell, Zen and later) | 4 × 8 | `popcnt` |
//! | `neon` | any 64-bit ARM | 8 × 4 | `cnt` |
//! | `scalar` | nothing | 1 | what the compiler finds |
//!
//! # Cost
//!
//! O(n) each, no allocation. The `kernels` benchmark measures them. One query over rows that do not fit in the cache
//! goes at the speed of memory; several queries at once ([`dot_block`]) share that cost. Slices may start anywhere,
//! but rows that start at a multiple of 64 bytes and hold a multiple of 16 numbers are up to twice as fast in the cache:
//! sections of a container do, and [`View::aligned`](crate::container::View::aligned) makes them in memory. The scalar
//! twin is the definition written down, not a fast path: five to fifty times slower.
//!
//! ```
//! use bowerbird_core::kernel;
//!
//! assert_eq!(kernel::dot(&[1.0, 2.0], &[3.0, 4.0]), 11.0);
//! assert_eq!(kernel::squared_l2(&[1.0, 2.0], &[3.0, 4.0]), 8.0);
//! assert_eq!(kernel::hamming(&[0b1011], &[0b0001]), 2);
//!
//! let mut scores = [0.0; 2];
//! kernel::dot_rows(&[1.0, 2.0], &[3.0, 4.0, 5.0, 6.0], &mut scores);
//! assert_eq!(scores, [11.0, 17.0]);
//! ```

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod generic;
mod isa;
mod scalar;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86_64;

pub use isa::Isa;

/// Running sums of one dot product or distance. Part of the definition of a score: changing it changes bits.
pub const LANES: usize = 32;

/// The dot product of `a` and `b`; of nothing, `0.0`.
///
/// # Panics
///
/// When the lengths differ.
#[inline]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    Isa::active().dot(a, b)
}

/// The squared Euclidean distance of `a` and `b`.
///
/// # Panics
///
/// When the lengths differ.
#[inline]
pub fn squared_l2(a: &[f32], b: &[f32]) -> f32 {
    Isa::active().squared_l2(a, b)
}

/// The number of bits in which two codes differ.
///
/// # Panics
///
/// When the lengths differ.
#[inline]
pub fn hamming(a: &[u64], b: &[u64]) -> u32 {
    Isa::active().hamming(a, b)
}

/// [`dot`] of `query` with each of `out.len()` rows that lie one after another.
///
/// # Panics
///
/// When `rows` is not `out.len()` times as long as `query`.
#[inline]
pub fn dot_rows(query: &[f32], rows: &[f32], out: &mut [f32]) {
    Isa::active().dot_rows(query, rows, out);
}

/// [`squared_l2`] of `query` to each of `out.len()` rows that lie one after another.
///
/// # Panics
///
/// When `rows` is not `out.len()` times as long as `query`.
#[inline]
pub fn squared_l2_rows(query: &[f32], rows: &[f32], out: &mut [f32]) {
    Isa::active().squared_l2_rows(query, rows, out);
}

/// [`dot`] of `query` with the rows `ids`, each as long as `query`, that lie anywhere in `rows`. Rows are asked for a few
/// ahead of the one that is read, which hides most of the time that memory takes.
///
/// # Panics
///
/// When `ids` and `out` differ in length, or a row is not there.
#[inline]
pub fn dot_at(query: &[f32], rows: &[f32], ids: &[u32], out: &mut [f32]) {
    Isa::active().dot_at(query, rows, ids, out);
}

/// [`squared_l2`] of `query` to the rows `ids`, as [`dot_at`].
///
/// # Panics
///
/// When `ids` and `out` differ in length, or a row is not there.
#[inline]
pub fn squared_l2_at(query: &[f32], rows: &[f32], ids: &[u32], out: &mut [f32]) {
    Isa::active().squared_l2_at(query, rows, ids, out);
}

/// [`dot`] of each query with each row: `out[q * rows + r]`. Queries and rows are `width` numbers each, one after
/// another. The rows are read from memory once for all queries, so a batch costs several times less than
/// [`dot_rows`] query by query.
///
/// # Panics
///
/// When `width` is zero, `queries` or `rows` is no multiple of it, or `out` is not queries times rows long.
#[inline]
pub fn dot_block(queries: &[f32], rows: &[f32], width: usize, out: &mut [f32]) {
    Isa::active().dot_block(queries, rows, width, out);
}

/// [`squared_l2`] of each query to each row, as [`dot_block`].
///
/// # Panics
///
/// When `width` is zero, `queries` or `rows` is no multiple of it, or `out` is not queries times rows long.
#[inline]
pub fn squared_l2_block(queries: &[f32], rows: &[f32], width: usize, out: &mut [f32]) {
    Isa::active().squared_l2_block(queries, rows, width, out);
}

/// [`hamming`] of `query` to each of `out.len()` codes that lie one after another.
///
/// # Panics
///
/// When `rows` is not `out.len()` times as long as `query`.
#[inline]
pub fn hamming_rows(query: &[u64], rows: &[u64], out: &mut [u32]) {
    Isa::active().hamming_rows(query, rows, out);
}
