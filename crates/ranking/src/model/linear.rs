//! Linear models over standardised features.

use bowerbird_retrieval::{FeatureName, HeadName, SchemaHash};

/// From a row's score to its head.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Link {
    /// The score itself: good to order by, and no probability.
    Identity,
    /// 1/(1 + e^-score): a probability. Scores above 17 all become 1 in an `f32`, those below -104 all 0.
    Logistic,
}

/// One feature's part in a score: `weight · (x - mean) / scale`, and nothing when `x` is missing.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Term {
    /// The feature's mean over the rows trained on; stands in for a missing value.
    pub mean: f64,
    /// Its standard deviation, above 0.
    pub scale: f64,
    /// What one standard deviation adds to the score.
    pub weight: f64,
}

impl Term {
    /// What `x` adds to the score. A value that is not finite counts as missing.
    #[inline]
    pub(super) fn of(&self, x: f32) -> f64 {
        if x.is_finite() {
            self.slope() * (f64::from(x) - self.mean)
        } else {
            0.0
        }
    }

    fn slope(&self) -> f64 {
        self.weight / self.scale
    }
}

/// One predicted quantity: a bias, a term for each feature, and a link.
#[derive(Clone, PartialEq, Debug)]
pub struct LinearHead {
    /// The head's name.
    pub name: HeadName,
    /// From score to head.
    pub link: Link,
    /// The score of a row whose features are all at their means, or missing.
    pub bias: f64,
    /// One for each of the model's features.
    pub terms: Vec<Term>,
}

impl LinearHead {
    /// What each feature of a row adds to the score: why it stands where it stands. Features beyond the terms are left
    /// out.
    pub fn contributions<'a>(&'a self, features: &'a [f32]) -> impl Iterator<Item = f64> + 'a {
        self.terms.iter().zip(features).map(|(term, &x)| term.of(x))
    }

    /// The head of one row: the same bits as the scorer's.
    pub fn predict(&self, features: &[f32]) -> f32 {
        self.finish(
            self.contributions(features)
                .fold(self.bias, |score, part| score + part),
        )
    }

    #[inline]
    pub(super) fn finish(&self, score: f64) -> f32 {
        match self.link {
            Link::Identity => score.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32,
            Link::Logistic => (1.0 / (1.0 + (-score).exp())) as f32,
        }
    }
}

/// A linear model with one or more heads over the same features.
///
/// Heads may have been trained on different rows, so each has means and scales of its own. Memory: 24 bytes a head and
/// feature.
#[derive(Clone, PartialEq, Debug)]
pub struct LinearModel {
    pub(super) features: Vec<FeatureName>,
    pub(super) heads: Vec<LinearHead>,
    pub(super) trained_on: Option<SchemaHash>,
    pub(super) version: u64,
}

/// Numbers up to this size can't overflow when a million terms meet the largest `f32`.
const LARGEST: f64 = 1e100;

impl LinearModel {
    /// A model of `heads` over `features`, version 1, trained on no particular schema.
    ///
    /// # Errors
    ///
    /// [`ModelError`] for no head, a name used twice, a head without a term for each feature, or a number out of range.
    pub fn new<N: Into<FeatureName>>(
        features: impl IntoIterator<Item = N>,
        heads: impl IntoIterator<Item = LinearHead>,
    ) -> Result<Self, ModelError> {
        let features: Vec<FeatureName> = features.into_iter().map(Into::into).collect();
        let heads: Vec<LinearHead> = heads.into_iter().collect();
        if let Some(twice) = repeated(features.iter().map(FeatureName::as_str)) {
            return Err(ModelError::Repeated(twice.into()));
        }
        if let Some(twice) = repeated(heads.iter().map(|head| head.name.as_str())) {
            return Err(ModelError::Repeated(twice.into()));
        }
        if heads.is_empty() {
            return Err(ModelError::NoHeads);
        }
        for head in &heads {
            if head.terms.len() != features.len() {
                let (expected, found) = (features.len(), head.terms.len());
                return Err(ModelError::Terms {
                    head: head.name.clone(),
                    expected,
                    found,
                });
            }
            let fits = |x: f64| x.abs() <= LARGEST;
            let good = |term: &Term| {
                fits(term.mean) && fits(term.weight) && term.scale > 0.0 && fits(term.weight / term.scale)
            };
            if !fits(head.bias) || !head.terms.iter().all(good) {
                return Err(ModelError::Number(head.name.clone()));
            }
        }
        Ok(Self {
            features,
            heads,
            trained_on: None,
            version: 1,
        })
    }

    /// Says which schema the features came from. See [`SchemaHash::of`].
    #[must_use]
    pub const fn with_schema(mut self, trained_on: SchemaHash) -> Self {
        self.trained_on = Some(trained_on);
        self
    }

    /// Sets the version of the weights.
    #[must_use]
    pub const fn with_version(mut self, version: u64) -> Self {
        self.version = version;
        self
    }

    /// The features, in the order of the terms.
    pub fn features(&self) -> &[FeatureName] {
        &self.features
    }

    /// The heads.
    pub fn heads(&self) -> &[LinearHead] {
        &self.heads
    }

    /// The schema that it was trained on, if it was said.
    pub const fn trained_on(&self) -> Option<SchemaHash> {
        self.trained_on
    }

    /// The version of the weights.
    pub const fn version(&self) -> u64 {
        self.version
    }
}

/// A name that occurs more than once.
fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = std::collections::BTreeSet::new();
    let mut names = names;
    names.find(|name| !seen.insert(*name))
}

/// Why parts don't make a model.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// It predicts nothing. Give it at least one head.
    #[error("no heads")]
    NoHeads,
    /// Two features, or two heads, have the same name. Rename one.
    #[error("{0} is named twice")]
    Repeated(String),
    /// A head was trained on another number of features. Train it on the model's.
    #[error("head {head} has {found} terms for {expected} features")]
    Terms {
        /// The head.
        head: HeadName,
        /// The model's features.
        expected: usize,
        /// The head's terms.
        found: usize,
    },
    /// A bias, mean, weight or slope is not finite or beyond 1e100, or a scale not above 0.
    #[error("head {0} has a number out of range")]
    Number(HeadName),
}
