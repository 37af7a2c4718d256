//! Rows of several intervals, best first, as many as are asked for.

use super::FastIndex;
use super::select::{Ranked, level_of, row_of};
use super::trie::Place;
use crate::fuzzy::{Match, Matches};
use crate::prepare::plain_key;
use crate::{BestFirst, Found};
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Range;

/// Rows that match alike.
#[derive(Debug)]
struct Piece {
    score: f64,
    best: Ranked,
    rows: Range<usize>,
    penalty: f64,
    edits: u8,
}

impl Ord for Piece {
    fn cmp(&self, other: &Self) -> Ordering {
        let score = self.score.total_cmp(&other.score);
        // Different weights may have one logarithm; a level and a row compare as the weight and the key do.
        score.then_with(|| other.best.cmp(&self.best))
    }
}

impl PartialOrd for Piece {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Piece {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Piece {}

/// Splits the interval of the best row at that row, again and again.
#[derive(Debug)]
pub(super) struct Walk<'s> {
    index: &'s FastIndex,
    pieces: BinaryHeap<Piece>,
    row: usize,
    edits: u8,
}

impl<'s> Walk<'s> {
    /// A walk over nothing yet.
    pub(super) fn new(index: &'s FastIndex) -> Self {
        Self {
            index,
            pieces: BinaryHeap::new(),
            row: 0,
            edits: 0,
        }
    }

    /// Adds rows that match alike.
    pub(super) fn push(&mut self, rows: Range<usize>, penalty: f64, edits: u8) {
        if rows.is_empty() {
            return;
        }
        let best = self.index.order.best(rows.clone());
        let score = self.index.levels.score(level_of(best)) - penalty;
        self.pieces.push(Piece {
            score,
            best,
            rows,
            penalty,
            edits,
        });
    }
}

impl Matches for Walk<'_> {
    type Place = Place;

    fn add(&mut self, found: Match<'_, Place>) {
        self.push(found.place.rows(), found.cost.penalty(), found.cost.edits);
    }

    fn identity(&self) -> u64 {
        self.row as u64
    }

    fn peek(&self) -> Option<f64> {
        self.pieces.peek().map(|piece| piece.score)
    }
}

impl BestFirst for Walk<'_> {
    fn advance(&mut self) -> Option<f64> {
        let Piece {
            score,
            best,
            rows,
            penalty,
            edits,
        } = self.pieces.pop()?;
        self.row = row_of(best);
        self.edits = edits;
        self.push(rows.start..self.row, penalty, edits);
        self.push(self.row + 1..rows.end, penalty, edits);
        Some(score)
    }

    fn key(&self) -> &str {
        std::str::from_utf8(plain_key(self.index.table.key(self.row))).unwrap_or_default()
    }

    fn found(&self) -> Found<'_> {
        self.index.found(self.row)
    }

    fn edits(&self) -> u8 {
        self.edits
    }
}
