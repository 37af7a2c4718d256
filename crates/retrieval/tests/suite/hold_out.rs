//! Splits into what is known and what is asked for.

use crate::common::{event, few_events, interactions};
use bowerbird_core::{ItemId, UserId};
use bowerbird_retrieval::{Event, HeldOut, Interactions};
use proptest::prelude::*;

fn items(held: &HeldOut) -> (Vec<u64>, Vec<u64>) {
    let past = held.history.iter().map(|action| action.item.0).collect();
    (past, held.items.iter().map(|item| item.0).collect())
}

#[test]
fn the_last_events_go_first_and_ties_by_item() {
    let all = interactions([
        event(1, 9, 5),
        event(1, 3, 5),
        event(1, 7, 1),
        event(1, 4, 5),
        event(2, 7, 8),
    ]);
    let (past, later) = all.hold_out_last(|events| events / 2);
    assert_eq!(later.len(), 1, "half of one event is none");
    assert_eq!(items(&later[0]), (vec![7, 3], vec![4, 9]));
    assert_eq!((later[0].user, later[0].asked_at), (UserId(1), 5));
    assert_eq!(past.history(UserId(1)), later[0].history);
    assert_eq!(past.history(UserId(2)).len(), 1);
    assert_eq!(later[0].query().history, later[0].history);

    let (past, later) = all.hold_out_last(|_| usize::MAX);
    assert!(past.is_empty());
    assert_eq!(later.iter().map(|held| held.asked_at).collect::<Vec<_>>(), [1, 8]);
}

#[test]
fn a_cut_parts_everybody_at_one_moment() {
    let all = interactions([event(1, 9, 5), event(1, 3, 6), event(2, 7, 6), event(3, 7, 5)]);
    let (past, later) = all.hold_out_after(5);
    assert_eq!(past.newest(), Some(5));
    assert!(later.iter().all(|held| held.asked_at == 5));
    let parts: Vec<_> = later.iter().map(|held| (held.user.0, items(held))).collect();
    assert_eq!(parts, [(1, (vec![9], vec![3])), (2, (vec![], vec![7]))]);
}

/// What stays and what is held out, as (user, item), and the order in time within each.
fn check(all: &Interactions, past: &Interactions, later: &[HeldOut]) -> Result<(), TestCaseError> {
    let pair = |event: Event| (event.user.0, event.item.0);
    let mut both: Vec<(u64, u64)> = past.events().map(pair).collect();
    for held in later {
        prop_assert!(!held.items.is_empty());
        prop_assert_eq!(&held.history, &past.history(held.user));
        let whole: Vec<ItemId> = all.history(held.user).iter().map(|action| action.item).collect();
        let known = held.history.iter().map(|action| action.item);
        prop_assert_eq!(known.chain(held.items.iter().copied()).collect::<Vec<_>>(), whole);
        both.extend(held.items.iter().map(|item| (held.user.0, item.0)));
    }
    both.sort_unstable();
    let mut expected: Vec<(u64, u64)> = all.events().map(pair).collect();
    expected.sort_unstable();
    prop_assert_eq!(both, expected);
    Ok(())
}

proptest! {
    #![proptest_config(crate::common::cases())]

    #[test]
    fn nothing_is_lost(events in few_events(), most in 0_usize..6, cut in -1_i64..51) {
        let all = interactions(events.iter().zip(1_u8..).map(|(&event, weight)| Event {
            weight: f32::from(weight),
            ..event
        }));
        let (past, later) = all.hold_out_last(|events| events.min(most));
        check(&all, &past, &later)?;
        prop_assert!(later.iter().all(|held| held.items.len() <= most));
        let (past, later) = all.hold_out_after(cut);
        check(&all, &past, &later)?;
        prop_assert!(past.newest().is_none_or(|newest| newest <= cut));
    }
}
