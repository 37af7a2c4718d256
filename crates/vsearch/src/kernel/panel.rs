//! Products of rows with columns that are packed sixteen to a panel, and the nearest column of each row.
//!
//! Number `j` of a panel's sixteen columns lie side by side, so a product needs no sum across lanes: each is one chain
//! of fused multiply-adds in the order of `j`. How rows and panels are tiled changes no bit.

use super::Tier;
use super::lanes::{LANES, Lanes};

/// Columns packed for [`scores`] and [`nearest`]: `panel[p * width * 16 + j * 16 + l]` is number `j` of column
/// `16 * p + l`; columns that are not there are zero.
pub(crate) fn pack(columns: &[f32], width: usize) -> Vec<f32> {
    let count = columns.len() / width;
    let mut panels = vec![0.0; count.next_multiple_of(LANES) * width];
    for (c, column) in columns.chunks_exact(width).enumerate() {
        let panel = &mut panels[c / LANES * width * LANES..][..width * LANES];
        for (j, x) in column.iter().enumerate() {
            panel[j * LANES + c % LANES] = *x;
        }
    }
    panels
}

/// Runs a body on the lanes of `$tier`.
macro_rules! dispatch {
    ($tier:expr, $body:ident($($arg:expr),*)) => {
        match $tier {
            // SAFETY: plain Rust.
            Tier::Scalar => unsafe { $body::<super::lanes::scalar::Plain>($($arg),*) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a `Tier` is the proof that the machine has the instructions.
            Tier::Avx2 => unsafe { avx2::$body($($arg),*) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Tier::Avx512 => unsafe { avx512::$body($($arg),*) },
            #[cfg(target_arch = "aarch64")]
            // SAFETY: as above.
            Tier::Neon => unsafe { $body::<super::lanes::aarch64::Quad>($($arg),*) },
        }
    };
}

/// `out[r * columns + c]` = row `r` · column `c`, for all columns of `panels`, those added by packing too.
///
/// # Panics
///
/// When the lengths do not fit together.
pub(crate) fn scores(tier: Tier, rows: &[f32], width: usize, panels: &[f32], out: &mut [f32]) {
    let (rows_count, columns) = shape(rows, width, panels);
    assert_eq!(out.len(), rows_count * columns, "one score a row and column");
    dispatch!(tier, scores_body(rows, width, panels, out));
}

/// The column with the smallest `bias - row · column` of each row, and that number; of equal ones the first. A bias
/// of infinity takes a column out.
///
/// # Panics
///
/// When the lengths do not fit together.
pub(crate) fn nearest(
    tier: Tier,
    rows: &[f32],
    width: usize,
    panels: &[f32],
    bias: &[f32],
    out: &mut [(u32, f32)],
) {
    let (rows_count, columns) = shape(rows, width, panels);
    assert_eq!(out.len(), rows_count, "one answer a row");
    assert_eq!(bias.len(), columns, "one bias a column");
    dispatch!(tier, nearest_body(rows, width, panels, bias, out));
}

fn shape(rows: &[f32], width: usize, panels: &[f32]) -> (usize, usize) {
    assert!(width > 0, "rows of at least one number");
    assert!(rows.len().is_multiple_of(width), "whole rows");
    assert!(panels.len().is_multiple_of(width * LANES), "whole panels");
    (rows.len() / width, panels.len() / width)
}

#[cfg(target_arch = "x86_64")]
macro_rules! shells {
    ($name:ident, $features:literal, $lanes:ty) => {
        mod $name {
            /// # Safety
            ///
            /// The machine has the instructions; the lengths fit together.
            #[target_feature(enable = $features)]
            pub(super) unsafe fn scores_body(rows: &[f32], width: usize, panels: &[f32], out: &mut [f32]) {
                // SAFETY: passed on.
                unsafe { super::scores_body::<$lanes>(rows, width, panels, out) }
            }

            /// # Safety
            ///
            /// The machine has the instructions; the lengths fit together.
            #[target_feature(enable = $features)]
            pub(super) unsafe fn nearest_body(
                rows: &[f32],
                width: usize,
                panels: &[f32],
                bias: &[f32],
                out: &mut [(u32, f32)],
            ) {
                // SAFETY: passed on.
                unsafe { super::nearest_body::<$lanes>(rows, width, panels, bias, out) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
shells!(avx2, "avx2,fma,f16c", super::super::lanes::x86_64::Pair);
#[cfg(target_arch = "x86_64")]
shells!(
    avx512,
    "avx512f,avx512bw,avx512vl",
    super::super::lanes::x86_64::Wide
);

/// `R` rows against `P` panels.
///
/// # Safety
///
/// The machine has the instructions of `L`; `R * width` floats may be read at `rows`, `P * width * 16` at `panels`.
#[inline(always)]
#[expect(
    clippy::needless_range_loop,
    reason = "indices with constant bounds are what the compiler unrolls"
)]
unsafe fn tile<L: Lanes, const R: usize, const P: usize>(
    rows: *const f32,
    width: usize,
    panels: *const f32,
) -> [[L; P]; R] {
    // SAFETY: the caller's.
    unsafe {
        let mut sums = [[L::splat(0.0); P]; R];
        for j in 0..width {
            let mut columns = [L::splat(0.0); P];
            for p in 0..P {
                columns[p] = L::load(panels.add((p * width + j) * LANES));
            }
            for r in 0..R {
                let x = L::splat(*rows.add(r * width + j));
                for p in 0..P {
                    sums[r][p] = x.multiply_add(columns[p], sums[r][p]);
                }
            }
        }
        sums
    }
}

/// # Safety
///
/// The machine has the instructions of `L`; `out` has one place a row and column.
#[inline(always)]
unsafe fn scores_body<L: Lanes>(rows: &[f32], width: usize, panels: &[f32], out: &mut [f32]) {
    let (count, columns) = (rows.len() / width, panels.len() / width);
    let mut row = 0;
    // SAFETY: rows below `count` and panels below the last are inside their slices, and `out` has a place for each.
    unsafe {
        if L::ROWS >= 6 {
            while row + 6 <= count {
                score_rows::<L, 6, 4>(rows, row, width, panels, columns, out);
                row += 6;
            }
        }
        while row + 2 <= count {
            score_rows::<L, 2, 2>(rows, row, width, panels, columns, out);
            row += 2;
        }
        if row < count {
            score_rows::<L, 1, 4>(rows, row, width, panels, columns, out);
        }
    }
}

/// # Safety
///
/// As [`scores_body`], for rows `row..row + R` that exist.
#[inline(always)]
#[expect(
    clippy::needless_range_loop,
    reason = "indices with constant bounds are what the compiler unrolls"
)]
unsafe fn score_rows<L: Lanes, const R: usize, const P: usize>(
    rows: &[f32],
    row: usize,
    width: usize,
    panels: &[f32],
    columns: usize,
    out: &mut [f32],
) {
    let total = columns / LANES;
    // SAFETY: the caller's; panels `at..at + P` are below `total`.
    unsafe {
        let from = rows.as_ptr().add(row * width);
        let to = out.as_mut_ptr().add(row * columns);
        let mut at = 0;
        while at + P <= total {
            let sums = tile::<L, R, P>(from, width, panels.as_ptr().add(at * width * LANES));
            for r in 0..R {
                for p in 0..P {
                    sums[r][p].store(to.add(r * columns + (at + p) * LANES));
                }
            }
            at += P;
        }
        while at < total {
            let sums = tile::<L, R, 1>(from, width, panels.as_ptr().add(at * width * LANES));
            for r in 0..R {
                sums[r][0].store(to.add(r * columns + at * LANES));
            }
            at += 1;
        }
    }
}

/// # Safety
///
/// The machine has the instructions of `L`; `bias` has one number a column and `out` one place a row.
#[inline(always)]
unsafe fn nearest_body<L: Lanes>(
    rows: &[f32],
    width: usize,
    panels: &[f32],
    bias: &[f32],
    out: &mut [(u32, f32)],
) {
    let mut row = 0;
    // SAFETY: rows below `out.len()` and panels below the last are inside their slices.
    unsafe {
        if L::ROWS >= 6 {
            while row + 6 <= out.len() {
                nearest_rows::<L, 6, 4>(rows, row, width, panels, bias, out);
                row += 6;
            }
        }
        while row + 2 <= out.len() {
            nearest_rows::<L, 2, 2>(rows, row, width, panels, bias, out);
            row += 2;
        }
        if row < out.len() {
            nearest_rows::<L, 1, 4>(rows, row, width, panels, bias, out);
        }
    }
}

/// # Safety
///
/// As [`nearest_body`], for rows `row..row + R` that exist.
#[inline(always)]
#[expect(
    clippy::needless_range_loop,
    reason = "indices with constant bounds are what the compiler unrolls"
)]
unsafe fn nearest_rows<L: Lanes, const R: usize, const P: usize>(
    rows: &[f32],
    row: usize,
    width: usize,
    panels: &[f32],
    bias: &[f32],
    out: &mut [(u32, f32)],
) {
    let total = bias.len() / LANES;
    // SAFETY: the caller's; panels `at..at + P` are below `total`.
    unsafe {
        let from = rows.as_ptr().add(row * width);
        let mut best = [L::splat(f32::INFINITY); R];
        let mut place = [L::splat(0.0); R];
        let mut at = 0;
        while at + P <= total {
            let sums = tile::<L, R, P>(from, width, panels.as_ptr().add(at * width * LANES));
            for p in 0..P {
                let bias = L::load(bias.as_ptr().add((at + p) * LANES));
                // A panel's number is exact in f32: there are fewer than 2^24.
                let here = L::splat((at + p) as f32);
                for r in 0..R {
                    let loss = bias.subtract(sums[r][p]);
                    place[r] = loss.pick_below(best[r], here, place[r]);
                    best[r] = loss.pick_below(best[r], loss, best[r]);
                }
            }
            at += P;
        }
        while at < total {
            let sums = tile::<L, R, 1>(from, width, panels.as_ptr().add(at * width * LANES));
            let bias = L::load(bias.as_ptr().add(at * LANES));
            let here = L::splat(at as f32);
            for r in 0..R {
                let loss = bias.subtract(sums[r][0]);
                place[r] = loss.pick_below(best[r], here, place[r]);
                best[r] = loss.pick_below(best[r], loss, best[r]);
            }
            at += 1;
        }
        for r in 0..R {
            let (mut losses, mut places) = ([0.0; LANES], [0.0; LANES]);
            best[r].store(losses.as_mut_ptr());
            place[r].store(places.as_mut_ptr());
            let mut found = (u32::MAX, f32::INFINITY);
            for l in 0..LANES {
                let column = places[l] as u32 * LANES as u32 + l as u32;
                if losses[l] < found.1 || (losses[l] == found.1 && column < found.0) {
                    found = (column, losses[l]);
                }
            }
            out[row + r] = found;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn every_tier_gives_the_bits_of_the_definition(
            width in 1usize..40, count in 0usize..20, columns in 1usize..150, seed: u64,
        ) {
            let mut random = crate::random::Random::new(seed);
            let mut numbers = |n: usize| (0..n).map(|_| random.unit() as f32 - 0.5).collect::<Vec<_>>();
            let (rows, columns_rows) = (numbers(count * width), numbers(columns * width));
            let panels = pack(&columns_rows, width);
            let padded = panels.len() / width;
            let mut bias = numbers(padded);
            bias[columns..].fill(f32::INFINITY);
            for tier in Tier::available() {
                let mut out = vec![0.0; count * padded];
                scores(tier, &rows, width, &panels, &mut out);
                let mut found = vec![(0, 0.0); count];
                nearest(tier, &rows, width, &panels, &bias, &mut found);
                for r in 0..count {
                    let mut wanted = (u32::MAX, f32::INFINITY);
                    for c in 0..columns {
                        let dot = (0..width).fold(0.0f32, |sum, j| {
                            rows[r * width + j].mul_add(columns_rows[c * width + j], sum)
                        });
                        prop_assert_eq!(out[r * padded + c].to_bits(), dot.to_bits());
                        if bias[c] - dot < wanted.1 {
                            wanted = (c as u32, bias[c] - dot);
                        }
                    }
                    prop_assert_eq!(found[r], wanted);
                }
            }
        }
    }
}
