//! 512-bit vectors.

use std::arch::x86_64::*;

use super::avx2;
use crate::kernel::generic::{Vector, shells};

/// Sixteen floats.
#[derive(Clone, Copy)]
struct F32x16(__m512);

impl Vector for F32x16 {
    const WIDTH: usize = 16;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: AVX-512 F is present.
        Self(unsafe { _mm512_setzero_ps() })
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: AVX-512 F is present and sixteen floats may be read.
        Self(unsafe { _mm512_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn load_head(from: *const f32, count: usize) -> Self {
        // SAFETY: AVX-512 F is present; the mask reads `count < 16` floats and no more.
        Self(unsafe { _mm512_maskz_loadu_ps((1 << count) - 1, from) })
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: AVX-512 F is present.
        Self(unsafe { _mm512_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn subtract(self, other: Self) -> Self {
        // SAFETY: AVX-512 F is present.
        Self(unsafe { _mm512_sub_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: AVX-512 F is present.
        Self(unsafe { _mm512_fmadd_ps(self.0, factor.0, addend.0) })
    }

    #[inline(always)]
    unsafe fn fold(self) -> f32 {
        // SAFETY: AVX-512 F is present, and with it AVX.
        unsafe {
            let high = _mm256_castpd_ps(_mm512_extractf64x4_pd::<1>(_mm512_castps_pd(self.0)));
            avx2::fold(_mm256_add_ps(_mm512_castps512_ps256(self.0), high))
        }
    }

    #[inline(always)]
    unsafe fn prefetch(at: *const f32) {
        // SAFETY: every x86-64 has the instruction, and it never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
    }
}

shells!("avx512f", F32x16, 4);

/// # Safety
///
/// The machine has AVX-512 F and VPOPCNTDQ.
#[target_feature(enable = "avx512f,avx512vpopcntdq,popcnt")]
pub(in crate::kernel) unsafe fn hamming(a: &[u64], b: &[u64]) -> u32 {
    assert!(a.len() == b.len());
    // SAFETY: the instructions are on, and `b` is as long as `a`.
    unsafe { distance(a, b.as_ptr()) }
}

/// # Safety
///
/// The machine has AVX-512 F and VPOPCNTDQ.
#[target_feature(enable = "avx512f,avx512vpopcntdq,popcnt")]
pub(in crate::kernel) unsafe fn hamming_rows(query: &[u64], rows: &[u64], out: &mut [u32]) {
    assert!(rows.len() == query.len() * out.len());
    for (row, distance_to_row) in out.iter_mut().enumerate() {
        // SAFETY: the instructions are on, and row `row < out.len()` lies inside `rows`.
        *distance_to_row = unsafe { distance(query, rows.as_ptr().add(row * query.len())) };
    }
}

/// Up to this many words, one `popcnt` a word beats a vector and its fold.
const SHORT: usize = 8;

/// The distance of `a` to the `a.len()` words at `b`.
///
/// # Safety
///
/// The machine has AVX-512 F and VPOPCNTDQ, and `a.len()` words may be read at `b`.
#[inline(always)]
unsafe fn distance(a: &[u64], b: *const u64) -> u32 {
    if a.len() <= SHORT {
        // SAFETY: word `i < a.len()` may be read at `b`.
        return a
            .iter()
            .enumerate()
            .map(|(i, x)| (x ^ unsafe { *b.add(i) }).count_ones())
            .sum();
    }
    let (length, a) = (a.len(), a.as_ptr());
    let whole = length - length % 8;
    // SAFETY: words `at..at + 8` are below `whole`, and the mask of the last load reads the `length - whole < 8`
    // words that are left.
    unsafe {
        let mut sum = _mm512_setzero_si512();
        let mut at = 0;
        while at < whole {
            let (x, y) = (
                _mm512_loadu_epi64(a.add(at).cast()),
                _mm512_loadu_epi64(b.add(at).cast()),
            );
            sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(_mm512_xor_si512(x, y)));
            at += 8;
        }
        let mask = (1 << (length - whole)) - 1;
        let x = _mm512_maskz_loadu_epi64(mask, a.add(at).cast());
        let y = _mm512_maskz_loadu_epi64(mask, b.add(at).cast());
        sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(_mm512_xor_si512(x, y)));
        _mm512_reduce_add_epi64(sum) as u32
    }
}
