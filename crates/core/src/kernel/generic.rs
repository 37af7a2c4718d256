//! The body of the float kernels, written once over a vector of any width.
//!
//! A file of an instruction set says what a vector is ([`Vector`]) and wraps the bodies in functions that turn the
//! instructions on ([`shells`](super::generic::shells)). Everything here is inlined into those.

use super::LANES;

/// A few floats in a register.
///
/// # Safety
///
/// All methods may be called only where the instruction set of the implementation is present.
pub(super) trait Vector: Copy {
    /// Floats in it; divides [`LANES`].
    const WIDTH: usize;

    unsafe fn zero() -> Self;

    /// The `WIDTH` floats at `from`, at any alignment.
    unsafe fn load(from: *const f32) -> Self;

    /// The `count` floats at `from` and zeros, `count < WIDTH`. Reads nothing past `from + count`.
    unsafe fn load_head(from: *const f32, count: usize) -> Self;

    unsafe fn add(self, other: Self) -> Self;

    unsafe fn subtract(self, other: Self) -> Self;

    /// `self * factor + addend`, rounded once.
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self;

    /// The floats folded in halves: `j` takes `j + WIDTH / 2`, and so on.
    unsafe fn fold(self) -> f32;

    /// Asks for the cache line at `at`, where the machine can be asked. Never faults.
    #[inline(always)]
    unsafe fn prefetch(at: *const f32) {
        let _ = at;
    }
}

/// What one pair of elements adds to its lane.
pub(super) trait Term {
    unsafe fn take<V: Vector>(sum: V, a: V, b: V) -> V;
}

pub(super) struct Product;

impl Term for Product {
    #[inline(always)]
    unsafe fn take<V: Vector>(sum: V, a: V, b: V) -> V {
        // SAFETY: the caller has the instructions of `V`.
        unsafe { a.multiply_add(b, sum) }
    }
}

pub(super) struct SquaredDifference;

impl Term for SquaredDifference {
    #[inline(always)]
    unsafe fn take<V: Vector>(sum: V, a: V, b: V) -> V {
        // SAFETY: the caller has the instructions of `V`.
        unsafe {
            let difference = a.subtract(b);
            difference.multiply_add(difference, sum)
        }
    }
}

/// One query against `out.len()` rows, `R` at a time while there are as many, then one by one.
///
/// # Safety
///
/// The machine has the instructions of `V`, and `N * V::WIDTH == LANES`.
#[inline(always)]
pub(super) unsafe fn scan<V: Vector, T: Term, const N: usize, const R: usize>(
    query: &[f32],
    rows: &[f32],
    out: &mut [f32],
) {
    let width = query.len();
    assert!(rows.len() == width * out.len());
    let blocks = out.len() / R;
    let mut row = 0;
    for _ in 0..blocks {
        // SAFETY: rows `row..row + R` end at or before row `out.len()`, inside `rows`.
        let scores = unsafe { block::<V, T, N, R>(query, rows.as_ptr().add(row * width)) };
        out[row..row + R].copy_from_slice(&scores);
        row += R;
    }
    while row < out.len() {
        // SAFETY: as above, with one row.
        let [score] = unsafe { block::<V, T, N, 1>(query, rows.as_ptr().add(row * width)) };
        out[row] = score;
        row += 1;
    }
}

/// How many rows ahead of the one being read are asked for.
const AHEAD: usize = 4;
/// Floats in a cache line.
const LINE: usize = 16;

/// One query against the rows `ids` of `rows`, the rows to come asked for ahead of time.
///
/// # Safety
///
/// The machine has the instructions of `V`, and `N * V::WIDTH == LANES`.
#[inline(always)]
pub(super) unsafe fn gather<V: Vector, T: Term, const N: usize>(
    query: &[f32],
    rows: &[f32],
    ids: &[u32],
    out: &mut [f32],
) {
    let width = query.len();
    let count = rows.len().checked_div(width).unwrap_or(usize::MAX);
    assert!(ids.len() == out.len());
    for id in &ids[..AHEAD.min(ids.len())] {
        // SAFETY: a prefetch never faults.
        unsafe { fetch::<V>(rows, width, *id) };
    }
    for (i, id) in ids.iter().enumerate() {
        if let Some(next) = ids.get(i + AHEAD) {
            // SAFETY: a prefetch never faults.
            unsafe { fetch::<V>(rows, width, *next) };
        }
        let row = *id as usize;
        assert!(row < count, "a row that is there");
        // SAFETY: row `row < count` lies inside `rows`.
        let [score] = unsafe { block::<V, T, N, 1>(query, rows.as_ptr().add(row * width)) };
        out[i] = score;
    }
}

/// Asks for the lines of a row.
///
/// # Safety
///
/// The machine has the instructions of `V`.
#[inline(always)]
unsafe fn fetch<V: Vector>(rows: &[f32], width: usize, id: u32) {
    let start = rows.as_ptr().wrapping_add((id as usize).wrapping_mul(width));
    let mut at = 0;
    while at < width {
        // SAFETY: a prefetch never faults, wherever it points.
        unsafe { V::prefetch(start.wrapping_add(at)) };
        at += LINE;
    }
}

/// One query against the `R` rows that start at `rows`.
///
/// # Safety
///
/// The machine has the instructions of `V`, `N * V::WIDTH == LANES`, and `R * query.len()` floats may be read at
/// `rows`.
#[inline(always)]
#[expect(
    clippy::needless_range_loop,
    reason = "indices with constant bounds are what the compiler unrolls"
)]
pub(super) unsafe fn block<V: Vector, T: Term, const N: usize, const R: usize>(
    query: &[f32],
    rows: *const f32,
) -> [f32; R] {
    const { assert!(N * V::WIDTH == LANES) };
    let (width, query) = (query.len(), query.as_ptr());
    let whole = width - width % LANES;
    // SAFETY: element `at + j` of the query and of each row is read only while `at + j < width`: whole vectors below
    // `whole` and below `width`, and of the last one only the head.
    unsafe {
        let mut sums = [[V::zero(); N]; R];
        let mut at = 0;
        while at < whole {
            for n in 0..N {
                let a = V::load(query.add(at + n * V::WIDTH));
                for r in 0..R {
                    sums[r][n] = T::take(sums[r][n], a, V::load(rows.add(r * width + at + n * V::WIDTH)));
                }
            }
            at += LANES;
        }
        if at < width {
            for n in 0..N {
                let from = at + n * V::WIDTH;
                if from >= width {
                    break;
                }
                let left = width - from;
                if left >= V::WIDTH {
                    let a = V::load(query.add(from));
                    for r in 0..R {
                        sums[r][n] = T::take(sums[r][n], a, V::load(rows.add(r * width + from)));
                    }
                } else {
                    let a = V::load_head(query.add(from), left);
                    for r in 0..R {
                        sums[r][n] = T::take(sums[r][n], a, V::load_head(rows.add(r * width + from), left));
                    }
                }
            }
        }
        // A closure would not be inlined into the shell, and there it would not have the instructions.
        let mut scores = [0.0; R];
        for r in 0..R {
            scores[r] = fold(sums[r]);
        }
        scores
    }
}

/// Folds `N` vectors in halves, then the one that is left.
///
/// # Safety
///
/// The machine has the instructions of `V`.
#[inline(always)]
unsafe fn fold<V: Vector, const N: usize>(mut sums: [V; N]) -> f32 {
    let mut half = N / 2;
    while half > 0 {
        for n in 0..half {
            // SAFETY: the caller has the instructions of `V`.
            sums[n] = unsafe { sums[n].add(sums[n + half]) };
        }
        half /= 2;
    }
    // SAFETY: the caller has the instructions of `V`.
    (unsafe { sums[0].fold() }) + 0.0
}

/// The float kernels on one instruction set: `$features` turned on, vectors `$vector`. Rows that are in the cache are
/// taken `$rows` at a time, which shares the loads of the query; rows that come from memory one by one, since the
/// hardware fetches ahead of one stream better than of several (measured: up to twice as fast).
macro_rules! shells {
    ($features:literal, $vector:ty, $rows:literal) => {
        const VECTORS: usize = crate::kernel::LANES / <$vector as crate::kernel::generic::Vector>::WIDTH;

        shells!(@one $features, $vector, dot, Product);
        shells!(@many $features, $vector, 1, dot_rows, Product);
        shells!(@many $features, $vector, $rows, dot_cached_rows, Product);
        shells!(@gather $features, $vector, dot_at, Product);
        shells!(@gather $features, $vector, squared_l2_at, SquaredDifference);
        shells!(@one $features, $vector, squared_l2, SquaredDifference);
        shells!(@many $features, $vector, 1, squared_l2_rows, SquaredDifference);
        shells!(@many $features, $vector, $rows, squared_l2_cached_rows, SquaredDifference);
    };
    (@one $features:literal, $vector:ty, $name:ident, $term:ident) => {
        /// # Safety
        ///
        /// The machine has the instructions.
        #[target_feature(enable = $features)]
        pub(in crate::kernel) unsafe fn $name(a: &[f32], b: &[f32]) -> f32 {
            use crate::kernel::generic::{$term, block};
            assert!(a.len() == b.len());
            // SAFETY: the instructions are on, and `b` is one row as long as `a`.
            let [score] = unsafe { block::<$vector, $term, VECTORS, 1>(a, b.as_ptr()) };
            score
        }
    };
    (@gather $features:literal, $vector:ty, $name:ident, $term:ident) => {
        /// # Safety
        ///
        /// The machine has the instructions.
        #[target_feature(enable = $features)]
        pub(in crate::kernel) unsafe fn $name(query: &[f32], rows: &[f32], ids: &[u32], out: &mut [f32]) {
            use crate::kernel::generic::{$term, gather};
            // SAFETY: the instructions are on.
            unsafe { gather::<$vector, $term, VECTORS>(query, rows, ids, out) }
        }
    };
    (@many $features:literal, $vector:ty, $rows:literal, $name:ident, $term:ident) => {
        /// # Safety
        ///
        /// The machine has the instructions.
        #[target_feature(enable = $features)]
        pub(in crate::kernel) unsafe fn $name(query: &[f32], rows: &[f32], out: &mut [f32]) {
            use crate::kernel::generic::{$term, scan};
            // SAFETY: the instructions are on.
            unsafe { scan::<$vector, $term, VECTORS, $rows>(query, rows, out) }
        }
    };
}
pub(super) use shells;
