//! An inverted file on disk: the same answers, and a clear refusal of everything that is not one.

use bowerbird_core::container::{Container, LoadError};
use bowerbird_core::{Normalization, SpaceId};
use bowerbird_vsearch::ivf::{Codes, IvfBuilder, Refine, Rotate, Spill};
use bowerbird_vsearch::testing::{self, Corpus, Expect};
use bowerbird_vsearch::{
    AllowList, BuildError, FlatIndex, Hits, IvfIndex, Metric, RangeSearch, SearchParams, VectorIndex,
    VectorKey,
};

fn builder(corpus: &Corpus) -> IvfBuilder {
    IvfIndex::builder(corpus.space.clone(), corpus.metric)
}

fn built(corpus: &Corpus, builder: IvfBuilder) -> Result<IvfIndex, BuildError> {
    builder.build(corpus.vectors.view(), &corpus.keys)
}

fn opened(bytes: &[u8]) -> Result<IvfIndex, LoadError> {
    IvfIndex::from_container(&Container::from_bytes(bytes)?)
}

/// One of every kind that a file can be of.
fn kinds(corpus: &Corpus) -> Vec<IvfBuilder> {
    let four = builder(corpus).with_codes(Codes::Pq4 { pieces: 2 }).with_lists(3);
    vec![
        four.clone().with_codes(Codes::Flat),
        four.clone(),
        four.clone().with_refine(Refine::F16).with_spill(Spill::Second),
        four.clone()
            .with_refine(Refine::F32)
            .with_rotation(Rotate::Optimized),
        four.clone().with_refine(Refine::None),
        four.with_codes(Codes::Pq8 { pieces: 2 })
            .with_refine(Refine::None)
            .with_spill(Spill::Second),
    ]
}

#[test]
fn a_mapped_index_keeps_every_promise() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("index");
    let mapped = |corpus: &Corpus| {
        built(corpus, builder(corpus).with_spill(Spill::Second))?
            .save(&path)
            .expect("a save");
        IvfIndex::verify(&path).expect("a sound file");
        Ok(IvfIndex::open(&path).expect("a file"))
    };
    let expect = Expect {
        recall: 0.85,
        score_error: 5e-3,
    };
    testing::vector_index(expect, &mapped);
    testing::range_search(expect, &mapped);
}

#[test]
fn every_kind_comes_back_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("index");
    for metric in Metric::ALL {
        let corpus = Corpus::clustered(metric, 60, 3, 4);
        for builder in kinds(&corpus) {
            let mut index = built(&corpus, builder.with_probe(7, 20)).expect("a build");
            index.set_metadata(*b"card");
            index.save(&path).expect("a save");
            IvfIndex::verify(&path).expect("a sound file");
            let mapped = IvfIndex::open(&path).expect("a file");
            assert_eq!(mapped.metadata(), b"card");
            assert_eq!((mapped.codes(), mapped.refine()), (index.codes(), index.refine()));
            assert_eq!((mapped.lists(), mapped.bytes()), (index.lists(), index.bytes()));
            assert_eq!(
                mapped.to_bytes().expect("bytes"),
                index.to_bytes().expect("bytes")
            );
            let (mut a, mut b) = (Hits::new(), Hits::new());
            for query in [[0.1, 0.5, -0.3], [1.0, 0.0, 0.0]] {
                let params = SearchParams::new(9);
                let one = index.search(&query, &params, &mut a).expect("a search");
                assert_eq!(mapped.search(&query, &params, &mut b).expect("a search"), one);
                assert_eq!(a.as_slice(), b.as_slice());
            }
        }
    }
}

#[test]
fn the_order_of_the_input_does_not_show_in_the_file() {
    let corpus = Corpus::clustered(Metric::Cosine, 50, 7, 1);
    let mut turned = corpus.clone();
    turned.keys.reverse();
    turned.vectors.invert_axis(bowerbird_vsearch::ndarray::Axis(0));
    turned.vectors = turned.vectors.as_standard_layout().into_owned();
    let bytes = |corpus: &Corpus| {
        built(corpus, builder(corpus))
            .expect("a build")
            .to_bytes()
            .expect("bytes")
    };
    assert_eq!(bytes(&corpus), bytes(&turned));
}

#[test]
fn cut_and_flipped_files_are_refused_or_harmless() {
    for metric in [Metric::L2, Metric::Cosine] {
        let corpus = Corpus::clustered(metric, 40, 3, 2);
        let few: AllowList = corpus.keys[..2].iter().copied().collect();
        let all = |_: VectorKey| true;
        for builder in kinds(&corpus) {
            let good = built(&corpus, builder)
                .expect("a build")
                .to_bytes()
                .expect("bytes");
            for length in (0..good.len()).step_by(7) {
                assert!(opened(&good[..length]).is_err(), "cut to {length} bytes");
            }
            let mut hits = Hits::new();
            for bit in (0..good.len() * 8).step_by(3) {
                let mut bad = good.clone();
                bad[bit / 8] ^= 1 << (bit % 8);
                let Ok(index) = opened(&bad) else { continue };
                let noticed = Container::from_bytes(&bad).and_then(|container| container.verify());
                assert!(noticed.is_err(), "bit {bit} is under no checksum");
                let params = SearchParams::new(50);
                index.search(&[0.1; 3], &params, &mut hits).expect("a search");
                index
                    .search(&[0.1; 3], &params.with_filter(&few), &mut hits)
                    .expect("a search");
                index
                    .search_range(&[0.1; 3], 0.5, &params.with_filter(&all), &mut hits)
                    .expect("a search");
            }
        }
    }
}

#[test]
fn verify_finds_every_list_that_is_not_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("index");
    let corpus = Corpus::clustered(Metric::L2, 40, 3, 2);
    for builder in kinds(&corpus) {
        let index = built(&corpus, builder).expect("a build");
        index.save(&path).expect("a save");
        let container = Container::read(&path).expect("a file");
        for tag in container.tags() {
            let section = container.section(tag).expect("a section").to_vec();
            let mut writer =
                bowerbird_core::container::ContainerWriter::new(container.kind(), container.version());
            writer.params(container.params().rest().to_vec());
            for other in container.tags() {
                let mut bytes = container.section(other).expect("a section").to_vec();
                if other == tag && !section.is_empty() {
                    // All ones: no number that any section may hold, but for codes and bytes.
                    let end = bytes.len().min(8);
                    bytes[..end].fill(0xff);
                }
                writer.section(other, bytes);
            }
            std::fs::write(&path, writer.to_bytes().expect("bytes")).expect("a write");
            let found = IvfIndex::verify(&path);
            let any = ["codes"].contains(&tag.to_string().trim()) && index.codes() != Codes::Flat;
            assert!(
                found.is_err() || any || section.is_empty(),
                "{tag:?} of {:?}",
                index.codes()
            );
            let opened = IvfIndex::open(&path).expect("the structure is sound");
            opened
                .search(&[0.5; 3], &SearchParams::new(5), &mut Hits::new())
                .expect("a search");
        }
    }
}

#[test]
fn other_files_are_refused() {
    let corpus = Corpus::clustered(Metric::L2, 5, 3, 2);
    let flat = FlatIndex::builder(corpus.space.clone(), corpus.metric)
        .build(corpus.vectors.view(), &corpus.keys)
        .expect("a build");
    let refused = opened(&flat.to_bytes().expect("bytes"));
    assert!(matches!(refused, Err(LoadError::Kind { .. })));
}

#[test]
fn a_file_of_version_1_is_still_read() {
    let bytes = fixture();
    let index = opened(&bytes).expect("a file of version 1");
    assert_eq!(*index.space(), SpaceId::new("fixture", 7, 3, Normalization::None));
    assert_eq!((index.metric(), index.len(), index.lists()), (Metric::L2, 4, 2));
    assert_eq!(
        (index.codes(), index.refine()),
        (Codes::Pq4 { pieces: 2 }, Refine::Int8)
    );
    assert_eq!(index.metadata(), b"card");
    let mut hits = Hits::new();
    index
        .search(&[1.0, 0.0, 0.0], &SearchParams::new(4), &mut hits)
        .expect("a search");
    assert_eq!(
        hits.keys().map(u64::from).collect::<Vec<_>>(),
        [5, u64::MAX, 9, 2]
    );
    assert_eq!(
        index.to_bytes().expect("bytes"),
        bytes,
        "the same content, written today"
    );
}

/// The fixture of version 1. With `BLESS` in the environment it is built anew: for as long as version 1 has not been
/// released.
fn fixture() -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ivf-v1.bwb");
    if std::env::var_os("BLESS").is_some() {
        let vectors = bowerbird_vsearch::ndarray::arr2(&[
            [1.0, 0.0, 0.1],
            [0.0, 1.0, 0.0],
            [0.8, 0.3, 0.0],
            [-1.0, 0.0, 2.0],
        ]);
        let keys = [5, 9, u64::MAX, 2].map(VectorKey);
        let space = SpaceId::new("fixture", 7, 3, Normalization::None);
        let builder = IvfIndex::builder(space, Metric::L2)
            .with_lists(2)
            .with_codes(Codes::Pq4 { pieces: 2 });
        let mut index = builder.build(vectors.view(), &keys).expect("a build");
        index.set_metadata(*b"card");
        std::fs::write(&path, index.to_bytes().expect("bytes")).expect("a write");
    }
    std::fs::read(path).expect("a fixture")
}
