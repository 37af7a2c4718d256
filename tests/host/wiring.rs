//! What doesn't fit together is refused before the first request.

use crate::cascade::host;
use crate::query::Viewer;
use bowerbird::ranking::{BuildError, Cascade};
use bowerbird::retrieval::{self, AlsConfig, AlsModel, AnnSource, SchemaHash};
use std::sync::Arc;

#[test]
fn an_index_and_an_encoder_of_different_spaces_are_refused() {
    let host = host();
    let config = AlsConfig {
        factors: 16,
        seed: 2,
        iterations: 1,
        ..AlsConfig::default()
    };
    let other = Arc::new(AlsModel::fit(&host.world.past, &config).expect("fits"));
    assert_eq!(other.space().dimension, host.als.space().dimension);
    let refused = AnnSource::new::<Viewer>(Arc::clone(&host.index), other);
    assert!(
        matches!(refused, Err(retrieval::BuildError::Space(_))),
        "{refused:?}"
    );
    let same = AnnSource::new::<Viewer>(Arc::clone(&host.index), Arc::clone(&host.als));
    assert!(same.is_ok());
}

#[test]
fn a_model_of_other_features_is_refused() {
    let host = host();
    let mut trained_on = host.model.trained_on().expect("said when it was trained");
    assert!(host.with_model((*host.model).clone()).is_ok());
    trained_on = SchemaHash(trained_on.0 ^ 1);
    let refused = host.with_model((*host.model).clone().with_schema(trained_on));
    assert!(
        matches!(refused, Err(BuildError::SchemaMismatch { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_model_without_its_hydrators_is_refused() {
    let scorer = bowerbird::ranking::model::LogisticScorer::new("taste", Arc::clone(&host().model));
    let source =
        bowerbird::retrieval::source_fn("none", |_: &Viewer, _, _| Ok(bowerbird::core::Status::Full));
    let refused = Cascade::builder()
        .source(source, Default::default())
        .rank(scorer)
        .build();
    assert!(
        matches!(refused, Err(BuildError::MissingFeature { .. })),
        "{refused:?}"
    );
}
