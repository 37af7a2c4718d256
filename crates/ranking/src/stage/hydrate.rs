//! Hydrators: what is looked up about the query, and about each candidate.

use super::error::StageError;
use bowerbird_core::{Deadline, ItemId};
use bowerbird_retrieval::{CandidateBatch, Context, FeatureName, Provenance};
use std::sync::Arc;

/// Completes the query before anything is retrieved: a history, a profile, an experiment's arm.
pub trait QueryHydrator<Q: ?Sized>: Send + Sync {
    /// The hydrator's name, unique within a cascade.
    fn name(&self) -> &str;

    /// Completes `query`. Hydrators run in the order in which they were added; each sees what those before it did.
    ///
    /// # Errors
    ///
    /// [`StageError`]. The request goes on without it, unless the cascade was told otherwise.
    fn hydrate(&self, query: &mut Q, cx: &Context<'_>) -> Result<(), StageError>;
}

/// Computes features of candidates. The same hydrators serve and train, so features can't drift apart.
///
/// Called with a chunk of rows at a time, so it need not watch the deadline for anything shorter than a chunk. A row's
/// features may depend on the query, the row and versioned data, not on which other rows share its chunk.
pub trait FeatureHydrator<Q: ?Sized>: Send + Sync {
    /// The hydrator's name, unique within a cascade.
    fn name(&self) -> &str;

    /// The version of the computation and its data. Part of the schema that models are checked against.
    fn version(&self) -> u64 {
        1
    }

    /// The features it computes, in the order of the sink's columns.
    fn features(&self) -> &[FeatureName];

    /// Fills `out` for `rows`. What is not filled stays NaN, which models treat as missing.
    ///
    /// # Errors
    ///
    /// [`StageError`]. The chunk's values and all later ones stay NaN.
    fn hydrate(
        &self,
        query: &Q,
        rows: Rows<'_>,
        cx: &Context<'_>,
        out: &mut FeatureSink<'_>,
    ) -> Result<(), StageError>;
}

/// The owned work of one call to a [`BlockingHydrator`]: row-major values, `items × features` of them.
pub type HydrateCall = Box<dyn FnOnce() -> Result<Vec<f32>, StageError> + Send + 'static>;

/// Computes features by waiting for something that may never look at a deadline, such as a feature store's driver.
///
/// Called once a phase with all of its rows. Past the deadline it is abandoned and its features stay missing.
pub trait BlockingHydrator<Q: ?Sized>: Send + Sync {
    /// The hydrator's name, unique within a cascade.
    fn name(&self) -> &str;

    /// The version of the computation. See [`FeatureHydrator::version`].
    fn version(&self) -> u64 {
        1
    }

    /// The features it computes, in the order of a row's values.
    fn features(&self) -> &[FeatureName];

    /// The work for `items`, taken out of the query on the caller's thread without blocking.
    fn prepare(&self, query: &Q, items: &[ItemId], deadline: Deadline) -> HydrateCall;
}

/// Some consecutive rows of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    batch: &'a CandidateBatch,
    start: usize,
    len: usize,
}

impl<'a> Rows<'a> {
    /// `len` rows of `batch` from row `start`.
    ///
    /// # Panics
    ///
    /// When the batch has fewer rows.
    pub fn new(batch: &'a CandidateBatch, start: usize, len: usize) -> Self {
        assert!(
            start + len <= batch.len(),
            "rows {start}..{} of {}",
            start + len,
            batch.len()
        );
        Self { batch, start, len }
    }

    /// The number of rows.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// True for no rows.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The rows' items.
    pub fn items(&self) -> &'a [ItemId] {
        &self.batch.items()[self.start..][..self.len]
    }

    /// What the merge policy gave the rows.
    pub fn merge_scores(&self) -> &'a [f32] {
        &self.batch.merge_scores()[self.start..][..self.len]
    }

    /// The whole batch that these are rows of.
    pub const fn batch(&self) -> &'a CandidateBatch {
        self.batch
    }

    /// How row `row` of these was found. See [`CandidateBatch::provenance`].
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn provenance(&self, row: usize) -> impl Iterator<Item = Provenance> + 'a {
        self.batch.provenance(self.start + row)
    }
}

/// The columns that a hydrator fills for a chunk of rows. All values start as NaN.
#[derive(Debug)]
pub struct FeatureSink<'a> {
    values: &'a mut [f32],
    rows: usize,
}

impl<'a> FeatureSink<'a> {
    /// Columns of `rows` rows in `values`, one after another.
    ///
    /// # Panics
    ///
    /// When `values` is not a whole number of columns.
    pub fn new(values: &'a mut [f32], rows: usize) -> Self {
        assert!(
            rows > 0 && values.len().is_multiple_of(rows),
            "{} values, {rows} rows",
            values.len()
        );
        values.fill(f32::NAN);
        Self { values, rows }
    }

    /// The column of feature `feature` of the hydrator's own list, one value a row.
    ///
    /// # Panics
    ///
    /// When the hydrator has no such feature.
    pub fn column(&mut self, feature: usize) -> &mut [f32] {
        &mut self.values[feature * self.rows..][..self.rows]
    }

    /// Sets one value.
    ///
    /// # Panics
    ///
    /// When there is no such feature or row.
    pub fn set(&mut self, feature: usize, row: usize, value: f32) {
        self.column(feature)[row] = value;
    }

    /// Sets all values of one row, in the order of the hydrator's features.
    ///
    /// # Panics
    ///
    /// When there are more values than features, or no such row.
    pub fn set_row(&mut self, row: usize, values: &[f32]) {
        for (feature, &value) in values.iter().enumerate() {
            self.set(feature, row, value);
        }
    }
}

/// A hydrator made of a closure.
///
/// ```
/// use bowerbird_ranking::hydrator_fn;
/// let digits = hydrator_fn("digits", ["last_digit"], |_query: &(), rows, _cx, out| {
///     for (row, item) in rows.items().iter().enumerate() {
///         out.set(0, row, (item.0 % 10) as f32);
///     }
///     Ok(())
/// });
/// ```
pub fn hydrator_fn<Q: ?Sized, F, N: Into<FeatureName>>(
    name: impl Into<String>,
    features: impl IntoIterator<Item = N>,
    hydrate: F,
) -> HydratorFn<F>
where
    F: Fn(&Q, Rows<'_>, &Context<'_>, &mut FeatureSink<'_>) -> Result<(), StageError> + Send + Sync,
{
    HydratorFn {
        name: name.into(),
        version: 1,
        features: features.into_iter().map(Into::into).collect(),
        hydrate,
    }
}

/// See [`hydrator_fn`].
pub struct HydratorFn<F> {
    name: String,
    version: u64,
    features: Vec<FeatureName>,
    hydrate: F,
}

impl<F> HydratorFn<F> {
    /// The same hydrator with another version; 1 without. Another computation or other data are another version.
    #[must_use]
    pub fn versioned(mut self, version: u64) -> Self {
        self.version = version;
        self
    }
}

impl<F> std::fmt::Debug for HydratorFn<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HydratorFn")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<Q: ?Sized, F> FeatureHydrator<Q> for HydratorFn<F>
where
    F: Fn(&Q, Rows<'_>, &Context<'_>, &mut FeatureSink<'_>) -> Result<(), StageError> + Send + Sync,
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

    fn hydrate(
        &self,
        query: &Q,
        rows: Rows<'_>,
        cx: &Context<'_>,
        out: &mut FeatureSink<'_>,
    ) -> Result<(), StageError> {
        (self.hydrate)(query, rows, cx, out)
    }
}

impl<Q: ?Sized, H: FeatureHydrator<Q> + ?Sized> FeatureHydrator<Q> for Arc<H> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn version(&self) -> u64 {
        (**self).version()
    }

    fn features(&self) -> &[FeatureName] {
        (**self).features()
    }

    fn hydrate(
        &self,
        query: &Q,
        rows: Rows<'_>,
        cx: &Context<'_>,
        out: &mut FeatureSink<'_>,
    ) -> Result<(), StageError> {
        (**self).hydrate(query, rows, cx, out)
    }
}
