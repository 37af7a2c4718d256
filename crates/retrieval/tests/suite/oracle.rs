//! The counting sources against their formulas written down plainly, on small data.

use crate::common::{ask, event, few_events, few_items, interactions, query};
use bowerbird_core::ItemId;
use bowerbird_retrieval::{
    Event, FeedQuery, Fresh, GraphConfig, GraphFilter, HistoryWeighting, Interactions, Popular,
    PopularConfig, Recency, Sees, SequenceConfig, SequentialCooccurrence, SourceError,
};
use proptest::prelude::*;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// When each user last met each item.
fn last_times(events: &[Event]) -> BTreeMap<(u64, u64), i64> {
    let mut last: BTreeMap<(u64, u64), i64> = BTreeMap::new();
    for event in events {
        let at = last.entry((event.user.0, event.item.0)).or_insert(event.at);
        *at = event.at.max(*at);
    }
    last
}

/// Each user's items, in order of the last time and then of id.
fn sequences(events: &[Event]) -> BTreeMap<u64, Vec<u64>> {
    let mut sequences: BTreeMap<u64, Vec<(i64, u64)>> = BTreeMap::new();
    for ((user, item), at) in last_times(events) {
        sequences.entry(user).or_default().push((at, item));
    }
    sequences
        .into_iter()
        .map(|(user, mut own)| {
            own.sort_unstable();
            (user, own.into_iter().map(|(_, item)| item).collect())
        })
        .collect()
}

fn degree(users: &BTreeMap<u64, Vec<u64>>, item: u64) -> f64 {
    users.values().filter(|own| own.contains(&item)).count() as f64
}

/// What `source` gave is the weighted sum over the history of `edge(from, to)`, best first, explained by its largest part.
fn compare(
    found: Result<Vec<(u64, f32, Option<u64>)>, SourceError>,
    query: &FeedQuery,
    decay: f64,
    known: &BTreeSet<u64>,
    edge: impl Fn(u64, u64) -> f64,
) -> Result<(), TestCaseError> {
    let history: Vec<u64> = query.history.iter().map(|action| action.item.0).collect();
    if !history.iter().any(|item| known.contains(item)) {
        prop_assert!(matches!(found, Err(SourceError::NotApplicable)));
        return Ok(());
    }
    let found = found.expect("the source applies");
    let parts = |to: u64| {
        let part = |(rank, &from): (i32, &u64)| {
            let near = if known.contains(&from) {
                edge(from, to)
            } else {
                0.0
            };
            (from, near * decay.powi(rank))
        };
        (0..).zip(history.iter().rev()).map(part).collect::<Vec<_>>()
    };
    let expected: BTreeMap<u64, f64> = known
        .iter()
        .filter(|item| !history.contains(item))
        .map(|&item| (item, parts(item).iter().map(|(_, part)| part).sum()))
        .filter(|&(_, score)| score > 0.0)
        .collect();
    prop_assert_eq!(found.len(), expected.len());
    for &(item, score, because) in &found {
        let wanted = expected[&item];
        prop_assert!(
            (f64::from(score) - wanted).abs() < 1e-5 * wanted,
            "item {item}: {score}, not {wanted}"
        );
        let largest = parts(item).into_iter().map(|(_, part)| part).fold(0.0, f64::max);
        let named = parts(item)
            .into_iter()
            .filter(|&(from, _)| Some(from) == because)
            .map(|(_, part)| part);
        prop_assert!(
            named.fold(0.0, f64::max) > largest * (1.0 - 1e-5),
            "{item} because of {because:?}"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(crate::common::cases())]

    #[test]
    fn the_graph_filter_is_its_formula(
        events in few_events(),
        items in few_items(),
        (a, p, q) in (0.0_f32..2.0, 0.0_f32..2.0, -1.0_f32..2.0),
        decay in 0.3_f32..1.0,
    ) {
        let config = GraphConfig {
            user_damping: a,
            from_damping: p,
            to_damping: q,
            history: HistoryWeighting::recent(Recency::Decay(decay)),
            ..Default::default()
        };
        let source = GraphFilter::fit(&interactions(events.clone()), &config).unwrap();
        let users = sequences(&events);
        let known: BTreeSet<u64> = events.iter().map(|event| event.item.0).collect();
        let query = query(100, &items);
        compare(ask(&source, &query, 100), &query, f64::from(decay), &known, |from, to| {
            let both = users.values().filter(|own| own.contains(&from) && own.contains(&to));
            let met: f64 = both.map(|own| (own.len() as f64).powf(-f64::from(a))).sum();
            met * degree(&users, from).powf(-f64::from(p)) * degree(&users, to).powf(-f64::from(q))
        })?;
    }

    #[test]
    fn sequences_are_their_formula(
        events in few_events(),
        items in few_items(),
        (p, q, backward) in (0.0_f32..2.0, -1.0_f32..2.0, prop_oneof![Just(0.0_f32), 0.1_f32..1.0]),
        window in 1_usize..5,
        distance_damping in 0.0_f32..2.0,
    ) {
        let config = SequenceConfig {
            window,
            distance_damping,
            backward,
            from_damping: p,
            to_damping: q,
            history: HistoryWeighting::recent(Recency::Decay(0.7)),
            ..Default::default()
        };
        let source = SequentialCooccurrence::fit(&interactions(events.clone()), &config).unwrap();
        let (users, times) = (sequences(&events), last_times(&events));
        let known: BTreeSet<u64> = events.iter().map(|event| event.item.0).collect();
        let query = query(100, &items);
        compare(ask(&source, &query, 100), &query, f64::from(0.7_f32), &known, |from, to| {
            let mut sum = 0.0;
            for (&user, own) in &users {
                let place = |wanted| own.iter().position(|&item| item == wanted);
                let (Some(i), Some(j)) = (place(from), place(to)) else { continue };
                let distance = i.abs_diff(j);
                if (1..=window).contains(&distance) {
                    let direction = match times[&(user, to)].cmp(&times[&(user, from)]) {
                        Ordering::Greater => 1.0,
                        Ordering::Equal => f64::midpoint(1.0, f64::from(backward)),
                        Ordering::Less => f64::from(backward),
                    };
                    sum += direction * (distance as f64).powf(-f64::from(distance_damping));
                }
            }
            sum * degree(&users, from).powf(-f64::from(p)) * degree(&users, to).powf(-f64::from(q))
        })?;
    }

    #[test]
    fn popularity_is_a_sum_of_decayed_events(
        events in few_events(),
        items in few_items(),
        asked_at in -10_i64..120,
        half_life in prop_oneof![Just(None), (1_u64..200).prop_map(|s| Some(Duration::from_secs(s)))],
        sees in prop_oneof![Just(Sees::Past), Just(Sees::Everything)],
    ) {
        let data: Interactions = interactions(events);
        let source = Popular::fit(&data, &PopularConfig { half_life, sees }).unwrap();
        let found = ask(&source, &query(asked_at, &items), 100).expect("applies to everybody");
        let at = if sees == Sees::Everything { asked_at.max(data.newest().unwrap()) } else { asked_at };
        let mut expected: BTreeMap<u64, f64> = BTreeMap::new();
        for event in data.events().filter(|event| event.at <= at && !items.contains(&event.item.0)) {
            let age = (at - event.at) as f64;
            *expected.entry(event.item.0).or_default() += half_life.map_or(1.0, |h| (-age / h.as_secs_f64()).exp2());
        }
        // A sum that f32 can't hold is no candidate for the past, and the last one for now.
        expected.retain(|_, score| *score > 1e-30);
        let found: Vec<_> = found.into_iter().filter(|&(_, score, _)| score > 1e-30).collect();
        prop_assert_eq!(found.len(), expected.len());
        for (item, score, _) in found {
            prop_assert!((f64::from(score) / expected[&item] - 1.0).abs() < 1e-5, "item {item}: {score}");
        }
    }

    #[test]
    fn fresh_is_newest_first_and_never_early(events in few_events(), items in few_items(), asked_at in -5_i64..60) {
        let found = ask(&Fresh::from_first_seen(&interactions(events.clone())), &query(asked_at, &items), 100).unwrap();
        let mut first: BTreeMap<u64, i64> = BTreeMap::new();
        // Of repeated events the latest stays, so first seen is the first of those.
        for event in interactions(events).events() {
            let at = first.entry(event.item.0).or_insert(event.at);
            *at = event.at.min(*at);
        }
        let mut expected: Vec<(i64, u64)> = first
            .into_iter()
            .filter(|&(item, at)| at <= asked_at && !items.contains(&item))
            .map(|(item, at)| (-at, item))
            .collect();
        expected.sort_unstable();
        let expected: Vec<u64> = expected.into_iter().map(|(_, item)| item).collect();
        prop_assert_eq!(found.into_iter().map(|(item, _, _)| item).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn fewer_neighbours_are_the_strongest(events in few_events(), most in 1_usize..4) {
        let data = interactions(events);
        let all = GraphFilter::fit(&data, &GraphConfig::default()).unwrap();
        let few = GraphFilter::fit(&data, &GraphConfig { neighbours: most, ..Default::default() }).unwrap();
        for &item in data.items().ids() {
            let expected: Vec<_> = all.neighbours(item).take(most).collect();
            prop_assert_eq!(few.neighbours(item).collect::<Vec<_>>(), expected);
        }
    }
}

#[test]
fn scores_are_those_of_the_candidates() {
    let data = interactions(crate::common::many_events());
    let graph = GraphFilter::fit(&data, &GraphConfig::default()).unwrap();
    let graph = graph
        .reweighted(HistoryWeighting::recent(Recency::Power(1.0)))
        .unwrap();
    let sequence = SequentialCooccurrence::fit(&data, &SequenceConfig::default()).unwrap();
    for query in crate::common::queries(&data) {
        for (found, scores) in [
            (
                ask(&graph, &query, 1_000),
                &(|items: &[_], out: &mut [_]| graph.scores(&query.history, items, out))
                    as &dyn Fn(&[_], &mut [_]),
            ),
            (ask(&sequence, &query, 1_000), &|items: &[_], out: &mut [_]| {
                sequence.scores(&query.history, items, out)
            }),
        ] {
            let found = found.unwrap_or_default();
            let mut items: Vec<ItemId> = found.iter().map(|&(item, ..)| ItemId(item)).collect();
            items.push(ItemId(u64::MAX));
            let mut out = vec![f32::NAN; items.len()];
            scores(&items, &mut out);
            let expected: Vec<f32> = found.iter().map(|&(_, score, _)| score).chain([0.0]).collect();
            assert_eq!(out, expected, "{query:?}");
        }
    }
}

#[test]
fn fresh_can_be_weighted_by_popularity() {
    let data = interactions([event(1, 5, 0), event(2, 5, 10), event(1, 6, 90), event(1, 7, 200)]);
    let popular = Arc::new(Popular::fit(&data, &PopularConfig::default()).unwrap());
    let fresh = Fresh::new([(ItemId(5), 0), (ItemId(6), 90), (ItemId(7), 95), (ItemId(8), 95)]);
    let source = fresh.weighted(popular, Duration::from_secs(100)).unwrap();
    // At 100 nobody has met 7 or 8 yet; 5 is popular and old, 6 is new.
    let found = ask(&source, &query(100, &[]), 9).unwrap();
    let expected = [(5, 2.0 * 0.5), (6, (-0.1_f32).exp2())];
    assert_eq!(found.len(), 2);
    for ((item, score, _), (wanted, value)) in found.into_iter().zip(expected) {
        assert_eq!(item, wanted);
        assert!((score - value).abs() < 1e-6, "{score}, not {value}");
    }
    assert_eq!(ask(&source, &query(300, &[5, 6]), 9).unwrap()[0].0, 7);
}

#[cfg(feature = "rayon")]
#[test]
fn the_number_of_threads_changes_no_bit() {
    let data = interactions(crate::common::many_events());
    let edges = |graph: &GraphFilter| {
        data.items()
            .ids()
            .iter()
            .map(|&item| graph.neighbours(item).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    let serial = GraphFilter::fit(&data, &GraphConfig::default()).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let parallel = pool
        .install(|| GraphFilter::fit(&data, &GraphConfig::default()))
        .unwrap();
    assert_eq!(edges(&serial), edges(&parallel));
    assert!(
        serial.edges() > 10_000,
        "enough to be worth comparing: {}",
        serial.edges()
    );
}

#[test]
fn settings_out_of_range_are_refused() {
    let data = interactions(crate::common::many_events());
    let nothing = interactions([]);
    assert!(GraphFilter::fit(&nothing, &GraphConfig::default()).is_err());
    assert!(SequentialCooccurrence::fit(&nothing, &SequenceConfig::default()).is_err());
    assert!(Popular::fit(&nothing, &PopularConfig::default()).is_err());
    assert!(
        GraphFilter::fit(
            &data,
            &GraphConfig {
                neighbours: 0,
                ..Default::default()
            }
        )
        .is_err()
    );
    assert!(
        GraphFilter::fit(
            &data,
            &GraphConfig {
                to_damping: f32::NAN,
                ..Default::default()
            }
        )
        .is_err()
    );
    assert!(
        SequentialCooccurrence::fit(
            &data,
            &SequenceConfig {
                window: 0,
                ..Default::default()
            }
        )
        .is_err()
    );
    let instant = PopularConfig {
        half_life: Some(Duration::ZERO),
        ..Default::default()
    };
    assert!(Popular::fit(&data, &instant).is_err());
}
