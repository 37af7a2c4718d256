//! The dot product of signed and unsigned bytes: how rows of 8-bit codes are scored.

#[cfg(target_arch = "aarch64")]
mod aarch64;
mod scalar;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86_64;

use super::{LINE, Tier};

/// `out[i]` becomes the dot product of `image` with row `ids[i]` of `rows`. A row is as wide as the image. Each
/// product is at most 2¹⁵ in size and a row at most 2¹⁶ bytes, so no sum leaves an `i32`.
///
/// # Panics
///
/// When the width is no multiple of [`LINE`] or above 2¹⁶, `ids` and `out` differ in length, or a row is not there.
#[inline]
pub(crate) fn dot_at(tier: Tier, image: &[i8], rows: &[u8], ids: &[u32], out: &mut [i32]) {
    assert!(
        image.len().is_multiple_of(LINE) && image.len() <= 1 << 16,
        "whole lines"
    );
    assert_eq!(ids.len(), out.len(), "one output a row");
    match tier {
        Tier::Scalar => scalar::dot_at(image, rows, ids, out),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the tier was found on this machine, and the image is made of whole lines.
        Tier::Avx2 => unsafe { x86_64::dot_at_avx2(image, rows, ids, out) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Tier::Avx512 => unsafe { x86_64::dot_at_avx512(image, rows, ids, out) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: as above.
        Tier::Neon => unsafe { aarch64::dot_at(image, rows, ids, out) },
    }
}
