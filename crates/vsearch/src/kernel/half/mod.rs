//! Rows of 16-bit floats (IEEE 754 binary16) against a query of 32-bit ones.
//!
//! Widening is exact, and the products are added in core's order, so a score has the bits of core's kernel on the
//! widened row.

mod convert;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86_64;

pub(crate) use convert::{narrow, widen};

use super::{Tier, each_row};
use bowerbird_core::kernel;

/// `out[i]` becomes the dot product of `query` with row `ids[i]` of `rows`. A row is as wide as the query.
///
/// # Panics
///
/// When the width is no multiple of 32, `ids` and `out` differ in length, or a row is not there.
pub(crate) fn dot_at(tier: Tier, query: &[f32], rows: &[u16], ids: &[u32], out: &mut [f32]) {
    check(query, ids, out);
    match tier {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the tier was found on this machine, and the width was checked.
        Tier::Avx2 => unsafe { x86_64::dot_at_avx2(query, rows, ids, out) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Tier::Avx512 => unsafe { x86_64::dot_at_avx512(query, rows, ids, out) },
        _ => widened(query, rows, ids, out, kernel::dot),
    }
}

/// As [`dot_at`], the squared Euclidean distance.
///
/// # Panics
///
/// As [`dot_at`].
pub(crate) fn squared_l2_at(tier: Tier, query: &[f32], rows: &[u16], ids: &[u32], out: &mut [f32]) {
    check(query, ids, out);
    match tier {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the tier was found on this machine, and the width was checked.
        Tier::Avx2 => unsafe { x86_64::squared_l2_at_avx2(query, rows, ids, out) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Tier::Avx512 => unsafe { x86_64::squared_l2_at_avx512(query, rows, ids, out) },
        _ => widened(query, rows, ids, out, kernel::squared_l2),
    }
}

fn check(query: &[f32], ids: &[u32], out: &[f32]) {
    assert!(query.len().is_multiple_of(kernel::LANES), "whole lanes");
    assert_eq!(ids.len(), out.len(), "one output a row");
}

/// The definition: the row widened, then core's kernel.
fn widened(query: &[f32], rows: &[u16], ids: &[u32], out: &mut [f32], kernel: fn(&[f32], &[f32]) -> f32) {
    let mut row = vec![0.0; query.len()];
    let width = query.len();
    for (id, out) in ids.iter().zip(out) {
        for (wide, half) in row.iter_mut().zip(&rows[*id as usize * width..][..width]) {
            *wide = widen(*half);
        }
        *out = kernel(query, &row);
    }
}
