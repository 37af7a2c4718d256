//! The scorer that serves a linear model.

use super::linear::LinearModel;
use crate::stage::{FeatureView, HeadSink, Scorer, StageError};
use bowerbird_retrieval::{Context, FeatureName, HeadName, SchemaHash};
use std::sync::Arc;

/// Rows whose scores are added up together.
const BLOCK: usize = 64;

/// Scores rows by a [`LinearModel`]. Every head of every row is a finite number: a missing feature stands at its mean.
///
/// O(rows × features × heads), in double precision, without allocation.
#[derive(Clone, Debug)]
pub struct LogisticScorer {
    name: String,
    heads: Vec<HeadName>,
    model: Arc<LinearModel>,
}

impl LogisticScorer {
    /// Serves `model` under `name`.
    pub fn new(name: impl Into<String>, model: impl Into<Arc<LinearModel>>) -> Self {
        let model = model.into();
        let heads = model.heads().iter().map(|head| head.name.clone()).collect();
        Self {
            name: name.into(),
            heads,
            model,
        }
    }

    /// The model.
    pub fn model(&self) -> &LinearModel {
        &self.model
    }
}

impl<Q: ?Sized> Scorer<Q> for LogisticScorer {
    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> u64 {
        self.model.version()
    }

    fn features(&self) -> &[FeatureName] {
        self.model.features()
    }

    fn heads(&self) -> &[HeadName] {
        &self.heads
    }

    fn trained_on(&self) -> Option<SchemaHash> {
        self.model.trained_on()
    }

    fn score(
        &self,
        _query: &Q,
        features: &FeatureView<'_>,
        _cx: &Context<'_>,
        out: &mut HeadSink<'_>,
    ) -> Result<(), StageError> {
        for (at, head) in self.model.heads().iter().enumerate() {
            for (block, out) in out.head(at).chunks_mut(BLOCK).enumerate() {
                let mut scores = [head.bias; BLOCK];
                for (feature, term) in head.terms.iter().enumerate() {
                    let column = &features.column(feature)[block * BLOCK..];
                    for (score, &x) in scores[..out.len()].iter_mut().zip(column) {
                        *score += term.of(x);
                    }
                }
                for (out, &score) in out.iter_mut().zip(&scores) {
                    *out = head.finish(score);
                }
            }
        }
        Ok(())
    }
}
