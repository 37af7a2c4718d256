//! Scorers: from features to heads.

use super::error::StageError;
use bowerbird_core::ItemId;
use bowerbird_retrieval::{Context, FeatureName, HeadName, SchemaHash};
use std::ops::Range;
use std::sync::Arc;

/// Predicts one or more quantities (heads) for each row. It never drops or moves a row.
///
/// Called with a chunk of rows at a time; the cascade looks at the deadline between chunks. A row's heads depend on
/// the query and the row's features only. `testing::scorer` checks it.
pub trait Scorer<Q: ?Sized>: Send + Sync {
    /// The scorer's name, unique within a cascade.
    fn name(&self) -> &str;

    /// The version of its weights.
    fn version(&self) -> u64 {
        1
    }

    /// The features it reads, in the order in which it reads them.
    fn features(&self) -> &[FeatureName];

    /// The heads it predicts. The first of them orders the rows when the scorer pre-ranks.
    fn heads(&self) -> &[HeadName];

    /// The schema it was trained on: the [`SchemaHash`] of its features and of the versions that computed them. A
    /// cascade that computes them otherwise refuses to be built.
    fn trained_on(&self) -> Option<SchemaHash> {
        None
    }

    /// Fills `out` for the rows of `features`.
    ///
    /// # Errors
    ///
    /// [`StageError`]. The rows of this chunk and all later ones keep the order they had.
    fn score(
        &self,
        query: &Q,
        features: &FeatureView<'_>,
        cx: &Context<'_>,
        out: &mut HeadSink<'_>,
    ) -> Result<(), StageError>;
}

/// The features that a scorer asked for, for a chunk of rows, where they lie: nothing is copied.
#[derive(Clone, Debug)]
pub struct FeatureView<'a> {
    items: &'a [ItemId],
    columns: &'a [Vec<f32>],
    wired: &'a [usize],
    rows: Range<usize>,
}

impl<'a> FeatureView<'a> {
    /// Rows `rows` of `columns`; feature `i` of the scorer is column `wired[i]`.
    pub const fn new(
        items: &'a [ItemId],
        columns: &'a [Vec<f32>],
        wired: &'a [usize],
        rows: Range<usize>,
    ) -> Self {
        Self {
            items,
            columns,
            wired,
            rows,
        }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True for no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows' items.
    pub fn items(&self) -> &'a [ItemId] {
        &self.items[self.rows.clone()]
    }

    /// Feature `feature` of the scorer's own list, one value a row, NaN where missing.
    ///
    /// # Panics
    ///
    /// When the scorer asked for no such feature.
    pub fn column(&self, feature: usize) -> &'a [f32] {
        &self.columns[self.wired[feature]][self.rows.clone()]
    }
}

/// The heads that a scorer fills, for the same chunk of rows.
#[derive(Debug)]
pub struct HeadSink<'a> {
    columns: &'a mut [Vec<f32>],
    wired: &'a [usize],
    rows: Range<usize>,
}

impl<'a> HeadSink<'a> {
    /// Rows `rows` of `columns`; head `i` of the scorer is column `wired[i]`.
    pub const fn new(columns: &'a mut [Vec<f32>], wired: &'a [usize], rows: Range<usize>) -> Self {
        Self { columns, wired, rows }
    }

    /// Head `head` of the scorer's own list, one value a row.
    ///
    /// # Panics
    ///
    /// When the scorer declared no such head.
    pub fn head(&mut self, head: usize) -> &mut [f32] {
        &mut self.columns[self.wired[head]][self.rows.clone()]
    }
}

/// A scorer with one head, made of a closure over the features of a row.
///
/// ```
/// use bowerbird_ranking::scorer_fn;
/// let sum = scorer_fn("sum", ["a", "b"], "worth", |_query: &(), features| features.iter().sum());
/// ```
pub fn scorer_fn<Q: ?Sized, F, N: Into<FeatureName>>(
    name: impl Into<String>,
    features: impl IntoIterator<Item = N>,
    head: impl Into<HeadName>,
    score: F,
) -> ScorerFn<F>
where
    F: Fn(&Q, &[f32]) -> f32 + Send + Sync,
{
    let features = features.into_iter().map(Into::into).collect();
    ScorerFn {
        name: name.into(),
        version: 1,
        features,
        heads: [head.into()],
        score,
    }
}

/// See [`scorer_fn`].
pub struct ScorerFn<F> {
    name: String,
    version: u64,
    features: Vec<FeatureName>,
    heads: [HeadName; 1],
    score: F,
}

impl<F> ScorerFn<F> {
    /// The same scorer with another version; 1 without. Other weights in the closure are another version.
    #[must_use]
    pub fn versioned(mut self, version: u64) -> Self {
        self.version = version;
        self
    }
}

impl<F> std::fmt::Debug for ScorerFn<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScorerFn")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Features that fit on the stack of [`scorer_fn`].
const INLINE: usize = 64;

impl<Q: ?Sized, F> Scorer<Q> for ScorerFn<F>
where
    F: Fn(&Q, &[f32]) -> f32 + Send + Sync,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn features(&self) -> &[FeatureName] {
        &self.features
    }

    fn heads(&self) -> &[HeadName] {
        &self.heads
    }

    fn score(
        &self,
        query: &Q,
        features: &FeatureView<'_>,
        _cx: &Context<'_>,
        out: &mut HeadSink<'_>,
    ) -> Result<(), StageError> {
        let width = self.features.len();
        let (mut inline, mut heap);
        let values: &mut [f32] = if width <= INLINE {
            inline = [0.0; INLINE];
            &mut inline[..width]
        } else {
            heap = vec![0.0; width];
            &mut heap
        };
        for (row, head) in out.head(0).iter_mut().enumerate() {
            for (feature, value) in values.iter_mut().enumerate() {
                *value = features.column(feature)[row];
            }
            *head = (self.score)(query, values);
        }
        Ok(())
    }
}

impl<Q: ?Sized, S: Scorer<Q> + ?Sized> Scorer<Q> for Arc<S> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn version(&self) -> u64 {
        (**self).version()
    }

    fn features(&self) -> &[FeatureName] {
        (**self).features()
    }

    fn heads(&self) -> &[HeadName] {
        (**self).heads()
    }

    fn trained_on(&self) -> Option<SchemaHash> {
        (**self).trained_on()
    }

    fn score(
        &self,
        query: &Q,
        features: &FeatureView<'_>,
        cx: &Context<'_>,
        out: &mut HeadSink<'_>,
    ) -> Result<(), StageError> {
        (**self).score(query, features, cx, out)
    }
}
