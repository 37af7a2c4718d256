//! How widely the lists of many users draw on the catalogue, and how alike the entries of one list are.

use rustc_hash::FxHashMap;
use std::hash::Hash;

/// How often each entry occurs in the lists. Entries that never occur are not in it. O(entries).
pub fn exposures<'a, T, L>(lists: impl IntoIterator<Item = &'a L>) -> FxHashMap<T, u64>
where
    T: Copy + Eq + Hash + 'a,
    L: AsRef<[T]> + ?Sized + 'a,
{
    let mut counts = FxHashMap::default();
    for &item in lists.into_iter().flat_map(|list| list.as_ref()) {
        *counts.entry(item).or_insert(0) += 1;
    }
    counts
}

/// The share of a catalogue of `catalogue` entries that occurs in any of the lists, in `0.0..=1.0`; 0 for an empty
/// catalogue. O(entries).
pub fn catalogue_coverage<'a, T, L>(lists: impl IntoIterator<Item = &'a L>, catalogue: usize) -> f64
where
    T: Copy + Eq + Hash + 'a,
    L: AsRef<[T]> + ?Sized + 'a,
{
    let shown = exposures(lists).len();
    if catalogue == 0 {
        0.0
    } else {
        shown as f64 / catalogue as f64
    }
}

/// How unequally exposure is spread: the Gini coefficient of `exposures`, one count an entry of the catalogue, those
/// never shown included as zeros. 0: all alike; towards 1: one entry has everything. 0 when nothing was shown at all.
/// O(n log n).
pub fn gini(exposures: &[u64]) -> f64 {
    let mut sorted = exposures.to_vec();
    sorted.sort_unstable();
    let (n, total) = (
        sorted.len() as f64,
        sorted.iter().map(|&count| count as f64).sum::<f64>(),
    );
    if total == 0.0 {
        return 0.0;
    }
    let ranked: f64 = sorted
        .iter()
        .zip(1_u32..)
        .map(|(&count, rank)| f64::from(rank) * count as f64)
        .sum();
    2.0 * ranked / (n * total) - (n + 1.0) / n
}

/// The mean cosine similarity over all pairs of a list's vectors, in `-1.0..=1.0`: smaller is more diverse. A vector of
/// length zero is similar to nothing. `None` for fewer than two vectors, for different dimensions, or for values that
/// are not finite. O(n × dimension), since Σ over pairs of u·v follows from |Σ u|².
pub fn intra_list_similarity(vectors: &[&[f32]]) -> Option<f64> {
    let (n, dimension) = (vectors.len() as f64, vectors.first()?.len());
    if vectors.len() < 2 || vectors.iter().any(|vector| vector.len() != dimension) {
        return None;
    }
    let (mut sum, mut units) = (vec![0.0_f64; dimension], 0.0);
    for vector in vectors {
        let norm = vector.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        if !norm.is_finite() {
            return None;
        }
        if norm > 0.0 {
            units += 1.0;
            sum.iter_mut()
                .zip(*vector)
                .for_each(|(sum, &x)| *sum += f64::from(x) / norm);
        }
    }
    let square: f64 = sum.iter().map(|x| x * x).sum();
    Some((square - units) / (n * (n - 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage_counts_an_entry_once() {
        let lists = [vec![1, 2], vec![2, 3], vec![]];
        assert_eq!(catalogue_coverage(&lists, 12), 0.25);
        assert_eq!(exposures(&lists)[&2], 2);
        assert_eq!(catalogue_coverage::<u32, Vec<u32>>([], 0), 0.0);
    }

    #[test]
    fn gini_of_known_spreads() {
        assert_eq!(gini(&[3, 3, 3, 3]), 0.0);
        assert_eq!(gini(&[0, 0, 0, 8]), 0.75);
        assert!((gini(&[4, 1, 3, 2]) - 0.25).abs() < 1e-12);
        assert_eq!(gini(&[0, 0]), 0.0);
        assert_eq!(gini(&[]), 0.0);
    }

    #[test]
    fn similarity_is_the_mean_over_pairs() {
        let vectors: [&[f32]; 4] = [&[1.0, 0.0], &[0.0, 2.0], &[3.0, 3.0], &[0.0, 0.0]];
        let half = std::f64::consts::FRAC_1_SQRT_2;
        let found = intra_list_similarity(&vectors).unwrap();
        assert!((found - (0.0 + half + half) / 6.0).abs() < 1e-12, "{found}");
        assert_eq!(intra_list_similarity(&vectors[..1]), None);
        assert_eq!(intra_list_similarity(&[&[1.0], &[1.0, 2.0]]), None);
        assert_eq!(intra_list_similarity(&[&[1.0], &[f32::NAN]]), None);
    }
}
