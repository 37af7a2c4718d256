//! Measures of one ranked list against what was relevant.
//!
//! Neither slice may repeat an entry. Each costs O(k × relevant), without allocation.

/// True for each of the first `k` entries that is relevant.
fn hits<'a, T: PartialEq>(ranked: &'a [T], relevant: &'a [T], k: usize) -> impl Iterator<Item = bool> + 'a {
    ranked.iter().take(k).map(|item| relevant.contains(item))
}

fn count<T: PartialEq>(ranked: &[T], relevant: &[T], k: usize) -> f64 {
    hits(ranked, relevant, k).filter(|&hit| hit).count() as f64
}

/// What a hit at 0-based position `at` is worth: 1/log₂(at + 2).
fn discount(at: usize) -> f64 {
    1.0 / ((at + 2) as f64).log2()
}

/// The share of what is relevant that is among the first `k`, in `0.0..=1.0`. `None` if nothing is relevant.
///
/// With more than `k` relevant entries it can't reach 1.
pub fn recall_at<T: PartialEq>(ranked: &[T], relevant: &[T], k: usize) -> Option<f64> {
    (!relevant.is_empty()).then(|| count(ranked, relevant, k) / relevant.len() as f64)
}

/// The share of the first `k` positions that hold something relevant, in `0.0..=1.0`. A position left empty counts as a
/// miss. `None` if nothing is relevant or `k` is zero.
pub fn precision_at<T: PartialEq>(ranked: &[T], relevant: &[T], k: usize) -> Option<f64> {
    (!relevant.is_empty() && k > 0).then(|| count(ranked, relevant, k) / k as f64)
}

/// The normalised discounted cumulative gain of the first `k`, in `0.0..=1.0`: Σ over the hits of 1/log₂(position + 1),
/// divided by what the best list of `min(k, relevant)` hits would get. `None` if nothing is relevant or `k` is zero.
///
/// Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (TOIS 2002), with gains 0 and 1.
pub fn ndcg_at<T: PartialEq>(ranked: &[T], relevant: &[T], k: usize) -> Option<f64> {
    let best: f64 = (0..k.min(relevant.len())).map(discount).sum();
    let hits = hits(ranked, relevant, k).enumerate();
    let gain: f64 = hits.filter(|&(_, hit)| hit).map(|(at, _)| discount(at)).sum();
    (best > 0.0).then(|| gain / best)
}

/// 1/position of the first hit, the first position being 1; 0 without a hit. Its mean over users is the MRR. `None` if
/// nothing is relevant. Cut the list for an MRR@k.
pub fn reciprocal_rank<T: PartialEq>(ranked: &[T], relevant: &[T]) -> Option<f64> {
    let first = hits(ranked, relevant, ranked.len()).position(|hit| hit);
    (!relevant.is_empty()).then(|| first.map_or(0.0, |at| 1.0 / (at + 1) as f64))
}

/// 1 if anything relevant is among the first `k`, otherwise 0. Its mean over users is the hit rate. `None` if nothing is
/// relevant.
pub fn hit_at<T: PartialEq>(ranked: &[T], relevant: &[T], k: usize) -> Option<f64> {
    (!relevant.is_empty()).then(|| f64::from(u8::from(hits(ranked, relevant, k).any(|hit| hit))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NONE: &[u32] = &[];

    #[test]
    fn hand_computed_values() {
        let (ranked, relevant) = ([5, 1, 4, 2, 3], [1, 2, 9]);
        assert_eq!(recall_at(&ranked, &relevant, 1), Some(0.0));
        assert_eq!(recall_at(&ranked, &relevant, 5), Some(2.0 / 3.0));
        assert_eq!(precision_at(&ranked, &relevant, 4), Some(0.5));
        assert_eq!(
            precision_at(&ranked, &relevant, 10),
            Some(0.2),
            "empty positions are misses"
        );
        // Hits at positions 2 and 4: 1/log2(3) + 1/log2(5); best: 1 + 1/log2(3) + 1/log2(4).
        let expected = (0.630_929_753_6 + 0.430_676_558_1) / (1.0 + 0.630_929_753_6 + 0.5);
        assert!((ndcg_at(&ranked, &relevant, 5).unwrap() - expected).abs() < 1e-9);
        assert_eq!(
            ndcg_at(&[1, 2, 3], &relevant, 2),
            Some(1.0),
            "two of two places are all one can have"
        );
        assert_eq!(reciprocal_rank(&ranked, &relevant), Some(0.5));
        assert_eq!(reciprocal_rank(&ranked, &[7]), Some(0.0));
        assert_eq!(hit_at(&ranked, &relevant, 1), Some(0.0));
        assert_eq!(hit_at(&ranked, &relevant, 2), Some(1.0));
    }

    #[test]
    fn a_user_without_anything_relevant_has_no_value() {
        assert_eq!(recall_at(&[1], NONE, 1), None);
        assert_eq!(precision_at(&[1], NONE, 1), None);
        assert_eq!(ndcg_at(&[1], NONE, 1), None);
        assert_eq!(reciprocal_rank(&[1], NONE), None);
        assert_eq!(hit_at(&[1], NONE, 1), None);
        assert_eq!(
            recall_at(NONE, &[1], 5),
            Some(0.0),
            "an empty list is a bad list, not a missing one"
        );
    }

    proptest! {
        #[test]
        fn values_stay_in_range_and_moving_a_hit_up_never_hurts(
            ranked in proptest::sample::subsequence((0..30_u32).collect::<Vec<_>>(), 0..20).prop_shuffle(),
            relevant in proptest::sample::subsequence((0..30_u32).collect::<Vec<_>>(), 1..10),
            k in 1..25_usize,
        ) {
            let all = |list: &[u32]| [
                recall_at(list, &relevant, k), precision_at(list, &relevant, k), ndcg_at(list, &relevant, k),
                reciprocal_rank(list, &relevant), hit_at(list, &relevant, k),
            ].map(Option::unwrap);
            let before = all(&ranked);
            prop_assert!(before.iter().all(|value| (0.0..=1.0 + 1e-12).contains(value)));
            let mut better = ranked.clone();
            better.sort_by_key(|item| !relevant.contains(item));
            for (new, old) in all(&better).iter().zip(before) {
                prop_assert!(*new >= old - 1e-12);
            }
        }
    }
}
