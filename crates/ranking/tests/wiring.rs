//! What can be wrong with a wiring is found when it is built.

mod support;

use bowerbird_ranking::core::{Reason, Status};
use bowerbird_ranking::hydrate::Found;
use bowerbird_ranking::retrieval::{Context, FeatureName, HeadName, SchemaHash, filter_fn};
use bowerbird_ranking::{
    BuildError, Cascade, FailPolicy, FeatureView, HeadSink, Request, RunError, Scorer, SourceOptions,
    StageError, hydrator_fn,
};
use support::{Query, builder, hydrator, scorer, source};

#[test]
fn a_cascade_needs_a_source() {
    assert!(matches!(
        Cascade::<Query>::builder().build(),
        Err(BuildError::NoSource)
    ));
}

#[test]
fn a_feature_nobody_computes_is_refused() {
    let error = builder()
        .pre_rank(scorer("odd", &["c"], "x"), 5)
        .build()
        .expect_err("there is no c");
    assert_eq!(
        error.to_string(),
        "scorer odd reads feature c, which no hydrator computes"
    );
}

#[test]
fn names_features_and_heads_are_unique() {
    let twice = builder().hydrator(hydrator("cheap", "c", 3)).build();
    assert!(matches!(twice, Err(BuildError::DuplicateStage { name }) if &*name == "cheap"));
    let feature = builder().hydrator(hydrator("third", "a", 3)).build();
    assert!(matches!(feature, Err(BuildError::DuplicateFeature { second, .. }) if &*second == "third"));
    let head = builder().pre_rank(scorer("more", &["a"], "fine"), 5).build();
    assert!(matches!(head, Err(BuildError::DuplicateHead { .. })));
}

#[test]
fn options_out_of_range_are_refused() {
    let quota = builder()
        .source(source("x", vec![]), SourceOptions::new().quota(0))
        .build();
    assert!(matches!(
        quota,
        Err(BuildError::InvalidOption { option: "quota", .. })
    ));
    let weight = builder()
        .source(source("x", vec![]), SourceOptions::new().weight(f32::NAN))
        .build();
    assert!(matches!(
        weight,
        Err(BuildError::InvalidOption { option: "weight", .. })
    ));
    assert!(matches!(
        builder().chunk(0).build(),
        Err(BuildError::InvalidOption { option: "chunk", .. })
    ));
    let unknown = builder().on_failure("nobody", FailPolicy::Closed).build();
    assert!(matches!(unknown, Err(BuildError::UnknownStage { name }) if name == "nobody"));
}

/// A model that was trained on features of one schema.
struct Trained(SchemaHash, [FeatureName; 1], [HeadName; 1]);

impl Scorer<Query> for Trained {
    fn name(&self) -> &str {
        "trained"
    }

    fn features(&self) -> &[FeatureName] {
        &self.1
    }

    fn heads(&self) -> &[HeadName] {
        &self.2
    }

    fn trained_on(&self) -> Option<SchemaHash> {
        Some(self.0)
    }

    fn score(
        &self,
        _query: &Query,
        features: &FeatureView<'_>,
        _cx: &Context<'_>,
        out: &mut HeadSink<'_>,
    ) -> Result<(), StageError> {
        out.head(0).copy_from_slice(features.column(0));
        Ok(())
    }
}

#[test]
fn a_model_meets_only_the_features_it_was_trained_on() {
    let served = builder().build().expect("wired");
    let hash = served.schema_of(&["a".into()]).expect("a is computed");
    assert_eq!(served.schema_of(&["nothing".into()]), None);
    let model = |hash| Trained(hash, ["a".into()], ["p".into()]);
    assert!(builder().rank(model(hash)).build().is_ok());
    let other = builder().rank(model(SchemaHash(hash.0 ^ 1))).build();
    assert!(matches!(other, Err(BuildError::SchemaMismatch { wired, .. }) if wired == hash));
}

#[test]
fn another_version_of_a_hydrator_is_not_what_a_model_was_trained_on() {
    let tail = |version| {
        hydrator_fn("tail", ["t"], |_: &Query, _, _, out| {
            out.column(0).fill(1.0);
            Ok(())
        })
        .versioned(version)
    };
    let trained_on = builder().hydrator(tail(1)).build().expect("wired");
    let trained_on = trained_on.schema_of(&["t".into()]).expect("computed");
    let with = |version| {
        let model = Trained(trained_on, ["t".into()], ["p".into()]);
        builder().hydrator(tail(version)).rank(model).build()
    };
    assert!(with(1).is_ok());
    assert!(matches!(with(2), Err(BuildError::SchemaMismatch { .. })));
}

#[test]
fn a_misspelt_source_shows_in_the_first_answer() {
    let cascade = builder().hydrator(Found::by(["low", "evne"], 50)).build();
    let slate = cascade
        .expect("wired")
        .run(&mut (), &Request::new(5))
        .expect("nothing is required");
    let report = slate.coverage().stage("found").expect("reported");
    assert_eq!(report.status, Status::Failed(Reason::Error));
    let named = |error: &StageError| matches!(error, StageError::UnknownSource { name } if name == "evne");
    let mut errors = slate.failures().iter().map(|failure| &failure.error);
    assert!(
        errors.any(|error| error.downcast_ref().is_some_and(named)),
        "{:?}",
        slate.failures()
    );
}

#[test]
fn a_required_stage_that_fails_fails_the_request() {
    let broken = || filter_fn("policy", |_: &Query, _| panic!("the policy service is down"));
    let open = builder().filter(broken()).build().expect("wired");
    let slate = open.run(&mut (), &Request::new(5)).expect("open by default");
    assert_eq!(slate.len(), 5);
    assert!(slate.is_degraded());

    let closed = builder()
        .filter(broken())
        .on_failure("policy", FailPolicy::Closed)
        .build()
        .expect("wired");
    let error = closed.run(&mut (), &Request::new(5)).expect_err("it is required");
    assert!(matches!(error, RunError::StageFailed { stage, .. } if &*stage == "policy"));
}

#[test]
fn a_cascade_without_a_ranker_keeps_the_merged_order() {
    let cascade = Cascade::builder()
        .source(source("only", vec![9, 4, 7]), SourceOptions::new())
        .hydrator(hydrator_fn("unread", ["z"], |_: &Query, _, _, out| {
            out.column(0).fill(1.0);
            Ok(())
        }))
        .build()
        .expect("wired");
    let slate = cascade.run(&mut (), &Request::new(2)).expect("runs");
    assert_eq!(support::ids(&slate), [9, 4]);
    assert_eq!(
        slate.batch().feature(0),
        [1.0; 3],
        "features nobody reads are there for the log"
    );
}
