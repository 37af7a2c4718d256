//! The parts of the live layer, each against its definition.

use bowerbird_core::UserId;
use bowerbird_typeahead::live::{
    Admission, AdmissionSettings, Decay, HalfLife, Popularity, Secret, TrendSettings, Trends, log_add,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

fn close(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

fn half_life() -> impl Strategy<Value = HalfLife> {
    (60_u64..10_000_000).prop_map(|secs| HalfLife::of(Duration::from_secs(secs)).expect("above 0"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Direct: Σ w · 2^((t − now) / H). In any order, seen from any time, with any landmark.
    #[test]
    fn a_decayed_score_is_the_decayed_sum(
        half in half_life(),
        landmark in 0.0..2e9_f64,
        seen in prop::collection::vec((1e-3..1e6_f64, 0.0..200.0_f64), 1..40),
        turn in 0_usize..40,
        later in 0.0..20.0_f64,
    ) {
        let decay = Decay::new(half, landmark);
        let at = |halves: f64| landmark + halves * half.as_secs();
        let sum = |seen: &mut dyn Iterator<Item = &(f64, f64)>| {
            seen.fold(f64::NEG_INFINITY, |sum, (w, t)| log_add(sum, decay.score(*w, at(*t))))
        };
        let forward = sum(&mut seen.iter());
        let turn = turn % seen.len();
        let turned = sum(&mut seen[turn..].iter().chain(&seen[..turn]));
        let backward = sum(&mut seen.iter().rev());
        let now = at(200.0 + later);
        let direct: f64 = seen.iter().map(|(w, t)| w * ((at(*t) - now) / half.as_secs()).exp2()).sum();
        for score in [forward, turned, backward] {
            prop_assert!(close(score, forward));
            prop_assert!(close(decay.weight(score, now), direct), "{} {direct}", decay.weight(score, now));
        }
    }

    /// The order of two keys is the same at every time.
    #[test]
    fn all_scores_age_alike(a in -50.0..50.0_f64, b in -50.0..50.0_f64, at in 0.0..1e8_f64) {
        let decay = Decay::new(HalfLife::WEEK, 0.0);
        let (a_then, b_then) = (decay.weight(a, at), decay.weight(b, at));
        prop_assert!((a > b) == (a_then > b_then) || close(a_then, b_then));
    }

    /// As a map without a bound, as long as the bound is not reached; and never beyond it.
    #[test]
    fn a_table_sums_and_keeps_the_highest(
        seen in prop::collection::vec((0_u8..30, 0.0..100.0_f64), 0..120),
        capacity in 1_usize..40,
    ) {
        let mut table = Popularity::new(capacity);
        let mut all = BTreeMap::new();
        for (key, gain) in &seen {
            let key = key.to_string();
            if table.add(&key, *gain, 0.0).is_none() {
                let full = table.len() == capacity;
                let mut before: Vec<f64> = table.rows().map(|(_, row)| row.score).collect();
                before.sort_by(f64::total_cmp);
                table.insert(&key, *gain, 0.0, ());
                if full {
                    // The lowest eighth is gone, the others are there.
                    let gone = (capacity / 8).max(1);
                    prop_assert_eq!(table.len(), capacity - gone + 1);
                    for score in &before[gone..] {
                        prop_assert!(table.rows().any(|(_, row)| row.score == *score));
                    }
                }
            }
            let score = all.entry(key).or_insert(f64::NEG_INFINITY);
            *score = log_add(*score, *gain);
            prop_assert!(table.len() <= capacity);
        }
        if all.len() <= capacity {
            prop_assert_eq!(table.len(), all.len());
            prop_assert_eq!(table.changed().keys, all.len());
            for (key, score) in &all {
                prop_assert!(close(table.get(key).expect("a row").score, *score));
            }
        }
        for (key, row) in table.rows() {
            prop_assert!(row.score <= all[&**key] + 1e-9);
        }
    }

    /// Against exact sets of users: never early; and at the very user, as long as nothing was evicted.
    #[test]
    fn nobody_is_admitted_early(
        users in 1_u32..6,
        candidates in 1_usize..20,
        seen in prop::collection::vec((0_u8..12, 0_u64..8), 0..200),
    ) {
        let mut admission = Admission::new(AdmissionSettings { users, candidates });
        let secret = Secret([3, 4]);
        let mut exact: BTreeMap<u8, BTreeSet<u64>> = BTreeMap::new();
        let mut counts: BTreeMap<u8, usize> = BTreeMap::new();
        let roomy = candidates >= 12;
        for (key, user) in seen {
            let who = exact.entry(key).or_default();
            who.insert(user);
            *counts.entry(key).or_default() += 1;
            let text = key.to_string();
            let admitted = admission.observe(&text, secret.hash(UserId(user), &text), 0.0, 0.0);
            prop_assert!(admission.waiting() <= candidates);
            if let Some(admitted) = &admitted {
                prop_assert!(who.len() >= users as usize);
                if roomy {
                    // Every observation so far counts: so many of weight 1.
                    prop_assert!(close(admitted.score.exp(), counts[&key] as f64));
                }
            }
            if roomy {
                prop_assert_eq!(admitted.is_some(), who.len() >= users as usize);
            }
            if admitted.is_some() {
                exact.remove(&key);
                counts.remove(&key);
            }
        }
    }
}

#[test]
fn what_changed_is_told_once() {
    let mut table = Popularity::new(10);
    table.insert("a", 0.0, 5.0, ());
    table.insert("b", 0.0, 7.0, ());
    table.add("a", 0.0, 3.0);
    let changed = table.take_changed();
    assert_eq!((changed.keys, changed.since), (2, 3.0));
    assert_eq!(table.take_changed().keys, 0);
    table.add("b", 0.0, 9.0);
    table.take("a");
    assert_eq!(table.take_changed().keys, 2);
    table.mark();
    table.add("b", 1.0, 10.0);
    table.insert("c", 2.0, 10.0, ());
    table.mark();
    table.add("c", 3.0, 11.0);
    table.forget_marked(|_, _| {});
    assert!(table.get("b").is_none());
    assert_eq!(table.get("c").expect("seen since").score, 3.0);
}

/// Events of a Poisson process, by SplitMix64.
struct Arrivals {
    state: u64,
    now: f64,
    rate: f64,
}

impl Arrivals {
    fn next(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let uniform = ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
        self.now -= (1.0 - uniform).ln() / self.rate;
        self.now
    }
}

const DAY: f64 = 86_400.0;

fn steady(trends: &mut Trends, key: &str, per_hour: f64, until: f64) {
    let mut arrivals = Arrivals {
        state: key.len() as u64 * 77,
        now: 0.0,
        rate: per_hour / 3600.0,
    };
    let secret = Secret([5, 6]);
    for user in 0.. {
        let at = arrivals.next();
        if at > until {
            break;
        }
        trends.observe(key, secret.hash(UserId(user), key), at);
    }
}

fn rush(trends: &mut Trends, key: &str, count: u64, users: u64, from: f64) {
    let secret = Secret([5, 6]);
    for nth in 0..count {
        let user = secret.hash(UserId(1_000_000 + nth % users), key);
        trends.observe(key, user, from + nth as f64);
    }
}

fn keys(trends: &Trends, now: f64) -> Vec<String> {
    trends
        .trending(10, now, |_| true)
        .into_iter()
        .map(|trend| trend.key)
        .collect()
}

#[test]
fn a_rush_is_a_trend_and_a_steady_crowd_is_none() {
    let mut trends = Trends::new(TrendSettings::default(), 0.0);
    let now = 10.0 * DAY;
    for (key, per_hour) in [("weather", 400.0), ("garden", 40.0), ("moss wall", 4.0)] {
        steady(&mut trends, key, per_hour, now);
    }
    assert_eq!(keys(&trends, now), [""; 0]);
    rush(&mut trends, "moss wall", 60, 60, now);
    rush(&mut trends, "eclipse", 200, 200, now);
    // Sixty more are nothing among hundreds.
    rush(&mut trends, "weather", 60, 60, now);
    let now = now + 300.0;
    assert_eq!(keys(&trends, now), ["eclipse", "moss wall"]);
    let found = trends.trending(10, now, |_| true);
    let moss = &found[1];
    // 60 new ones on about 4 · 1 h / ln 2 usual ones.
    assert!((50.0..80.0).contains(&moss.support), "{moss:?}");
    assert!((6.0..25.0).contains(&moss.ratio), "{moss:?}");
    assert_eq!(
        trends.trending(1, now, |key| key != "eclipse")[0].key,
        "moss wall"
    );
    assert_eq!(trends.trending(0, now, |_| true), []);
    // A day later it is over.
    assert_eq!(keys(&trends, now + DAY), [""; 0]);
}

#[test]
fn one_user_makes_no_trend() {
    let mut trends = Trends::new(TrendSettings::default(), 0.0);
    steady(&mut trends, "garden", 10.0, 2.0 * DAY);
    rush(&mut trends, "buy my soap", 500, 2, 2.0 * DAY);
    rush(&mut trends, "lantern", 500, 100, 2.0 * DAY);
    assert_eq!(keys(&trends, 2.0 * DAY + 500.0), ["lantern"]);
}

#[test]
fn nothing_is_a_trend_before_anything_is_usual() {
    let mut trends = Trends::new(TrendSettings::default(), 0.0);
    rush(&mut trends, "lantern", 500, 100, 0.0);
    assert_eq!(keys(&trends, 500.0), [""; 0]);
}

/// Under the null hypothesis bursts have mean 0 and variance 1, about: over many keys of one rate.
#[test]
fn bursts_of_steady_keys_are_standard() {
    let settings = TrendSettings {
        min_support: 0.0,
        min_users: 0,
        min_burst: f64::NEG_INFINITY,
        ..TrendSettings::default()
    };
    let mut trends = Trends::new(settings, 0.0);
    let now = 4.0 * DAY;
    for length in 1..=300 {
        steady(&mut trends, &"k".repeat(length), 12.0, now);
    }
    let bursts: Vec<f64> = trends
        .trending(300, now, |_| true)
        .iter()
        .map(|trend| trend.burst)
        .collect();
    assert_eq!(bursts.len(), 300);
    let mean = bursts.iter().sum::<f64>() / 300.0;
    let variance = bursts.iter().map(|b| (b - mean).powi(2)).sum::<f64>() / 299.0;
    assert!(
        mean.abs() < 0.25 && (0.7..1.4).contains(&variance),
        "{mean} {variance}"
    );
}
