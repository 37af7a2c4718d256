//! The best rows of a scan, whatever the order in which lists are scanned.
//!
//! As [`TopK`](crate::top::TopK), but of rows with equal losses the smaller is kept even if it comes later: so a batch
//! that goes list by list finds what a single search finds.

use crate::top::{pack, unpack};

/// Room beyond the limit below which selecting would be done too often.
const SLACK: usize = 64;

/// Gathers the best `limit` rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidates {
    ranked: Vec<u64>,
    limit: usize,
    full: usize,
    /// What a row must not exceed.
    worst: u64,
    bar: f32,
    /// Losses that are counted in `reached`.
    within: f32,
    reached: usize,
}

impl Candidates {
    /// Starts anew, to keep the best `limit` (not 0), and to count those whose loss is at most `within`.
    pub(super) fn start(&mut self, limit: usize, within: f32) {
        self.within = within;
        self.reached = 0;
        self.ranked.clear();
        self.limit = limit.max(1);
        self.full = self.limit.saturating_add(self.limit.max(SLACK));
        self.worst = u64::MAX;
        self.bar = f32::INFINITY;
    }

    /// The largest loss that may still be kept.
    pub(super) fn bar(&self) -> f32 {
        self.bar
    }

    /// Rows gathered, before the worst are dropped.
    pub(super) fn len(&self) -> usize {
        self.ranked.len()
    }

    /// Rows pushed whose loss was within the bound.
    pub(super) fn reached(&self) -> usize {
        self.reached
    }

    #[inline]
    pub(super) fn push(&mut self, loss: f32, row: u32) {
        let packed = pack(loss, row);
        if packed > self.worst {
            return;
        }
        self.reached += usize::from(loss <= self.within);
        self.ranked.push(packed);
        if self.ranked.len() >= self.full {
            self.select();
        }
    }

    fn select(&mut self) {
        let (_, worst, _) = self.ranked.select_nth_unstable(self.limit - 1);
        self.worst = *worst;
        self.bar = unpack(*worst).0;
        self.ranked.truncate(self.limit);
    }

    /// The best rows, in no order, each as often as it was pushed.
    pub(super) fn finish(&mut self) -> &mut Vec<u64> {
        if self.ranked.len() > self.limit {
            self.select();
        }
        &mut self.ranked
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_of_the_pushes_does_not_show(
            losses in prop::collection::vec(0u8..9, 0..500), limit in 1usize..80, shift in 0usize..500,
        ) {
            let rows: Vec<_> = losses.iter().zip(0u32..).map(|(loss, row)| (f32::from(*loss), row)).collect();
            let mut wanted: Vec<_> = rows.iter().map(|(loss, row)| pack(*loss, *row)).collect();
            wanted.sort_unstable();
            wanted.truncate(limit);
            let mut turned = rows;
            let by = shift.min(turned.len());
            turned.rotate_left(by);
            let mut candidates = Candidates::default();
            candidates.start(limit, f32::NEG_INFINITY);
            for (loss, row) in turned {
                if loss <= candidates.bar() {
                    candidates.push(loss, row);
                }
            }
            let found = candidates.finish();
            found.sort_unstable();
            prop_assert_eq!(&*found, &wanted);
        }
    }
}
