//! The one order of scored rows.

/// A key that sorts ascending into "larger score first, equal scores by smaller row"; the row is its low half.
///
/// NaN counts as worse than any number, -0 as 0.
pub const fn descending_key(score: f32, row: u32) -> u64 {
    let worth = if score.is_nan() {
        0
    } else {
        let bits = (score + 0.0).to_bits();
        if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
    };
    (!worth as u64) << 32 | row as u64
}

/// Keys below which a comparison sort is faster.
const FEW: usize = 192;

/// Bits of a radix pass, and passes over the upper half of a key.
const DIGIT: u32 = 11;
const PASSES: u32 = 3;

/// Sorts keys whose lower halves ascend, as those of rows in order do: by the upper half, then by row.
///
/// A radix sort in three passes, so that ordering a few thousand rows costs microseconds. `spare` is memory to be used
/// again. O(n).
pub fn sort_keys(keys: &mut Vec<u64>, spare: &mut Vec<u64>) {
    debug_assert!(keys.is_sorted_by_key(|&key| key as u32), "rows ascend");
    if keys.len() < FEW {
        keys.sort_unstable();
        return;
    }
    spare.clear();
    spare.resize(keys.len(), 0);
    for pass in 0..PASSES {
        let shift = 32 + pass * DIGIT;
        let digit = |key: u64| (key >> shift) as usize & ((1 << DIGIT) - 1);
        let mut places = [0_u32; 1 << DIGIT];
        for &key in keys.iter() {
            places[digit(key)] += 1;
        }
        let mut before = 0;
        for place in &mut places {
            before += std::mem::replace(place, before);
        }
        for &key in keys.iter() {
            let place = &mut places[digit(key)];
            spare[*place as usize] = key;
            *place += 1;
        }
        std::mem::swap(keys, spare);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_sort_best_first_and_nan_last() {
        let scores = [f32::NAN, -1.0, 0.0, f32::INFINITY, 2.5, -0.0, f32::NEG_INFINITY];
        let mut keys: Vec<u64> = scores
            .iter()
            .zip(0..)
            .map(|(&score, row)| descending_key(score, row))
            .collect();
        keys.sort_unstable();
        let rows: Vec<u32> = keys.iter().map(|&key| key as u32).collect();
        assert_eq!(rows, [3, 4, 2, 5, 1, 6, 0]);
    }

    proptest! {
        #[test]
        fn the_radix_order_is_that_of_comparison(scores in prop::collection::vec(any::<f32>(), 0..900)) {
            let mut keys: Vec<u64> = scores.iter().zip(0..).map(|(&score, row)| descending_key(score, row)).collect();
            let mut expected = keys.clone();
            expected.sort_unstable();
            sort_keys(&mut keys, &mut Vec::new());
            prop_assert_eq!(keys, expected);
        }
    }
}
