//! The host's own parts keep the promises of their roles: the public conformance kits say so.

use crate::cascade::{host, reranker};
use crate::filter::Since;
use crate::hydrator::Film;
use crate::query::Viewer;
use crate::source::SameDecade;
use bowerbird::core::ItemId;
use bowerbird::ranking::Request;
use bowerbird::ranking::model::LogisticScorer;
use bowerbird::{ranking, retrieval};
use std::sync::Arc;

/// Somebody with much behind them, somebody with little, somebody new.
fn viewers() -> Vec<Viewer> {
    let host = host();
    let viewer = |user, newest: usize| {
        let mut viewer = host.viewer(user);
        viewer.history = host.world.past.history(viewer.user);
        let start = viewer.history.len().saturating_sub(newest);
        viewer.history.drain(..start);
        viewer
    };
    vec![viewer(30, 1_000), viewer(15, 3), viewer(9_999, 0)]
}

#[test]
fn of_a_source() {
    let world = &host().world;
    let source = SameDecade::new(Arc::clone(&world.catalogue), &world.past);
    retrieval::testing::candidate_source(&source, &viewers());
    retrieval::testing::history_is_excluded(&source, &viewers());
}

#[test]
fn of_a_filter() {
    let world = &host().world;
    let films: Vec<ItemId> = world
        .past
        .items()
        .ids()
        .iter()
        .copied()
        .chain([ItemId(u64::MAX)])
        .collect();
    let mut viewers = viewers();
    viewers[0].since = 1980;
    retrieval::testing::filter(&Since(Arc::clone(&world.catalogue)), &viewers, &films);
}

#[test]
fn of_a_hydrator_a_scorer_and_a_reranker() {
    let host = host();
    for mut viewer in viewers() {
        let slate = host
            .cascade
            .run(&mut viewer, &Request::new(10))
            .expect("an answer");
        let batch = slate.batch();
        let film = Film::new(Arc::clone(&host.world.catalogue));
        ranking::testing::hydrator(&film, &viewer, batch);
        ranking::testing::reranker(&reranker(&host.world, &host.als), &viewer, batch);

        let scorer = LogisticScorer::new("taste", Arc::clone(&host.model));
        let column = |name: &retrieval::FeatureName| {
            let feature = batch.schema().feature(name.as_str()).expect("computed");
            batch.feature(feature).to_vec()
        };
        let columns: Vec<Vec<f32>> = host.model.features().iter().map(column).collect();
        ranking::testing::scorer(&scorer, &viewer, &columns);
    }
}
