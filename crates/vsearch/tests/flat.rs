//! The exact index against brute force, and what it does when it is cut short.

use bowerbird_core::{Clock, Deadline, ManualClock, Normalization, Reason, SpaceId, Status};
use bowerbird_vsearch::ndarray::{Array2, ArrayView2};
use bowerbird_vsearch::testing::{Corpus, brute_force};
use bowerbird_vsearch::{
    AllowList, BatchHits, BuildIndex, FlatIndex, Hits, MAX_DIMENSION, MAX_MAGNITUDE, Metric, RangeSearch,
    SearchParams, VectorIndex, VectorKey,
};
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn flat(corpus: &Corpus) -> FlatIndex {
    FlatIndex::builder(corpus.space.clone(), corpus.metric)
        .build(corpus.vectors.view(), &corpus.keys)
        .expect("a good corpus")
}

/// Vectors of small whole numbers: every dot product and distance is exact in f32, so the answer has to be *equal*
/// to the oracle's, ties and all.
fn whole_numbers() -> impl Strategy<Value = (Corpus, Vec<f32>)> {
    (
        1usize..70,
        0usize..300,
        prop::sample::select(vec![Metric::L2, Metric::InnerProduct]),
    )
        .prop_flat_map(|(dimension, count, metric)| {
            let number = || (-3i8..=3).prop_map(f32::from);
            let vectors = prop::collection::vec(number(), dimension * count);
            let keys = prop::collection::hash_set(any::<u64>(), count);
            (vectors, keys, prop::collection::vec(number(), dimension)).prop_map(
                move |(vectors, keys, query)| {
                    let corpus = Corpus {
                        space: SpaceId::new("whole", 1, dimension as u32, Normalization::None),
                        metric,
                        vectors: Array2::from_shape_vec((count, dimension), vectors).expect("a matrix"),
                        keys: keys.into_iter().map(VectorKey).collect(),
                    };
                    (corpus, query)
                },
            )
        })
}

fn listed(hits: &Hits) -> Vec<(VectorKey, f64)> {
    hits.iter().map(|hit| (hit.key, f64::from(hit.score))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn flat_is_brute_force((corpus, query) in whole_numbers(), k in 0usize..350, modulus in 1u64..5) {
        let index = flat(&corpus);
        let passes = |key: VectorKey| key.0.is_multiple_of(modulus);
        let mut wanted = brute_force(&corpus, &query, passes);
        wanted.truncate(k);
        let mut hits = Hits::new();
        index.search(&query, &SearchParams::new(k).with_filter(&passes), &mut hits).expect("a search");
        prop_assert_eq!(listed(&hits), wanted);
    }

    #[test]
    fn a_range_is_brute_force((corpus, query) in whole_numbers(), bound in -40i8..120, k in 0usize..350) {
        let index = flat(&corpus);
        let mut wanted = brute_force(&corpus, &query, |_| true);
        wanted.retain(|(_, score)| corpus.metric.order().reaches(*score as f32, f32::from(bound)));
        wanted.truncate(k);
        let mut hits = Hits::new();
        index.search_range(&query, f32::from(bound), &SearchParams::new(k), &mut hits).expect("a search");
        prop_assert_eq!(listed(&hits), wanted);
    }

    #[test]
    fn a_short_list_is_answered_as_a_closure_is((corpus, query) in whole_numbers(), step in 1usize..60) {
        let index = flat(&corpus);
        let list: AllowList = corpus.keys.iter().step_by(step).copied().collect();
        let closure = |key: VectorKey| list.keys().contains(&key);
        let (mut direct, mut asked) = (Hits::new(), Hits::new());
        index.search(&query, &SearchParams::new(10).with_filter(&list), &mut direct).expect("a search");
        index.search(&query, &SearchParams::new(10).with_filter(&closure), &mut asked).expect("a search");
        prop_assert_eq!(direct.as_slice(), asked.as_slice());
    }

    #[test]
    fn a_batch_is_bit_for_bit_the_searches(seed: u64, count in 0usize..60, dimension in 1usize..70, threads in 0usize..4) {
        for metric in Metric::ALL {
            let corpus = Corpus::clustered(metric, 700, dimension, seed);
            let queries = Corpus::clustered(metric, count, dimension, !seed).vectors;
            let index = flat(&corpus);
            let params = SearchParams::new(12);
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
fn a_search_cut_short_has_the_best_of_what_it_saw() {
    let corpus = Corpus::clustered(Metric::L2, 5000, 8, 1);
    let index = flat(&corpus);
    let query = [0.1; 8];
    let (mut cut, mut seen) = (Hits::new(), Hits::new());
    let clock = Ticking(ManualClock::new());
    let deadline = Deadline::after(&clock.0, Duration::from_millis(6));
    let params = SearchParams::new(10).with_deadline(deadline, &clock);
    let report = index.search(&query, &params, &mut cut).expect("a search");
    let Status::Partial {
        fraction,
        reason: Reason::Deadline,
    } = report.status
    else {
        panic!("not cut: {report:?}");
    };
    assert!(report.visited > 0 && report.visited < 5000);
    assert!((f64::from(fraction) - report.visited as f64 / 5000.0).abs() < 1e-6);

    let same_rows = SearchParams::new(10).with_distance_budget(report.visited);
    let limited = index.search(&query, &same_rows, &mut seen).expect("a search");
    assert_eq!(limited.visited, report.visited);
    assert_eq!(cut.as_slice(), seen.as_slice());
    let visited: Vec<_> = index.keys().take(report.visited as usize).collect();
    let best = brute_force(&corpus, &query, |key| visited.binary_search(&key).is_ok());
    assert!(cut.keys().eq(best[..10].iter().map(|(key, _)| *key)));
}

#[test]
fn the_clock_is_read_every_few_hundred_rows_and_not_without_a_deadline() {
    for (dimension, at_most) in [(8u32, 256u64), (1000, 16), (MAX_DIMENSION, 4)] {
        let corpus = Corpus::clustered(Metric::InnerProduct, 1500, dimension as usize, 2);
        let index = flat(&corpus);
        let clock = Ticking(ManualClock::new());
        let query = vec![0.5; dimension as usize];
        let deadline = Deadline::after(&clock.0, Duration::from_millis(2));
        let params = SearchParams::new(1).with_deadline(deadline, &clock);
        let report = index.search(&query, &params, &mut Hits::new()).expect("a search");
        assert!(
            report.visited <= 2 * at_most,
            "{report:?} at dimension {dimension}"
        );

        let before = clock.0.now();
        let params = SearchParams::new(1).with_deadline(Deadline::NEVER, &clock);
        index.search(&query, &params, &mut Hits::new()).expect("a search");
        assert_eq!(clock.0.now(), before);
    }
}

#[test]
fn the_largest_vectors_never_overflow() {
    let dimension = MAX_DIMENSION as usize;
    let mut vectors = Array2::from_elem((4, dimension), MAX_MAGNITUDE);
    vectors.row_mut(1).fill(-MAX_MAGNITUDE);
    vectors
        .row_mut(2)
        .iter_mut()
        .step_by(2)
        .for_each(|x| *x = -MAX_MAGNITUDE);
    vectors.row_mut(3).fill(1.0);
    vectors[[3, 0]] = 0.0;
    let keys = [4, 3, 2, 1].map(VectorKey);
    for metric in Metric::ALL {
        let space = SpaceId::new("large", 1, MAX_DIMENSION, Normalization::None);
        let index = FlatIndex::builder(space, metric)
            .build(vectors.view(), &keys)
            .expect("a build");
        let mut hits = Hits::new();
        index
            .search(&vec![MAX_MAGNITUDE; dimension], &SearchParams::new(4), &mut hits)
            .expect("a search");
        assert!(hits.iter().all(|hit| hit.score.is_finite()), "{metric}: {hits:?}");
        assert_eq!(hits.len(), 4, "{metric}");
        let ends = (hits.keys().next(), hits.keys().next_back());
        assert_eq!(ends, (Some(VectorKey(4)), Some(VectorKey(3))), "{metric}");
    }
}

#[test]
fn vectors_are_found_by_key_and_scaled_under_cosine() {
    let vectors = ArrayView2::from_shape((2, 2), &[3.0, 4.0, 0.0, 2.0]).expect("a matrix");
    let keys = [VectorKey(u64::MAX), VectorKey(0)];
    let space = SpaceId::new("small", 1, 2, Normalization::None);
    for (metric, wanted) in [(Metric::L2, [3.0, 4.0]), (Metric::Cosine, [0.6, 0.8])] {
        let mut told = Vec::new();
        let index = FlatIndex::builder(space.clone(), metric)
            .build_with_progress(vectors, &keys, &mut |progress| told.push(progress.done))
            .expect("a build");
        assert!(index.keys().eq([VectorKey(0), VectorKey(u64::MAX)]));
        assert_eq!(
            index.vector(VectorKey(u64::MAX)).expect("a vector").to_vec(),
            wanted
        );
        assert!(index.vector(VectorKey(1)).is_none());
        assert_eq!(told, [0, 2]);
        assert_eq!(index.bytes(), 2 * (2 * 4 + 8));
    }
}

#[test]
fn everything_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<FlatIndex>();
    shared::<Box<dyn VectorIndex>>();
    shared::<Hits>();
    shared::<BatchHits>();
    shared::<SearchParams<'static>>();
}
