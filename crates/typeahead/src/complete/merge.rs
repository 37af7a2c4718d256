//! Several walks as one: best first over all of them.

use super::Origin;
use crate::{BestFirst, Found};

/// A walk with what its entries cost more and where they come from.
pub(super) struct Stream<'s> {
    walk: Box<dyn BestFirst + 's>,
    origin: Origin,
    /// True when the entries are the base's, which the delta may hide.
    is_base: bool,
    penalty: f64,
    next: Option<f64>,
}

impl<'s> Stream<'s> {
    /// A walk over the base's entries.
    pub(super) fn base(walk: Box<dyn BestFirst + 's>, origin: Origin) -> Self {
        Self {
            walk,
            origin,
            is_base: true,
            penalty: 0.0,
            next: None,
        }
    }

    /// A walk over entries that stand for themselves.
    pub(super) fn over(walk: Box<dyn BestFirst + 's>, origin: Origin) -> Self {
        Self {
            is_base: false,
            ..Self::base(walk, origin)
        }
    }

    /// The same, all scores lower.
    pub(super) fn less(self, penalty: f64) -> Self {
        Self { penalty, ..self }
    }
}

/// Streams, each of which stands at its best entry that was not taken yet.
pub(super) struct Merge<'s> {
    streams: Vec<Stream<'s>>,
    taken: Option<usize>,
}

/// The entry that a merge came to.
#[derive(Clone, Copy)]
pub(super) struct Taken<'m> {
    pub(super) key: &'m str,
    pub(super) found: Found<'m>,
    pub(super) origin: Origin,
    pub(super) is_base: bool,
    pub(super) edits: u8,
}

impl<'s> Merge<'s> {
    pub(super) fn new(mut streams: Vec<Stream<'s>>) -> Self {
        streams.iter_mut().for_each(Stream::advance);
        Self { streams, taken: None }
    }

    /// Goes to the next best entry and returns its score.
    pub(super) fn advance(&mut self) -> Option<f64> {
        if let Some(taken) = self.taken.take() {
            self.streams[taken].advance();
        }
        // At equal scores the earlier stream comes first.
        let mut best: Option<(usize, f64)> = None;
        for (at, stream) in self.streams.iter().enumerate() {
            if let Some(score) = stream.next
                && best.is_none_or(|(_, least)| score.total_cmp(&least).is_gt())
            {
                best = Some((at, score));
            }
        }
        let (at, score) = best?;
        self.taken = Some(at);
        Some(score)
    }

    /// The entry that [`advance`](Self::advance) came to.
    pub(super) fn taken(&self) -> Option<Taken<'_>> {
        let stream = &self.streams[self.taken?];
        Some(Taken {
            key: stream.walk.key(),
            found: stream.walk.found(),
            origin: stream.origin,
            is_base: stream.is_base,
            edits: stream.walk.edits(),
        })
    }
}

impl Stream<'_> {
    fn advance(&mut self) {
        self.next = self.walk.advance().map(|score| score - self.penalty);
    }
}
