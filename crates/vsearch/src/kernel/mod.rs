//! Kernels that only the indexes of this crate need: codes of few bits, read from scattered places.
//!
//! Float kernels are core's ([`bowerbird_core::kernel`]). The ones here work on integers wherever they can, so that
//! every instruction set gives the same number and equality with the scalar twin needs no tolerance; those that give
//! floats keep to core's order of additions, and so to its bits.

pub(crate) mod bytes;
pub(crate) mod decode;
pub(crate) mod fastscan;
pub(crate) mod half;
mod lanes;
pub(crate) mod panel;
mod tier;

pub(crate) use tier::Tier;

/// Bytes in a cache line.
pub(crate) const LINE: usize = 64;

/// Asks for the cache lines of the `bytes` bytes at `start`, where the machine can be asked. Never faults.
#[inline(always)]
fn prefetch_bytes(start: *const u8, bytes: usize) {
    #[cfg(target_arch = "x86_64")]
    for at in (0..bytes).step_by(LINE) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every x86-64 has the instruction, and it never faults, wherever it points.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(at).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (start, bytes);
}

/// Asks for the cache lines of `count` elements from `start`, in `items` or not.
#[inline(always)]
pub(crate) fn prefetch_elements<T>(items: &[T], start: usize, count: usize) {
    prefetch_bytes(items.as_ptr().wrapping_add(start).cast(), count * size_of::<T>());
}

/// Asks for the cache lines of the first `bytes` bytes of `items`, as far as there are as many.
#[inline]
pub(crate) fn prefetch<T>(items: &[T], bytes: usize) {
    prefetch_bytes(items.as_ptr().cast(), bytes.min(size_of_val(items)));
}

/// Asks for the cache lines of `items`.
#[inline]
pub(crate) fn prefetch_slice<T>(items: &[T]) {
    prefetch_bytes(items.as_ptr().cast(), size_of_val(items));
}

/// Calls `visit(i, start)` with the start of each of the rows `ids`, `width` elements wide, having asked for it some
/// rows before.
///
/// # Panics
///
/// When a row is not there.
#[inline(always)]
fn each_row<T>(rows: &[T], width: usize, ids: &[u32], mut visit: impl FnMut(usize, *const T)) {
    let count = rows.len() / width.max(1);
    let start = |id: u32| rows.as_ptr().wrapping_add((id as usize).wrapping_mul(width));
    for (i, id) in ids.iter().enumerate() {
        assert!((*id as usize) < count, "a row that is there");
        visit(i, start(*id));
    }
}
