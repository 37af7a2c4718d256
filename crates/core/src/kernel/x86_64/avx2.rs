//! 256-bit vectors with fused multiply-add.

use std::arch::x86_64::*;

use crate::kernel::generic::{Vector, shells};
use crate::kernel::scalar;

/// Eight floats.
#[derive(Clone, Copy)]
struct F32x8(__m256);

/// Eight set words and eight clear ones: read from `8 - count`, a mask of the first `count`.
static HEAD: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

impl Vector for F32x8 {
    const WIDTH: usize = 8;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: AVX is present.
        Self(unsafe { _mm256_setzero_ps() })
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: AVX is present and eight floats may be read.
        Self(unsafe { _mm256_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn load_head(from: *const f32, count: usize) -> Self {
        // SAFETY: AVX is present; `count < 8` keeps the mask inside `HEAD`, and only `count` floats are read.
        unsafe {
            let mask = _mm256_loadu_si256(HEAD.as_ptr().add(8 - count).cast());
            Self(_mm256_maskload_ps(from, mask))
        }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: AVX is present.
        Self(unsafe { _mm256_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn subtract(self, other: Self) -> Self {
        // SAFETY: AVX is present.
        Self(unsafe { _mm256_sub_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: FMA is present.
        Self(unsafe { _mm256_fmadd_ps(self.0, factor.0, addend.0) })
    }

    #[inline(always)]
    unsafe fn fold(self) -> f32 {
        // SAFETY: AVX is present.
        unsafe { fold(self.0) }
    }

    #[inline(always)]
    unsafe fn prefetch(at: *const f32) {
        // SAFETY: every x86-64 has the instruction, and it never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
    }
}

/// Folds eight floats in halves.
///
/// # Safety
///
/// The machine has AVX.
#[inline(always)]
pub(super) unsafe fn fold(eight: __m256) -> f32 {
    // SAFETY: the caller has AVX.
    unsafe {
        let four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        let one = _mm_add_ss(two, _mm_movehdup_ps(two));
        _mm_cvtss_f32(one)
    }
}

shells!("avx2,fma", F32x8, 2);

/// # Safety
///
/// The machine has POPCNT.
#[target_feature(enable = "avx2,popcnt")]
pub(in crate::kernel) unsafe fn hamming(a: &[u64], b: &[u64]) -> u32 {
    scalar::hamming(a, b)
}

/// # Safety
///
/// The machine has POPCNT.
#[target_feature(enable = "avx2,popcnt")]
pub(in crate::kernel) unsafe fn hamming_rows(query: &[u64], rows: &[u64], out: &mut [u32]) {
    scalar::hamming_rows(query, rows, out);
}
