//! An order of vectors in which near ones are mostly close together.
//!
//! Each group of vectors is parted among a few of its own, to the nearest of them, and so on until groups are small.
//! Walks for vectors that follow each other then read mostly the same rows, which are still in the cache.

use crate::parallel;
use crate::rows::FloatRows;

/// Parts of a group.
const PARTS: usize = 16;
/// A group of so many is not parted.
const LEAF: usize = 32;
/// Groups are parted so many times at most: equal vectors can't be.
const DEPTH: usize = 8;

/// The rows of `rows`, near ones mostly close together. O(count · log count) distances.
pub(super) fn clustered(rows: &FloatRows, count: usize) -> Vec<u32> {
    let mut groups: Vec<Vec<u32>> = vec![(0..count as u32).collect()];
    for _ in 0..DEPTH {
        if groups.iter().all(|group| group.len() <= LEAF) {
            break;
        }
        groups = parallel::map(groups.len(), |i| part(rows, &groups[i]))
            .into_iter()
            .flatten()
            .collect();
    }
    groups.concat()
}

fn part(rows: &FloatRows, group: &[u32]) -> Vec<Vec<u32>> {
    if group.len() <= LEAF {
        return vec![group.to_vec()];
    }
    let pivots: Vec<u32> = (0..PARTS).map(|i| group[i * group.len() / PARTS]).collect();
    let mut parts = vec![Vec::new(); PARTS];
    let mut losses = [0.0; PARTS];
    for row in group {
        rows.losses_of(rows.padded(*row), &pivots, &mut losses);
        let nearest = (0..PARTS)
            .min_by(|a, b| losses[*a].total_cmp(&losses[*b]))
            .unwrap_or(0);
        parts[nearest].push(*row);
    }
    parts.retain(|part| !part.is_empty());
    parts
}
