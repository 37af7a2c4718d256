//! The k best of a stream of scored rows.
//!
//! Score and row are packed into one integer whose order is the order of the answer, so that ties are broken by row
//! and comparing is one instruction. Candidates are gathered in a buffer of about `2k`; when it is full, a
//! selection keeps the best `k` and sets the bar that later ones must pass. O(n + k log k), no allocation once the
//! buffer has grown.

use crate::ScoreOrder;

/// Gathers the best `limit` of the rows offered.
#[derive(Debug)]
pub(crate) struct TopK<'a> {
    sign: f32,
    limit: usize,
    full: usize,
    bar: f32,
    ranked: &'a mut Vec<u64>,
}

/// Room beyond `limit` below which selecting would be done too often.
const SLACK: usize = 64;

/// Scores looked at together: one bar comparison for all when none passes, the usual case late in a scan.
const GLANCE: usize = 16;

impl<'a> TopK<'a> {
    /// Keeps the best `limit` (not 0), in the memory of `ranked`.
    pub(crate) fn new(order: ScoreOrder, limit: usize, ranked: &'a mut Vec<u64>) -> Self {
        ranked.clear();
        Self {
            sign: order.sign(),
            limit,
            full: limit.saturating_add(limit.max(SLACK)),
            bar: f32::INFINITY,
            ranked,
        }
    }

    /// Admits only scores that reach `bound`.
    pub(crate) fn within(mut self, bound: f32) -> Self {
        // The bar is exclusive, a bound inclusive.
        self.bar = (self.sign * bound).next_up();
        self
    }

    /// Offers the rows from `first` on, with finite `scores`. `admit` is asked only about rows that pass the bar.
    /// Of rows with equal scores the one offered first must be the smaller.
    pub(crate) fn offer(&mut self, first: u32, scores: &[f32], mut admit: impl FnMut(u32) -> bool) {
        let mut row = first;
        for glance in scores.chunks(GLANCE) {
            let any = glance
                .iter()
                .fold(false, |any, score| any | (self.sign * score < self.bar));
            if any {
                for (row, score) in (row..).zip(glance) {
                    let loss = self.sign * score;
                    if loss < self.bar && admit(row) {
                        self.push(loss, row);
                    }
                }
            }
            row += glance.len() as u32;
        }
    }

    fn push(&mut self, loss: f32, row: u32) {
        self.ranked.push(pack(loss, row));
        if self.ranked.len() >= self.full {
            let (_, worst, _) = self.ranked.select_nth_unstable(self.limit - 1);
            self.bar = unpack(*worst).0;
            self.ranked.truncate(self.limit);
        }
    }

    /// The rows and scores kept, best first.
    pub(crate) fn finish(self) -> impl ExactSizeIterator<Item = (u32, f32)> {
        self.ranked.sort_unstable();
        self.ranked.truncate(self.limit);
        self.ranked.iter().map(move |packed| {
            let (loss, row) = unpack(*packed);
            (row, self.sign * loss + 0.0)
        })
    }
}

const SIGN: u32 = 1 << 31;

/// Ascending loss, then ascending row.
pub(crate) fn pack(loss: f32, row: u32) -> u64 {
    let bits = (loss + 0.0).to_bits();
    let ordered = if bits & SIGN == 0 { bits | SIGN } else { !bits };
    (u64::from(ordered) << 32) | u64::from(row)
}

pub(crate) fn unpack(packed: u64) -> (f32, u32) {
    let ordered = (packed >> 32) as u32;
    let bits = if ordered & SIGN == 0 {
        !ordered
    } else {
        ordered & !SIGN
    };
    (f32::from_bits(bits), packed as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packing_keeps_the_order_and_the_values(a in -1e30f32..1e30, b in -1e30f32..1e30, r: u32, s: u32) {
            let order = a.total_cmp(&b).then(r.cmp(&s));
            prop_assert_eq!(pack(a, r).cmp(&pack(b, s)), order);
            prop_assert_eq!(unpack(pack(a, r)), (a, r));
        }

        #[test]
        fn the_best_are_kept_whatever_the_chunks(
            scores in prop::collection::vec((-40i8..40).prop_map(|x| f32::from(x) / 4.0), 0..600),
            limit in 1usize..200,
            chunk in 1usize..300,
        ) {
            for order in [ScoreOrder::Ascending, ScoreOrder::Descending] {
                let mut ranked = vec![7; 3];
                let mut top = TopK::new(order, limit, &mut ranked);
                for (i, part) in scores.chunks(chunk).enumerate() {
                    top.offer((i * chunk) as u32, part, |row| !row.is_multiple_of(3));
                }
                let found: Vec<_> = top.finish().collect();
                let mut wanted: Vec<_> =
                    (0u32..).zip(scores.iter().copied()).filter(|(row, _)| !row.is_multiple_of(3)).collect();
                wanted.sort_by(|a, b| order.compare(a.1, b.1).then(a.0.cmp(&b.0)));
                wanted.truncate(limit);
                prop_assert_eq!(found, wanted);
            }
        }
    }

    #[test]
    fn both_zeros_tie() {
        let mut ranked = Vec::new();
        let mut top = TopK::new(ScoreOrder::Descending, 2, &mut ranked);
        top.offer(0, &[-0.0, 0.0], |_| true);
        assert_eq!(top.finish().map(|(row, _)| row).collect::<Vec<_>>(), [0, 1]);
    }
}
