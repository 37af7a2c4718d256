mod odd;

use super::loss::{Problem, Want};
use super::*;

/// Repeatable noise in -1..1.
fn noise(seed: usize) -> f32 {
    let mut x = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((x >> 40) as f32 / (1_u64 << 23) as f32) - 1.0
}

struct Data {
    columns: Vec<Vec<f32>>,
    labels: Vec<f32>,
    weights: Vec<f32>,
    groups: Vec<u32>,
}

impl Data {
    /// Rows in groups of `size`, labelled by a noisy linear rule, some values missing.
    fn new(features: usize, rows: usize, size: usize) -> Self {
        let value = |feature: usize, row: usize| noise(row * 31 + feature * 7_919);
        let mut columns: Vec<Vec<f32>> = (0..features)
            .map(|f| (0..rows).map(|row| 3.0 * value(f, row) + f as f32).collect())
            .collect();
        let score = |row: usize| {
            (0..features)
                .map(|f| value(f, row) * (f as f32 - 1.0))
                .sum::<f32>()
                + noise(row + 7)
        };
        let labels = (0..rows)
            .map(|row| f32::from(u8::from(score(row) > 0.2)))
            .collect();
        for row in (0..rows).step_by(11) {
            columns[row % features][row] = f32::NAN;
        }
        let weights = (0..rows).map(|row| 0.5 + noise(row).abs()).collect();
        let groups = (0..rows)
            .step_by(size)
            .map(|start| (rows - start).min(size) as u32)
            .collect();
        Self {
            columns,
            labels,
            weights,
            groups,
        }
    }

    fn set(&self) -> TrainingSet<'_> {
        TrainingSet::new(&self.columns, &self.labels)
            .weighted(&self.weights)
            .grouped(&self.groups)
    }
}

fn config(objective: Objective) -> LogisticConfig {
    LogisticConfig {
        objective,
        l2: 1e-3,
        ..LogisticConfig::default()
    }
}

fn fit(objective: Objective, set: &TrainingSet<'_>) -> Fit {
    LogisticTrainer::new(&config(objective))
        .unwrap()
        .fit("h", set)
        .unwrap()
}

const BOTH: [Objective; 2] = [Objective::Logistic, Objective::Softmax];

#[test]
fn derivatives_equal_finite_differences() {
    let data = Data::new(4, 90, 7);
    for objective in BOTH {
        let config = config(objective);
        let problem = Problem::new(&data.set(), &config).unwrap();
        let n = problem.dimension();
        let point: Vec<f64> = (0..n).map(|at| f64::from(noise(at + 100))).collect();
        let exact = problem.at(&point, Want::Derivatives);
        assert_eq!(exact.value, problem.at(&point, Want::Value).value);
        let moved = |at: usize, by: f64| {
            let mut moved = point.clone();
            moved[at] += by;
            problem.at(&moved, Want::Derivatives)
        };
        let step = 1e-5;
        for at in 0..n {
            let (up, down) = (moved(at, step), moved(at, -step));
            let slope = (up.value - down.value) / (2.0 * step);
            assert!(
                (slope - exact.gradient[at]).abs() < 1e-8,
                "{objective:?} {at}: {slope}"
            );
            for row in at..n {
                let curve = (up.gradient[row] - down.gradient[row]) / (2.0 * step);
                let found = exact.hessian[row * n + at];
                assert!(
                    (curve - found).abs() < 1e-8,
                    "{objective:?} {row},{at}: {curve} {found}"
                );
            }
        }
    }
}

#[test]
fn it_finds_what_plain_gradient_descent_finds() {
    let data = Data::new(3, 120, 6);
    for objective in BOTH {
        let config = config(objective);
        let problem = Problem::new(&data.set(), &config).unwrap();
        let mut point = vec![0.0; problem.dimension()];
        for _ in 0..20_000 {
            let sums = problem.at(&point, Want::Derivatives);
            point
                .iter_mut()
                .zip(&sums.gradient)
                .for_each(|(x, g)| *x -= 0.3 * g);
        }
        let found = fit(objective, &data.set());
        assert!(
            found.report.converged && found.report.steps < 20,
            "{:?}",
            found.report
        );
        for (term, expected) in found.head.terms.iter().zip(&point) {
            assert!(
                (term.weight - expected).abs() < 1e-6,
                "{objective:?}: {} {expected}",
                term.weight
            );
        }
    }
}

#[test]
fn a_logistic_bias_is_the_log_odds() {
    // A feature that says nothing: 30 of 40 are positive.
    let columns = [(0..40).map(|row| (row / 2 % 2) as f32).collect::<Vec<_>>()];
    let labels: Vec<f32> = (0..40)
        .map(|row| f32::from(u8::from(row % 4 != 3 || row % 8 == 9)))
        .collect();
    let found = fit(Objective::Logistic, &TrainingSet::new(&columns, &labels));
    let mean: f32 = (0..40)
        .map(|row| found.head.predict(&[columns[0][row]]))
        .sum::<f32>()
        / 40.0;
    assert!(
        (mean - 0.75).abs() < 1e-6,
        "the mean prediction is the share of positives: {mean}"
    );
    let flat = [vec![5.0; 40]];
    let found = fit(Objective::Logistic, &TrainingSet::new(&flat, &labels));
    assert!((found.head.bias - 3.0_f64.ln()).abs() < 1e-9);
    assert_eq!(found.head.terms[0].weight, 0.0, "a constant has no weight");
}

#[test]
fn a_two_by_two_table_has_its_closed_form() {
    // x = 0: 1 of 4 positive, x = 1: 3 of 4. Without penalty the log odds ratio is 2 ln 3.
    let columns = [vec![0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]];
    let labels = [1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0];
    let config = LogisticConfig {
        l2: 1e-12,
        ..LogisticConfig::default()
    };
    let found = LogisticTrainer::new(&config)
        .unwrap()
        .fit("h", &TrainingSet::new(&columns, &labels))
        .unwrap();
    let term = found.head.terms[0];
    assert!(
        (term.weight / term.scale - 2.0 * 3.0_f64.ln()).abs() < 1e-6,
        "{term:?}"
    );
    assert!((found.head.predict(&[0.0]) - 0.25).abs() < 1e-6);
    assert!((found.report.loss - (0.75 * (4.0 / 3.0_f64).ln() + 0.25 * 4.0_f64.ln())).abs() < 1e-9);
}

#[test]
fn a_choice_of_two_is_logistic_in_the_difference() {
    // Softmax over pairs: P(first) = 1/(1+e^-w(a-b)). 3 of 4 choose the one with the larger x: w·1 = ln 3.
    let columns = [vec![1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0]];
    let labels = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
    let config = LogisticConfig {
        l2: 1e-12,
        objective: Objective::Softmax,
        ..LogisticConfig::default()
    };
    let set = TrainingSet::new(&columns, &labels).grouped(&[2, 2, 2, 2]);
    let found = LogisticTrainer::new(&config).unwrap().fit("h", &set).unwrap();
    let term = found.head.terms[0];
    assert!((term.weight / term.scale - 3.0_f64.ln()).abs() < 1e-6, "{term:?}");
    assert_eq!(found.head.link, Link::Identity);
}

#[test]
fn labels_that_can_be_told_apart_stay_finite_and_in_order() {
    let columns = [(0..50).map(|row| row as f32).collect::<Vec<_>>()];
    let labels: Vec<f32> = (0..50).map(|row| f32::from(u8::from(row >= 25))).collect();
    let set = TrainingSet::new(&columns, &labels).grouped(&[50]);
    for (objective, l2) in BOTH
        .into_iter()
        .flat_map(|objective| [1e-12, 1e-4].map(|l2| (objective, l2)))
    {
        let config = LogisticConfig {
            objective,
            l2,
            ..LogisticConfig::default()
        };
        let found = LogisticTrainer::new(&config).unwrap().fit("h", &set).unwrap();
        assert!(
            found.head.terms[0].weight.is_finite() && found.head.terms[0].weight > 1.0,
            "{found:?}"
        );
    }
}

#[test]
fn a_softmax_does_not_see_what_lifts_a_whole_request() {
    let data = Data::new(3, 60, 6);
    let plain = fit(Objective::Softmax, &data.set());
    let mut lifted = data.columns.clone();
    lifted.push((0..60).map(|row| (row / 6) as f32).collect());
    let set = TrainingSet::new(&lifted, &data.labels)
        .weighted(&data.weights)
        .grouped(&data.groups);
    let found = fit(Objective::Softmax, &set);
    assert!(found.head.terms[3].weight.abs() < 1e-9, "{:?}", found.head.terms);
    assert!((found.head.terms[0].weight - plain.head.terms[0].weight).abs() < 1e-6);
}

#[test]
fn a_row_of_weight_two_is_the_row_twice() {
    let data = Data::new(2, 40, 40);
    let weights: Vec<f32> = (0..40).map(|row| (row % 3) as f32).collect();
    let twice = |values: &[f32]| -> Vec<f32> {
        (0..40)
            .flat_map(|row| std::iter::repeat_n(values[row], row % 3))
            .collect()
    };
    let weighted = fit(
        Objective::Logistic,
        &TrainingSet::new(&data.columns, &data.labels).weighted(&weights),
    );
    let columns: Vec<Vec<f32>> = data.columns.iter().map(|column| twice(column)).collect();
    let repeated = fit(
        Objective::Logistic,
        &TrainingSet::new(&columns, &twice(&data.labels)),
    );
    assert!((weighted.head.bias - repeated.head.bias).abs() < 1e-7);
    for (a, b) in weighted.head.terms.iter().zip(&repeated.head.terms) {
        assert!(
            (a.mean - b.mean).abs() < 1e-9 && (a.weight - b.weight).abs() < 1e-7,
            "{a:?} {b:?}"
        );
    }
}

#[cfg(feature = "rayon")]
#[test]
fn the_number_of_threads_changes_no_bit() {
    let data = Data::new(5, 20_000, 13);
    for objective in BOTH {
        let alone = fit(objective, &data.set());
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            assert_eq!(
                pool.install(|| fit(objective, &data.set())),
                alone,
                "{threads} threads"
            );
        }
    }
}

#[test]
fn progress_counts_steps() {
    let (data, mut seen) = (Data::new(2, 50, 5), Vec::new());
    let trainer = LogisticTrainer::default();
    let fit = trainer
        .fit_with_progress("h", &data.set(), &mut |progress| seen.push(progress.done))
        .unwrap();
    assert_eq!(seen, (1..=fit.report.steps as u64).collect::<Vec<_>>());
}
