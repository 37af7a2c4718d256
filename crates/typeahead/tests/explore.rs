//! Exploration: propensities by their laws, estimates in simulations that are called so.

use bowerbird_typeahead::explore::{
    Choice, Examination, Exploration, Exposure, Logged, Response, off_policy,
};
use proptest::prelude::*;

fn choices() -> impl Strategy<Value = Choice> {
    prop_oneof![
        Just(Choice::Uniform),
        (-1.0..5.0).prop_map(|temperature| Choice::Softmax { temperature }),
        Just(Choice::Softmax {
            temperature: f64::NAN
        }),
    ]
}

fn descending() -> impl Strategy<Value = Vec<f64>> {
    let score = prop_oneof![8 => -20.0..20.0_f64, 1 => Just(f64::NEG_INFINITY), 1 => Just(0.0)];
    prop::collection::vec(score, 0..40).prop_map(|mut scores: Vec<f64>| {
        scores.sort_by(|a, b| b.total_cmp(a));
        scores
    })
}

/// A number in 0..1 that is not the library's.
fn even(state: &mut u64) -> f64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 11) as f64 / (1_u64 << 53) as f64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn propensities_sum_to_one_and_are_those_that_are_logged(
        scores in descending(), k in 0_usize..15, position in 0_usize..20, reach in 0_usize..30,
        epsilon in 0.0..=1.0, choice in choices(), seed in any::<u64>(),
    ) {
        let rule = Exploration::new(epsilon).with_position(position).with_reach(reach).with_choice(choice);
        let all = rule.propensities(&scores, k);
        let slate = rule.draw(&scores, k, seed);
        prop_assert_eq!(slate.order.len(), k.min(scores.len()));
        prop_assert_eq!(slate.order.len(), slate.propensities.len());
        prop_assert_eq!(&slate, &rule.draw(&scores, k, seed));
        let Some(slot) = rule.slot(scores.len(), k) else {
            prop_assert!(all.is_empty() && slate.explored.is_none());
            prop_assert!(slate.order.iter().copied().eq(0..slate.order.len()));
            prop_assert!(slate.propensities.iter().all(|p| *p == 1.0));
            return Ok(());
        };
        prop_assert!((all.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        for (at, propensity) in all.iter().enumerate() {
            prop_assert!(*propensity >= 0.0);
            let eligible = at == slot || (k..k + reach).contains(&at);
            prop_assert!(eligible || *propensity == 0.0);
        }
        for (at, (&place, &propensity)) in slate.order.iter().zip(&slate.propensities).enumerate() {
            prop_assert!(propensity > 0.0);
            if at == slot {
                prop_assert!((propensity - all[place]).abs() < 1e-12);
            } else {
                prop_assert_eq!((place, propensity), (at, 1.0));
            }
        }
        prop_assert_eq!(slate.explored.is_some(), slate.order[slot] != slot);
    }

    #[test]
    fn estimates_stay_within_bounds(log in prop::collection::vec((-5.0..5.0, 0.01..=1.0, 0.0..=1.0), 0..50)) {
        let logged = log.iter().map(|&(reward, shown, target)| Logged { reward, shown, target });
        let odd = [(f64::NAN, 0.5, 0.5), (1.0, 0.0, 0.5), (1.0, 0.5, 1.5), (1.0, f64::NAN, 0.5)];
        let odd = odd.map(|(reward, shown, target)| Logged { reward, shown, target });
        let estimate = off_policy(logged.chain(odd));
        prop_assert_eq!(estimate.decisions, log.len());
        prop_assert!(estimate.effective <= log.len() as f64 + 1e-9);
        if log.iter().any(|row| row.2 > 0.0) {
            let low = log.iter().map(|row| row.0).fold(f64::INFINITY, f64::min);
            let high = log.iter().map(|row| row.0).fold(f64::NEG_INFINITY, f64::max);
            prop_assert!((low - 1e-9..=high + 1e-9).contains(&estimate.self_normalised));
        }
    }
}

/// A simulation: draws come as often as their propensities say.
#[test]
fn simulation_of_draws_meets_the_propensities() {
    let scores = [5.0, 4.0, 3.0, 2.0, 1.0, 0.5];
    let rule = Exploration::new(0.4)
        .with_choice(Choice::Softmax { temperature: 1.0 })
        .with_position(1);
    let all = rule.propensities(&scores, 3);
    let mut counts = [0.0; 6];
    for seed in 0..20_000 {
        counts[rule.draw(&scores, 3, seed).order[1]] += 1.0 / 20_000.0;
    }
    for (count, propensity) in counts.iter().zip(&all) {
        // Four standard errors.
        assert!(
            (count - propensity).abs() <= 4.0 * (propensity * (1.0 - propensity) / 20_000.0).sqrt(),
            "{counts:?} {all:?}"
        );
    }
}

/// A simulation: from logs of the explored slot, the estimates find what other rules would have got; the mean of many
/// logs shows no bias of the inverse-propensity one.
#[test]
fn simulation_of_logs_finds_the_reward_of_another_rule() {
    let scores = [5.0, 4.0, 3.0, 2.0, 1.0, 0.5];
    let liking = [0.9, 0.1, 0.15, 0.6, 0.3, 0.05];
    let logging = Exploration::new(0.5).with_position(2);
    let judged = Exploration::new(0.8)
        .with_position(2)
        .with_choice(Choice::Softmax { temperature: 0.5 });
    let (shown, target) = (logging.propensities(&scores, 3), judged.propensities(&scores, 3));
    let truth: f64 = target.iter().zip(liking).map(|(p, liking)| p * liking).sum();
    let baseline: f64 = shown.iter().zip(liking).map(|(p, liking)| p * liking).sum();

    let (mut state, mut seed) = (7_u64, 0);
    let (logs, size) = (200, 400);
    let (mut mean, mut normalised, mut within) = (0.0, 0.0, 0);
    for _ in 0..logs {
        let log: Vec<Logged> = (0..size)
            .map(|_| {
                seed += 1;
                let slate = logging.draw(&scores, 3, seed);
                let place = slate.order[2];
                let reward = f64::from(u8::from(even(&mut state) < liking[place]));
                Logged {
                    reward,
                    shown: slate.propensities[2],
                    target: target[place],
                }
            })
            .collect();
        let estimate = off_policy(log);
        mean += estimate.ips / f64::from(logs);
        normalised += estimate.self_normalised / f64::from(logs);
        within += u32::from((estimate.ips - truth).abs() <= 2.0 * estimate.standard_error);
        assert!(estimate.effective < 400.0);
    }
    assert!(
        (truth - baseline).abs() > 0.1,
        "the rules differ enough for the test to tell"
    );
    assert!((mean - truth).abs() < 0.015, "{mean} {truth}");
    assert!((normalised - truth).abs() < 0.02, "{normalised} {truth}");
    assert!(
        (180..=200).contains(&within),
        "{within} of 200 within two standard errors"
    );
}

/// A simulation: of two suggestions liked alike, the one shown lower gets fewer clicks and the same rate.
#[test]
fn simulation_of_clicks_forgets_the_position() {
    let examination = Examination::falling(1.0, 10);
    let mut state = 99_u64;
    let mut exposures = [Exposure::default(); 2];
    let mut weighted = [0.0; 2];
    let showings = 40_000;
    for _ in 0..showings {
        for (at, position) in [0, 4].into_iter().enumerate() {
            let looked = even(&mut state) < examination.probability(position);
            let liked = even(&mut state) < 0.3;
            let response = if looked && liked {
                Response::Chosen
            } else {
                Response::Passed
            };
            exposures[at].observe(&examination, position, response);
            if response == Response::Chosen {
                weighted[at] += examination.click_weight(position) / f64::from(showings);
            }
        }
    }
    assert!(exposures[0].chosen > 4.0 * exposures[1].chosen);
    for (exposure, weighted) in exposures.iter().zip(weighted) {
        assert!((exposure.rate(0.5, 10.0) - 0.3).abs() < 0.02);
        assert!((weighted - 0.3).abs() < 0.02);
    }
}

#[test]
fn odd_examinations_are_held() {
    let odd = Examination::new([2.0, f64::NAN, -1.0, 0.5]);
    let all: Vec<f64> = (0..6).map(|at| odd.probability(at)).collect();
    assert_eq!(all, [1.0, 0.01, 0.01, 0.5, 0.5, 0.5]);
    assert_eq!(Examination::new([]).click_weight(3), 1.0);
    assert_eq!(Examination::falling(f64::NAN, usize::MAX).probability(5), 1.0);
    assert_eq!(Examination::falling(-3.0, 4).probability(3), 1.0);
    assert_eq!(Exposure::default().rate(0.2, 0.0), 0.2);
    let mut one = Exposure {
        chosen: 1.0,
        looks: 2.0,
    };
    one.merge(Exposure {
        chosen: 2.0,
        looks: 2.0,
    });
    assert_eq!(one.rate(0.0, 0.0), 0.75);
}
