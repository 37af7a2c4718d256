//! In which form the graph's vectors are kept, and how they are scored in the end.

use crate::Metric;
use crate::rows::{FloatRows, HalfRows, LocalRows};

/// How the vectors of an [`HnswIndex`](super::HnswIndex) are kept.
///
/// Bytes a vector of *d* components, beside links and keys, rounded up to whole cache lines in the arrays that a search
/// walks over.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Vectors {
    /// As they came: 4*d*. Scores are exact.
    #[default]
    F32,
    /// Rounded to 16 bits: 2*d*. Scores are off by up to 2⁻¹¹ of each component; components beyond ±65,504 are cut off.
    F16,
    /// 8-bit codes with a scale of each vector's own for the walk, 8 bits more for the final scores: 2*d* + 16 in all.
    /// The walk reads *d* + 16 of them. A component of a final score is off by 2⁻¹⁷ of the vector's range.
    Sq8,
    /// 8-bit codes for the walk, the vectors as they came for the final scores: 5*d* + 16. Scores are exact.
    Sq8Exact,
}

/// The vectors.
#[derive(Clone, Debug)]
pub(super) enum Store {
    Float(FloatRows),
    Half(HalfRows),
    /// The codes have their second bytes only where there are no exact rows.
    Local {
        codes: LocalRows,
        exact: Option<FloatRows>,
    },
}

impl Store {
    /// The rows `order` of `all`, in that order, in the form that `vectors` says.
    pub(super) fn gather(
        vectors: Vectors,
        metric: Metric,
        dimension: usize,
        all: &[f32],
        order: &[u32],
    ) -> Self {
        let float = || FloatRows::gather(metric, dimension, all, order);
        let local = || LocalRows::gather(metric, dimension, all, order);
        match vectors {
            Vectors::F32 => Self::Float(float()),
            Vectors::F16 => Self::Half(HalfRows::gather(metric, dimension, all, order)),
            Vectors::Sq8 => Self::Local {
                codes: local(),
                exact: None,
            },
            Vectors::Sq8Exact => Self::Local {
                codes: local().without_seconds(),
                exact: Some(float()),
            },
        }
    }

    pub(super) const fn kind(&self) -> Vectors {
        match self {
            Self::Float(_) => Vectors::F32,
            Self::Half(_) => Vectors::F16,
            Self::Local { exact: None, .. } => Vectors::Sq8,
            Self::Local { exact: Some(_), .. } => Vectors::Sq8Exact,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Float(rows) => size_of_val(&rows.view()[..]),
            Self::Half(rows) => size_of_val(&rows.view()[..]),
            Self::Local { codes, exact } => {
                let codes = size_of_val(&codes.near()[..])
                    + size_of_val(&codes.far()[..])
                    + size_of_val(&codes.mean()[..]);
                codes + exact.as_ref().map_or(0, |rows| size_of_val(&rows.view()[..]))
            }
        }
    }

    /// Appends a vector, as far as it is known, to `out`.
    pub(super) fn decode(&self, row: u32, out: &mut Vec<f32>) {
        match self {
            Self::Float(rows)
            | Self::Local {
                exact: Some(rows), ..
            } => out.extend_from_slice(rows.row(row)),
            Self::Half(rows) => rows.decode(row, out),
            Self::Local { codes, exact: None } => codes.decode(row, out),
        }
    }
}
