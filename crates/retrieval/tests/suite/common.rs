//! Data for the tests of several files.

use bowerbird_core::{ItemId, SystemClock, UserId};
use bowerbird_retrieval::{
    Action, CandidateSink, CandidateSource, Context, Event, FeedQuery, Interactions, SourceError,
};
use proptest::prelude::*;

pub(crate) fn event(user: u64, item: u64, at: i64) -> Event {
    Event {
        user: UserId(user),
        item: ItemId(item),
        at,
        weight: 1.0,
    }
}

pub(crate) fn interactions(events: impl IntoIterator<Item = Event>) -> Interactions {
    Interactions::from_events(events).expect("weights are sound")
}

pub(crate) fn action(item: u64, at: i64) -> Action {
    Action {
        item: ItemId(item),
        at,
        weight: 1.0,
    }
}

pub(crate) fn query(asked_at: i64, items: &[u64]) -> FeedQuery {
    let history = (0..).zip(items).map(|(at, &item)| action(item, at)).collect();
    FeedQuery::new(UserId(0), asked_at, history)
}

/// Failing cases are printed, not written to files beside the tests.
pub(crate) fn cases() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Up to 60 events of 8 users with 12 items.
pub(crate) fn few_events() -> impl Strategy<Value = Vec<Event>> {
    let one = (0_u64..8, 0_u64..12, 0_i64..50).prop_map(|(user, item, at)| event(user, item * 10, at));
    prop::collection::vec(one, 1..60)
}

/// Histories of up to 6 items, some unknown, some repeated.
pub(crate) fn few_items() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec((0_u64..13).prop_map(|item| item * 10), 0..6)
}

/// Candidates as (item, score, because).
pub(crate) fn ask<S: CandidateSource<FeedQuery>>(
    source: &S,
    query: &FeedQuery,
    limit: usize,
) -> Result<Vec<(u64, f32, Option<u64>)>, SourceError> {
    let mut sink = CandidateSink::with_limit(limit);
    source.retrieve(query, &Context::unhurried(&SystemClock), &mut sink)?;
    Ok(sink
        .iter()
        .map(|c| (c.item.0, c.score, c.because.map(|item| item.0)))
        .collect())
}

/// 3,000 events of 120 users with 700 items, popular ones more often.
pub(crate) fn many_events() -> Vec<Event> {
    let mut state = 7_u64;
    let mut next = |bound: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    (0..3_000)
        .map(|_| {
            let item = next(700) * next(700) / 700;
            event(next(120), item, next(1_000_000) as i64)
        })
        .collect()
}

/// Queries that find much, little and nothing.
pub(crate) fn queries(data: &Interactions) -> Vec<FeedQuery> {
    let mut queries: Vec<FeedQuery> = (0..6)
        .map(|user| {
            let asked_at = 400_000 + 150_000 * user as i64;
            FeedQuery::new(UserId(user), asked_at, data.history(UserId(user)))
        })
        .collect();
    queries.push(query(2_000_000, &[]));
    queries.push(query(2_000_000, &[999_999]));
    queries.push(query(-5, &[1]));
    queries.push(query(2_000_000, &[3, 3, 999_999, 3]));
    queries
}
