//! AVX2 and AVX-512 VNNI.

use std::arch::x86_64::*;

use crate::kernel::{LINE, each_row};

/// # Safety
///
/// The machine has AVX-512 F and VNNI, and the image's length is a multiple of [`LINE`].
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub(super) unsafe fn dot_at_avx512(image: &[i8], rows: &[u8], ids: &[u32], out: &mut [i32]) {
    let (width, image) = (image.len(), image.as_ptr());
    each_row(rows, width, ids, |i, row| {
        // SAFETY: `width` bytes, in whole lines, may be read at the image and at a row that is there.
        unsafe {
            let mut sums = [_mm512_setzero_si512(); 2];
            let mut at = 0;
            while at + 2 * LINE <= width {
                sums[0] = line_avx512(sums[0], image.add(at), row.add(at));
                sums[1] = line_avx512(sums[1], image.add(at + LINE), row.add(at + LINE));
                at += 2 * LINE;
            }
            if at < width {
                sums[0] = line_avx512(sums[0], image.add(at), row.add(at));
            }
            out[i] = _mm512_reduce_add_epi32(_mm512_add_epi32(sums[0], sums[1]));
        }
    });
}

/// # Safety
///
/// The machine has AVX-512 F and VNNI, and a line may be read at both places.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
unsafe fn line_avx512(sum: __m512i, image: *const i8, row: *const u8) -> __m512i {
    // SAFETY: the caller's.
    unsafe {
        _mm512_dpbusd_epi32(
            sum,
            _mm512_loadu_si512(row.cast()),
            _mm512_loadu_si512(image.cast()),
        )
    }
}

/// # Safety
///
/// The machine has AVX2, and the image's length is a multiple of [`LINE`].
#[target_feature(enable = "avx2")]
pub(super) unsafe fn dot_at_avx2(image: &[i8], rows: &[u8], ids: &[u32], out: &mut [i32]) {
    let (width, image) = (image.len(), image.as_ptr());
    each_row(rows, width, ids, |i, row| {
        // SAFETY: `width` bytes, in whole lines of 64, may be read at the image and at a row that is there.
        unsafe {
            let mut sums = [_mm256_setzero_si256(); 2];
            for at in (0..width).step_by(32) {
                sums[0] = half_line_avx2(sums[0], image.add(at), row.add(at));
                sums[1] = half_line_avx2(sums[1], image.add(at + 16), row.add(at + 16));
            }
            let sum = _mm256_add_epi32(sums[0], sums[1]);
            let four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
            let two = _mm_add_epi32(four, _mm_shuffle_epi32::<0b00_00_11_10>(four));
            let one = _mm_add_epi32(two, _mm_shuffle_epi32::<0b00_00_00_01>(two));
            out[i] = _mm_cvtsi128_si32(one);
        }
    });
}

/// Sixteen products, widened so that no pair saturates.
///
/// # Safety
///
/// The machine has AVX2, and 16 bytes may be read at both places.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn half_line_avx2(sum: __m256i, image: *const i8, row: *const u8) -> __m256i {
    // SAFETY: the caller's.
    unsafe {
        let image = _mm256_cvtepi8_epi16(_mm_loadu_si128(image.cast()));
        let row = _mm256_cvtepu8_epi16(_mm_loadu_si128(row.cast()));
        _mm256_add_epi32(sum, _mm256_madd_epi16(image, row))
    }
}
