//! The definition written down.

use super::{BLOCK, GROUP, GROUP_BYTES, Scan, keep};

pub(super) fn scan(scan: &Scan<'_>, losses: &mut [f32], places: &mut [u32]) -> usize {
    let mut kept = 0;
    for (b, block) in scan.codes.chunks_exact(scan.table.len().max(1)).enumerate() {
        let mut sums = [0u32; BLOCK];
        let groups = block
            .chunks_exact(GROUP_BYTES)
            .zip(scan.table.chunks_exact(GROUP_BYTES));
        for (codes, table) in groups {
            for (at, byte) in codes.iter().enumerate() {
                let (v, table) = (at / GROUP, &table[at % GROUP * 16..][..16]);
                sums[v] += u32::from(table[usize::from(byte & 15)]);
                sums[v + 16] += u32::from(table[usize::from(byte >> 4)]);
            }
        }
        kept = keep(scan, b, &sums, kept, losses, places);
    }
    kept
}
