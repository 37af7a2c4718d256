//! Tuning: the recall that was asked for, on queries that did not choose it.

use bowerbird_vsearch::testing::Corpus;
use bowerbird_vsearch::{FlatIndex, HnswIndex, Metric, TuneError, Tuner, Vectors, tune};

fn corpus() -> (Corpus, Corpus) {
    (
        Corpus::clustered(Metric::L2, 4000, 20, 1),
        Corpus::clustered(Metric::L2, 300, 20, 1),
    )
}

fn index(corpus: &Corpus) -> HnswIndex {
    HnswIndex::builder(corpus.space.clone(), corpus.metric)
        .with_links(6)
        .with_build_width(30)
        .with_vectors(Vectors::Sq8)
        .build(corpus.vectors.view(), &corpus.keys)
        .expect("a build")
}

#[test]
fn the_recall_is_reached_with_little_to_spare() {
    let (corpus, queries) = corpus();
    let index = index(&corpus);
    let flat = FlatIndex::builder(corpus.space.clone(), corpus.metric)
        .build(corpus.vectors.view(), &corpus.keys)
        .expect("a build");
    let mut last = 0;
    for target in [0.6, 0.9, 0.99] {
        let tuned = Tuner::new(&index)
            .oracle(&flat)
            .run(queries.vectors.view(), target)
            .expect("tuned");
        assert!(tuned.recall > target - 0.04, "{target} {tuned:?}");
        assert!(tuned.width >= last, "{target} {tuned:?}");
        assert!(tuned.tried.is_sorted_by_key(|tried| tried.width));
        let below = tuned.tried.iter().rev().find(|tried| tried.width < tuned.width);
        assert!(
            below.is_none_or(|below| below.recall < target),
            "{target} {tuned:?}"
        );
        last = tuned.width;
    }
    assert!(last > 1, "the widths do something");
}

#[test]
fn what_cannot_be_tuned_is_refused() {
    let (corpus, queries) = corpus();
    let index = index(&corpus);
    let queries = queries.vectors.view();
    assert!(matches!(
        tune(&index, queries, 1.5),
        Err(TuneError::Target { .. })
    ));
    assert!(matches!(
        tune(&index, queries, f64::NAN),
        Err(TuneError::Target { .. })
    ));
    let one = queries.slice(bowerbird_vsearch::ndarray::s![..1, ..]);
    assert!(matches!(
        tune(&index, one, 0.9),
        Err(TuneError::Queries { found: 1 })
    ));
    let narrow = bowerbird_vsearch::ndarray::Array2::zeros((10, 3));
    assert!(matches!(
        tune(&index, narrow.view(), 0.9),
        Err(TuneError::Batch(_))
    ));
    let other = FlatIndex::builder(corpus.space.clone(), corpus.metric)
        .build(
            corpus.vectors.view(),
            &corpus
                .keys
                .iter()
                .map(|key| bowerbird_vsearch::VectorKey(key.0 ^ 1))
                .collect::<Vec<_>>(),
        )
        .expect("a build");
    let elsewhere = Tuner::new(&index).oracle(&other).run(queries, 0.9);
    assert!(
        matches!(elsewhere, Err(TuneError::OutOfReach { .. })),
        "{elsewhere:?}"
    );
}
