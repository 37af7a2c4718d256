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

#[cfg(test)]
mod tests {
    use super::*;

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
}
