//! The best few of many scored rows, in an order that never depends on chance.

/// A score and a row as one number: larger is better, and of two equal scores the smaller row is better.
pub(crate) fn key(score: f32, row: u32) -> u64 {
    // Adding zero turns -0.0 into 0.0, so that the two are equal here as well.
    let bits = (score + 0.0).to_bits();
    // The bits of floats compare like integers once the sign is dealt with.
    let ordered = if bits >> 31 == 0 { bits | 1 << 31 } else { !bits };
    u64::from(ordered) << 32 | u64::from(!row)
}

/// The row of a [`key`].
pub(crate) const fn row(key: u64) -> u32 {
    !(key as u32)
}

/// The score of a [`key`].
pub(crate) fn score(key: u64) -> f32 {
    let ordered = (key >> 32) as u32;
    f32::from_bits(if ordered >> 31 == 1 {
        ordered & !(1 << 31)
    } else {
        !ordered
    })
}

/// Leaves the best `limit` keys, best first. O(n + limit log limit).
pub(crate) fn keep_best(keys: &mut Vec<u64>, limit: usize) {
    if limit < keys.len() {
        if limit > 0 {
            keys.select_nth_unstable_by(limit - 1, |a, b| b.cmp(a));
        }
        keys.truncate(limit);
    }
    keys.sort_unstable_by(|a, b| b.cmp(a));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_order_like_scores_then_rows(a in -1e30_f32..1e30, b in -1e30_f32..1e30, i: u32, j: u32) {
            prop_assert_eq!(row(key(a, i)), i);
            prop_assert_eq!(score(key(a, i)), a);
            let expected = a.total_cmp(&b).then(j.cmp(&i));
            prop_assert_eq!(key(a, i).cmp(&key(b, j)), expected);
        }

        #[test]
        fn the_best_are_kept(scores in prop::collection::vec(-3_i8..3, 0..40), limit in 0_usize..50) {
            let all: Vec<u64> = (0..).zip(&scores).map(|(row, &score)| key(f32::from(score), row)).collect();
            let mut expected = all.clone();
            expected.sort_unstable();
            expected.reverse();
            expected.truncate(limit);
            let mut kept = all;
            keep_best(&mut kept, limit);
            prop_assert_eq!(kept, expected);
        }
    }
}
