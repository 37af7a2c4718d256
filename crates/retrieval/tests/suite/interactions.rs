//! Events in, columns out.

use crate::common::{event, few_events, interactions};
use bowerbird_core::{ItemId, UserId};
use bowerbird_retrieval::{Duplicates, Event, Interactions, InteractionsBuilder, InteractionsError};
use proptest::prelude::*;

fn build(events: &[Event], duplicates: Duplicates) -> Interactions {
    let mut builder = InteractionsBuilder::new();
    events
        .iter()
        .for_each(|&event| builder.push(event).expect("weights are sound"));
    builder.build(duplicates)
}

#[test]
fn repetitions_are_resolved_as_asked() {
    let event = |at, weight| Event {
        user: UserId(1),
        item: ItemId(2),
        at,
        weight,
    };
    let events = [event(20, 2.0), event(10, 1.0), event(20, 4.0)];
    let one = |duplicates| {
        build(&events, duplicates)
            .history(UserId(1))
            .into_iter()
            .map(|a| (a.at, a.weight))
            .collect::<Vec<_>>()
    };
    assert_eq!(one(Duplicates::Latest), [(20, 4.0)]);
    assert_eq!(one(Duplicates::Earliest), [(10, 1.0)]);
    assert_eq!(one(Duplicates::Sum), [(20, 7.0)]);
}

#[test]
fn a_users_events_are_in_time_order_and_ties_by_item() {
    let data = interactions([event(5, 9, 3), event(5, 4, 3), event(5, 7, 1), event(2, 9, 0)]);
    let items: Vec<u64> = data
        .history(UserId(5))
        .iter()
        .map(|action| action.item.0)
        .collect();
    assert_eq!(items, [7, 4, 9]);
    assert_eq!(data.users().ids(), [UserId(2), UserId(5)]);
    assert_eq!(data.newest(), Some(3));
    assert!(data.history(UserId(3)).is_empty());
}

#[test]
fn a_weight_that_is_no_weight_is_refused() {
    for weight in [-1.0, f32::NAN, f32::INFINITY] {
        let bad = Event {
            weight,
            ..event(1, 2, 3)
        };
        let refused = Interactions::from_events([bad]);
        assert!(
            matches!(refused, Err(InteractionsError::Weight { item: ItemId(2), .. })),
            "{weight}"
        );
    }
    assert!(Interactions::from_events([]).unwrap().is_empty());
}

proptest! {
    #![proptest_config(crate::common::cases())]

    #[test]
    fn both_directions_tell_the_same(events in few_events()) {
        let data = interactions(events.clone());
        let mut met: Vec<(u64, u64)> = events.iter().map(|event| (event.user.0, event.item.0)).collect();
        met.sort_unstable();
        met.dedup();
        let mut by_user: Vec<_> = data.events().map(|event| (event.user.0, event.item.0)).collect();
        by_user.sort_unstable();
        prop_assert_eq!(&by_user, &met);

        let mut by_item = Vec::new();
        for (row, item) in (0..).zip(data.items().ids()) {
            let own = data.item(row);
            prop_assert!(own.users.is_sorted());
            prop_assert_eq!(own.users.len(), data.popularity(row));
            for (&user, &number) in own.users.iter().zip(own.events) {
                prop_assert!(data.user_range(user).contains(&(number as usize)));
                prop_assert_eq!(data.event(number as usize).0, row);
                by_item.push((data.users().id(user).0, item.0));
            }
        }
        by_item.sort_unstable();
        prop_assert_eq!(by_item, met);
    }

    #[test]
    fn the_order_of_arrival_plays_no_part(events in few_events()) {
        let forth: Vec<Event> = interactions(events.clone()).events().collect();
        let back: Vec<Event> = interactions(events.into_iter().rev()).events().collect();
        prop_assert_eq!(forth, back);
    }
}
