//! 128-bit vectors: NEON, which every 64-bit ARM has.

use std::arch::aarch64::*;

use super::generic::{Vector, shells};
use super::scalar;

/// Four floats.
#[derive(Clone, Copy)]
struct F32x4(float32x4_t);

impl Vector for F32x4 {
    const WIDTH: usize = 4;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: NEON is present.
        Self(unsafe { vdupq_n_f32(0.0) })
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: NEON is present and four floats may be read.
        Self(unsafe { vld1q_f32(from) })
    }

    #[inline(always)]
    unsafe fn load_head(from: *const f32, count: usize) -> Self {
        let mut four = [0.0_f32; 4];
        // SAFETY: `count < 4` floats may be read at `from` and fit into `four`; NEON is present.
        unsafe {
            std::ptr::copy_nonoverlapping(from, four.as_mut_ptr(), count);
            Self(vld1q_f32(four.as_ptr()))
        }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: NEON is present.
        Self(unsafe { vaddq_f32(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn subtract(self, other: Self) -> Self {
        // SAFETY: NEON is present.
        Self(unsafe { vsubq_f32(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: NEON is present.
        Self(unsafe { vfmaq_f32(addend.0, self.0, factor.0) })
    }

    #[inline(always)]
    unsafe fn fold(self) -> f32 {
        // SAFETY: NEON is present.
        unsafe {
            let two = vadd_f32(vget_low_f32(self.0), vget_high_f32(self.0));
            vget_lane_f32::<0>(two) + vget_lane_f32::<1>(two)
        }
    }
}

shells!("neon", F32x4, 2);

/// # Safety
///
/// The machine has NEON.
#[target_feature(enable = "neon")]
pub(in crate::kernel) unsafe fn hamming(a: &[u64], b: &[u64]) -> u32 {
    scalar::hamming(a, b)
}

/// # Safety
///
/// The machine has NEON.
#[target_feature(enable = "neon")]
pub(in crate::kernel) unsafe fn hamming_rows(query: &[u64], rows: &[u64], out: &mut [u32]) {
    scalar::hamming_rows(query, rows, out);
}
