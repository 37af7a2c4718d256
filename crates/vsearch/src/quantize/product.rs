//! Product quantisation (Jégou, Douze and Schmid, 2011): a vector is cut into short pieces, and each is replaced by the
//! number of the nearest of 16 or 256 centres.

use crate::kernel::{Tier, panel};
use crate::kmeans::{KMeans, sample};
use crate::parallel;
use crate::random::Random;
use bowerbird_core::container::View;

/// Vectors that pieces are trained on, a centre.
const SAMPLE: usize = 256;
/// Iterations of the training of a piece.
const ITERATIONS: usize = 16;
/// Rows encoded together.
const CHUNK: usize = 256;

/// How many bits the code of one piece has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CodeBits {
    /// 16 centres a piece.
    Four,
    /// 256 centres a piece.
    Eight,
}

impl CodeBits {
    /// Centres of a piece.
    pub const fn centres(self) -> usize {
        match self {
            Self::Four => 16,
            Self::Eight => 256,
        }
    }
}

/// A product quantiser: the centres of all pieces. Clones share them.
///
/// A dimension that the number of pieces does not divide is filled up with zeros.
#[derive(Clone, Debug)]
pub struct ProductQuantizer {
    dimension: usize,
    pieces: usize,
    width: usize,
    bits: CodeBits,
    /// Per piece, its centres packed sixteen to a panel.
    books: View<f32>,
}

impl ProductQuantizer {
    /// Pieces and their width when `dimension` is cut into about `pieces`: the width is rounded up, and pieces that
    /// would hold nothing are left out.
    pub(crate) fn shape(dimension: usize, pieces: usize) -> (usize, usize) {
        let width = dimension.div_ceil(pieces.clamp(1, dimension));
        (dimension.div_ceil(width), width)
    }

    /// Trains on the rows, `dimension` (at least 1) finite numbers each, up to 256 a centre. Of fewer rows than
    /// centres, centres repeat. O(rows · centres · dimension) in the current rayon pool; the same for any number of
    /// threads.
    pub fn train(rows: &[f32], dimension: usize, pieces: usize, bits: CodeBits, seed: u64) -> Self {
        let dimension = dimension.max(1);
        let (pieces, width) = Self::shape(dimension, pieces);
        let mut random = Random::new(seed ^ 0x7071);
        let sampled = sample(rows, dimension, bits.centres() * SAMPLE, &mut random);
        let rows = sampled.as_deref().unwrap_or(rows);
        let books = parallel::map(pieces, |m| {
            let mut piece = Vec::with_capacity(rows.len() / dimension * width);
            for row in rows.chunks_exact(dimension) {
                extend_piece(row, m, width, &mut piece);
            }
            let means = KMeans::new(bits.centres())
                .with_iterations(ITERATIONS)
                .with_sample(SAMPLE);
            let mut centres = means
                .with_seed(seed.wrapping_add(m as u64))
                .fit(&piece, width)
                .rows()
                .to_vec();
            if centres.is_empty() {
                centres.resize(width, 0.0);
            }
            let known = centres.len();
            for at in known..bits.centres() * width {
                centres.push(centres[at % known]);
            }
            panel::pack(&centres, width)
        });
        Self {
            dimension,
            pieces,
            width,
            bits,
            books: books.concat().into(),
        }
    }

    /// The quantiser whose books are `books`, if they are as many numbers as they must be.
    pub(crate) fn of(dimension: usize, pieces: usize, bits: CodeBits, books: View<f32>) -> Option<Self> {
        let (counted, width) = Self::shape(dimension, pieces);
        let good = counted == pieces && books.len() == pieces * width * bits.centres();
        good.then_some(Self {
            dimension,
            pieces,
            width,
            bits,
            books,
        })
    }

    /// Codes of a vector.
    pub fn pieces(&self) -> usize {
        self.pieces
    }

    /// Bits of a code.
    pub fn bits(&self) -> CodeBits {
        self.bits
    }

    /// Numbers in a vector.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// All centres, as a file keeps them: per piece sixteen to a panel, number by number.
    pub(crate) fn books(&self) -> &[f32] {
        &self.books
    }

    /// The code of each piece of each row. O(rows · centres · dimension), in the current rayon pool.
    ///
    /// # Panics
    ///
    /// When `rows` is no multiple of the dimension.
    pub fn encode(&self, rows: &[f32]) -> Vec<u8> {
        assert!(rows.len().is_multiple_of(self.dimension), "whole rows");
        let halves = self.halves();
        let mut codes = vec![0; rows.len() / self.dimension * self.pieces];
        parallel::for_chunks(&mut codes, CHUNK * self.pieces, |i, codes| {
            let rows = &rows[i * CHUNK * self.dimension..][..codes.len() / self.pieces * self.dimension];
            self.encode_chunk(rows, &halves, codes);
        });
        codes
    }

    /// |c|²/2 of every centre, piece by piece.
    fn halves(&self) -> Vec<f32> {
        let mut halves = Vec::with_capacity(self.pieces * self.bits.centres());
        for m in 0..self.pieces {
            for code in 0..self.bits.centres() {
                let square: f32 = (0..self.width).map(|j| self.number(m, code, j).powi(2)).sum();
                halves.push(square / 2.0);
            }
        }
        halves
    }

    fn encode_chunk(&self, rows: &[f32], halves: &[f32], codes: &mut [u8]) {
        let (centres, tier) = (self.bits.centres(), Tier::active());
        let mut piece = Vec::with_capacity(codes.len() / self.pieces * self.width);
        let mut found = vec![(0, 0.0); codes.len() / self.pieces];
        for m in 0..self.pieces {
            piece.clear();
            for row in rows.chunks_exact(self.dimension) {
                extend_piece(row, m, self.width, &mut piece);
            }
            let halves = &halves[m * centres..][..centres];
            panel::nearest(tier, &piece, self.width, self.book(m), halves, &mut found);
            for (row, (code, _)) in found.iter().enumerate() {
                codes[row * self.pieces + m] = (*code).min(255) as u8;
            }
        }
    }

    /// The vector that the codes, one a piece, stand for.
    ///
    /// # Panics
    ///
    /// When there are not as many codes as pieces, or not as many numbers in `out` as the dimension.
    pub fn decode(&self, codes: &[u8], out: &mut [f32]) {
        assert_eq!(codes.len(), self.pieces, "one code a piece");
        assert_eq!(out.len(), self.dimension, "one number a component");
        for (i, x) in out.iter_mut().enumerate() {
            let m = i / self.width;
            let code = usize::from(codes[m]).min(self.bits.centres() - 1);
            *x = self.number(m, code, i % self.width);
        }
    }

    /// The dot product of each piece of `query` with each of its centres: `out[piece * centres + code]`.
    ///
    /// # Panics
    ///
    /// When the query is not as long as the dimension.
    pub fn tables(&self, query: &[f32], out: &mut Vec<f32>) {
        assert_eq!(query.len(), self.dimension, "a query as long as the vectors");
        let (centres, tier) = (self.bits.centres(), Tier::active());
        out.resize(self.pieces * centres, 0.0);
        for (m, out) in out.chunks_exact_mut(centres).enumerate() {
            let from = m * self.width;
            match query.get(from..from + self.width) {
                Some(piece) => panel::scores(tier, piece, self.width, self.book(m), out),
                None => {
                    // The last piece, with zeros beyond its end.
                    let piece = &query[from..];
                    out.fill(0.0);
                    for (j, x) in piece.iter().enumerate() {
                        for (code, out) in out.iter_mut().enumerate() {
                            *out += x * self.number(m, code, j);
                        }
                    }
                }
            }
        }
    }

    fn book(&self, m: usize) -> &[f32] {
        let size = self.width * self.bits.centres();
        &self.books[m * size..][..size]
    }

    fn number(&self, m: usize, code: usize, j: usize) -> f32 {
        self.book(m)[code / 16 * self.width * 16 + j * 16 + code % 16]
    }
}

/// Appends piece `m` of a row, filled up with zeros.
fn extend_piece(row: &[f32], m: usize, width: usize, piece: &mut Vec<f32>) {
    let from = m * width;
    let held = &row[from..row.len().min(from + width)];
    piece.extend_from_slice(held);
    piece.resize(piece.len() + width - held.len(), 0.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_for_the_nearest_centres() {
        let mut random = Random::new(5);
        for (dimension, pieces, bits) in [
            (7, 3, CodeBits::Four),
            (8, 4, CodeBits::Eight),
            (5, 5, CodeBits::Four),
        ] {
            let rows: Vec<_> = (0..dimension * 900).map(|_| random.unit() as f32).collect();
            let quantizer = ProductQuantizer::train(&rows, dimension, pieces, bits, 1);
            let codes = quantizer.encode(&rows);
            let (mut decoded, mut tables) = (vec![0.0; dimension], Vec::new());
            for (row, codes) in rows
                .chunks_exact(dimension)
                .zip(codes.chunks_exact(quantizer.pieces()))
            {
                quantizer.decode(codes, &mut decoded);
                quantizer.tables(row, &mut tables);
                let looked: f32 = codes
                    .iter()
                    .enumerate()
                    .map(|(m, code)| tables[m * bits.centres() + usize::from(*code)])
                    .sum();
                let dot: f32 = row.iter().zip(&decoded).map(|(x, y)| x * y).sum();
                assert!((looked - dot).abs() < 1e-4);
                for (m, code) in codes.iter().enumerate() {
                    let error = |code: usize| -> f32 {
                        let from = m * quantizer.width;
                        (from..dimension.min(from + quantizer.width))
                            .map(|i| (row[i] - quantizer.number(m, code, i - from)).powi(2))
                            .sum()
                    };
                    let own = error(usize::from(*code));
                    assert!((0..bits.centres()).all(|code| own <= error(code) + 1e-5));
                }
            }
        }
    }

    #[test]
    fn nothing_and_little_can_be_trained_on() {
        for rows in [vec![], vec![1.0, 2.0, 3.0]] {
            let quantizer = ProductQuantizer::train(&rows, 3, 2, CodeBits::Four, 1);
            assert_eq!(quantizer.encode(&rows).len(), rows.len() / 3 * quantizer.pieces());
        }
    }
}
