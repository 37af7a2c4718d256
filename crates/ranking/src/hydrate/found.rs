//! How a candidate was found, as features.

use crate::stage::{FeatureHydrator, FeatureSink, Rows, StageError};
use bowerbird_retrieval::{BatchSchema, Context, FeatureName, SchemaHash};

/// Features a source.
const EACH: usize = 4;

/// Turns each row's provenance into features: what every source thinks of it, at no cost beyond what retrieval did.
///
/// For each source `s`:
///
/// | feature | value | where the source did not find the row |
/// |---|---|---|
/// | `s.log_score` | ln(score / the source's best score of the request + 0.001); scores below 0 count as 0 | ln 0.001 |
/// | `s.log_rank` | ln(rank + 5), ranks from 0 | that of the rank `depth` |
/// | `s.near_top` | 1 / (rank + 2) | 0 |
/// | `s.near_head` | 1 / (rank + 10) | 0 |
///
/// and `found_by`, the number of sources that found the row. Scores become comparable between requests, and ranks tell
/// the very top, the first screen and the long tail apart, which a linear model can't do with a rank alone.
///
/// A source that the cascade doesn't have is no constant column: every request then fails to hydrate, with
/// [`StageError::UnknownSource`], and its coverage says so.
#[derive(Clone, Debug)]
pub struct Found {
    sources: Vec<String>,
    depth: f32,
    features: Vec<FeatureName>,
}

impl Found {
    /// Features for the sources called `sources`. `depth` is the rank that a row counts as having where a source did
    /// not find it: about the sources' quota.
    pub fn by<S: Into<String>>(sources: impl IntoIterator<Item = S>, depth: usize) -> Self {
        let sources: Vec<String> = sources.into_iter().map(Into::into).collect();
        let each = ["log_score", "log_rank", "near_top", "near_head"];
        let named = |source: &String| each.map(|feature| FeatureName::from(format!("{source}.{feature}")));
        let mut features: Vec<FeatureName> = sources.iter().flat_map(named).collect();
        features.push("found_by".into());
        Self {
            sources,
            depth: depth as f32,
            features,
        }
    }

    fn number(&self, schema: &BatchSchema, source: usize) -> Option<usize> {
        self.sources
            .iter()
            .position(|name| **name == *schema.sources()[source])
    }
}

impl<Q: ?Sized> FeatureHydrator<Q> for Found {
    fn name(&self) -> &str {
        "found"
    }

    /// A hash of the sources' names and the depth.
    fn version(&self) -> u64 {
        let sources = self.sources.iter().map(|source| (source.as_str(), 1));
        SchemaHash::of(sources.chain([("depth", u64::from(self.depth.to_bits()))])).0
    }

    fn features(&self) -> &[FeatureName] {
        &self.features
    }

    fn hydrate(
        &self,
        _query: &Q,
        rows: Rows<'_>,
        _cx: &Context<'_>,
        out: &mut FeatureSink<'_>,
    ) -> Result<(), StageError> {
        let batch = rows.batch();
        let unknown = |source: &&String| batch.schema().source(source).is_none();
        if let Some(name) = self.sources.iter().find(unknown) {
            return Err(StageError::UnknownSource { name: name.clone() });
        }
        let floor = 0.001_f32;
        for source in 0..self.sources.len() {
            out.column(source * EACH).fill(floor.ln());
            out.column(source * EACH + 1).fill((self.depth + 5.0).ln());
            out.column(source * EACH + 2).fill(0.0);
            out.column(source * EACH + 3).fill(0.0);
        }
        for row in 0..rows.len() {
            let mut found_by = 0;
            for by in rows.provenance(row) {
                found_by += 1;
                let Some(source) = self.number(batch.schema(), by.source) else {
                    continue;
                };
                let top = batch.top_score(by.source);
                let share = if top > 0.0 { (by.score / top).max(0.0) } else { 0.0 };
                let rank = by.rank as f32;
                out.set(source * EACH, row, (share + floor).ln());
                out.set(source * EACH + 1, row, (rank.min(self.depth) + 5.0).ln());
                out.set(source * EACH + 2, row, 1.0 / (rank + 2.0));
                out.set(source * EACH + 3, row, 1.0 / (rank + 10.0));
            }
            out.set(self.sources.len() * EACH, row, found_by as f32);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowerbird_core::ItemId;
    use bowerbird_retrieval::{CandidateBatch, CandidateSink, MergePolicy, Merger};
    use std::sync::Arc;

    fn batch() -> CandidateBatch {
        let names = vec!["a".into(), "unread".into(), "b".into()];
        let schema = BatchSchema::new(names, Vec::new(), Vec::new(), 0, Vec::new());
        let mut batch = CandidateBatch::new(Arc::new(schema));
        let mut sinks = vec![CandidateSink::with_limit(9); 3];
        for (rank, item) in (1..6).enumerate() {
            sinks[0].push(ItemId(item), 8.0 / (1 << rank) as f32);
        }
        sinks[1].push(ItemId(2), 1.0);
        sinks[2].push(ItemId(3), -0.5);
        Merger::new().merge(&MergePolicy::RoundRobin, &sinks, &[1.0; 3], None, &mut batch);
        batch
    }

    #[test]
    fn every_source_has_its_say_about_every_row() {
        let (batch, found) = (batch(), Found::by(["a", "b"], 100));
        let rows = Rows::new(&batch, 0, batch.len());
        let mut values = vec![0.0; batch.len() * 9];
        let mut sink = FeatureSink::new(&mut values, batch.len());
        let cx = Context::unhurried(&bowerbird_core::SystemClock);
        FeatureHydrator::<()>::hydrate(&found, &(), rows, &cx, &mut sink).expect("nothing can fail");
        let row = |item| {
            batch
                .items()
                .iter()
                .position(|&other| other == ItemId(item))
                .expect("merged")
        };
        let mut value = |feature: usize, item| sink.column(feature)[row(item)];
        assert!(
            (value(0, 2) - 0.501_f32.ln()).abs() < 1e-6,
            "half of the best score"
        );
        assert_eq!(value(1, 3), 7.0_f32.ln());
        assert_eq!((value(2, 1), value(3, 1)), (0.5, 0.1));
        assert_eq!(
            (value(4, 3), value(6, 3)),
            (0.001_f32.ln(), 0.5),
            "a score below zero has only its rank"
        );
        assert_eq!((value(5, 1), value(7, 1)), (105.0_f32.ln(), 0.0));
        assert_eq!(
            (value(8, 2), value(8, 4)),
            (2.0, 1.0),
            "sources that are not read count all the same"
        );
    }

    #[test]
    fn a_source_that_is_not_there_is_named() {
        let (batch, found) = (batch(), Found::by(["a", "bee"], 100));
        let mut values = vec![0.0; batch.len() * 9];
        let mut sink = FeatureSink::new(&mut values, batch.len());
        let (rows, cx) = (
            Rows::new(&batch, 0, batch.len()),
            Context::unhurried(&bowerbird_core::SystemClock),
        );
        let error = FeatureHydrator::<()>::hydrate(&found, &(), rows, &cx, &mut sink);
        assert!(
            matches!(&error, Err(StageError::UnknownSource { name }) if name == "bee"),
            "{error:?}"
        );
    }

    #[test]
    fn the_sources_and_the_depth_are_its_version() {
        let version = |found: Found| FeatureHydrator::<()>::version(&found);
        assert_eq!(
            version(Found::by(["a", "b"], 9)),
            version(Found::by(["a", "b"], 9))
        );
        assert_ne!(
            version(Found::by(["a", "b"], 9)),
            version(Found::by(["b", "a"], 9))
        );
        assert_ne!(
            version(Found::by(["a", "b"], 9)),
            version(Found::by(["a", "b"], 8))
        );
    }

    #[test]
    fn it_keeps_the_promises_of_hydrators() {
        crate::testing::hydrator(&Found::by(["a", "b"], 100), &(), &batch());
    }
}
