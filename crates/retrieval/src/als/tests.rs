//! The alternation against the dense loss, and single solves against their normal equations.

use super::*;
use crate::interactions::Event;
use bowerbird_core::UserId;
use proptest::prelude::*;

fn interactions(pairs: &[(u64, u64, f32)]) -> Interactions {
    let event = |(at, &(user, item, weight)): (i64, &(u64, u64, f32))| Event {
        user: UserId(user),
        item: ItemId(item),
        at,
        weight,
    };
    Interactions::from_events((0..).zip(pairs).map(event)).expect("weights are sound")
}

/// Twelve users of two tastes, with a little noise.
fn two_tastes() -> Interactions {
    let mut pairs = Vec::new();
    for user in 0..12 {
        for item in 0..10 {
            let same = user % 2 == item % 2;
            if (same && (user + item) % 5 != 0) || (!same && (3 * user + item) % 11 == 0) {
                pairs.push((user, item, 1.0 + (user % 3) as f32));
            }
        }
    }
    interactions(&pairs)
}

/// The loss as the documentation of [`AlsModel`] states it, over all pairs, in f64.
fn loss(data: &Interactions, config: &AlsConfig, users: &[f32], items: &[f32]) -> f64 {
    let width = config.factors;
    let row = |factors: &[f32], row: usize| factors[row * width..(row + 1) * width].to_vec();
    let square = |vector: &[f32]| vector.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
    let mut total = 0.0;
    for user in 0..data.users().len() {
        let own = data.user(user as u32);
        let x = row(users, user);
        total += f64::from(config.ridge(own.items.len(), data.items().len())) * square(&x);
        for item in 0..data.items().len() {
            let y = row(items, item);
            let predicted: f64 = x.iter().zip(&y).map(|(a, b)| f64::from(a * b)).sum();
            total += f64::from(config.unobserved_weight) * predicted.powi(2);
            if let Some(place) = own.items.iter().position(|&met| met as usize == item) {
                let weight = match config.event_weight {
                    ActionWeight::Ignored => 1.0,
                    ActionWeight::Multiplies => f64::from(own.weights[place]),
                };
                total += weight * (1.0 - predicted).powi(2);
            }
        }
    }
    for item in 0..data.items().len() {
        let met = data.popularity(item as u32);
        total += f64::from(config.ridge(met, data.users().len())) * square(&row(items, item));
    }
    total
}

#[test]
fn every_pass_lowers_the_loss() {
    let data = two_tastes();
    for event_weight in [ActionWeight::Ignored, ActionWeight::Multiplies] {
        let mut before = f64::INFINITY;
        for iterations in 1..=8 {
            let config = AlsConfig {
                factors: 4,
                iterations,
                event_weight,
                ..Default::default()
            };
            let (users, items) = fit::factors(&data, &config, &mut |_| {});
            let now = loss(&data, &config, &users, &items);
            assert!(
                now <= before * (1.0 + 1e-5),
                "pass {iterations}: {now} after {before}"
            );
            before = now;
        }
        let nothing = loss(
            &data,
            &AlsConfig {
                factors: 4,
                event_weight,
                ..Default::default()
            },
            &vec![0.0; data.users().len() * 4],
            &vec![0.0; data.items().len() * 4],
        );
        assert!(
            before < nothing * 0.8,
            "{before} is hardly better than nothing learned, {nothing}"
        );
    }
}

#[test]
fn a_user_is_closer_to_their_own_taste() {
    let model = AlsModel::fit(
        &two_tastes(),
        &AlsConfig {
            factors: 4,
            ..Default::default()
        },
    )
    .expect("fits");
    let liked = |item| Action {
        item: ItemId(item),
        at: 0,
        weight: 1.0,
    };
    let vector = model.fold_in(&[liked(2), liked(4)]).expect("the items are known");
    let score = |item| bowerbird_core::kernel::dot(&vector, model.vector(ItemId(item)).expect("known"));
    assert!(score(6) > score(7) && score(8) > score(9));
    assert_eq!(model.fold_in(&[liked(99)]), None);
    assert_eq!(model.fold_in(&[]), None);
}

#[test]
fn the_version_of_the_space_follows_the_weights() {
    let fit = |seed| {
        AlsModel::fit(
            &two_tastes(),
            &AlsConfig {
                factors: 4,
                seed,
                ..Default::default()
            },
        )
    };
    let (a, b, c) = (
        fit(1).expect("fits"),
        fit(1).expect("fits"),
        fit(2).expect("fits"),
    );
    assert_eq!(a.item_factors(), b.item_factors());
    assert!(a.space().ensure_same(b.space()).is_ok());
    assert!(a.space().ensure_same(c.space()).is_err());
}

#[cfg(feature = "rayon")]
#[test]
fn the_number_of_threads_changes_no_bit() {
    let pairs: Vec<_> = (0..4_000_u64).map(|n| (n * n % 311, n * 7 % 409, 1.0)).collect();
    let data = interactions(&pairs);
    let config = AlsConfig {
        factors: 9,
        iterations: 2,
        ..Default::default()
    };
    let serial = AlsModel::fit(&data, &config).expect("fits");
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads start");
        let parallel = pool.install(|| AlsModel::fit(&data, &config)).expect("fits");
        assert_eq!(
            serial.item_factors(),
            parallel.item_factors(),
            "{threads} threads"
        );
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    let data = two_tastes();
    for config in [
        AlsConfig {
            factors: 0,
            ..Default::default()
        },
        AlsConfig {
            iterations: 0,
            ..Default::default()
        },
        AlsConfig {
            unobserved_weight: 0.0,
            ..Default::default()
        },
        AlsConfig {
            regularization: f32::NAN,
            ..Default::default()
        },
        AlsConfig {
            frequency_exponent: 1.5,
            ..Default::default()
        },
        AlsConfig {
            history_weight: -1.0,
            ..Default::default()
        },
    ] {
        assert!(
            matches!(AlsModel::fit(&data, &config), Err(BuildError::OutOfRange { .. })),
            "{config:?}"
        );
    }
    assert!(matches!(
        AlsModel::fit(&interactions(&[]), &AlsConfig::default()),
        Err(BuildError::Empty(_))
    ));
}

proptest! {
    #[test]
    fn a_solution_satisfies_its_normal_equations(
        rows in prop::collection::vec(prop::collection::vec(-1.0_f32..1.0, 7), 0..20),
        weights in prop::collection::vec(0.1_f32..3.0, 20),
        ridge in 0.05_f32..5.0,
    ) {
        let width = 7;
        let base = solve::gram(&rows.concat(), width, 0.3);
        let mut solver = Solver::default();
        solver.start(&base, width);
        rows.iter().zip(&weights).for_each(|(row, &weight)| solver.observe(row, weight));
        let mut x = vec![0.0; width];
        solver.solve(ridge, &mut x);
        for i in 0..width {
            let (mut left, mut right) = (f64::from(ridge * x[i]), 0.0);
            for (row, &weight) in rows.iter().zip(&weights) {
                let product: f64 = row.iter().zip(&x).map(|(a, b)| f64::from(a * b)).sum();
                left += f64::from(row[i]) * product * f64::from(weight + 0.3);
                right += f64::from(row[i] * weight);
            }
            prop_assert!((left - right).abs() < 2e-4 * (1.0 + right.abs()), "equation {i}: {left} = {right}");
        }
    }
}
