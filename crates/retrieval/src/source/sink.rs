//! What a source fills.

use bowerbird_core::ItemId;

const NOBODY: ItemId = ItemId(u64::MAX);

/// One candidate as its source gave it.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Candidate {
    /// The item.
    pub item: ItemId,
    /// The source's own score, larger is better; finite, on the source's own scale.
    pub score: f32,
    /// The item of the user's history that speaks for it most, if the source knows ("because you liked …").
    pub because: Option<ItemId>,
}

/// A bounded list of candidates, best first, in columns. Reused from request to request.
#[derive(Clone, PartialEq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CandidateSink {
    limit: usize,
    refused: usize,
    items: Vec<ItemId>,
    scores: Vec<f32>,
    because: Vec<ItemId>,
}

impl CandidateSink {
    /// An empty sink for at most `limit` candidates.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    /// The same sink with `refused` candidates counted as refused: for an answer that is read back from a file.
    #[must_use]
    pub const fn with_refused(mut self, refused: usize) -> Self {
        self.refused = refused;
        self
    }

    /// Empties the sink, keeps its memory and sets its limit.
    pub fn reset(&mut self, limit: usize) {
        self.limit = limit;
        self.refused = 0;
        self.items.clear();
        self.scores.clear();
        self.because.clear();
    }

    /// Adds a candidate after those already there. False when there was no room for it, and there is none for more.
    ///
    /// A score that is NaN or infinite can't be ranked: the candidate is refused and counted, and there may be room
    /// for more.
    pub fn push(&mut self, item: ItemId, score: f32) -> bool {
        self.push_because(item, score, None)
    }

    /// [`push`](Self::push), with the item of the history that speaks for it.
    pub fn push_because(&mut self, item: ItemId, score: f32, because: Option<ItemId>) -> bool {
        if self.is_full() {
            return false;
        }
        if !score.is_finite() {
            self.refused += 1;
            return true;
        }
        self.items.push(item);
        self.scores.push(score);
        self.because.push(because.unwrap_or(NOBODY));
        true
    }

    /// Keeps the first `candidates` and makes that the limit.
    pub fn truncate(&mut self, candidates: usize) {
        self.limit = candidates;
        self.items.truncate(candidates);
        self.scores.truncate(candidates);
        self.because.truncate(candidates);
    }

    /// Most candidates the sink takes.
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// Candidates in the sink.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True when nothing has been pushed.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// True when no further candidate is taken.
    pub fn is_full(&self) -> bool {
        self.items.len() >= self.limit
    }

    /// Candidates refused for a score that can't be ranked.
    pub const fn refused(&self) -> usize {
        self.refused
    }

    /// The items, best first.
    pub fn items(&self) -> &[ItemId] {
        &self.items
    }

    /// Their scores.
    pub fn scores(&self) -> &[f32] {
        &self.scores
    }

    /// The candidate at `rank`, 0 being the best.
    pub fn get(&self, rank: usize) -> Option<Candidate> {
        Some(Candidate {
            item: *self.items.get(rank)?,
            score: self.scores[rank],
            because: Some(self.because[rank]).filter(|&item| item != NOBODY),
        })
    }

    /// All candidates, best first.
    pub fn iter(&self) -> impl Iterator<Item = Candidate> + '_ {
        (0..self.len()).filter_map(|rank| self.get(rank))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_sink_turns_candidates_away() {
        let mut sink = CandidateSink::with_limit(1);
        assert!(sink.push(ItemId(1), f32::NAN));
        assert!(sink.push_because(ItemId(2), 0.5, Some(ItemId(9))));
        assert!(!sink.push(ItemId(3), 0.4));
        assert_eq!((sink.len(), sink.refused()), (1, 1));
        assert_eq!(
            sink.get(0),
            Some(Candidate {
                item: ItemId(2),
                score: 0.5,
                because: Some(ItemId(9))
            })
        );
        sink.reset(4);
        assert!(sink.is_empty() && sink.refused() == 0);
    }
}
