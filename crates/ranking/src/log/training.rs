//! From logged requests to rows to learn from.

use super::{LogError, LoggedRequests};
use crate::model::TrainingSet;
use bowerbird_core::{ItemId, RequestId};
use bowerbird_retrieval::FeatureName;

/// Rows with labels, in columns: what a [`TrainingSet`] borrows.
#[derive(Clone, Debug, Default)]
pub struct LabelledRows {
    columns: Vec<Vec<f32>>,
    labels: Vec<f32>,
    groups: Vec<u32>,
}

impl LabelledRows {
    /// One column a feature, in the order asked for, one value a row: the bits that were served, NaN where missing.
    pub fn columns(&self) -> &[Vec<f32>] {
        &self.columns
    }

    /// One label a row.
    pub fn labels(&self) -> &[f32] {
        &self.labels
    }

    /// Rows of each request, one request after another. Requests without a labelled row are left out.
    pub fn groups(&self) -> &[u32] {
        &self.groups
    }

    /// Rows in all.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// True when no row has a label.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The rows as trainers take them, grouped by request.
    pub fn set(&self) -> TrainingSet<'_> {
        TrainingSet::new(&self.columns, &self.labels).grouped(&self.groups)
    }
}

impl LoggedRequests {
    /// The rows for which `label` has a label, with `features` for columns. O(rows × features).
    ///
    /// Labels come later than requests, so they are joined by request and item; `None` leaves the row out. That asks for
    /// requests with [ids](crate::Request::id) of their own.
    ///
    /// A model trained on these rows is told so by the hash that [`Cascade::schema_of`](crate::Cascade::schema_of) gives
    /// for the same features, as long as the cascade's schema is that of the log.
    ///
    /// # Errors
    ///
    /// [`LogError::UnknownFeature`].
    pub fn training_set(
        &self,
        features: &[FeatureName],
        label: impl Fn(RequestId, ItemId) -> Option<f32>,
    ) -> Result<LabelledRows, LogError> {
        let find = |feature: &FeatureName| {
            let column = self.schema().feature(feature.as_str());
            column.ok_or_else(|| LogError::UnknownFeature {
                feature: feature.clone(),
            })
        };
        let wanted = features.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        let mut rows = LabelledRows {
            columns: vec![Vec::new(); wanted.len()],
            ..LabelledRows::default()
        };
        for request in self.iter() {
            let before = rows.labels.len();
            for (row, &item) in request.items().iter().enumerate() {
                let Some(label) = label(request.id(), item) else {
                    continue;
                };
                rows.labels.push(label);
                for (column, &feature) in rows.columns.iter_mut().zip(&wanted) {
                    column.push(request.feature(feature)[row]);
                }
            }
            let found = rows.labels.len() - before;
            if found > 0 {
                rows.groups.push(found as u32);
            }
        }
        Ok(rows)
    }
}
