//! What "near" means.

use std::cmp::Ordering;
use std::fmt;

/// How two vectors are compared. The score that an index returns is the number defined here, not a monotone
/// stand-in for it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Metric {
    /// **Squared** Euclidean distance, Σ(aᵢ − bᵢ)², 0 or more; smaller is nearer. Take the square root for a length.
    L2,
    /// Dot product, Σaᵢbᵢ, of any sign; larger is more alike.
    InnerProduct,
    /// Cosine of the angle, −1 to 1 up to rounding; larger is more alike. Vectors and queries are scaled to unit
    /// length on the way in, so their own length does not matter, and a zero vector is refused.
    Cosine,
}

impl Metric {
    /// All metrics.
    pub const ALL: [Self; 3] = [Self::L2, Self::InnerProduct, Self::Cosine];

    /// Which end of the scores is the good one.
    pub const fn order(self) -> ScoreOrder {
        match self {
            Self::L2 => ScoreOrder::Ascending,
            Self::InnerProduct | Self::Cosine => ScoreOrder::Descending,
        }
    }

    /// The word used in reports and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::L2 => "l2",
            Self::InnerProduct => "inner_product",
            Self::Cosine => "cosine",
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which scores are better: the order of an answer, best first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum ScoreOrder {
    /// Scores are distances: smaller is nearer.
    Ascending,
    /// Scores are similarities: larger is more alike.
    Descending,
}

impl ScoreOrder {
    /// `Less` when `a` belongs before `b` in an answer. Total: the two zeros are equal, NaN comes last.
    pub fn compare(self, a: f32, b: f32) -> Ordering {
        match (a.is_nan(), b.is_nan()) {
            (false, false) => match self {
                Self::Ascending => (a + 0.0).total_cmp(&(b + 0.0)),
                Self::Descending => (b + 0.0).total_cmp(&(a + 0.0)),
            },
            (a, b) => a.cmp(&b),
        }
    }

    /// True when `score` is at least as good as `bound`.
    pub fn reaches(self, score: f32, bound: f32) -> bool {
        match self {
            Self::Ascending => score <= bound,
            Self::Descending => score >= bound,
        }
    }

    /// The factor that turns a score into a loss (smaller is better) and back.
    pub(crate) const fn sign(self) -> f32 {
        match self {
            Self::Ascending => 1.0,
            Self::Descending => -1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_score_comes_first_and_nan_last() {
        for (order, sorted) in [
            (ScoreOrder::Ascending, [-1.0, 0.0, 2.0]),
            (ScoreOrder::Descending, [2.0, 0.0, -1.0]),
        ] {
            let mut scores = [f32::NAN, 2.0, -1.0, 0.0];
            scores.sort_by(|a, b| order.compare(*a, *b));
            assert_eq!(scores[..3], sorted);
            assert!(scores[3].is_nan());
            assert_eq!(order.compare(0.0, -0.0), Ordering::Equal);
            assert!(!order.reaches(f32::NAN, 0.0));
        }
    }
}
