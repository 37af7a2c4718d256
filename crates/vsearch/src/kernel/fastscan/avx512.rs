//! 64 look-ups an instruction.

use super::{BLOCK, Found, GROUP_BYTES, Scan, TOGETHER};
use std::arch::x86_64::*;

/// # Safety
///
/// The machine has AVX-512 F, BW, VL, VNNI and VBMI; the lengths of `scan` fit together; `losses` and `places` have
/// room for `scan.count` and 32 more.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx512vbmi,popcnt")]
pub(super) unsafe fn scan(scan: &Scan<'_>, losses: &mut [f32], places: &mut [u32]) -> usize {
    let groups = scan.table.len() / GROUP_BYTES;
    let blocks = scan.count.div_ceil(BLOCK);
    let (mut kept, mut block) = (0, 0);
    // SAFETY: blocks below `blocks` lie inside the codes.
    unsafe {
        // Two blocks at a time share the loads of the table and hide each other's latency.
        while block + 2 <= blocks {
            let sums = sums::<2>(scan, block, groups);
            kept = keep(scan, block, &sums, kept, losses, places);
            block += 2;
        }
        if block < blocks {
            let sums = sums::<1>(scan, block, groups);
            kept = keep(scan, block, &sums, kept, losses, places);
        }
    }
    kept
}

/// [`scan`] for several queries over the codes, bias and count that all of `scans` have.
///
/// # Safety
///
/// As [`scan`], for each query and its place, which has the room.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx512vbmi,popcnt")]
pub(super) unsafe fn scan_together(scans: &[Scan<'_>; TOGETHER], found: &mut [Found; TOGETHER]) {
    let groups = scans[0].table.len() / GROUP_BYTES;
    // SAFETY: block `b` is below the number of blocks and group `g` below that of groups, in the codes and in each
    // table; the rest as in `scan`.
    unsafe {
        let (low, ones) = (_mm512_set1_epi8(15), _mm512_set1_epi8(1));
        let table_of = _mm512_set1_epi32(0x3020_1000);
        let tables = scans.each_ref().map(|scan| scan.table.as_ptr());
        for block in 0..scans[0].count.div_ceil(BLOCK) {
            let codes = scans[0].codes.as_ptr().add(block * groups * GROUP_BYTES);
            let mut sums = [[_mm512_setzero_si512(); 2]; TOGETHER];
            for g in 0..groups {
                let code = _mm512_loadu_si512(codes.add(g * GROUP_BYTES).cast());
                let first = _mm512_ternarylogic_epi64::<0xea>(code, low, table_of);
                let second = _mm512_ternarylogic_epi64::<0xea>(_mm512_srli_epi16::<4>(code), low, table_of);
                for (table, sums) in tables.iter().zip(&mut sums) {
                    let table = _mm512_loadu_si512(table.add(g * GROUP_BYTES).cast());
                    sums[0] = _mm512_dpbusd_epi32(sums[0], _mm512_permutexvar_epi8(first, table), ones);
                    sums[1] = _mm512_dpbusd_epi32(sums[1], _mm512_permutexvar_epi8(second, table), ones);
                }
            }
            for ((scan, sums), found) in scans.iter().zip(sums).zip(&mut *found) {
                let (losses, places) = (&mut found.losses[..], &mut found.places[..]);
                found.count = keep(scan, block, &[sums], found.count, losses, places);
            }
        }
    }
}

/// The sums of `B` blocks, sixteen vectors a register.
///
/// # Safety
///
/// The machine has the instructions; blocks `block..block + B` lie inside the codes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx512vbmi")]
unsafe fn sums<const B: usize>(scan: &Scan<'_>, block: usize, groups: usize) -> [[__m512i; 2]; B] {
    // SAFETY: group `g < groups` lies inside the table and each block.
    unsafe {
        let (low, ones) = (_mm512_set1_epi8(15), _mm512_set1_epi8(1));
        // Which of the four tables a byte is for.
        let table_of = _mm512_set1_epi32(0x3020_1000);
        let mut sums = [[_mm512_setzero_si512(); 2]; B];
        let codes = scan.codes.as_ptr().add(block * groups * GROUP_BYTES);
        for g in 0..groups {
            let table = _mm512_loadu_si512(scan.table.as_ptr().add(g * GROUP_BYTES).cast());
            for (b, sums) in sums.iter_mut().enumerate() {
                let code = _mm512_loadu_si512(codes.add((b * groups + g) * GROUP_BYTES).cast());
                // (code & low) | table_of, in one instruction.
                let first = _mm512_ternarylogic_epi64::<0xea>(code, low, table_of);
                let second = _mm512_ternarylogic_epi64::<0xea>(_mm512_srli_epi16::<4>(code), low, table_of);
                sums[0] = _mm512_dpbusd_epi32(sums[0], _mm512_permutexvar_epi8(first, table), ones);
                sums[1] = _mm512_dpbusd_epi32(sums[1], _mm512_permutexvar_epi8(second, table), ones);
            }
        }
        sums
    }
}

/// Keeps of the vectors of `B` blocks those that reach the bar; returns how many are kept in all.
///
/// # Safety
///
/// The machine has the instructions; the blocks exist, and fewer than `scan.count` vectors were kept before.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
unsafe fn keep<const B: usize>(
    scan: &Scan<'_>,
    block: usize,
    sums: &[[__m512i; 2]; B],
    mut kept: usize,
    losses: &mut [f32],
    places: &mut [u32],
) -> usize {
    // SAFETY: the bias, if any, has a number for each place of a block. At most `scan.count` vectors are kept, and a
    // store of sixteen beyond those is inside the room.
    unsafe {
        let (step, base, bar) = (
            _mm512_set1_ps(scan.step),
            _mm512_set1_ps(scan.base),
            _mm512_set1_ps(scan.bar),
        );
        let counting = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        let mut near = [[0u16; 2]; B];
        let mut loss = [[_mm512_setzero_ps(); 2]; B];
        for b in 0..B {
            for half in 0..2 {
                let at = (block + b) * BLOCK + half * 16;
                let left = scan.count.saturating_sub(at);
                let valid = if left >= 16 { u16::MAX } else { (1 << left) - 1 };
                let offset = if scan.bias.is_empty() {
                    base
                } else {
                    _mm512_add_ps(base, _mm512_loadu_ps(scan.bias.as_ptr().add(at)))
                };
                loss[b][half] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[b][half]), step, offset);
                near[b][half] = _mm512_mask_cmp_ps_mask::<_CMP_LE_OQ>(valid, loss[b][half], bar);
            }
        }
        if near.as_flattened().iter().all(|near| *near == 0) {
            return kept;
        }
        for b in 0..B {
            for half in 0..2 {
                let first = _mm512_set1_epi32(((block + b) * BLOCK + half * 16) as i32);
                _mm512_storeu_ps(
                    losses.as_mut_ptr().add(kept),
                    _mm512_maskz_compress_ps(near[b][half], loss[b][half]),
                );
                _mm512_storeu_si512(
                    places.as_mut_ptr().add(kept).cast(),
                    _mm512_maskz_compress_epi32(near[b][half], _mm512_add_epi32(counting, first)),
                );
                kept += near[b][half].count_ones() as usize;
            }
        }
    }
    kept
}
