//! F16C with AVX2, and AVX-512.

use std::arch::x86_64::*;

use super::each_row;

macro_rules! shells {
    ($features:literal, $vectors:literal, $width:literal, $zero:ident, $load:ident, $widen:ident, $fold:ident,
     $dot:ident, $distance:ident, $subtract:ident, $multiply_add:ident) => {
        /// # Safety
        ///
        /// The machine has the instructions, and the query's length is a multiple of 32.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn $dot(query: &[f32], rows: &[u16], ids: &[u32], out: &mut [f32]) {
            let (width, query) = (query.len(), query.as_ptr());
            each_row(rows, width, ids, |i, row| {
                // SAFETY: `width` elements, a multiple of 32, may be read at the query and at a row that is there.
                unsafe {
                    let mut sums = [$zero(); $vectors];
                    for at in (0..width).step_by(32) {
                        for n in 0..$vectors {
                            let at = at + n * $width;
                            sums[n] = $multiply_add($load(query.add(at)), $widen(row.add(at)), sums[n]);
                        }
                    }
                    out[i] = $fold(sums);
                }
            });
        }

        /// # Safety
        ///
        /// As the dot product.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn $distance(query: &[f32], rows: &[u16], ids: &[u32], out: &mut [f32]) {
            let (width, query) = (query.len(), query.as_ptr());
            each_row(rows, width, ids, |i, row| {
                // SAFETY: as above.
                unsafe {
                    let mut sums = [$zero(); $vectors];
                    for at in (0..width).step_by(32) {
                        for n in 0..$vectors {
                            let at = at + n * $width;
                            let difference = $subtract($load(query.add(at)), $widen(row.add(at)));
                            sums[n] = $multiply_add(difference, difference, sums[n]);
                        }
                    }
                    out[i] = $fold(sums);
                }
            });
        }
    };
}

shells!(
    "avx512f",
    2,
    16,
    _mm512_setzero_ps,
    _mm512_loadu_ps,
    widen_16,
    fold_512,
    dot_at_avx512,
    squared_l2_at_avx512,
    _mm512_sub_ps,
    _mm512_fmadd_ps
);
shells!(
    "avx2,fma,f16c",
    4,
    8,
    _mm256_setzero_ps,
    _mm256_loadu_ps,
    widen_8,
    fold_256,
    dot_at_avx2,
    squared_l2_at_avx2,
    _mm256_sub_ps,
    _mm256_fmadd_ps
);

/// # Safety
///
/// AVX-512 F is present, and sixteen halves may be read.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn widen_16(at: *const u16) -> __m512 {
    // SAFETY: the caller's.
    unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(at.cast())) }
}

/// # Safety
///
/// F16C is present, and eight halves may be read.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn widen_8(at: *const u16) -> __m256 {
    // SAFETY: the caller's.
    unsafe { _mm256_cvtph_ps(_mm_loadu_si128(at.cast())) }
}

/// Lanes folded in halves, in core's order.
#[inline]
#[target_feature(enable = "avx512f")]
fn fold_512(sums: [__m512; 2]) -> f32 {
    let sixteen = _mm512_add_ps(sums[0], sums[1]);
    let high = _mm256_castpd_ps(_mm512_extractf64x4_pd::<1>(_mm512_castps_pd(sixteen)));
    fold_eight(_mm256_add_ps(_mm512_castps512_ps256(sixteen), high))
}

/// As [`fold_512`].
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn fold_256(sums: [__m256; 4]) -> f32 {
    let (a, b) = (_mm256_add_ps(sums[0], sums[2]), _mm256_add_ps(sums[1], sums[3]));
    fold_eight(_mm256_add_ps(a, b))
}

#[inline]
#[target_feature(enable = "avx")]
fn fold_eight(eight: __m256) -> f32 {
    let four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
    let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    let one = _mm_add_ss(two, _mm_movehdup_ps(two));
    _mm_cvtss_f32(one) + 0.0
}
