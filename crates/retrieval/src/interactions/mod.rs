//! Who did what when: the data that sources are fitted on.

mod builder;
mod hold_out;
mod rows;

use crate::query::Action;
use bowerbird_core::{ItemId, UserId};
use std::ops::Range;
use std::sync::Arc;

pub use builder::{Duplicates, InteractionsBuilder, InteractionsError};
pub use hold_out::HeldOut;
pub use rows::Rows;

/// One user did something to one item.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Event {
    /// Who.
    pub user: UserId,
    /// To what.
    pub item: ItemId,
    /// When, in seconds since the Unix epoch; any increasing number where only the order is known.
    pub at: i64,
    /// How much it says, such as a rating; 1 where all count alike. Finite, not negative.
    pub weight: f32,
}

/// Events in compact columns, by user in time order and by item. Immutable; share it in an `Arc`.
///
/// Users and items have row numbers `0..`, in ascending order of id. A user and an item meet at most once:
/// [`Duplicates`] says what becomes of repetitions. A user's events are in order of time, those of one moment in order
/// of item id. The same events give the same columns, in whatever order they came (up to repetitions at one moment, where
/// the last that came is the later one).
///
/// 24 bytes an event, about 30 a user or item.
#[derive(Clone, Debug)]
pub struct Interactions {
    users: Arc<Rows<UserId>>,
    items: Arc<Rows<ItemId>>,
    user_starts: Vec<usize>,
    event_items: Vec<u32>,
    event_times: Vec<i64>,
    event_weights: Vec<f32>,
    item_starts: Vec<usize>,
    item_users: Vec<u32>,
    item_events: Vec<u32>,
    fingerprint: u64,
}

/// One user's events, oldest first.
#[derive(Clone, Copy, Debug)]
pub struct UserEvents<'a> {
    /// The items' rows.
    pub items: &'a [u32],
    /// When, in seconds since the Unix epoch.
    pub at: &'a [i64],
    /// The weights.
    pub weights: &'a [f32],
}

/// One item's events, in ascending order of user.
#[derive(Clone, Copy, Debug)]
pub struct ItemEvents<'a> {
    /// The users' rows.
    pub users: &'a [u32],
    /// Each event's number, for [`Interactions::event`].
    pub events: &'a [u32],
}

impl Interactions {
    /// Interactions from `events`, the latest of repeated ones kept. [`InteractionsBuilder`] has the other choices.
    ///
    /// # Errors
    ///
    /// [`InteractionsError`] for a weight that is negative or not finite, or for more events than row numbers.
    pub fn from_events(events: impl IntoIterator<Item = Event>) -> Result<Self, InteractionsError> {
        let mut builder = InteractionsBuilder::new();
        for event in events {
            builder.push(event)?;
        }
        Ok(builder.build(Duplicates::Latest))
    }

    /// Events, repetitions resolved.
    pub fn len(&self) -> usize {
        self.event_items.len()
    }

    /// True without any event.
    pub fn is_empty(&self) -> bool {
        self.event_items.is_empty()
    }

    /// The users.
    pub fn users(&self) -> &Arc<Rows<UserId>> {
        &self.users
    }

    /// The items.
    pub fn items(&self) -> &Arc<Rows<ItemId>> {
        &self.items
    }

    /// The numbers of the events of the user in `row`, oldest first.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn user_range(&self, row: u32) -> Range<usize> {
        self.user_starts[row as usize]..self.user_starts[row as usize + 1]
    }

    /// The events of the user in `row`, oldest first.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn user(&self, row: u32) -> UserEvents<'_> {
        let range = self.user_range(row);
        UserEvents {
            items: &self.event_items[range.clone()],
            at: &self.event_times[range.clone()],
            weights: &self.event_weights[range],
        }
    }

    /// The events of the item in `row`.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn item(&self, row: u32) -> ItemEvents<'_> {
        let range = self.item_starts[row as usize]..self.item_starts[row as usize + 1];
        ItemEvents {
            users: &self.item_users[range.clone()],
            events: &self.item_events[range],
        }
    }

    /// The item's row, the time and the weight of event number `event`.
    ///
    /// # Panics
    ///
    /// When there is no such event.
    pub fn event(&self, event: usize) -> (u32, i64, f32) {
        (
            self.event_items[event],
            self.event_times[event],
            self.event_weights[event],
        )
    }

    /// How many users the item in `row` has.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn popularity(&self, row: u32) -> usize {
        self.item_starts[row as usize + 1] - self.item_starts[row as usize]
    }

    /// A hash of all events, taken when they were gathered: other events, times or weights give another, the same events
    /// the same in whatever order they came. For the versions of what is fitted on them.
    pub const fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The time of the newest event.
    pub fn newest(&self) -> Option<i64> {
        self.event_times.iter().copied().max()
    }

    /// A user's history as a query wants it, oldest first; empty for somebody unknown.
    pub fn history(&self, user: UserId) -> Vec<Action> {
        let Some(row) = self.users.row(user) else {
            return Vec::new();
        };
        self.user_range(row)
            .map(|event| {
                let (item, at, weight) = self.event(event);
                Action {
                    item: self.items.id(item),
                    at,
                    weight,
                }
            })
            .collect()
    }

    /// Every event, by user in ascending order of id and in time order.
    pub fn events(&self) -> impl Iterator<Item = Event> + '_ {
        self.users.ids().iter().zip(0..).flat_map(move |(&user, row)| {
            self.user_range(row).map(move |event| {
                let (item, at, weight) = self.event(event);
                Event {
                    user,
                    item: self.items.id(item),
                    at,
                    weight,
                }
            })
        })
    }
}
