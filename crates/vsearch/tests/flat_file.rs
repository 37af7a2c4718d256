//! A flat index on disk: the same answers, and a clear refusal of everything that is not one.

use bowerbird_core::container::{Container, ContainerWriter, Encoder, LoadError, Tag};
use bowerbird_core::{Normalization, SpaceId};
use bowerbird_vsearch::testing::{self, Corpus, Expect};
use bowerbird_vsearch::{BuildError, FlatIndex, Hits, Metric, SearchParams, VectorIndex};

fn flat(corpus: &Corpus) -> Result<FlatIndex, BuildError> {
    FlatIndex::builder(corpus.space.clone(), corpus.metric).build(corpus.vectors.view(), &corpus.keys)
}

fn bytes(corpus: &Corpus) -> Vec<u8> {
    flat(corpus).expect("a build").to_bytes().expect("bytes")
}

fn opened(bytes: &[u8]) -> Result<FlatIndex, LoadError> {
    FlatIndex::from_container(&Container::from_bytes(bytes)?)
}

#[test]
fn a_mapped_index_keeps_every_promise() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("index");
    let mapped = |corpus: &Corpus| {
        flat(corpus)?.save(&path).expect("a save");
        FlatIndex::verify(&path).expect("a sound file");
        Ok(FlatIndex::open(&path).expect("a file"))
    };
    testing::vector_index(Expect::EXACT, &mapped);
    testing::range_search(Expect::EXACT, &mapped);
}

#[test]
fn the_order_of_the_input_does_not_show_in_the_file() {
    let corpus = Corpus::clustered(Metric::Cosine, 50, 7, 1);
    let mut turned = corpus.clone();
    turned.keys.reverse();
    turned.vectors.invert_axis(bowerbird_vsearch::ndarray::Axis(0));
    turned.vectors = turned.vectors.as_standard_layout().into_owned();
    assert_eq!(bytes(&corpus), bytes(&turned));
}

#[test]
fn cut_and_flipped_files_are_refused_or_harmless() {
    let corpus = Corpus::clustered(Metric::L2, 20, 3, 2);
    let good = bytes(&corpus);
    for length in 0..good.len() {
        assert!(opened(&good[..length]).is_err(), "cut to {length} bytes");
    }
    let mut hits = Hits::new();
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let Ok(index) = opened(&bad) else { continue };
        let noticed = Container::from_bytes(&bad).and_then(|container| container.verify());
        assert!(noticed.is_err(), "bit {bit} is under no checksum");
        index
            .search(&[0.0; 3], &SearchParams::new(5), &mut hits)
            .expect("a search");
    }
}

/// A well-formed container with these contents.
fn file(kind: &str, version: u32, dimension: u32, metric: u8, keys: &[u64], rows: &[f32]) -> Vec<u8> {
    let mut params = Encoder::new();
    params
        .space(&SpaceId::new("m", 1, dimension, Normalization::None))
        .u8(metric);
    let mut writer = ContainerWriter::new(Tag::new(kind), version);
    writer
        .params(params)
        .elements(Tag::new("keys"), keys)
        .elements(Tag::new("rows"), rows);
    writer.to_bytes().expect("bytes")
}

#[test]
fn files_that_say_something_else_are_refused() {
    assert_eq!(
        opened(&file("vs-flat", 1, 2, 0, &[1, 2], &[0.0; 4]))
            .expect("an index")
            .len(),
        2
    );
    for (what, bad) in [
        ("kind", file("vs-hnsw", 1, 2, 0, &[1, 2], &[0.0; 4])),
        ("version", file("vs-flat", 2, 2, 0, &[1, 2], &[0.0; 4])),
        ("metric", file("vs-flat", 1, 2, 3, &[1, 2], &[0.0; 4])),
        ("no dimension", file("vs-flat", 1, 0, 0, &[], &[])),
        ("dimension", file("vs-flat", 1, 4097, 0, &[], &[])),
        ("rows", file("vs-flat", 1, 2, 0, &[1, 2], &[0.0; 6])),
        ("keys", file("vs-flat", 1, 2, 0, &[1, 2, 3], &[0.0; 4])),
    ] {
        assert!(opened(&bad).is_err(), "{what}");
    }
}

#[test]
fn verify_finds_content_that_no_build_lets_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("index");
    for (what, bytes) in [
        ("keys descend", file("vs-flat", 1, 2, 0, &[2, 1], &[0.0; 4])),
        ("key twice", file("vs-flat", 1, 2, 0, &[2, 2], &[0.0; 4])),
        (
            "nan",
            file("vs-flat", 1, 2, 0, &[1, 2], &[0.0, 1.0, f32::NAN, 0.0]),
        ),
        (
            "zero under cosine",
            file("vs-flat", 1, 2, 2, &[1, 2], &[0.0, 1.0, 0.0, 0.0]),
        ),
    ] {
        std::fs::write(&path, &bytes).expect("a write");
        let index = FlatIndex::open(&path).expect("the structure is sound");
        index
            .search(&[1.0, 1.0], &SearchParams::new(2), &mut Hits::new())
            .expect("a search");
        assert!(
            matches!(FlatIndex::verify(&path), Err(LoadError::Corrupt { .. })),
            "{what}"
        );
    }
}

#[test]
fn a_file_of_version_1_is_still_read() {
    let bytes = include_bytes!("fixtures/flat-v1.bwb");
    let index = opened(bytes).expect("a file of version 1");
    assert_eq!(*index.space(), SpaceId::new("fixture", 7, 3, Normalization::None));
    assert_eq!(index.metric(), Metric::Cosine);
    let rows: Vec<_> = index
        .keys()
        .map(|key| (key.0, index.vector(key).expect("a row").to_vec()))
        .collect();
    assert_eq!(rows, [(5, vec![0.0, 0.0, -1.0]), (u64::MAX, vec![0.6, 0.8, 0.0])]);
    assert_eq!(
        index.to_bytes().expect("bytes"),
        bytes,
        "the same content, written today"
    );
}
