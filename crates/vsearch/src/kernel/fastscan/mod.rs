//! 4-bit codes looked up in registers.
//!
//! Codes come in blocks of [`BLOCK`] vectors. A block has one group of [`GROUP_BYTES`] for every four sub-quantisers:
//! byte `4 * v + i` holds the code of sub-quantiser `i` of the group, of vector `v` in its low half and of vector
//! `v + 16` in its high half. A table has 64 bytes a group: `16 * i + code` is what that code adds to the sum. Four
//! neighbouring bytes belong to one vector, so one instruction of AVX-512 (`vpermb`) looks 64 codes up and another
//! (`vpdpbusd`) adds them, four to a vector, into 32-bit sums that cannot overflow.
//!
//! A vector's loss is `sum * step + (base + bias)`, one fused multiply-add, the same bits on every tier. Only vectors
//! that reach the bar are handed out; most blocks cost one comparison.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod scalar;
#[cfg(test)]
mod tests;

use super::Tier;

/// Vectors in a block.
pub(crate) const BLOCK: usize = 32;
/// Sub-quantisers in a group.
pub(crate) const GROUP: usize = 4;
/// Bytes of a group, of codes and of a table.
pub(crate) const GROUP_BYTES: usize = 64;
/// Room beyond the number of vectors that [`Found`] needs: vectors are stored sixteen at a time.
const ROOM: usize = 32;

/// Queries that [`scan_together`] takes at a time: their sums stay in the registers.
pub(crate) const TOGETHER: usize = 4;

/// One query's look-ups, and blocks to look up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scan<'a> {
    /// [`GROUP_BYTES`] a group.
    pub(crate) table: &'a [u8],
    /// Whole blocks, each as many groups as the table has.
    pub(crate) codes: &'a [u8],
    /// One a vector, those that fill the last block too; or empty for none.
    pub(crate) bias: &'a [f32],
    /// Vectors; the last block may have fewer than [`BLOCK`].
    pub(crate) count: usize,
    /// What one unit of a sum is worth.
    pub(crate) step: f32,
    /// The loss of a sum of zero.
    pub(crate) base: f32,
    /// The largest loss that is of interest.
    pub(crate) bar: f32,
}

/// The vectors that reached the bar, in order. Kept and used again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    losses: Vec<f32>,
    places: Vec<u32>,
    count: usize,
}

impl Found {
    /// Each vector's number in the scan, and its loss.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, f32)> + '_ {
        let places = self.places[..self.count].iter().copied();
        places.zip(self.losses[..self.count].iter().copied())
    }

    fn prepare(&mut self, count: usize) {
        if self.losses.len() < count + ROOM {
            self.losses.resize(count + ROOM, 0.0);
            self.places.resize(count + ROOM, 0);
        }
        self.count = 0;
    }
}

/// Finds the vectors of `scan` whose loss is at most the bar.
///
/// # Panics
///
/// When the lengths do not fit together.
pub(crate) fn scan(tier: Tier, scan: &Scan<'_>, found: &mut Found) {
    check(scan);
    found.prepare(scan.count);
    let (losses, places) = (&mut found.losses[..], &mut found.places[..]);
    found.count = match tier {
        Tier::Scalar => scalar::scan(scan, losses, places),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a `Tier` is the proof that the machine has the instructions; lengths were checked, and there is
        // `ROOM` beyond the count.
        Tier::Avx2 => unsafe { avx2::scan(scan, losses, places) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Tier::Avx512 => unsafe { avx512::scan(scan, losses, places) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: as above.
        Tier::Neon => unsafe { aarch64::scan(scan, losses, places) },
    };
}

/// [`scan`] for several queries over the same codes, which are read and taken apart once for all: `found[i]` is what
/// `scans[i]` finds. Codes, bias and count are those of the first.
///
/// # Panics
///
/// When there are not as many of both, or the lengths do not fit together.
pub(crate) fn scan_together(tier: Tier, scans: &[Scan<'_>], found: &mut [Found]) {
    assert_eq!(scans.len(), found.len(), "one place a query");
    let Some(first) = scans.first() else {
        return;
    };
    #[cfg(target_arch = "x86_64")]
    if tier == Tier::Avx512 {
        let (fours, rest) = scans.as_chunks::<TOGETHER>();
        let (found_fours, found_rest) = found.as_chunks_mut::<TOGETHER>();
        for (scans, found) in fours.iter().zip(found_fours) {
            let scans = scans.each_ref().map(|scan| over(scan, first));
            for (scan, found) in scans.iter().zip(&mut *found) {
                check(scan);
                assert_eq!(scan.table.len(), first.table.len(), "tables of one length");
                found.prepare(scan.count);
            }
            // SAFETY: a `Tier` is the proof that the machine has the instructions; lengths were checked, and there is
            // `ROOM` beyond the count.
            unsafe { avx512::scan_together(&scans, found) }
        }
        for (one, found) in rest.iter().zip(found_rest) {
            scan(tier, &over(one, first), found);
        }
        return;
    }
    for (one, found) in scans.iter().zip(found) {
        scan(tier, &over(one, first), found);
    }
}

/// `scan` over the codes of `first`.
fn over<'a>(scan: &Scan<'a>, first: &Scan<'a>) -> Scan<'a> {
    Scan {
        codes: first.codes,
        bias: first.bias,
        count: first.count,
        ..*scan
    }
}

fn check(scan: &Scan<'_>) {
    let blocks = scan.count.div_ceil(BLOCK);
    assert!(
        scan.table.len().is_multiple_of(GROUP_BYTES) && scan.codes.len() == blocks * scan.table.len(),
        "whole blocks, as many groups as the table"
    );
    assert!(
        scan.bias.is_empty() || scan.bias.len() == blocks * BLOCK,
        "one bias a vector or none"
    );
}

/// Keeps of the `count` vectors of a block those that reach the bar; returns how many are kept in all.
#[inline(always)]
fn keep(
    scan: &Scan<'_>,
    block: usize,
    sums: &[u32; BLOCK],
    mut kept: usize,
    losses: &mut [f32],
    places: &mut [u32],
) -> usize {
    let first = block * BLOCK;
    let count = (scan.count - first).min(BLOCK);
    for (v, sum) in sums[..count].iter().enumerate() {
        let bias = scan.bias.get(first + v).copied().unwrap_or(0.0);
        let loss = (*sum as f32).mul_add(scan.step, scan.base + bias);
        if loss <= scan.bar {
            losses[kept] = loss;
            places[kept] = (first + v) as u32;
            kept += 1;
        }
    }
    kept
}

/// Writes the codes of one vector, one a sub-quantiser, into place `v` of a block of zeros.
pub(crate) fn place_codes(codes: &[u8], v: usize, block: &mut [u8]) {
    for (m, code) in codes.iter().enumerate() {
        let byte = &mut block[m / GROUP * GROUP_BYTES + 4 * (v % 16) + m % GROUP];
        *byte |= if v < 16 { code & 15 } else { code << 4 };
    }
}

/// The code of sub-quantiser `m` of vector `v` of a block.
pub(crate) fn code_at(block: &[u8], v: usize, m: usize) -> u8 {
    let byte = block[m / GROUP * GROUP_BYTES + 4 * (v % 16) + m % GROUP];
    if v < 16 { byte & 15 } else { byte >> 4 }
}
