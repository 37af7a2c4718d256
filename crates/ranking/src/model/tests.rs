use super::*;
use crate::stage::{FeatureView, HeadSink, Scorer};
use crate::testing;
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
