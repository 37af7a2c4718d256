//! Sets and systems that are not as they should be.

use super::*;
use crate::model::train::newton;
use proptest::prelude::*;

#[test]
fn sets_that_teach_nothing_are_refused() {
    let columns = [vec![1.0, 2.0, 3.0]];
    let labels = [0.0, 1.0, 0.0];
    let set = TrainingSet::new(&columns, &labels);
    let refused = |objective, set: &TrainingSet<'_>| {
        LogisticTrainer::new(&config(objective))
            .unwrap()
            .fit("h", set)
            .expect_err("refused")
    };
    let (logistic, softmax) = (BOTH[0], BOTH[1]);
    assert_eq!(
        refused(logistic, &TrainingSet::new(&[], &labels)),
        TrainError::Empty
    );
    assert_eq!(
        refused(logistic, &TrainingSet::new(&columns, &[])),
        TrainError::Empty
    );
    let short = TrainingSet::new(&columns, &labels[..2]);
    assert_eq!(
        refused(logistic, &short),
        TrainError::Rows {
            expected: 2,
            found: 3
        }
    );
    assert_eq!(
        refused(logistic, &set.weighted(&[1.0])),
        TrainError::Rows {
            expected: 3,
            found: 1
        }
    );
    let weight = TrainError::Weight { row: 1, found: -1.0 };
    assert_eq!(refused(logistic, &set.weighted(&[1.0, -1.0, 1.0])), weight);
    let label = TrainError::Label { row: 0, found: 2.0 };
    assert_eq!(
        refused(logistic, &TrainingSet::new(&columns, &[2.0, 0.0, 1.0])),
        label
    );
    assert_eq!(
        refused(logistic, &TrainingSet::new(&columns, &[1.0; 3])),
        TrainError::OneClass
    );
    assert_eq!(
        refused(logistic, &set.weighted(&[1.0, 0.0, 1.0])),
        TrainError::OneClass
    );
    assert_eq!(refused(softmax, &set), TrainError::NoGroups);
    assert_eq!(
        refused(softmax, &set.grouped(&[1, 1])),
        TrainError::Groups {
            expected: 3,
            found: 2
        }
    );
    assert_eq!(refused(softmax, &set.grouped(&[1, 1, 1])), TrainError::NoChoice);
    assert!(matches!(
        refused(softmax, &TrainingSet::new(&columns, &[f32::NAN, 0.0, 1.0])),
        TrainError::Label { row: 0, .. }
    ));
    let wide = vec![vec![0.0; 3]; 513];
    let wide = TrainingSet::new(&wide, &labels);
    assert_eq!(
        refused(logistic, &wide),
        TrainError::TooManyFeatures {
            found: 513,
            limit: 512
        }
    );
    let odd = LogisticConfig {
        l2: 0.0,
        ..LogisticConfig::default()
    };
    assert!(matches!(
        LogisticTrainer::new(&odd),
        Err(BuildError::OutOfRange { setting: "l2", .. })
    ));
}

proptest! {
    #[test]
    fn a_solved_system_is_solved(values in proptest::collection::vec(-1.0_f64..1.0, 16), right in proptest::collection::vec(-1.0_f64..1.0, 4)) {
        // B·Bᵀ + 0.1·I is positive definite.
        let product = |i: usize, j: usize| -> f64 { (0..4).map(|k| values[i * 4 + k] * values[j * 4 + k]).sum() };
        let full = |i: usize, j: usize| product(i, j) + if i == j { 0.1 } else { 0.0 };
        let lower: Vec<f64> = (0..16).map(|at| if at % 4 <= at / 4 { full(at / 4, at % 4) } else { f64::NAN }).collect();
        let x = newton::solve(lower, &right);
        for (i, expected) in right.iter().enumerate() {
            let left: f64 = (0..4).map(|j| full(i, j) * x[j]).sum();
            prop_assert!((left - expected).abs() < 1e-9);
        }
    }

    #[test]
    fn any_values_train_without_a_panic(
        values in proptest::collection::vec(any::<f32>(), 24),
        labels in proptest::collection::vec(0_u8..2, 12),
    ) {
        let columns = [values[..12].to_vec(), values[12..].to_vec()];
        let labels: Vec<f32> = labels.into_iter().map(f32::from).collect();
        for objective in BOTH {
            let set = TrainingSet::new(&columns, &labels).grouped(&[4, 5, 3]);
            if let Ok(fit) = LogisticTrainer::new(&config(objective)).unwrap().fit("h", &set) {
                prop_assert!(fit.head.terms.iter().all(|term| term.weight.is_finite() && term.scale > 0.0));
                prop_assert!(crate::model::LinearModel::new(["a", "b"], [fit.head]).is_ok());
            }
        }
    }
}
