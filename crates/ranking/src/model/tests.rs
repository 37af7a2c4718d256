use super::*;
use crate::stage::{FeatureView, HeadSink, Scorer};
use crate::testing;
use bowerbird_core::container::{Container, LoadError};
use bowerbird_core::{ItemId, SystemClock};
use bowerbird_retrieval::{Context, SchemaHash};
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
    let model = LinearModel::new(["match", "age"], [save, order]).unwrap();
    model
        .with_schema(SchemaHash(0x0123_4567_89ab_cdef))
        .with_version(7)
}

#[test]
fn the_scorer_passes_the_kit() {
    let many: Vec<f32> = (0..300).map(|row| (row as f32 * 0.37).sin() * 100.0).collect();
    let odd: Vec<f32> = (0..300)
        .map(|row| [f32::NAN, f32::INFINITY, f32::MAX, f32::MIN, 0.0, 1e-40][row % 6])
        .collect();
    let scorer = LogisticScorer::new("linear", known());
    testing::scorer(&scorer, &(), &[many.clone(), odd.clone()]);
    let huge = head(
        "huge",
        Link::Identity,
        1e100,
        &[term(1e100, 1e-300, 1e-200), term(0.0, 1.0, 1e100)],
    );
    let huge = LinearModel::new(["a", "b"], [huge]).unwrap();
    testing::scorer(&LogisticScorer::new("huge", huge), &(), &[many, odd]);
    let constant = LinearModel::new::<&str>([], [head("c", Link::Logistic, 0.0, &[])]).unwrap();
    testing::scorer(&LogisticScorer::new("constant", constant), &(), &[]);
}

#[test]
fn a_known_row_has_known_heads() {
    let model = known();
    let [save, order] = [&model.heads()[0], &model.heads()[1]];
    // -1.5 + 2·(0.75-0.25)/0.5 - 0.125·(1+3)/4 = 0.375
    assert!((save.predict(&[0.75, 1.0]) - 1.0 / (1.0 + (-0.375_f32).exp())).abs() < 1e-7);
    assert_eq!(order.predict(&[0.75, 1.0]), 0.75);
    assert_eq!(order.contributions(&[0.5, 5.0]).collect::<Vec<_>>(), [0.5, 1.0]);
    let missing = save.predict(&[f32::NAN, f32::INFINITY]);
    assert_eq!(
        missing,
        save.predict(&[0.25, -3.0]),
        "what is missing stands at its mean"
    );
}

proptest! {
    #[test]
    fn one_row_alone_and_a_batch_agree_bit_for_bit(
        rows in proptest::collection::vec((-1e6_f32..1e6, -10.0_f32..10.0), 1..150),
    ) {
        let scorer = LogisticScorer::new("linear", known());
        let columns = [rows.iter().map(|r| r.0).collect::<Vec<_>>(), rows.iter().map(|r| r.1).collect()];
        let items: Vec<ItemId> = (0..rows.len() as u64).map(ItemId).collect();
        let mut out = vec![vec![0.0; rows.len()]; 2];
        let view = FeatureView::new(&items, &columns, &[0, 1], 0..rows.len());
        let cx = Context::unhurried(&SystemClock);
        scorer.score(&(), &view, &cx, &mut HeadSink::new(&mut out, &[0, 1], 0..rows.len())).unwrap();
        for (row, (a, b)) in rows.iter().enumerate() {
            for (head, column) in scorer.model().heads().iter().zip(&out) {
                prop_assert_eq!(head.predict(&[*a, *b]).to_bits(), column[row].to_bits());
            }
        }
    }

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
fn parts_that_make_no_model_are_refused() {
    let one = |name: &str, link_term: Term| head(name, Link::Identity, 0.0, &[link_term]);
    let fine = term(0.0, 1.0, 1.0);
    let refused = |features: &[&str], heads: Vec<LinearHead>| {
        LinearModel::new(features.iter().copied(), heads).expect_err("no model")
    };
    assert_eq!(refused(&["a"], vec![]), ModelError::NoHeads);
    assert_eq!(
        refused(&["a", "a"], vec![one("h", fine)]),
        ModelError::Repeated("a".into())
    );
    assert_eq!(
        refused(&["a"], vec![one("h", fine), one("h", fine)]),
        ModelError::Repeated("h".into())
    );
    let terms = ModelError::Terms {
        head: "h".into(),
        expected: 2,
        found: 1,
    };
    assert_eq!(refused(&["a", "b"], vec![one("h", fine)]), terms);
    for odd in [
        term(0.0, 0.0, 1.0),
        term(0.0, -1.0, 1.0),
        term(f64::NAN, 1.0, 1.0),
        term(0.0, 1e-300, 1.0),
    ] {
        assert_eq!(
            refused(&["a"], vec![one("h", odd)]),
            ModelError::Number("h".into()),
            "{odd:?}"
        );
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
    let fixture = include_bytes!("../../tests/fixtures/linear-v1.bwb");
    assert_eq!(LinearModel::from_bytes(fixture).unwrap(), known());
    assert_eq!(
        known().to_bytes().unwrap(),
        fixture,
        "the same model gives the same bytes"
    );
}

/// A file with right checksums, and with `features` and `heads` for counts before `rest`.
fn forged(features: u32, heads: u32, terms: &[f64], rest: &[u8]) -> Vec<u8> {
    use bowerbird_core::container::{ContainerWriter, Encoder, Tag};
    let mut params = Encoder::new();
    params.u64(1).flag(false).u64(0).u32(features).u32(heads);
    let params = [Vec::from(params), rest.to_vec()].concat();
    let mut writer = ContainerWriter::new(Tag::new("linear"), 1);
    writer.params(params).elements(Tag::new("terms"), terms);
    writer.to_bytes().unwrap()
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
    assert!(Container::from_bytes(&other).is_ok());
}
