//! The inverted file: the conformance kit over what it can be made of, determinism, recall.

use bowerbird_core::container::Container;
use bowerbird_core::{Clock, Deadline, ManualClock, Reason, Status};
use bowerbird_vsearch::ivf::{Codes, IvfBuilder, Refine, Rotate, Spill};
use bowerbird_vsearch::testing::{self, Corpus, Expect, brute_force};
use bowerbird_vsearch::{
    AllowList, BatchHits, BuildError, Effort, Hits, IvfIndex, MAX_DIMENSION, MAX_MAGNITUDE, Metric,
    SearchParams, VectorIndex, VectorKey,
};
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn builder(corpus: &Corpus) -> IvfBuilder {
    IvfIndex::builder(corpus.space.clone(), corpus.metric)
}

fn built(corpus: &Corpus, builder: IvfBuilder) -> Result<IvfIndex, BuildError> {
    builder.build(corpus.vectors.view(), &corpus.keys)
}

/// Holds an index to the kit, by recall and error of its scores.
fn keeps(recall: f64, score_error: f64, change: impl Fn(IvfBuilder, &Corpus) -> IvfBuilder) {
    let expect = Expect { recall, score_error };
    let make = |corpus: &Corpus| built(corpus, change(builder(corpus), corpus));
    testing::vector_index(expect, &make);
    testing::range_search(expect, &make);
}

#[test]
fn all_lists_of_vectors_are_exact() {
    keeps(1.0, 1e-5, |builder, _| {
        builder.with_codes(Codes::Flat).with_probe(u32::MAX, 0)
    });
}

#[test]
fn lists_of_vectors_keep_every_promise() {
    keeps(0.9, 1e-5, |builder, _| builder.with_codes(Codes::Flat));
}

#[test]
fn four_bits_and_bytes_keep_every_promise() {
    keeps(0.85, 5e-3, |builder, _| builder);
}

#[test]
fn four_bits_and_halves_keep_every_promise() {
    keeps(0.85, 1e-3, |builder, _| builder.with_refine(Refine::F16));
}

#[test]
fn four_bits_and_floats_keep_every_promise() {
    keeps(0.85, 1e-5, |builder, _| {
        builder
            .with_refine(Refine::F32)
            .with_codes(Codes::Pq4 { pieces: 7 })
    });
}

#[test]
fn four_bits_alone_keep_every_promise() {
    keeps(0.5, 0.3, |builder, _| builder.with_refine(Refine::None));
}

#[test]
fn a_second_list_keeps_every_promise() {
    keeps(0.9, 5e-3, |builder, _| builder.with_spill(Spill::Second));
    keeps(0.5, 0.3, |builder, _| {
        builder.with_spill(Spill::Second).with_refine(Refine::None)
    });
}

#[test]
fn a_rotation_keeps_every_promise() {
    keeps(0.85, 5e-3, |builder, _| builder.with_rotation(Rotate::Optimized));
    keeps(0.5, 0.3, |builder, _| {
        builder.with_rotation(Rotate::Optimized).with_refine(Refine::None)
    });
}

#[test]
fn eight_bits_keep_every_promise() {
    let codes = Codes::Pq8 { pieces: 5 };
    keeps(0.85, 5e-3, |builder, _| builder.with_codes(codes));
    keeps(0.6, 0.3, |builder, _| {
        builder.with_codes(codes).with_refine(Refine::None)
    });
}

#[test]
fn every_kind_has_the_same_bytes_for_any_number_of_threads() {
    for metric in Metric::ALL {
        let corpus = Corpus::clustered(metric, 900, 11, 5);
        for codes in [Codes::Flat, Codes::Pq4 { pieces: 6 }, Codes::Pq8 { pieces: 3 }] {
            let builder = builder(&corpus)
                .with_codes(codes)
                .with_rotation(Rotate::Optimized)
                .with_spill(Spill::Second);
            let serial = built(&corpus, builder.clone())
                .expect("a build")
                .to_bytes()
                .expect("bytes");
            for threads in [1, 2, 3] {
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .expect("a pool");
                let index = pool.install(|| built(&corpus, builder.clone())).expect("a build");
                assert!(
                    index.to_bytes().expect("bytes") == serial,
                    "{codes:?}, {threads} threads"
                );
            }
        }
    }
}

#[test]
fn odd_shapes_are_built_and_searched() {
    for (count, dimension, pieces) in [
        (0, 3, 2),
        (1, 1, 9),
        (3, 5, 0),
        (40, 7, 3),
        (70, 4096, 100),
        (33, 2, 1),
    ] {
        for metric in Metric::ALL {
            let mut corpus = Corpus::clustered(metric, count, dimension, 3);
            corpus.space.dimension = dimension as u32;
            for codes in [Codes::Flat, Codes::Pq4 { pieces }, Codes::Pq8 { pieces }] {
                for lists in [0, 1, 1000] {
                    let index = built(&corpus, builder(&corpus).with_codes(codes).with_lists(lists))
                        .expect("a build");
                    assert_eq!(index.len(), count);
                    let mut hits = Hits::new();
                    let query = vec![0.25; dimension];
                    index
                        .search(&query, &SearchParams::new(100), &mut hits)
                        .expect("a search");
                    assert_eq!(hits.len(), count, "{corpus}: {codes:?}");
                }
            }
        }
    }
}

#[test]
fn the_largest_vectors_never_overflow() {
    let dimension = MAX_DIMENSION as usize;
    let mut corpus = Corpus::clustered(Metric::L2, 40, dimension, 8);
    corpus.vectors.mapv_inplace(|x| x.signum() * MAX_MAGNITUDE);
    for metric in Metric::ALL {
        corpus.metric = metric;
        for spill in [Spill::Single, Spill::Second] {
            for refine in [Refine::None, Refine::Int8, Refine::F16, Refine::F32] {
                let builder = builder(&corpus)
                    .with_spill(spill)
                    .with_refine(refine)
                    .with_lists(5);
                let index = built(&corpus, builder).expect("a build");
                let mut hits = Hits::new();
                let query = vec![MAX_MAGNITUDE; dimension];
                index
                    .search(&query, &SearchParams::new(40), &mut hits)
                    .expect("a search");
                assert_eq!(hits.len(), 40, "{metric} {refine:?}");
                assert!(
                    hits.iter().all(|hit| hit.score.is_finite()),
                    "{metric} {refine:?}"
                );
            }
        }
    }
}

#[test]
fn more_lists_and_candidates_find_more() {
    for metric in Metric::ALL {
        let corpus = Corpus::clustered(metric, 6000, 24, 11);
        let index = built(&corpus, builder(&corpus)).expect("a build");
        let queries = Corpus::clustered(metric, 40, 24, 12).vectors;
        let mut hits = Hits::new();
        let mut recall = |lists, refine| {
            let params = SearchParams::new(10).with_effort(Effort::Probe { lists, refine });
            let mut right = 0;
            for query in queries.rows() {
                let query = query.to_vec();
                index.search(&query, &params, &mut hits).expect("a search");
                let mut best = brute_force(&corpus, &query, |_| true);
                best.truncate(10);
                right += hits
                    .keys()
                    .filter(|key| best.iter().any(|(best, _)| best == key))
                    .count();
            }
            right as f64 / 400.0
        };
        let (few, many, all) = (recall(2, 20), recall(32, 100), recall(u32::MAX, 400));
        assert!(few < many && many <= all + 0.01, "{metric}: {few} {many} {all}");
        assert!(all > 0.97, "{metric}: {all}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_batch_is_bit_for_bit_the_searches(
        seed: u64, count in 0usize..150, threads in 0usize..4, k in 1usize..40, lists in 1u32..60, kind in 0usize..4,
    ) {
        for metric in Metric::ALL {
            // Many equal vectors, so that ties decide.
            let mut corpus = Corpus::clustered(metric, 700, 10, seed);
            corpus.vectors.mapv_inplace(|x| (x * 2.0).round() / 2.0 + 0.25);
            let queries = Corpus::clustered(metric, count, 10, !seed).vectors;
            let builder = match kind {
                0 => builder(&corpus).with_codes(Codes::Flat),
                1 => builder(&corpus).with_spill(Spill::Second),
                2 => builder(&corpus).with_codes(Codes::Pq8 { pieces: 5 }),
                _ => builder(&corpus).with_rotation(Rotate::Optimized).with_refine(Refine::None),
            };
            let index = built(&corpus, builder).expect("a build");
            let third = |key: VectorKey| key.0.is_multiple_of(3);
            let mut params = SearchParams::new(k).with_effort(Effort::Width(lists));
            if k % 2 == 0 {
                params = params.with_filter(&third);
            }
            let mut answers = BatchHits::new();
            if threads == 0 {
                index.search_batch(queries.view(), &params, &mut answers).expect("a batch");
            } else {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
                pool.install(|| index.search_batch(queries.view(), &params, &mut answers)).expect("a batch");
            }
            let mut hits = Hits::new();
            for (query, (found, report)) in queries.rows().into_iter().zip(answers.iter()) {
                let single = index.search(&query.to_vec(), &params, &mut hits).expect("a search");
                prop_assert_eq!(single, report);
                let bits = |hits: &Hits| hits.iter().map(|h| (h.key, h.score.to_bits())).collect::<Vec<_>>();
                prop_assert_eq!(bits(found), bits(&hits));
            }
        }
    }
}

#[test]
fn a_short_list_is_answered_exactly_by_what_is_kept() {
    for metric in Metric::ALL {
        let corpus = Corpus::clustered(metric, 900, 12, 21);
        let few: AllowList = corpus.keys.iter().step_by(40).copied().collect();
        for (refine, codes) in [
            (Refine::F32, Codes::Pq4 { pieces: 6 }),
            (Refine::None, Codes::Flat),
        ] {
            let index =
                built(&corpus, builder(&corpus).with_refine(refine).with_codes(codes)).expect("a build");
            let query = vec![0.3; 12];
            let mut hits = Hits::new();
            let params = SearchParams::new(5).with_filter(&few);
            let report = index.search(&query, &params, &mut hits).expect("a search");
            assert_eq!(report.visited, few.keys().len() as u64);
            let best = brute_force(&corpus, &query, |key| few.keys().contains(&key));
            assert!(
                hits.keys().eq(best[..5].iter().map(|(key, _)| *key)),
                "{metric} {codes:?}"
            );
        }
    }
}

#[test]
fn bytes_are_as_the_table_says() {
    let corpus = Corpus::clustered(Metric::Cosine, 20_000, 100, 30);
    let index = built(&corpus, builder(&corpus).with_lists(64)).expect("a build");
    let centres = 64 * 100 * 4 + 64 * 4 + 64 * 8 + 16 * 100 * 4 + 100 * 4;
    let fillers = index.bytes() - centres - 20_000 * 146;
    assert!(fillers < 64 * 31 * 30, "{} bytes", index.bytes());
    assert!(index.bytes() * 100 < 20_000 * 400 * 45);
}

/// A clock that moves by a millisecond each time it is read.
#[derive(Debug)]
struct Ticking(ManualClock);

impl Clock for Ticking {
    fn now(&self) -> Instant {
        let now = self.0.now();
        self.0.advance(Duration::from_millis(1));
        now
    }
}

#[test]
fn a_search_cut_short_has_the_best_of_the_nearest_lists() {
    for codes in [Codes::Flat, Codes::Pq4 { pieces: 4 }, Codes::Pq8 { pieces: 4 }] {
        let corpus = Corpus::clustered(Metric::L2, 5000, 8, 1);
        let index = built(&corpus, builder(&corpus).with_codes(codes)).expect("a build");
        let query = [0.1; 8];
        let params = SearchParams::new(10).with_effort(Effort::Width(100));
        let (mut cut, mut whole) = (Hits::new(), Hits::new());
        let full = index.search(&query, &params, &mut whole).expect("a search");
        let clock = Ticking(ManualClock::new());
        let deadline = Deadline::after(&clock.0, Duration::from_millis(6));
        let report = index
            .search(&query, &params.with_deadline(deadline, &clock), &mut cut)
            .expect("a search");
        let Status::Partial {
            fraction,
            reason: Reason::Deadline,
        } = report.status
        else {
            panic!("not cut: {report:?}");
        };
        assert!(report.visited > 0 && report.visited < full.visited);
        assert!((f64::from(fraction) - report.visited as f64 / full.visited as f64).abs() < 1e-6);
        assert_eq!(cut.len(), 10);

        // A budget that ends at the same place gives the same hits.
        let limited = params.with_distance_budget(report.distances);
        let again = index.search(&query, &limited, &mut whole).expect("a search");
        assert_eq!(
            (again.visited, again.distances),
            (report.visited, report.distances)
        );
        assert_eq!(cut.as_slice(), whole.as_slice());
    }
}

/// An index whose lists are found by a graph over their centres.
fn linked(corpus: &Corpus, codes: Codes, lists: u32) -> Result<IvfIndex, BuildError> {
    IvfIndex::builder(corpus.space.clone(), corpus.metric)
        .with_codes(codes)
        .with_refine(Refine::F32)
        .with_lists(lists)
        .with_probe(lists / 5, 0)
        .with_centre_graph_from(1)
        .with_centre_graph_for_one_in(2)
        .build(corpus.vectors.view(), &corpus.keys)
}

#[test]
fn a_graph_over_the_centres_keeps_every_promise() {
    let expect = Expect {
        recall: 0.9,
        score_error: 1e-5,
    };
    for codes in [Codes::Flat, Codes::Pq4 { pieces: 20 }] {
        testing::vector_index(expect, &|corpus| linked(corpus, codes, 24));
        testing::range_search(expect, &|corpus| linked(corpus, codes, 24));
    }
}

#[test]
fn a_graph_over_the_centres_finds_what_scoring_all_finds() {
    for metric in Metric::ALL {
        let corpus = Corpus::clustered(metric, 4000, 16, 31);
        let near = Corpus::clustered(metric, 50, 16, 31);
        let plain = IvfIndex::builder(corpus.space.clone(), metric)
            .with_refine(Refine::F32)
            .with_lists(200)
            .with_probe(40, 0)
            .build(corpus.vectors.view(), &corpus.keys)
            .expect("a build");
        let graph = linked(&corpus, Codes::Pq4 { pieces: 8 }, 200).expect("a build");
        assert!(graph.bytes() > plain.bytes());
        let alone = graph.to_bytes().expect("bytes");
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(3)
            .build()
            .expect("a pool");
        let together = pool
            .install(|| linked(&corpus, Codes::Pq4 { pieces: 8 }, 200))
            .expect("a build");
        assert!(together.to_bytes().expect("bytes") == alone);

        let container = Container::from_bytes(&alone).expect("a container");
        let opened = IvfIndex::from_container(&container).expect("an index");
        opened.check_content().expect("sound");
        let (mut ours, mut theirs, mut again) = (Hits::new(), Hits::new(), Hits::new());
        let (mut same, mut fewer, mut other) = (0, 0, 0);
        for query in near.vectors.rows() {
            let query = query.to_vec();
            let params = SearchParams::new(10);
            let by_graph = graph.search(&query, &params, &mut ours).expect("a search");
            let by_all = plain.search(&query, &params, &mut theirs).expect("a search");
            other += usize::from(by_graph.distances != by_all.distances);
            opened.search(&query, &params, &mut again).expect("a search");
            assert_eq!(ours.as_slice(), again.as_slice());
            same += ours
                .keys()
                .filter(|key| theirs.keys().any(|other| other == *key))
                .count();
            fewer += usize::from(ours.len() < 10);
        }
        assert!(same >= 485 && fewer == 0, "{metric}: {same} of 500");
        assert!(other > 25, "{metric}: the graph was not used");
        assert!(other > 25, "{metric}: the graph was not used");
    }
}
