//! The places that a search keeps open: the best rows seen, and which of them have been looked around from.
//!
//! Loss, row and mark are packed into one integer, so the pool is a sorted array of plain numbers: for the sizes that
//! searches come to, inserting by moving a few cache lines beats a heap, and the next row to expand is found by a cursor.

/// Rows that a pool can name.
pub(super) const MAX_ROWS: usize = 1 << 31;

const SIGN: u32 = 1 << 31;
const EXPANDED: u64 = 1;

/// The best rows seen, nearest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    places: Vec<u64>,
    width: usize,
    /// All before it are expanded.
    cursor: usize,
    bar: f32,
}

impl Pool {
    /// Empties the pool and gives it `width` places, at least one.
    pub(super) fn reset(&mut self, width: usize) {
        self.places.clear();
        self.width = width.max(1);
        self.cursor = 0;
        self.bar = f32::INFINITY;
    }

    /// A loss that is not below it doesn't get in.
    #[inline]
    pub(super) const fn bar(&self) -> f32 {
        self.bar
    }

    /// Lowers the bar to `bar`, unless it is lower.
    #[inline]
    pub(super) const fn lower_bar(&mut self, bar: f32) {
        self.bar = self.bar.min(bar);
    }

    /// Takes a row in that is not there yet; where it stands now, if it passed the bar. A loss that is not a number, as
    /// a damaged file may give, passes none.
    #[inline]
    pub(super) fn offer(&mut self, loss: f32, row: u32) -> Option<usize> {
        if loss >= self.bar || loss.is_nan() {
            return None;
        }
        let packed = pack(loss, row);
        let at = self.places.partition_point(|place| *place < packed);
        if self.places.len() == self.width {
            self.places.pop();
        }
        self.places.insert(at, packed);
        self.cursor = self.cursor.min(at);
        if self.places.len() == self.width {
            let worst = self.loss_at(self.width - 1);
            self.lower_bar(worst.unwrap_or(f32::INFINITY));
        }
        Some(at)
    }

    /// The nearest row not yet expanded, which is marked; none when it does not pass the bar any more.
    #[inline]
    pub(super) fn next(&mut self) -> Option<u32> {
        let place = self.places.get_mut(self.cursor)?;
        let (loss, row) = unpack(*place);
        // The last place of a full pool stands at the bar.
        if loss > self.bar {
            return None;
        }
        *place |= EXPANDED;
        while self
            .places
            .get(self.cursor)
            .is_some_and(|place| place & EXPANDED != 0)
        {
            self.cursor += 1;
        }
        Some(row)
    }

    /// The row that [`next`](Self::next) would look at.
    #[inline]
    pub(super) fn peek(&self) -> Option<u32> {
        self.places.get(self.cursor).map(|place| unpack(*place).1)
    }

    /// The loss at a place, if it is taken.
    #[inline]
    pub(super) fn loss_at(&self, place: usize) -> Option<f32> {
        self.places.get(place).map(|place| unpack(*place).0)
    }

    /// The share of the places taken that are expanded.
    pub(super) fn share_expanded(&self) -> f32 {
        let expanded = self.places.iter().filter(|place| **place & EXPANDED != 0).count();
        expanded as f32 / self.places.len().max(1) as f32
    }

    /// Losses and rows, nearest first.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (f32, u32)> + '_ {
        self.places.iter().map(|place| unpack(*place))
    }
}

/// Ascending loss, then ascending row. The mark is the lowest bit.
#[inline(always)]
fn pack(loss: f32, row: u32) -> u64 {
    let bits = (loss + 0.0).to_bits();
    let ordered = if bits & SIGN == 0 { bits | SIGN } else { !bits };
    (u64::from(ordered) << 32) | (u64::from(row) << 1)
}

#[inline(always)]
fn unpack(packed: u64) -> (f32, u32) {
    let ordered = (packed >> 32) as u32;
    let bits = if ordered & SIGN == 0 {
        !ordered
    } else {
        ordered & !SIGN
    };
    (f32::from_bits(bits), packed as u32 >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_best_are_kept_in_order(
            losses in prop::collection::vec((-20i8..20).prop_map(|x| f32::from(x) / 2.0), 0..200),
            width in 1usize..40,
        ) {
            let mut pool = Pool::default();
            pool.reset(width);
            for (row, loss) in (0u32..).zip(&losses) {
                pool.offer(*loss, row);
                if row % 3 == 0 {
                    pool.next();
                }
            }
            let mut wanted = losses.clone();
            wanted.sort_by(f32::total_cmp);
            wanted.truncate(width);
            let found: Vec<_> = pool.iter().map(|(loss, _)| loss).collect();
            prop_assert_eq!(&found, &wanted);
            prop_assert!(pool.iter().collect::<Vec<_>>().is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)));

            let mut expanded = Vec::new();
            while let Some(row) = pool.next() {
                expanded.push(row);
            }
            let count = expanded.len();
            expanded.sort_unstable();
            expanded.dedup();
            prop_assert_eq!(expanded.len(), count);
            prop_assert_eq!(pool.peek(), None);
            prop_assert!(losses.is_empty() || pool.share_expanded() == 1.0);
        }
    }

    #[test]
    fn what_is_no_number_stays_out() {
        let mut pool = Pool::default();
        pool.reset(2);
        for (row, loss) in [(0, f32::NAN), (1, 1.0), (2, -f32::NAN), (3, 0.5), (4, f32::NAN)] {
            pool.offer(loss, row);
        }
        assert_eq!(pool.iter().collect::<Vec<_>>(), [(0.5, 3), (1.0, 1)]);
    }

    #[test]
    fn what_a_lowered_bar_left_behind_is_not_expanded() {
        let mut pool = Pool::default();
        pool.reset(8);
        for (row, loss) in [(0, 3.0), (1, 1.0), (2, 2.0)] {
            pool.offer(loss, row);
        }
        pool.lower_bar(2.0);
        assert_eq!(pool.offer(2.0, 9), None);
        assert_eq!((pool.next(), pool.next(), pool.next()), (Some(1), Some(2), None));
        assert_eq!(pool.peek(), Some(0));
    }
}
