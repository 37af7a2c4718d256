//! A weighted sum of heads.

use crate::stage::{HeadView, Utility};
use bowerbird_retrieval::HeadName;

/// Σ weight · head: what a host thinks each predicted action is worth. A negative weight is for what should not happen,
/// such as a hide.
///
/// A head that is NaN counts as missing and is replaced by the value given for that case, 0 unless
/// [`head_or`](WeightedSumBuilder::head_or) says otherwise. A row all of whose heads are missing was not scored: its utility is NaN and
/// it comes last. A sum too large for an `f32` becomes the largest one, so that it never turns into an infinity or, of two
/// of them, a NaN.
///
/// ```
/// use bowerbird_ranking::utility::WeightedSum;
/// let worth = WeightedSum::builder().head("p_save", 1.0).head_or("p_hide", -20.0, 0.01).build()?;
/// # Ok::<(), bowerbird_ranking::utility::UtilityError>(())
/// ```
#[derive(Clone, Debug)]
pub struct WeightedSum {
    heads: Vec<HeadName>,
    terms: Vec<Term>,
    version: u64,
}

#[derive(Clone, Copy, Debug)]
struct Term {
    weight: f32,
    missing: f32,
}

impl WeightedSum {
    /// A sum of nothing yet.
    pub const fn builder() -> WeightedSumBuilder {
        WeightedSumBuilder {
            sum: Self {
                heads: Vec::new(),
                terms: Vec::new(),
                version: 1,
            },
        }
    }
}

/// Collects the terms of a [`WeightedSum`].
#[derive(Clone, Debug)]
pub struct WeightedSumBuilder {
    sum: WeightedSum,
}

impl WeightedSumBuilder {
    /// Adds `weight · head`; a missing head counts as 0.
    #[must_use]
    pub fn head(self, head: impl Into<HeadName>, weight: f32) -> Self {
        self.head_or(head, weight, 0.0)
    }

    /// Adds `weight · head`; a missing head counts as `missing`.
    #[must_use]
    pub fn head_or(mut self, head: impl Into<HeadName>, weight: f32, missing: f32) -> Self {
        self.sum.heads.push(head.into());
        self.sum.terms.push(Term { weight, missing });
        self
    }

    /// Sets the version of the weights, 1 unless set.
    #[must_use]
    pub const fn version(mut self, version: u64) -> Self {
        self.sum.version = version;
        self
    }

    /// Checks the terms.
    ///
    /// # Errors
    ///
    /// [`UtilityError`] for no head, one named twice, or a number that is not finite.
    pub fn build(self) -> Result<WeightedSum, UtilityError> {
        let WeightedSum { heads, terms, .. } = &self.sum;
        if heads.is_empty() {
            return Err(UtilityError::NoHeads);
        }
        for (at, (head, term)) in heads.iter().zip(terms).enumerate() {
            if heads[..at].contains(head) {
                return Err(UtilityError::Repeated(head.clone()));
            }
            if !(term.weight.is_finite() && term.missing.is_finite()) {
                return Err(UtilityError::NotFinite(head.clone()));
            }
        }
        Ok(self.sum)
    }
}

/// Why a utility was not built.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UtilityError {
    /// There is nothing to add up. Name at least one head.
    #[error("no heads")]
    NoHeads,
    /// A head is named twice. Add its weights yourself.
    #[error("head {0} is named twice")]
    Repeated(HeadName),
    /// A weight, or the value for a missing head, is NaN or infinite.
    #[error("head {0} has a weight or a missing value that is not finite")]
    NotFinite(HeadName),
}

impl Utility for WeightedSum {
    fn version(&self) -> u64 {
        self.version
    }

    fn heads(&self) -> &[HeadName] {
        &self.heads
    }

    fn combine(&self, heads: &HeadView<'_>, out: &mut [f32]) {
        for (row, out) in out.iter_mut().enumerate() {
            let (mut sum, mut scored) = (0.0, false);
            for (at, term) in self.terms.iter().enumerate() {
                let value = heads.head(at)[row];
                scored |= !value.is_nan();
                let value = if value.is_nan() {
                    term.missing
                } else {
                    value.clamp(f32::MIN, f32::MAX)
                };
                sum += f64::from(term.weight) * f64::from(value);
            }
            *out = if scored {
                sum.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
            } else {
                f32::NAN
            };
        }
    }
}
