//! Four registers of 128 bits.

use super::Lanes;
use crate::kernel::half::widen;
use std::arch::aarch64::*;

#[derive(Clone, Copy)]
pub(in crate::kernel) struct Quad([float32x4_t; 4]);

/// Each register by itself.
macro_rules! each {
    (|$i:ident| $body:expr) => {{
        // SAFETY: NEON is present, and the pointers are to sixteen elements.
        unsafe {
            Quad([
                {
                    let $i = 0;
                    $body
                },
                {
                    let $i = 1;
                    $body
                },
                {
                    let $i = 2;
                    $body
                },
                {
                    let $i = 3;
                    $body
                },
            ])
        }
    }};
}

impl Lanes for Quad {
    const ROWS: usize = 3;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        // SAFETY: NEON is present.
        Self([unsafe { vdupq_n_f32(x) }; 4])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        each!(|i| vld1q_f32(from.add(4 * i)))
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        for i in 0..4 {
            // SAFETY: NEON is present and sixteen floats may be written.
            unsafe { vst1q_f32(to.add(4 * i), self.0[i]) }
        }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        each!(|i| vaddq_f32(self.0[i], other.0[i]))
    }

    #[inline(always)]
    unsafe fn subtract(self, other: Self) -> Self {
        each!(|i| vsubq_f32(self.0[i], other.0[i]))
    }

    #[inline(always)]
    unsafe fn multiply(self, other: Self) -> Self {
        each!(|i| vmulq_f32(self.0[i], other.0[i]))
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self {
        each!(|i| vfmaq_f32(addend.0[i], self.0[i], factor.0[i]))
    }

    #[inline(always)]
    unsafe fn pick_below(self, bound: Self, yes: Self, no: Self) -> Self {
        each!(|i| vbslq_f32(vcltq_f32(self.0[i], bound.0[i]), yes.0[i], no.0[i]))
    }

    #[inline(always)]
    unsafe fn from_bytes(from: *const u8) -> Self {
        let floats: [f32; 16] = std::array::from_fn(|i| {
            // SAFETY: sixteen bytes may be read.
            f32::from(unsafe { *from.add(i) })
        });
        // SAFETY: NEON is present; the array has sixteen floats.
        unsafe { Self::load(floats.as_ptr()) }
    }

    #[inline(always)]
    unsafe fn from_halves(from: *const u16) -> Self {
        let floats: [f32; 16] = std::array::from_fn(|i| {
            // SAFETY: sixteen numbers of 16 bits may be read.
            widen(unsafe { *from.add(i) })
        });
        // SAFETY: NEON is present; the array has sixteen floats.
        unsafe { Self::load(floats.as_ptr()) }
    }
}
