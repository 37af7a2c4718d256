//! The one place where vectors are let in.

use crate::{Metric, VectorFault};

/// The largest dimension of an index.
pub const MAX_DIMENSION: u32 = 4096;

/// The largest absolute value of a component. Below it no score of any metric overflows at any dimension, so no
/// answer holds an infinity or a NaN.
pub const MAX_MAGNITUDE: f32 = 1e17;

/// Refuses a vector that has no meaningful score.
///
/// For implementors of [`VectorIndex`](crate::VectorIndex): call it on every vector and every query. O(dimension).
///
/// # Errors
///
/// The first [`VectorFault`] from the left.
pub fn check_vector(vector: &[f32], dimension: usize, metric: Metric) -> Result<(), VectorFault> {
    if vector.len() != dimension {
        return Err(VectorFault::Dimension {
            expected: dimension,
            found: vector.len(),
        });
    }
    let fine = vector
        .iter()
        .fold(true, |fine, x| fine & (x.abs() <= MAX_MAGNITUDE));
    if !fine {
        return Err(first_fault(vector));
    }
    if metric == Metric::Cosine && vector.iter().all(|x| *x == 0.0) {
        return Err(VectorFault::Zero);
    }
    Ok(())
}

fn first_fault(vector: &[f32]) -> VectorFault {
    let position = vector
        .iter()
        .position(|x| x.is_nan() || x.abs() > MAX_MAGNITUDE)
        .unwrap_or(0);
    match vector.get(position) {
        Some(x) if x.is_finite() => VectorFault::TooLarge { position },
        _ => VectorFault::NotFinite { position },
    }
}

/// Appends `vector` to `out`, scaled to unit length. The length is taken in f64, where no f32 vector but zero has
/// length 0 or infinity.
pub(crate) fn append_unit(vector: &[f32], out: &mut Vec<f32>) {
    let square: f64 = vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
    let scale = square.sqrt().recip();
    out.extend(vector.iter().map(|x| (f64::from(*x) * scale) as f32));
}

/// The queries as the metric compares them: under cosine each scaled to unit length, in `unit`.
pub(crate) fn incoming<'a>(
    metric: Metric,
    dimension: usize,
    queries: &'a [f32],
    unit: &'a mut Vec<f32>,
) -> &'a [f32] {
    match metric {
        Metric::L2 | Metric::InnerProduct => queries,
        Metric::Cosine => {
            unit.clear();
            for query in queries.chunks_exact(dimension) {
                append_unit(query, unit);
            }
            unit
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_named_with_its_place() {
        let check = |v: &[f32]| check_vector(v, 3, Metric::Cosine);
        assert_eq!(
            check(&[1.0, 2.0]),
            Err(VectorFault::Dimension {
                expected: 3,
                found: 2
            })
        );
        assert_eq!(
            check(&[1.0, f32::NAN, f32::NAN]),
            Err(VectorFault::NotFinite { position: 1 })
        );
        assert_eq!(
            check(&[1.0, 2.0, f32::NEG_INFINITY]),
            Err(VectorFault::NotFinite { position: 2 })
        );
        assert_eq!(
            check(&[-2e17, f32::NAN, 0.0]),
            Err(VectorFault::TooLarge { position: 0 })
        );
        assert_eq!(check(&[0.0, -0.0, 0.0]), Err(VectorFault::Zero));
        assert_eq!(check_vector(&[0.0], 1, Metric::L2), Ok(()));
        assert_eq!(check(&[f32::from_bits(1), 0.0, 0.0]), Ok(()));
    }

    #[test]
    fn the_smallest_and_the_largest_vectors_have_unit_length() {
        for x in [f32::from_bits(1), MAX_MAGNITUDE] {
            let mut unit = Vec::new();
            append_unit(&[x, -x], &mut unit);
            let length: f32 = unit.iter().map(|x| x * x).sum();
            assert!((length - 1.0).abs() < 1e-6, "{x:e} gave length {length}");
        }
    }
}
