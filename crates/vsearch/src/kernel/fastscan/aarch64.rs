//! 16 look-ups an instruction; the codes of a sub-quantiser come apart as they are loaded.

use super::{BLOCK, GROUP_BYTES, Scan, keep};
use std::arch::aarch64::*;

/// Groups after which the 16-bit sums are widened: 4 × 64 × 255 stays below 2^16.
const GROUPS: usize = 64;

/// # Safety
///
/// The machine has NEON; the lengths of `scan` fit together; `losses` and `places` have room for `scan.count`.
pub(super) unsafe fn scan(scan: &Scan<'_>, losses: &mut [f32], places: &mut [u32]) -> usize {
    let groups = scan.table.len() / GROUP_BYTES;
    let mut kept = 0;
    for b in 0..scan.count.div_ceil(BLOCK) {
        // SAFETY: NEON is present; the block is inside the codes.
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
/// The machine has NEON; `groups * 64` bytes may be read at `codes` and in `table`.
#[inline(always)]
unsafe fn sums(codes: *const u8, table: &[u8], groups: usize) -> [u32; BLOCK] {
    let mut wide = [0u32; BLOCK];
    // SAFETY: group `g < groups` is inside codes and table; `part` has the 32 numbers that are stored.
    unsafe {
        let low = vdupq_n_u8(15);
        let mut start = 0;
        while start < groups {
            let end = groups.min(start + GROUPS);
            let mut acc = [vdupq_n_u16(0); 4];
            for g in start..end {
                // Register `i` has the bytes of quantiser `i`: vectors 0 to 15, and 16 to 31 in the high halves.
                let quantisers = vld4q_u8(codes.add(g * GROUP_BYTES));
                let quantisers = [quantisers.0, quantisers.1, quantisers.2, quantisers.3];
                for (i, code) in quantisers.into_iter().enumerate() {
                    let table = vld1q_u8(table.as_ptr().add(g * GROUP_BYTES + 16 * i));
                    let first = vqtbl1q_u8(table, vandq_u8(code, low));
                    let second = vqtbl1q_u8(table, vshrq_n_u8::<4>(code));
                    acc[0] = vaddw_u8(acc[0], vget_low_u8(first));
                    acc[1] = vaddw_u8(acc[1], vget_high_u8(first));
                    acc[2] = vaddw_u8(acc[2], vget_low_u8(second));
                    acc[3] = vaddw_u8(acc[3], vget_high_u8(second));
                }
            }
            let mut part = [0u16; BLOCK];
            for (i, sum) in acc.into_iter().enumerate() {
                vst1q_u16(part.as_mut_ptr().add(8 * i), sum);
            }
            for (sum, part) in wide.iter_mut().zip(part) {
                *sum += u32::from(part);
            }
            start = end;
        }
    }
    wide
}
