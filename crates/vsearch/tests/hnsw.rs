//! The graph index: the kit, the same bytes from any number of threads, and answers that brute force confirms.

use bowerbird_core::{Normalization, SpaceId};
use bowerbird_vsearch::testing::{self, Corpus, Expect, brute_force};
use bowerbird_vsearch::{
    BuildError, Effort, Hits, HnswBuilder, HnswIndex, Metric, SearchParams, VectorIndex, VectorKey, Vectors,
};

const ALL: [Vectors; 4] = [Vectors::F32, Vectors::F16, Vectors::Sq8, Vectors::Sq8Exact];

fn builder(corpus: &Corpus, vectors: Vectors) -> HnswBuilder {
    HnswIndex::builder(corpus.space.clone(), corpus.metric).with_vectors(vectors)
}

fn built(corpus: &Corpus, vectors: Vectors) -> Result<HnswIndex, BuildError> {
    builder(corpus, vectors).build(corpus.vectors.view(), &corpus.keys)
}

fn expect(vectors: Vectors) -> Expect {
    Expect {
        recall: 0.97,
        score_error: match vectors {
            Vectors::F32 | Vectors::Sq8Exact => 1e-5,
            Vectors::F16 => 1e-3,
            _ => 1e-4,
        },
    }
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("a pool")
}

#[test]
fn every_form_keeps_every_promise() {
    for vectors in ALL {
        testing::vector_index(expect(vectors), &|corpus| built(corpus, vectors));
        testing::range_search(expect(vectors), &|corpus| built(corpus, vectors));
    }
}

#[test]
fn few_links_and_a_narrow_search_keep_every_promise_but_recall() {
    let narrow = Expect {
        recall: 0.3,
        score_error: 1e-5,
    };
    testing::vector_index(narrow, &|corpus| {
        builder(corpus, Vectors::F32)
            .with_links(4)
            .with_build_width(8)
            .with_width(1)
            .build(corpus.vectors.view(), &corpus.keys)
    });
}

#[test]
fn it_keeps_them_in_a_pool() {
    pool(3).install(|| testing::vector_index(expect(Vectors::Sq8), &|corpus| built(corpus, Vectors::Sq8)));
}

#[test]
fn threads_do_not_show_in_the_bytes() {
    for vectors in ALL {
        let corpus = Corpus::clustered(Metric::L2, 1500, 10, 21);
        let alone = built(&corpus, vectors)
            .expect("a build")
            .to_bytes()
            .expect("bytes");
        for threads in [1, 2, 3] {
            let index = pool(threads)
                .install(|| built(&corpus, vectors))
                .expect("a build");
            assert!(
                index.to_bytes().expect("bytes") == alone,
                "{vectors:?} on {threads} threads"
            );
        }
    }
}

#[test]
fn another_seed_gives_another_graph() {
    let corpus = Corpus::clustered(Metric::L2, 300, 4, 22);
    let of = |seed| {
        let index = builder(&corpus, Vectors::F32)
            .with_seed(seed)
            .build(corpus.vectors.view(), &corpus.keys);
        index.expect("a build").to_bytes().expect("bytes")
    };
    assert!(of(1) == of(1));
    assert!(of(1) != of(2));
}

/// Mean recall of the 10 nearest over 60 queries, and the mean number of distances.
fn recall(index: &HnswIndex, corpus: &Corpus, width: u32) -> (f64, f64) {
    let near = Corpus::clustered(corpus.metric, 60, corpus.vectors.ncols(), 23);
    let params = SearchParams::new(10).with_effort(Effort::Width(width));
    let (mut hits, mut right, mut distances) = (Hits::new(), 0, 0);
    for query in near.vectors.rows() {
        let query = query.to_vec();
        let report = index.search(&query, &params, &mut hits).expect("a search");
        distances += report.distances;
        let truth = brute_force(corpus, &query, |_| true);
        right += truth[..10]
            .iter()
            .filter(|(key, _)| hits.keys().any(|hit| hit == *key))
            .count();
    }
    (right as f64 / 600.0, distances as f64 / 60.0)
}

#[test]
fn more_width_finds_more_and_costs_more() {
    for metric in Metric::ALL {
        for vectors in ALL {
            let corpus = Corpus::clustered(metric, 6000, 24, 24);
            let index = pool(2).install(|| built(&corpus, vectors)).expect("a build");
            let curve = [16, 64, 256].map(|width| recall(&index, &corpus, width));
            assert!(
                curve.is_sorted_by(|a, b| a.0 <= b.0 + 0.005 && a.1 <= b.1),
                "{metric} {vectors:?} {curve:?}"
            );
            assert!(curve[2].0 > 0.98, "{metric} {vectors:?} {curve:?}");
            assert!(curve[1].1 < 3000.0, "{metric} {vectors:?} {curve:?}");
        }
    }
}

#[test]
fn a_filter_that_lets_few_pass_gets_its_hits() {
    let corpus = Corpus::clustered(Metric::L2, 5000, 16, 25);
    let index = pool(2)
        .install(|| built(&corpus, Vectors::Sq8Exact))
        .expect("a build");
    let mut hits = Hits::new();
    for share in [2, 20, 500] {
        let passes = |key: VectorKey| key.0 % share == 1;
        let mut right = 0;
        for row in 0..20 {
            let query = corpus.vectors.row(row * 7).to_vec();
            let params = SearchParams::new(5).with_filter(&passes);
            index.search(&query, &params, &mut hits).expect("a search");
            let truth = brute_force(&corpus, &query, passes);
            right += truth[..5]
                .iter()
                .filter(|(key, _)| hits.keys().any(|hit| hit == *key))
                .count();
        }
        assert!(right >= 95, "one of {share} passes: {right} of 100");
    }
}

#[test]
fn equal_vectors_are_all_found() {
    let corpus = Corpus::equal(Metric::L2, 2000, 5);
    let index = built(&corpus, Vectors::Sq8).expect("a build");
    let mut hits = Hits::new();
    let query = corpus.vectors.row(0).to_vec();
    index
        .search(&query, &SearchParams::new(20), &mut hits)
        .expect("a search");
    assert_eq!(hits.len(), 20);
    assert!(hits.iter().all(|hit| hit.score == 0.0));
}

#[test]
fn vectors_come_back_as_exact_as_their_form() {
    let corpus = Corpus::clustered(Metric::L2, 100, 50, 26);
    for (vectors, error) in [
        (Vectors::F32, 0.0),
        (Vectors::Sq8Exact, 0.0),
        (Vectors::F16, 1e-3),
        (Vectors::Sq8, 1e-4),
    ] {
        let index = built(&corpus, vectors).expect("a build");
        assert_eq!(index.vectors(), vectors);
        for (key, row) in corpus.keys.iter().zip(corpus.vectors.rows()) {
            let found = index.vector(*key).expect("a vector");
            assert!(
                row.iter().zip(&found).all(|(x, y)| (x - y).abs() <= error),
                "{vectors:?}"
            );
        }
        assert_eq!(index.vector(VectorKey(3)), None);
        let mut keys = corpus.keys.clone();
        keys.sort_unstable();
        assert!(index.keys().eq(keys));
    }
}

#[test]
fn an_index_takes_the_bytes_that_it_says() {
    let corpus = Corpus::clustered(Metric::Cosine, 4000, 100, 27);
    let links = 4 * 32 + 4.0_f64 as usize * 16 / 15 + 12;
    for (vectors, row) in [
        (Vectors::F32, 448),
        (Vectors::F16, 256),
        (Vectors::Sq8, 216),
        (Vectors::Sq8Exact, 128 + 448),
    ] {
        let index = pool(2).install(|| built(&corpus, vectors)).expect("a build");
        let each = index.bytes() as f64 / 4000.0;
        assert!(
            (each - (row + links) as f64).abs() < 2.0,
            "{vectors:?} {each} {}",
            row + links
        );
    }
}

#[test]
fn metadata_is_kept() {
    let space = SpaceId::new("m", 3, 2, Normalization::None);
    let vectors = bowerbird_vsearch::ndarray::arr2(&[[1.0, 0.0f32], [0.0, 1.0]]);
    let mut index = HnswIndex::builder(space, Metric::L2)
        .build(vectors.view(), &[VectorKey(1), VectorKey(2)])
        .expect("a build");
    assert!(index.metadata().is_empty());
    index.set_metadata(*b"trained on Tuesday");
    index.set_width(77);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("index");
    index.save(&path).expect("a save");
    let opened = HnswIndex::open(&path).expect("a file");
    assert_eq!(
        (opened.metadata(), opened.width()),
        (&b"trained on Tuesday"[..], 77)
    );
}

#[test]
fn any_dimension_is_taken() {
    for dimension in [1, 2, 47, 48, 49, 4096] {
        for metric in Metric::ALL {
            let corpus = Corpus::clustered(metric, 150, dimension, 28);
            for vectors in ALL {
                let index = builder(&corpus, vectors)
                    .with_links(4)
                    .with_build_width(16)
                    .build(corpus.vectors.view(), &corpus.keys)
                    .expect("a build");
                let mut hits = Hits::new();
                let query = corpus.vectors.row(3).to_vec();
                let wide = SearchParams::new(3).with_effort(Effort::Width(100));
                index.search(&query, &wide, &mut hits).expect("a search");
                let best = brute_force(&corpus, &query, |_| true)[0].1;
                let size = f64::from(query.iter().map(|x| x * x).sum::<f32>()).max(1.0);
                let off = (f64::from(hits.as_slice()[0].score) - best).abs();
                assert!(
                    off <= 1e-2 * size,
                    "{metric} {vectors:?} {dimension}: off by {off}"
                );
            }
        }
    }
}
