//! A graph index on disk: the same answers, and a clear refusal of everything that is not one.

#[path = "../../../fuzz/bodies/index.rs"]
mod index;
mod small;

use bowerbird_core::container::{Container, LoadError};
use bowerbird_core::{Normalization, SpaceId};
use bowerbird_vsearch::testing::{self, Corpus, Expect};
use bowerbird_vsearch::{
    AllowList, BuildError, Effort, Hits, HnswIndex, Metric, SearchParams, VectorIndex, Vectors,
};
use index::{Filed, ask};
use small::{ALL, small};
use std::path::Path;

fn built(corpus: &Corpus, vectors: Vectors) -> Result<HnswIndex, BuildError> {
    HnswIndex::builder(corpus.space.clone(), corpus.metric)
        .with_vectors(vectors)
        .build(corpus.vectors.view(), &corpus.keys)
}

fn opened(bytes: &[u8]) -> Result<HnswIndex, LoadError> {
    HnswIndex::opened(&Container::from_bytes(bytes)?)
}

#[test]
fn a_mapped_index_keeps_every_promise() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("index");
    for (vectors, score_error) in [(Vectors::F32, 1e-5), (Vectors::Sq8, 1e-4)] {
        let mapped = |corpus: &Corpus| {
            built(corpus, vectors)?.save(&path).expect("a save");
            HnswIndex::verify(&path).expect("a sound file");
            Ok(HnswIndex::open(&path).expect("a file"))
        };
        let expect = Expect {
            recall: 0.97,
            score_error,
        };
        testing::vector_index(expect, &mapped);
        testing::range_search(expect, &mapped);
    }
}

#[test]
fn every_form_comes_back_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("index");
    for metric in Metric::ALL {
        let corpus = Corpus::clustered(metric, 300, 20, 4);
        for (vectors, _) in ALL {
            let index = built(&corpus, vectors).expect("a build");
            index.save(&path).expect("a save");
            HnswIndex::verify(&path).expect("a sound file");
            let mapped = HnswIndex::open(&path).expect("a file");
            assert_eq!(
                (mapped.vectors(), mapped.bytes(), mapped.width()),
                (vectors, index.bytes(), index.width())
            );
            assert!(mapped.to_bytes().expect("bytes") == index.to_bytes().expect("bytes"));
            let params = SearchParams::new(9).with_effort(Effort::Width(12));
            let (mut a, mut b) = (Hits::new(), Hits::new());
            for row in 0..5 {
                let query = corpus.vectors.row(row).to_vec();
                let report = index.search(&query, &params, &mut a).expect("a search");
                assert_eq!(mapped.search(&query, &params, &mut b).expect("a search"), report);
                assert_eq!(a.as_slice(), b.as_slice());
            }
        }
    }
}

#[test]
fn the_order_of_the_input_does_not_show_in_the_file() {
    for (vectors, _) in ALL {
        let corpus = Corpus::clustered(Metric::Cosine, 50, 7, 1);
        let mut turned = corpus.clone();
        turned.keys.reverse();
        turned.vectors.invert_axis(bowerbird_vsearch::ndarray::Axis(0));
        turned.vectors = turned.vectors.as_standard_layout().into_owned();
        let bytes = |corpus| {
            built(corpus, vectors)
                .expect("a build")
                .to_bytes()
                .expect("bytes")
        };
        assert!(bytes(&corpus) == bytes(&turned));
    }
}

#[test]
fn odd_but_good_indexes_are_sound() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("index");
    for metric in Metric::ALL {
        let mut corpora = [0, 1, 2]
            .map(|count| Corpus::clustered(metric, count, 5, 3))
            .to_vec();
        corpora.push(Corpus::equal(metric, 20, 5));
        for scale in [2e16, 1e-20] {
            let mut scaled = Corpus::clustered(metric, 40, 5, 3);
            let largest = scaled.vectors.iter().fold(0.0, |most: f32, x| most.max(x.abs()));
            scaled.vectors *= scale / largest * if scale > 1.0 { 5.0 } else { 1.0 };
            scaled.vectors.mapv_inplace(|x| x.clamp(-1e17, 1e17));
            corpora.push(scaled);
        }
        for (corpus, (vectors, name)) in corpora.iter().flat_map(|corpus| ALL.map(|form| (corpus, form))) {
            let index = built(corpus, vectors).expect("a build");
            index.save(&path).expect("a save");
            HnswIndex::verify(&path).unwrap_or_else(|error| panic!("{name} {corpus}: {error}"));
            ask(&HnswIndex::open(&path).expect("a file"));
        }
    }
}

#[test]
fn cut_and_flipped_files_are_refused_or_harmless() {
    for (vectors, name) in ALL {
        let good = small(Metric::L2, vectors, 12);
        for length in 0..good.len() {
            assert!(opened(&good[..length]).is_err(), "{name} cut to {length} bytes");
        }
        let few: AllowList = opened(&good).expect("an index").keys().take(3).collect();
        let mut hits = Hits::new();
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let Ok(index) = opened(&bad) else { continue };
            let noticed = Container::from_bytes(&bad).and_then(|container| container.verify());
            assert!(noticed.is_err(), "bit {bit} of {name} is under no checksum");
            for params in [SearchParams::new(2), SearchParams::new(3).with_filter(&few)] {
                index.search(&[0.1; 3], &params, &mut hits).expect("a search");
            }
        }
    }
}

/// The fixture of version 1 with vectors in this form. With `BLESS` in the environment it is built anew, and the seeds
/// of the fuzz target with it: for as long as version 1 has not been released.
fn fixture(vectors: Vectors, name: &str) -> Vec<u8> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = format!("hnsw-v1-{name}.bwb");
    let path = here.join("tests/fixtures").join(&file);
    if std::env::var_os("BLESS").is_some() {
        let bytes = small(Metric::Cosine, vectors, 24);
        for path in [&path, &here.join("../../fuzz/corpus/open_hnsw").join(&file)] {
            std::fs::write(path, &bytes).expect("a write");
        }
    }
    std::fs::read(path).expect("a fixture")
}

#[test]
fn files_of_version_1_are_still_read() {
    let corpus = Corpus::clustered(Metric::Cosine, 24, 3, 2);
    for (vectors, name) in ALL {
        let bytes = fixture(vectors, name);
        assert!(bytes.len() < 6 << 10, "{name}: {} bytes", bytes.len());
        let index = opened(&bytes).expect("a file of version 1");
        index.checked().expect("a sound file");
        assert_eq!(*index.space(), SpaceId::new("fixture", 7, 3, Normalization::None));
        assert_eq!((index.metric(), index.vectors()), (Metric::Cosine, vectors));
        assert_eq!((index.len(), index.width()), (24, 2));
        assert_eq!(index.metadata(), b"card");
        for (key, row) in corpus.keys.iter().zip(corpus.vectors.rows()) {
            let length = row.dot(&row).sqrt();
            let found = index.vector(*key).expect("a vector");
            assert!(
                row.iter().zip(&found).all(|(x, y)| (x / length - y).abs() < 1e-3),
                "{name}"
            );
        }
        assert!(
            index.to_bytes().expect("bytes") == bytes,
            "{name}: the same content, written today"
        );
    }
}
