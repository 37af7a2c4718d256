//! From the width that a caller asks for to the horizon that a walk stops at.
//!
//! How far one has to look beyond the *k*-th best depends on the data: on how many rows are about equally near. So it is
//! measured on the index itself. Some of its own vectors are searched for with wider and wider horizons, and the mean
//! number of rows that such walks expand is written down. *Width w* then means: the horizon at which a walk expands
//! about *w* rows on the average, which is what a pool of *w* places costs.

use super::walk::Horizon;

/// The smallest width in the table; each next is twice the last.
const FIRST: u32 = 16;
/// Widths in the table.
pub(super) const WIDTHS: usize = 9;
/// Rank at which the table is measured, and the least that a horizon is measured from.
pub(super) const RANK: usize = 10;
/// Horizons that are tried: the first, and how much wider each next is.
const TRIED: (f32, f32, usize) = (0.01, 1.4, 20);

/// For each width 16, 32, …, 4096 how much farther than the *k*-th best a walk looks, as a share.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Reach(pub(super) [f32; WIDTHS]);

impl Reach {
    /// Measures with `mean_steps`, which says how many rows a walk with a given share expands on the average.
    pub(super) fn measure(mut mean_steps: impl FnMut(f32) -> f32) -> Self {
        let (mut share, growth, most) = TRIED;
        let widest = (FIRST << (WIDTHS - 1)) as f32;
        let mut curve: Vec<(f32, f32)> = Vec::new();
        for _ in 0..most {
            let steps = mean_steps(share).max(1.0);
            let last = curve.last().map_or(0.0, |(steps, _)| *steps);
            curve.push((steps.max(last), share));
            if steps >= widest {
                break;
            }
            share *= growth;
        }
        Self(std::array::from_fn(|i| read(&curve, (FIRST << i) as f32)))
    }

    /// The share for `width`, between those of the table, and beyond it in proportion.
    fn share(&self, width: u32) -> f32 {
        let width = width.max(1) as f32;
        let place = (width / FIRST as f32).log2();
        if place <= 0.0 {
            return self.0[0] * width / FIRST as f32;
        }
        let below = place as usize;
        if below + 1 >= WIDTHS {
            let last = WIDTHS - 1;
            return self.0[last] * width / (FIRST << last) as f32;
        }
        let part = place - below as f32;
        self.0[below] + part * (self.0[below + 1] - self.0[below])
    }

    /// The horizon of a search for `k` rows with `width`.
    pub(super) fn horizon(&self, width: u32, k: usize, offset: f32) -> Horizon {
        Horizon::beyond(self.share(width), k, offset)
    }
}

impl Horizon {
    /// A horizon by `share` beyond the `k`-th best.
    pub(super) fn beyond(share: f32, k: usize, offset: f32) -> Self {
        Self {
            rank: k.max(RANK),
            square: (1.0 + share) * (1.0 + share),
            offset,
        }
    }
}

/// The share at which a curve of (steps, share), both ascending, reaches `steps`: straight in the logarithm of the
/// steps, in proportion below the curve, its last share above it.
fn read(curve: &[(f32, f32)], steps: f32) -> f32 {
    let Some(above) = curve.iter().position(|(reached, _)| *reached >= steps) else {
        return curve.last().map_or(0.0, |(_, share)| *share);
    };
    let (high_steps, high) = curve[above];
    if above == 0 {
        return high * steps / high_steps;
    }
    let (low_steps, low) = curve[above - 1];
    let part = (steps / low_steps).ln() / (high_steps / low_steps).ln().max(f32::MIN_POSITIVE);
    low + part.clamp(0.0, 1.0) * (high - low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_curve_is_read_back() {
        // Steps grow with the sixth power of the share.
        let reach = Reach::measure(|share| (share * 20.0).powi(6));
        for width in [16u32, 20, 64, 200, 1000, 4000] {
            let steps = (reach.share(width) * 20.0).powi(6);
            assert!((steps / width as f32).ln().abs() < 0.35, "{width} {steps}");
        }
        let shares: Vec<f32> = (1..9000).map(|width| reach.share(width)).collect();
        assert!(shares.is_sorted(), "more width, no nearer horizon");
    }

    #[test]
    fn a_flat_curve_has_an_end() {
        let reach = Reach::measure(|_| 5.0);
        assert!(reach.0.iter().all(|share| share.is_finite() && *share > 0.0));
        assert!(reach.0.is_sorted());
    }
}
