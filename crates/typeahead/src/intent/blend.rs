//! Intent in the score.

use crate::Intent;

/// How much each axis may add to a score: in units of the score, ln(weight). 0 to 100; what is negative or no number
/// counts as 0.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default)
)]
pub struct Strengths {
    /// For [`Intent::visual`].
    pub visual: f64,
    /// For [`Intent::aspirational`].
    pub aspirational: f64,
    /// For [`Intent::specific`].
    pub specific: f64,
    /// For [`Intent::broad`].
    pub broad: f64,
}

/// A boost for entries of the intent that a request wants.
///
/// The boost is Σ strength · wanted · had over the axes, with wanted and had as shares of 255. It lies between 0 and
/// [`max`](Self::max); so a best-first walk stays exact: an entry whose score without boost is below that of the k-th
/// best by more than `max` cannot come among the best k, nor can what follows it. An entry of unknown intent is taken for
/// a usual one, 128 on each axis.
///
/// ```
/// use bowerbird_typeahead::Intent;
/// use bowerbird_typeahead::intent::{IntentBlend, Strengths};
///
/// let strengths = Strengths { visual: 1.0, ..Strengths::default() };
/// let wanted = Intent { visual: 255, ..Intent::default() };
/// let blend = IntentBlend::new(strengths, wanted);
/// assert_eq!(blend.boost(Intent { visual: 255, ..wanted }), blend.max());
/// assert_eq!(blend.max(), 1.0);
/// ```
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct IntentBlend {
    /// Strength times wanted.
    most: [f64; 4],
}

impl IntentBlend {
    /// The intent of what has no known one.
    pub const USUAL: Intent = Intent {
        visual: 128,
        aspirational: 128,
        specific: 128,
        broad: 128,
    };

    /// A blend of these strengths for a request that wants this: the host's choice for the surface, or what an
    /// [`Estimator`](super::Estimator) makes of the counts of the session so far. Nothing wanted is no boost.
    pub fn new(strengths: Strengths, wanted: Intent) -> Self {
        let Strengths {
            visual,
            aspirational,
            specific,
            broad,
        } = strengths;
        let strengths = [visual, aspirational, specific, broad];
        let mut most = shares(wanted);
        for (most, strength) in most.iter_mut().zip(strengths) {
            *most *= if strength.is_nan() {
                0.0
            } else {
                strength.clamp(0.0, 100.0)
            };
        }
        Self { most }
    }

    /// What an entry of this intent gets: 0 to [`max`](Self::max). A few nanoseconds.
    pub fn boost(&self, intent: Intent) -> f64 {
        let had = if intent == Intent::default() {
            Self::USUAL
        } else {
            intent
        };
        // Rounding is monotone and the order of adding is that of `max`, so this is never above it.
        self.most
            .iter()
            .zip(shares(had))
            .map(|(most, had)| most * had)
            .sum()
    }

    /// The most that any entry can get.
    pub fn max(&self) -> f64 {
        self.most.iter().sum()
    }
}

fn shares(
    Intent {
        visual,
        aspirational,
        specific,
        broad,
    }: Intent,
) -> [f64; 4] {
    [visual, aspirational, specific, broad].map(|axis| f64::from(axis) / 255.0)
}
