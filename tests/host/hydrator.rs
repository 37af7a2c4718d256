//! A feature hydrator of the host's own.

use crate::query::Viewer;
use bowerbird::ranking::{FeatureHydrator, FeatureSink, Rows, StageError};
use bowerbird::retrieval::{Catalogue, Context, FeatureName};
use std::sync::Arc;

/// How old a film is, and how many genres it shares with the last film watched.
pub(crate) struct Film {
    catalogue: Arc<Catalogue>,
    features: [FeatureName; 2],
}

impl Film {
    pub(crate) fn new(catalogue: Arc<Catalogue>) -> Self {
        Self {
            catalogue,
            features: ["age".into(), "shared_genres".into()],
        }
    }
}

impl FeatureHydrator<Viewer> for Film {
    fn name(&self) -> &str {
        "film"
    }

    fn version(&self) -> u64 {
        self.catalogue.fingerprint()
    }

    fn features(&self) -> &[FeatureName] {
        &self.features
    }

    fn hydrate(
        &self,
        query: &Viewer,
        rows: Rows<'_>,
        _cx: &Context<'_>,
        out: &mut FeatureSink<'_>,
    ) -> Result<(), StageError> {
        let last = query
            .history
            .last()
            .and_then(|action| self.catalogue.get(action.item));
        for (row, &film) in rows.items().iter().enumerate() {
            let Some(film) = self.catalogue.get(film) else {
                continue;
            };
            if let Some(year) = film.year {
                out.set(0, row, 2016.0 - f32::from(year));
            }
            if let Some(last) = last {
                let shared = film.genres.iter().filter(|genre| last.genres.contains(genre));
                out.set(1, row, shared.count() as f32);
            }
        }
        Ok(())
    }
}
