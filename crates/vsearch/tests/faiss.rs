//! faiss behind the seam: the conformance kit over several factories, and what the wrapper adds.
#![cfg(feature = "faiss")]

use bowerbird_core::{Deadline, ManualClock, Normalization, Reason, SpaceId, Status};
use bowerbird_vsearch::ndarray::Array2;
use bowerbird_vsearch::testing::{self, Corpus, Expect, brute_force};
use bowerbird_vsearch::{
    BatchError, BatchHits, BuildError, Effort, FaissFault, FaissIndex, Hits, Insertion, MAX_DIMENSION,
    MAX_MAGNITUDE, Metric, RangeSearch, SearchError, SearchParams, SearchReport, VectorIndex, VectorKey,
};
use proptest::prelude::*;
use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

/// Fewer vectors than this cannot train the factories below; the kit's smaller corpora are built as `Flat` there.
const TRAINABLE: usize = 40;

fn built(corpus: &Corpus, factory: &str, width: u32) -> Result<FaissIndex, BuildError> {
    FaissIndex::builder(corpus.space.clone(), corpus.metric, factory)
        .with_width(NonZeroU32::new(width).expect("a width"))
        .build(corpus.vectors.view(), &corpus.keys)
}

fn trained(corpus: &Corpus, factory: &str, width: u32) -> Result<FaissIndex, BuildError> {
    let enough = corpus.vectors.nrows() >= TRAINABLE;
    built(corpus, if enough { factory } else { "Flat" }, width)
}

fn space(dimension: u32) -> SpaceId {
    SpaceId::new("faiss", 1, dimension, Normalization::None)
}

#[test]
fn flat_keeps_every_promise() {
    testing::vector_index(Expect::EXACT, &|corpus| built(corpus, "Flat", 1));
    testing::range_search(Expect::EXACT, &|corpus| built(corpus, "Flat", 1));
}

#[test]
fn a_graph_keeps_every_promise() {
    let expect = Expect {
        recall: 0.97,
        ..Expect::EXACT
    };
    testing::vector_index(expect, &|corpus| built(corpus, "HNSW32", 64));
    testing::range_search(expect, &|corpus| built(corpus, "HNSW32", 64));
}

#[test]
fn an_inverted_file_keeps_every_promise() {
    let expect = Expect {
        recall: 0.93,
        ..Expect::EXACT
    };
    testing::vector_index(expect, &|corpus| trained(corpus, "IVF16,Flat", 8));
    testing::range_search(expect, &|corpus| trained(corpus, "IVF16,Flat", 8));
}

#[test]
fn product_codes_with_refinement_keep_every_promise() {
    let expect = Expect {
        recall: 0.95,
        ..Expect::EXACT
    };
    let make = |corpus: &Corpus| {
        let dimension = corpus.vectors.ncols();
        let parts = (1..=16)
            .rev()
            .find(|parts| dimension.is_multiple_of(*parts))
            .unwrap_or(1);
        if corpus.vectors.nrows() < TRAINABLE {
            return built(corpus, "Flat", 1);
        }
        let factory = format!("IVF8,PQ{parts}x4fs,RFlat");
        FaissIndex::builder(corpus.space.clone(), corpus.metric, factory)
            .with_width(NonZeroU32::new(6).expect("a width"))
            .with_refine_factor(NonZeroU16::new(8).expect("a factor"))
            .build(corpus.vectors.view(), &corpus.keys)
    };
    testing::vector_index(expect, &make);
    testing::range_search(expect, &make);
}

#[test]
fn scalar_codes_keep_every_promise_but_exact_scores() {
    let expect = Expect {
        recall: 0.9,
        score_error: 0.01,
    };
    testing::vector_index(expect, &|corpus| built(corpus, "SQ8", 1));
    testing::range_search(expect, &|corpus| built(corpus, "SQ8", 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Small whole numbers: all scores are exact in f32, so the answer is equal to the oracle's, but for which of
    /// several equal vectors come last.
    #[test]
    fn flat_is_brute_force(
        numbers in prop::collection::vec(-3i8..=3, 0..900),
        dimension in 1usize..8,
        k in 0usize..350,
        modulus in 1u64..5,
        similar: bool,
    ) {
        let metric = if similar { Metric::InnerProduct } else { Metric::L2 };
        let count = numbers.len() / dimension;
        let numbers: Vec<_> = numbers.into_iter().map(f32::from).collect();
        let vectors = Array2::from_shape_vec((count, dimension), numbers[..count * dimension].to_vec())
            .expect("a matrix");
        let keys = (0..count as u64).map(|row| VectorKey(row.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
        let corpus = Corpus { space: space(dimension as u32), metric, vectors, keys };
        let index = built(&corpus, "Flat", 1).expect("an index");
        let passes = |key: VectorKey| key.0.is_multiple_of(modulus);
        let query = vec![1.0; dimension];
        let wanted = brute_force(&corpus, &query, passes);
        let bound = wanted.get(wanted.len() / 2).map_or(0.0, |middle| middle.1 as f32);
        let mut hits = Hits::new();
        let scores = |hits: &[(VectorKey, f64)]| hits.iter().map(|hit| hit.1).collect::<Vec<_>>();
        let listed = |hits: &Hits| {
            let listed: Vec<_> = hits.iter().map(|hit| (hit.key, f64::from(hit.score))).collect();
            let ordered = |pair: &[(VectorKey, f64)]| pair[0].1 != pair[1].1 || pair[0].0 < pair[1].0;
            assert!(listed.windows(2).all(ordered), "ties by key");
            assert!(listed.iter().all(|hit| wanted.contains(hit)), "no such vector");
            scores(&listed)
        };

        let params = SearchParams::new(k).with_filter(&passes);
        index.search_range(&query, bound, &params, &mut hits).expect("a search");
        let mut within = wanted.clone();
        within.retain(|(_, score)| metric.order().reaches(*score as f32, bound));
        within.truncate(k);
        prop_assert_eq!(listed(&hits), scores(&within));

        index.search(&query, &params, &mut hits).expect("a search");
        prop_assert_eq!(listed(&hits), scores(&wanted[..k.min(wanted.len())]));
    }
}

fn fault(refused: Result<FaissIndex, BuildError>) -> FaissFault {
    match refused {
        Err(BuildError::Backend(cause)) => *cause.downcast().expect("a fault of faiss"),
        other => panic!("not refused by the library: {other:?}"),
    }
}

#[test]
fn what_faiss_cannot_build_is_a_typed_error() {
    let corpus = Corpus::clustered(Metric::L2, 10, 6, 1);
    for factory in [
        "",
        "Flat2",
        "PQ4x4",
        "IVF16,Flat",
        "IDMap,Flat",
        "NSG8",
        "PQ99999999999",
        "Flat,",
    ] {
        let fault = fault(built(&corpus, factory, 1));
        assert!(matches!(fault, FaissFault::Native { .. }), "{factory}: {fault:?}");
    }
    let zero = fault(built(&corpus, "IVF0,Flat", 1));
    assert!(
        matches!(zero, FaissFault::Factory { position: 3, .. }),
        "{zero:?}"
    );
    let other = fault(built(&corpus, "LSH", 1));
    assert!(matches!(other, FaissFault::OtherMeasure { .. }), "{other:?}");
    let unrefined = FaissIndex::builder(corpus.space.clone(), corpus.metric, "Flat")
        .with_refine_factor(NonZeroU16::MIN)
        .build(corpus.vectors.view(), &corpus.keys);
    assert!(matches!(fault(unrefined), FaissFault::Native { .. }));
}

#[test]
fn an_empty_index_of_a_factory_that_trains_answers_nothing() {
    let corpus = Corpus::clustered(Metric::Cosine, 0, 4, 1);
    for factory in ["IVF16,Flat", "IVF8,PQ4x4fs,RFlat", "HNSW16", "NSG16"] {
        let index = built(&corpus, factory, 1).expect("an empty index");
        let (mut hits, mut answers) = (Hits::new(), BatchHits::new());
        let report = index
            .search(&[1.0; 4], &SearchParams::new(3), &mut hits)
            .expect("a search");
        assert_eq!((report, hits.len()), (SearchReport::full(0, 0), 0), "{factory}");
        let queries = Array2::ones((5, 4));
        index
            .search_together(queries.view(), 3, Effort::Default, &mut answers)
            .expect("a batch");
        assert!(answers.len() == 5 && answers.iter().all(|(hits, _)| hits.is_empty()));
    }
    assert!(matches!(
        fault(built(&corpus, "IVF16,Falt", 1)),
        FaissFault::Native { .. }
    ));
}

fn recall(index: &FaissIndex, corpus: &Corpus, effort: Effort) -> f64 {
    let (mut hits, mut shares) = (Hits::new(), 0.0);
    for query in corpus.vectors.rows().into_iter().step_by(40) {
        let query: Vec<_> = query.iter().map(|x| x + 0.05).collect();
        let params = SearchParams::new(10).with_effort(effort);
        index.search(&query, &params, &mut hits).expect("a search");
        let truth = brute_force(corpus, &query, |_| true);
        let found = truth[..10]
            .iter()
            .filter(|(key, _)| hits.keys().any(|hit| hit == *key));
        shares += found.count() as f64 / 10.0;
    }
    shares / corpus.vectors.nrows().div_ceil(40) as f64
}

#[test]
fn effort_is_the_width_of_one_search_and_is_not_kept() {
    let corpus = Corpus::clustered(Metric::L2, 4000, 24, 5);
    for (factory, narrow) in [
        ("IVF64,Flat", 1),
        ("HNSW4", 10),
        ("PCA12,IVF64_HNSW8,Flat,RFlat", 1),
    ] {
        let index = FaissIndex::builder(corpus.space.clone(), corpus.metric, factory)
            .build(corpus.vectors.view(), &corpus.keys)
            .expect("an index");
        let before = recall(&index, &corpus, Effort::Width(narrow));
        let default = recall(&index, &corpus, Effort::Default);
        let wide = recall(&index, &corpus, Effort::Width(u32::MAX));
        assert!(
            wide > before + 0.02 && wide >= default,
            "{factory}: {before} {default} {wide}"
        );
        assert_eq!(
            recall(&index, &corpus, Effort::Width(0)),
            before.min(recall(&index, &corpus, Effort::Width(1)))
        );
        assert_eq!(
            recall(&index, &corpus, Effort::Width(narrow)),
            before,
            "{factory}"
        );
        assert_eq!(recall(&index, &corpus, Effort::Default), default, "{factory}");
    }
}

#[test]
fn searching_from_many_threads_with_different_efforts_gives_what_one_thread_gives() {
    let corpus = Corpus::clustered(Metric::InnerProduct, 2000, 16, 6);
    let index = built(&corpus, "IVF32,Flat", 2).expect("an index");
    let answer = |width: u32, row: usize| {
        let query = corpus.vectors.row(row).to_vec();
        let mut hits = Hits::new();
        let params = SearchParams::new(10).with_effort(Effort::Width(width));
        index.search(&query, &params, &mut hits).expect("a search");
        hits.as_slice().to_vec()
    };
    let wanted: Vec<_> = (1..9)
        .map(|width| (0..40).map(|row| answer(width, row)).collect::<Vec<_>>())
        .collect();
    std::thread::scope(|scope| {
        for (width, wanted) in (1..9).zip(&wanted) {
            scope.spawn(move || {
                for _ in 0..5 {
                    assert!(
                        (0..40).all(|row| answer(width, row) == wanted[row]),
                        "width {width}"
                    );
                }
            });
        }
    });
}

#[test]
fn together_finds_what_one_by_one_finds() {
    for metric in Metric::ALL {
        let corpus = Corpus::clustered(metric, 1500, 16, 7);
        let queries = Corpus::clustered(metric, 60, 16, 7).vectors;
        for factory in ["Flat", "HNSW16", "IVF32,Flat"] {
            let index = built(&corpus, factory, 4).expect("an index");
            let (mut single, mut together) = (BatchHits::new(), BatchHits::new());
            for k in [1, 10, 400, usize::MAX] {
                let params = SearchParams::new(k);
                index
                    .search_batch(queries.view(), &params, &mut single)
                    .expect("a batch");
                index
                    .search_together(queries.view(), k, Effort::Default, &mut together)
                    .expect("a batch");
                assert_eq!(single.len(), together.len());
                for ((a, _), (b, report)) in single.iter().zip(together.iter()) {
                    assert!(report.is_full());
                    assert_eq!(a.len(), b.len(), "{factory} {metric} k = {k}");
                    for (a, b) in a.iter().zip(b) {
                        assert!(
                            (a.score - b.score).abs() < 1e-4 * (1.0 + a.score.abs()),
                            "{a:?} {b:?}"
                        );
                    }
                }
            }
            let mut bad = queries.clone();
            bad[[33, 2]] = f32::NAN;
            let refused = index.search_together(bad.view(), 3, Effort::Default, &mut together);
            assert!(matches!(
                refused,
                Err(BatchError::Query {
                    row: 33,
                    source: SearchError::Query(_)
                })
            ));
            assert!(together.is_empty());
        }
    }
}

#[test]
fn a_repeatable_graph_is_the_same_each_time_and_a_parallel_one_finds_as_much() {
    let corpus = Corpus::clustered(Metric::L2, 3000, 16, 8);
    let build = |insertion| {
        FaissIndex::builder(corpus.space.clone(), corpus.metric, "HNSW8")
            .with_insertion(insertion)
            .build(corpus.vectors.view(), &corpus.keys)
            .expect("an index")
    };
    let (one, two) = (build(Insertion::Repeatable), build(Insertion::Repeatable));
    let (mut a, mut b) = (Hits::new(), Hits::new());
    for query in corpus.vectors.rows().into_iter().step_by(7) {
        let query: Vec<_> = query.iter().map(|x| x + 0.2).collect();
        for (index, hits) in [(&one, &mut a), (&two, &mut b)] {
            index
                .search(&query, &SearchParams::new(10), hits)
                .expect("a search");
        }
        assert_eq!(a.as_slice(), b.as_slice());
    }
    let parallel = build(Insertion::Parallel);
    let wide = Effort::Width(64);
    assert!(recall(&parallel, &corpus, wide) > recall(&one, &corpus, wide) - 0.05);
}

#[test]
fn a_filter_that_leaves_few_of_many_is_answered_in_full() {
    let corpus = Corpus::clustered(Metric::L2, 5000, 12, 9);
    let rare: Vec<_> = corpus.keys.iter().step_by(500).copied().collect();
    let closure = |key: VectorKey| rare.contains(&key);
    for factory in [
        "HNSW16",
        "IVF64,Flat",
        "Flat",
        "IVF64,Flat,RFlat",
        "PCA11,Flat,RFlat",
    ] {
        let index = built(&corpus, factory, 4).expect("an index");
        let query = corpus.vectors.row(3).to_vec();
        let mut hits = Hits::new();
        let params = SearchParams::new(7).with_filter(&closure);
        let report = index.search(&query, &params, &mut hits).expect("a search");
        let truth = brute_force(&corpus, &query, closure);
        assert!(
            hits.keys().eq(truth[..7].iter().map(|(key, _)| *key)),
            "{factory}"
        );
        assert!(
            report.distances > 5000,
            "{factory}: several passes are counted: {report:?}"
        );

        let one_pass = params.with_distance_budget(report.distances - 1);
        let cut = index.search(&query, &one_pass, &mut hits).expect("a search");
        assert!(
            matches!(
                cut.status,
                Status::Partial {
                    reason: Reason::Limit,
                    ..
                }
            ),
            "{cut:?}"
        );
        assert!(hits.iter().all(|hit| closure(hit.key)));
        let clock = ManualClock::new();
        let late = params.with_deadline(Deadline::after(&clock, Duration::ZERO), &clock);
        let cut = index.search(&query, &late, &mut hits).expect("a search");
        assert!(
            hits.is_empty()
                && matches!(
                    cut.status,
                    Status::Partial {
                        reason: Reason::Deadline,
                        ..
                    }
                )
        );
    }
}

#[test]
fn the_largest_vectors_never_give_an_infinity() {
    let dimension = MAX_DIMENSION as usize;
    let mut vectors = Array2::from_elem((40, dimension), MAX_MAGNITUDE);
    vectors.row_mut(1).fill(-MAX_MAGNITUDE);
    vectors.row_mut(2).fill(1e-20);
    let keys: Vec<_> = (0..40).map(VectorKey).collect();
    for metric in Metric::ALL {
        for factory in ["Flat", "HNSW4", "SQfp16", "SQ8", "IVF2,Flat"] {
            let corpus = Corpus {
                space: space(MAX_DIMENSION),
                metric,
                vectors: vectors.clone(),
                keys: keys.clone(),
            };
            let index = built(&corpus, factory, 2).expect("an index");
            let mut hits = Hits::new();
            let mut answers = BatchHits::new();
            let query = vec![MAX_MAGNITUDE; dimension];
            index
                .search(&query, &SearchParams::new(40), &mut hits)
                .expect("a search");
            assert!(hits.iter().all(|hit| hit.score.is_finite()), "{factory} {metric}");
            let complete = matches!(factory, "Flat" | "IVF2,Flat");
            assert!(
                !complete || hits.len() == 40,
                "{factory} {metric}: {}",
                hits.len()
            );
            index
                .search_together(vectors.view(), 40, Effort::Default, &mut answers)
                .expect("a batch");
            assert!(
                answers
                    .iter()
                    .all(|(hits, _)| hits.iter().all(|hit| hit.score.is_finite()))
            );
        }
    }
}

#[test]
fn everything_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<FaissIndex>();
    shared::<FaissFault>();
}
