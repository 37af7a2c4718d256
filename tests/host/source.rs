//! A source of the host's own.

use crate::query::Viewer;
use bowerbird::core::{ItemId, Reason, Status};
use bowerbird::retrieval::{CandidateSink, CandidateSource, Catalogue, Context, Interactions, SourceError};
use std::sync::Arc;

/// Films of the decade of the last film watched, those with most viewers first.
pub(crate) struct SameDecade {
    catalogue: Arc<Catalogue>,
    /// Viewers and film, most first.
    films: Vec<(usize, ItemId)>,
    version: u64,
}

impl SameDecade {
    pub(crate) fn new(catalogue: Arc<Catalogue>, interactions: &Interactions) -> Self {
        let rows = interactions.items();
        let mut films: Vec<_> = (0..rows.len() as u32)
            .map(|row| (interactions.popularity(row), rows.id(row)))
            .collect();
        films.sort_unstable_by_key(|&(viewers, film)| (std::cmp::Reverse(viewers), film));
        let version = catalogue.fingerprint() ^ interactions.fingerprint().rotate_left(1);
        Self {
            catalogue,
            films,
            version,
        }
    }

    fn decade(&self, film: ItemId) -> Option<i16> {
        Some(self.catalogue.get(film)?.year?.div_euclid(10))
    }
}

impl CandidateSource<Viewer> for SameDecade {
    fn name(&self) -> &str {
        "same_decade"
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn retrieve(
        &self,
        query: &Viewer,
        cx: &Context<'_>,
        out: &mut CandidateSink,
    ) -> Result<Status, SourceError> {
        let last = query.history.last().map(|action| action.item);
        let Some((last, decade)) = last.and_then(|last| Some((last, self.decade(last)?))) else {
            return Err(SourceError::NotApplicable);
        };
        for (looked_at, &(viewers, film)) in self.films.iter().enumerate() {
            if looked_at % 256 == 0 && cx.is_past() {
                let fraction = looked_at as f32 / self.films.len() as f32;
                let reason = Reason::Deadline;
                return Ok(Status::Partial { fraction, reason });
            }
            let seen = query.history.iter().any(|action| action.item == film);
            if self.decade(film) == Some(decade)
                && !seen
                && !out.push_because(film, viewers as f32, Some(last))
            {
                break;
            }
        }
        Ok(Status::Full)
    }
}
