//! Rows kept to score the best candidates again.

use super::params::Refine;
use crate::Metric;
use crate::kernel::half::narrow;
use crate::kernel::{Tier, decode, prefetch};
use crate::parallel;
use bowerbird_core::container::View;
use bowerbird_core::kernel;

/// Bytes before the codes of an 8-bit row: scale and offset.
pub(super) const HEAD: usize = 8;
/// Rows encoded together.
const CHUNK: usize = 1024;

/// Every row, in the order of the keys.
#[derive(Clone, Debug)]
pub(super) enum Rows {
    None,
    /// Scale and offset as `f32`, then a byte a component; and the mean.
    Int8 {
        mean: View<f32>,
        bytes: View<u8>,
    },
    /// Halves of the components divided by `scale`.
    F16 {
        scale: f32,
        halves: View<u16>,
    },
    F32 {
        rows: View<f32>,
    },
}

impl Rows {
    pub(super) fn encode(kind: Refine, rows: &[f32], width: usize) -> Self {
        match kind {
            Refine::None => Self::None,
            Refine::Int8 => int8(rows, width),
            Refine::F16 => f16(rows),
            Refine::F32 => Self::F32 {
                rows: View::aligned(rows),
            },
        }
    }

    pub(super) fn kind(&self) -> Refine {
        match self {
            Self::None => Refine::None,
            Self::Int8 { .. } => Refine::Int8,
            Self::F16 { .. } => Refine::F16,
            Self::F32 { .. } => Refine::F32,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Int8 { mean, bytes } => size_of_val(&**mean) + bytes.len(),
            Self::F16 { halves, .. } => size_of_val(&**halves),
            Self::F32 { rows } => size_of_val(&**rows),
        }
    }

    pub(super) fn prefetch(&self, row: usize, width: usize) {
        match self {
            Self::None => {}
            Self::Int8 { bytes, .. } => {
                if let Some(row) = bytes.get(row * (width + HEAD)..) {
                    prefetch(row, width + HEAD + 63);
                }
            }
            Self::F16 { halves, .. } => {
                if let Some(row) = halves.get(row * width..) {
                    prefetch(row, 2 * width + 63);
                }
            }
            Self::F32 { rows } => {
                if let Some(row) = rows.get(row * width..) {
                    prefetch(row, 4 * width + 63);
                }
            }
        }
    }

    /// The score of `row` by what is kept of it; nothing where nothing is. `room` is as long as the query.
    pub(super) fn score(&self, metric: Metric, query: &[f32], row: usize, room: &mut [f32]) -> Option<f32> {
        let (width, tier) = (query.len(), Tier::active());
        let vector: &[f32] = match self {
            Self::None => return None,
            Self::Int8 { mean, bytes } => {
                let row = bytes.get(row * (width + HEAD)..)?.get(..width + HEAD)?;
                let (scale, rest) = row.split_first_chunk()?;
                let (offset, codes) = rest.split_first_chunk()?;
                let (scale, offset) = (f32::from_le_bytes(*scale), f32::from_le_bytes(*offset));
                decode::bytes(tier, codes, scale, offset, mean, room);
                room
            }
            Self::F16 { scale, halves } => {
                decode::halves(tier, halves.get(row * width..)?.get(..width)?, *scale, room);
                room
            }
            Self::F32 { rows } => rows.get(row * width..)?.get(..width)?,
        };
        Some(compare(metric, query, vector))
    }
}

/// The score of `vector`.
pub(super) fn compare(metric: Metric, query: &[f32], vector: &[f32]) -> f32 {
    match metric {
        Metric::L2 => kernel::squared_l2(query, vector),
        Metric::InnerProduct | Metric::Cosine => kernel::dot(query, vector),
    }
}

fn int8(rows: &[f32], width: usize) -> Rows {
    let count = (rows.len() / width).max(1) as f64;
    let mut sums = vec![0.0f64; width];
    for row in rows.chunks_exact(width) {
        sums.iter_mut()
            .zip(row)
            .for_each(|(sum, x)| *sum += f64::from(*x));
    }
    let mean: Vec<f32> = sums.into_iter().map(|sum| (sum / count) as f32).collect();
    let mut bytes = vec![0u8; rows.len() / width * (width + HEAD)];
    parallel::for_chunks(&mut bytes, CHUNK * (width + HEAD), |i, bytes| {
        let rows = rows[i * CHUNK * width..].chunks_exact(width);
        for (out, row) in bytes.chunks_exact_mut(width + HEAD).zip(rows) {
            let ends = (f32::INFINITY, f32::NEG_INFINITY);
            let (low, high) = row.iter().zip(&mean).fold(ends, |(low, high), (x, mean)| {
                let x = x - mean;
                (low.min(x), high.max(x))
            });
            let scale = (high - low) / 255.0;
            let per = if scale > f32::MIN_POSITIVE {
                1.0 / scale
            } else {
                0.0
            };
            out[..4].copy_from_slice(&scale.to_le_bytes());
            out[4..HEAD].copy_from_slice(&low.to_le_bytes());
            for ((code, x), mean) in out[HEAD..].iter_mut().zip(row).zip(&mean) {
                *code = ((x - mean - low) * per + 0.5) as u8;
            }
        }
    });
    Rows::Int8 {
        mean: mean.into(),
        bytes: View::aligned(&bytes),
    }
}

fn f16(rows: &[f32]) -> Rows {
    let largest = rows.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
    // A power of two, so that dividing rounds nothing; beside it the largest is at most 2^14.
    let exponent = if largest > 0.0 {
        largest.log2().ceil() as i32 - 14
    } else {
        0
    };
    let scale = 2f32.powi(exponent.clamp(-110, 110));
    let halves: Vec<_> = rows.iter().map(|x| narrow(x / scale)).collect();
    Rows::F16 {
        scale,
        halves: View::aligned(&halves),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_rows_score_nearly_as_the_vectors_do() {
        let width = 37;
        let rows: Vec<f32> = (0..width * 50)
            .map(|i| ((i * 7919) % 1000) as f32 / 100.0 - 3.0)
            .collect();
        let query: Vec<f32> = (0..width).map(|i| (i % 5) as f32 - 1.5).collect();
        let mut room = vec![0.0; width];
        for (kind, error) in [(Refine::Int8, 0.05), (Refine::F16, 0.01), (Refine::F32, 0.0)] {
            for large in [1.0f32, 1e17 / 8.0] {
                let rows: Vec<_> = rows.iter().map(|x| x * large).collect();
                let kept = Rows::encode(kind, &rows, width);
                for metric in Metric::ALL {
                    for (i, row) in rows.chunks_exact(width).enumerate() {
                        let wanted = compare(metric, &query, row);
                        let found = kept.score(metric, &query, i, &mut room).expect("a score");
                        let size = if metric == Metric::L2 {
                            wanted
                        } else {
                            30.0 * 6.0 * large
                        };
                        assert!(
                            (found - wanted).abs() <= error * size,
                            "{kind:?} {metric} {found} {wanted}"
                        );
                    }
                }
                assert!(kept.score(Metric::L2, &query, 50, &mut room).is_none());
            }
        }
    }
}
