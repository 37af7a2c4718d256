//! The answer of a search, in memory that is used again.

use crate::{ScoreOrder, VectorKey, hnsw, ivf};

/// One vector that was found.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Hit {
    /// Which vector.
    pub key: VectorKey,
    /// Its score; [`Metric`](crate::Metric) says what it means and which end is good.
    pub score: f32,
}

/// The hits of one search, best first; equal scores by ascending key.
///
/// A buffer that a caller keeps: it also holds the working memory of the search, so that after the first few
/// searches nothing is allocated. A search replaces what is in it; a search that fails leaves it empty.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    pub(crate) list: Vec<Hit>,
    pub(crate) scratch: Scratch,
}

/// Working memory of one search.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) query: Vec<f32>,
    pub(crate) ranked: Vec<u64>,
    pub(crate) graph: hnsw::Scratch,
    pub(crate) ivf: ivf::Scratch,
}

impl Hits {
    /// An empty buffer.
    pub fn new() -> Self {
        Self::default()
    }

    /// The hits, best first.
    pub fn as_slice(&self) -> &[Hit] {
        &self.list
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// True when nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The hits, best first.
    pub fn iter(&self) -> std::slice::Iter<'_, Hit> {
        self.list.iter()
    }

    /// The keys, best first.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = VectorKey> + DoubleEndedIterator + '_ {
        self.list.iter().map(|hit| hit.key)
    }

    /// Forgets the hits and keeps the memory.
    pub fn clear(&mut self) {
        self.list.clear();
    }

    /// Replaces the content by the `k` best of `hits`, in order. For implementors of an index.
    /// O(n log n) in the number of hits offered.
    pub fn replace(&mut self, order: ScoreOrder, k: usize, hits: impl IntoIterator<Item = Hit>) {
        self.list.clear();
        self.list.extend(hits);
        self.list
            .sort_unstable_by(|a, b| order.compare(a.score, b.score).then(a.key.cmp(&b.key)));
        self.list.truncate(k);
    }
}

impl<'a> IntoIterator for &'a Hits {
    type Item = &'a Hit;
    type IntoIter = std::slice::Iter<'a, Hit>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacing_sorts_cuts_and_forgets() {
        let hit = |key, score| Hit {
            key: VectorKey(key),
            score,
        };
        let mut hits = Hits::new();
        let offered = [hit(9, 1.0), hit(2, 1.0), hit(1, 5.0), hit(4, -1.0)];
        hits.replace(ScoreOrder::Ascending, 3, offered);
        assert_eq!(hits.as_slice(), [hit(4, -1.0), hit(2, 1.0), hit(9, 1.0)]);
        hits.replace(ScoreOrder::Descending, 9, offered);
        assert_eq!(hits.keys().map(u64::from).collect::<Vec<_>>(), [1, 2, 9, 4]);
    }
}
