//! Moving the best suggestions towards a taste, in time or not at all.

use super::{EmbeddingTable, Taste};
use bowerbird_core::{Clock, Deadline, Reason, SpaceMismatch, Status};

/// How many candidates are re-scored at most: the best so many.
pub const MAX_RESCORED: usize = 100;

/// Candidates between two looks at the clock.
const CHUNK: usize = 16;

/// The largest absolute value in a taste as it is multiplied: 4096 products with a byte then fit into 32 bits.
const LEVELS: f32 = 4095.0;

/// A suggestion as the re-scorer sees it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Candidate {
    /// The host's number of the entry; 0 where it has none.
    pub id: u64,
    /// The global score.
    pub score: f64,
}

/// A suggestion in its new place.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ranked {
    /// Its place among the candidates given, from 0.
    pub place: usize,
    /// The score by which it stands here.
    pub score: f64,
    /// Its cosine with the taste, −1 to 1; 0 where it has no embedding or was not re-scored.
    pub cosine: f32,
}

/// What a re-scoring came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Rescored {
    /// The best candidates were re-scored, up to [`MAX_RESCORED`].
    Personal {
        /// How many of them have an embedding.
        known: usize,
    },
    /// All candidates stand in the global order, with their global scores:
    /// [`Reason::Deadline`] when the time ran out, [`Reason::NotApplicable`] when there was nothing to go by.
    Global(Reason),
}

impl Rescored {
    /// The outcome as a stage's status.
    pub const fn status(self) -> Status {
        match self {
            Self::Personal { .. } => Status::Full,
            Self::Global(reason) => Status::Skipped(reason),
        }
    }
}

/// A taste, made ready to re-score with: once a person, not once a keystroke.
///
/// The new score of a candidate is its global score + strength · cosine: at strength 1, an entry that lies exactly in
/// the taste's direction counts as much as one e times as heavy that is indifferent to it.
#[derive(Clone, Debug)]
pub struct Rescorer<'t> {
    table: &'t EmbeddingTable,
    /// Empty when the taste has no direction.
    direction: Vec<i16>,
    /// The reciprocal of the direction's length.
    scale: f32,
    strength: f64,
}

impl<'t> Rescorer<'t> {
    /// A re-scorer towards `taste`. `strength` is in units of the score, 0 to 100; what is no number counts as 0.
    ///
    /// # Errors
    ///
    /// [`SpaceMismatch`] when the taste was learnt in another space than the table's.
    pub fn new(table: &'t EmbeddingTable, taste: &Taste, strength: f64) -> Result<Self, SpaceMismatch> {
        table.space().ensure_same(taste.space())?;
        let largest = taste.vector().iter().fold(0.0_f32, |max, n| max.max(n.abs()));
        let direction: Vec<i16> = if largest > 0.0 {
            taste
                .vector()
                .iter()
                .map(|n| (n / largest * LEVELS).round() as i16)
                .collect()
        } else {
            Vec::new()
        };
        let square: f32 = direction.iter().map(|&n| f32::from(n) * f32::from(n)).sum();
        let strength = if strength.is_nan() {
            0.0
        } else {
            strength.clamp(0.0, 100.0)
        };
        Ok(Self {
            table,
            direction,
            scale: square.sqrt().recip(),
            strength,
        })
    }

    /// The most by which a score can rise or fall.
    pub const fn max(&self) -> f64 {
        self.strength
    }

    /// The cosine of the entry with this id; `None` where it has no embedding. O(dimension).
    pub fn cosine(&self, id: u64) -> Option<f32> {
        self.table.get(id).map(|row| self.cosine_of(row))
    }

    fn cosine_of(&self, row: &[i8]) -> f32 {
        let (dot, square) = products(row, &self.direction);
        if square == 0 || self.direction.is_empty() {
            return 0.0;
        }
        (dot as f32 * self.scale / (square as f32).sqrt()).clamp(-1.0, 1.0)
    }

    /// Re-scores the first [`MAX_RESCORED`] of `candidates`, which stand best first, and leaves all of them in `ranked`,
    /// best first. Those beyond keep their places. Equal scores keep the global order. O(candidates · dimension).
    ///
    /// The clock is looked at before every 16 candidates and before they are sorted. When the deadline has come, what
    /// was re-scored is thrown away: the order is the taste's or the global one, never half of each.
    pub fn rescore(
        &self,
        candidates: &[Candidate],
        ranked: &mut Vec<Ranked>,
        clock: &dyn Clock,
        deadline: Deadline,
    ) -> Rescored {
        ranked.clear();
        let global = candidates.iter().enumerate();
        ranked.extend(global.map(|(place, candidate)| Ranked {
            place,
            score: candidate.score,
            cosine: 0.0,
        }));
        if self.direction.is_empty() || self.strength == 0.0 || self.table.is_empty() {
            return Rescored::Global(Reason::NotApplicable);
        }
        let head = &candidates[..candidates.len().min(MAX_RESCORED)];
        let (mut cosines, mut known) = ([0.0; MAX_RESCORED], 0);
        for (chunk, out) in head.chunks(CHUNK).zip(cosines.chunks_mut(CHUNK)) {
            if deadline.is_past(clock.now()) {
                return Rescored::Global(Reason::Deadline);
            }
            // All rows are found before the first is read, so that the misses of the search overlap.
            let mut rows = [None; CHUNK];
            for (row, candidate) in rows.iter_mut().zip(chunk) {
                *row = self.table.row(candidate.id);
            }
            for (row, out) in rows.into_iter().zip(out) {
                if let Some(row) = row.and_then(|row| self.table.at(row)) {
                    *out = self.cosine_of(row);
                    known += 1;
                }
            }
        }
        if deadline.is_past(clock.now()) {
            return Rescored::Global(Reason::Deadline);
        }
        if known == 0 {
            return Rescored::Global(Reason::NotApplicable);
        }
        let head = &mut ranked[..head.len()];
        for (row, cosine) in head.iter_mut().zip(cosines) {
            row.score += self.strength * f64::from(cosine);
            row.cosine = cosine;
        }
        head.sort_by(|a, b| b.score.total_cmp(&a.score));
        Rescored::Personal { known }
    }
}

/// The dot product of a row and a direction, and that of the row with itself.
fn products(row: &[i8], direction: &[i16]) -> (i32, i32) {
    let (mut dot, mut square) = (0, 0);
    for (&a, &b) in row.iter().zip(direction) {
        let (a, b) = (i32::from(a), i32::from(b));
        dot += a * b;
        square += a * a;
    }
    (dot, square)
}
