//! 32 look-ups an instruction, after the codes of each sub-quantiser are brought together.

use super::{BLOCK, GROUP_BYTES, Scan, keep};
use std::arch::x86_64::*;

/// Groups after which the 16-bit sums are widened: 2 × 32 × 255 stays below 2^15.
const GROUPS: usize = 32;

/// # Safety
///
/// The machine has AVX2 and FMA; the lengths of `scan` fit together; `losses` and `places` have room for `scan.count`
/// and 32 more.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn scan(scan: &Scan<'_>, losses: &mut [f32], places: &mut [u32]) -> usize {
    let groups = scan.table.len() / GROUP_BYTES;
    let mut kept = 0;
    for b in 0..scan.count.div_ceil(BLOCK) {
        // SAFETY: the instructions are on; the block is inside the codes.
        let sums = unsafe {
            sums(
                scan.codes.as_ptr().add(b * groups * GROUP_BYTES),
                scan.table,
                groups,
            )
        };
        kept = keep(scan, b, &sums, kept, losses, places);
    }
    kept
}

/// # Safety
///
/// The machine has AVX2; `groups * 64` bytes may be read at `codes` and in `table`.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn sums(codes: *const u8, table: &[u8], groups: usize) -> [u32; BLOCK] {
    let mut wide = [0u32; BLOCK];
    // SAFETY: group `g < groups` is inside codes and table; `part` has the 32 numbers that are stored.
    unsafe {
        let low = _mm256_set1_epi8(15);
        let ones = _mm256_set1_epi8(1);
        // Bytes 4v + i to 4i + v, in each half.
        let by_quantiser = _mm256_broadcastsi128_si256(_mm_setr_epi8(
            0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15,
        ));
        let mut start = 0;
        while start < groups {
            let end = groups.min(start + GROUPS);
            let mut acc = [_mm256_setzero_si256(); 4];
            for g in start..end {
                let from = codes.add(g * GROUP_BYTES);
                let table = table.as_ptr().add(g * GROUP_BYTES);
                let a = _mm256_shuffle_epi8(_mm256_loadu_si256(from.cast()), by_quantiser);
                let b = _mm256_shuffle_epi8(_mm256_loadu_si256(from.add(32).cast()), by_quantiser);
                // Quantisers 0 and 1, then 2 and 3: four vectors of each from `a`, four from `b`, in each half.
                for (pair, mixed) in [(0, _mm256_unpacklo_epi32(a, b)), (1, _mm256_unpackhi_epi32(a, b))] {
                    let first = _mm256_and_si256(mixed, low);
                    let second = _mm256_and_si256(_mm256_srli_epi16::<4>(mixed), low);
                    let one = _mm256_unpacklo_epi64(first, second);
                    let two = _mm256_unpackhi_epi64(first, second);
                    let look = |at: usize, codes| {
                        let table = _mm_loadu_si128(table.add(16 * at).cast());
                        _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), codes)
                    };
                    let (x, y) = (look(2 * pair, one), look(2 * pair + 1, two));
                    let lower = _mm256_maddubs_epi16(_mm256_unpacklo_epi8(x, y), ones);
                    let upper = _mm256_maddubs_epi16(_mm256_unpackhi_epi8(x, y), ones);
                    acc[2 * pair] = _mm256_add_epi16(acc[2 * pair], lower);
                    acc[2 * pair + 1] = _mm256_add_epi16(acc[2 * pair + 1], upper);
                }
            }
            // Each of the four has at most 32 groups of two codes: below 2^14, so two may be added.
            let mut part = [[0u16; 16]; 2];
            _mm256_storeu_si256(part[0].as_mut_ptr().cast(), _mm256_add_epi16(acc[0], acc[2]));
            _mm256_storeu_si256(part[1].as_mut_ptr().cast(), _mm256_add_epi16(acc[1], acc[3]));
            // `part[h][8 * half + 4 * from_b + j]` is vector `16 * h + 8 * from_b + 4 * half + j`.
            for (h, part) in part.iter().enumerate() {
                for (at, sum) in part.iter().enumerate() {
                    let (half, from_b, j) = (at / 8, at / 4 % 2, at % 4);
                    wide[16 * h + 8 * from_b + 4 * half + j] += u32::from(*sum);
                }
            }
            start = end;
        }
    }
    wide
}
