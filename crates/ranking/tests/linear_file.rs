//! Linear models on disk: what was saved is loaded, what was damaged or forged is refused.

use bowerbird_ranking::core::container::{ContainerWriter, Encoder, LoadError, Tag};
use bowerbird_ranking::model::{LinearHead, LinearModel, Link, Term};
use bowerbird_ranking::retrieval::SchemaHash;
use proptest::prelude::*;

const fn term(mean: f64, scale: f64, weight: f64) -> Term {
    Term { mean, scale, weight }
}

fn head(name: &str, link: Link, bias: f64, terms: &[Term]) -> LinearHead {
    LinearHead {
        name: name.into(),
        link,
        bias,
        terms: terms.to_vec(),
    }
}

/// The model of the fixture.
fn known() -> LinearModel {
    let save = head(
        "p_save",
        Link::Logistic,
        -1.5,
        &[term(0.25, 0.5, 2.0), term(-3.0, 4.0, -0.125)],
    );
    let order = head(
        "order",
        Link::Identity,
        0.0,
        &[term(0.0, 1.0, 1.0), term(1.0, 2.0, 0.5)],
    );
    let model = LinearModel::new(["match", "age"], [save, order]).expect("a model");
    model
        .with_schema(SchemaHash(0x0123_4567_89ab_cdef))
        .with_version(7)
}

proptest! {
    #[test]
    fn random_and_damaged_files_are_refused(at in 0..10_000_usize, bit in 0..8_u8, cut in 0..10_000_usize) {
        let bytes = known().to_bytes().unwrap();
        let mut flipped = bytes.clone();
        flipped[at % bytes.len()] ^= 1 << bit;
        prop_assert!(LinearModel::from_bytes(&flipped).is_err());
        prop_assert!(LinearModel::from_bytes(&bytes[..cut % bytes.len()]).is_err());
    }
}

#[test]
fn a_model_is_the_same_after_saving_and_loading() {
    let folder = std::env::temp_dir().join(format!("bowerbird-linear-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("model");
    known().save(&path).unwrap();
    let loaded = LinearModel::load(&path);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(loaded.unwrap(), known());
    assert!(matches!(LinearModel::load(&path), Err(LoadError::Io { .. })));
    let nameless = LinearModel::new(["a"], [head("h", Link::Identity, 0.5, &[term(0.0, 1.0, 1.0)])]).unwrap();
    assert_eq!(
        LinearModel::from_bytes(&nameless.to_bytes().unwrap()).unwrap(),
        nameless
    );
}

#[test]
fn version_1_stays_readable() {
    let fixture = include_bytes!("fixtures/linear-v1.bwb");
    assert_eq!(LinearModel::from_bytes(fixture).unwrap(), known());
    assert_eq!(
        known().to_bytes().unwrap(),
        fixture,
        "the same model gives the same bytes"
    );
}

/// A file with right checksums, and with `features` and `heads` for counts before `rest`.
fn forged(features: u32, heads: u32, terms: &[f64], rest: &[u8]) -> Vec<u8> {
    let mut params = Encoder::new();
    params.u64(1).flag(false).u64(0).u32(features).u32(heads);
    let params = [Vec::from(params), rest.to_vec()].concat();
    let mut writer = ContainerWriter::new(Tag::new("linear"), 1);
    writer.params(params).elements(Tag::new("terms"), terms);
    writer.to_bytes().expect("a container")
}

#[test]
fn hostile_counts_and_numbers_are_refused_without_taking_memory() {
    assert!(LinearModel::from_bytes(&forged(u32::MAX, u32::MAX, &[], &[])).is_err());
    assert!(LinearModel::from_bytes(&forged(u32::MAX, 0, &[], &[])).is_err());
    assert!(LinearModel::from_bytes(&forged(0, u32::MAX, &[], &[])).is_err());
    let named = |link: u8, extra: &[u8]| {
        let (a, h) = (
            [&1_u64.to_le_bytes()[..], b"a"].concat(),
            [&1_u64.to_le_bytes()[..], b"h"].concat(),
        );
        [&a[..], &h, &[link], &0.0_f64.to_le_bytes(), extra].concat()
    };
    assert!(LinearModel::from_bytes(&forged(1, 1, &[0.0, 1.0, 1.0], &named(1, &[]))).is_ok());
    assert!(LinearModel::from_bytes(&forged(1, 1, &[0.0, 1.0, 1.0], &named(2, &[]))).is_err());
    assert!(LinearModel::from_bytes(&forged(1, 1, &[0.0, 1.0, 1.0], &named(1, &[0]))).is_err());
    assert!(LinearModel::from_bytes(&forged(1, 1, &[0.0, 0.0, 1.0], &named(1, &[]))).is_err());
    assert!(LinearModel::from_bytes(&forged(1, 1, &[0.0, 1.0], &named(1, &[]))).is_err());
    let other =
        bowerbird_core::container::ContainerWriter::new(bowerbird_core::container::Tag::new("other"), 1);
    let other = other.to_bytes().unwrap();
    assert!(matches!(
        LinearModel::from_bytes(&other),
        Err(LoadError::Kind { .. })
    ));
}
