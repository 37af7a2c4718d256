//! Events in, sorted columns out.

use super::{Event, Interactions, Rows};
use crate::fingerprint::Fingerprint;
use bowerbird_core::{ItemId, UserId};
use rustc_hash::FxHashMap;
use std::hash::Hash;
use std::sync::Arc;

/// What becomes of several events of one user with one item.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Duplicates {
    /// The latest stays, with its weight. The default.
    #[default]
    Latest,
    /// The earliest stays, with its weight.
    Earliest,
    /// The latest stays, with the sum of the weights.
    Sum,
}

/// Why an event was not taken.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InteractionsError {
    /// A weight is negative, infinite or not a number. Mend the event, or leave it out.
    #[error("weight {weight} of user {user} with item {item} is not a finite number of zero or more")]
    Weight {
        /// Who.
        user: UserId,
        /// To what.
        item: ItemId,
        /// The weight.
        weight: f32,
    },
    /// There are 2³²−1 events already. Leave out the oldest, or split them.
    #[error("more than {} events", u32::MAX)]
    TooMany,
}

/// Gathers events one by one: 24 bytes each, whatever the ids.
#[derive(Debug, Default)]
pub struct InteractionsBuilder {
    users: Interner<UserId>,
    items: Interner<ItemId>,
    events: Vec<Row>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    at: i64,
    user: u32,
    item: u32,
    weight: f32,
}

impl InteractionsBuilder {
    /// A builder without events.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an event.
    ///
    /// # Errors
    ///
    /// [`InteractionsError`]; the builder stays as it was.
    pub fn push(&mut self, event: Event) -> Result<(), InteractionsError> {
        let Event {
            user, item, weight, ..
        } = event;
        if !(weight >= 0.0 && weight.is_finite()) {
            return Err(InteractionsError::Weight { user, item, weight });
        }
        if self.events.len() >= u32::MAX as usize {
            return Err(InteractionsError::TooMany);
        }
        self.take(event);
        Ok(())
    }

    /// Adds an event that is known to be sound.
    pub(super) fn take(&mut self, event: Event) {
        let row = Row {
            at: event.at,
            user: self.users.number(event.user),
            item: self.items.number(event.item),
            weight: event.weight,
        };
        self.events.push(row);
    }

    /// Events so far, repetitions included.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// True without any event.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Sorts, resolves repetitions and indexes. O(n log n), on the caller's thread.
    pub fn build(self, duplicates: Duplicates) -> Interactions {
        let (users, user_row) = self.users.into_rows();
        let (items, item_row) = self.items.into_rows();

        let by_user = starts(
            users.len(),
            self.events.iter().map(|event| user_row[event.user as usize]),
        );
        let mut next = by_user.clone();
        let mut order = vec![0_u32; self.events.len()];
        for (event, index) in self.events.iter().zip(0_u32..) {
            let slot = &mut next[user_row[event.user as usize] as usize];
            order[*slot] = index;
            *slot += 1;
        }

        let mut user_starts = Vec::with_capacity(users.len() + 1);
        user_starts.push(0);
        let mut event_items = Vec::with_capacity(order.len());
        let mut event_times = Vec::with_capacity(order.len());
        let mut event_weights = Vec::with_capacity(order.len());
        let mut own: Vec<Row> = Vec::new();
        for range in by_user.windows(2) {
            own.clear();
            own.extend(order[range[0]..range[1]].iter().map(|&index| {
                let event = self.events[index as usize];
                Row {
                    item: item_row[event.item as usize],
                    ..event
                }
            }));
            // Stable, so that repetitions at one moment stay in the order in which they came.
            own.sort_by_key(|row| (row.item, row.at));
            resolve(&mut own, duplicates);
            own.sort_unstable_by_key(|row| (row.at, row.item));
            event_items.extend(own.iter().map(|row| row.item));
            event_times.extend(own.iter().map(|row| row.at));
            event_weights.extend(own.iter().map(|row| row.weight));
            user_starts.push(event_items.len());
        }
        event_items.shrink_to_fit();
        event_times.shrink_to_fit();
        event_weights.shrink_to_fit();

        let what = event_items.iter().zip(&event_weights);
        let what = what.map(|(&item, weight)| u64::from(item) << 32 | u64::from(weight.to_bits()));
        let fingerprint = Fingerprint::of("interactions")
            .words(users.ids().iter().map(|user| user.0))
            .words(items.ids().iter().map(|item| item.0))
            .words(user_starts.iter().map(|&start| start as u64))
            .words(what)
            .words(event_times.iter().map(|&at| at as u64))
            .finish();

        let item_starts = starts(items.len(), event_items.iter().copied());
        let mut next = item_starts.clone();
        let mut item_users = vec![0; event_items.len()];
        let mut item_events = vec![0; event_items.len()];
        for (user, range) in (0_u32..).zip(user_starts.windows(2)) {
            for event in range[0]..range[1] {
                let slot = &mut next[event_items[event] as usize];
                item_users[*slot] = user;
                item_events[*slot] = event as u32;
                *slot += 1;
            }
        }
        Interactions {
            users: Arc::new(users),
            items: Arc::new(items),
            user_starts,
            event_items,
            event_times,
            event_weights,
            item_starts,
            item_users,
            item_events,
            fingerprint,
        }
    }
}

/// One row an item. `own` is sorted by item and time.
fn resolve(own: &mut Vec<Row>, duplicates: Duplicates) {
    // `dedup_by` hands over the later element first and drops it when told so.
    own.dedup_by(|later, kept| {
        if later.item != kept.item {
            return false;
        }
        match duplicates {
            Duplicates::Latest => *kept = *later,
            Duplicates::Earliest => {}
            Duplicates::Sum => {
                *kept = Row {
                    weight: (kept.weight + later.weight).min(f32::MAX),
                    ..*later
                }
            }
        }
        true
    });
}

/// Where the run of each of `rows` rows starts once sorted, and the total.
fn starts(rows: usize, of: impl Iterator<Item = u32>) -> Vec<usize> {
    let mut starts = vec![0; rows + 1];
    for row in of {
        starts[row as usize + 1] += 1;
    }
    for row in 0..rows {
        starts[row + 1] += starts[row];
    }
    starts
}

/// Numbers ids in the order in which they come.
#[derive(Debug)]
struct Interner<I>(FxHashMap<I, u32>);

impl<I> Default for Interner<I> {
    fn default() -> Self {
        Self(FxHashMap::default())
    }
}

impl<I: Copy + Ord + Hash> Interner<I> {
    fn number(&mut self, id: I) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(id).or_insert(next)
    }

    /// The rows, and the row of each number.
    fn into_rows(self) -> (Rows<I>, Vec<u32>) {
        let rows = Rows::new(self.0.keys().copied());
        let mut row_of = vec![0; rows.len()];
        for (id, number) in self.0 {
            if let Some(row) = rows.row(id) {
                row_of[number as usize] = row;
            }
        }
        (rows, row_of)
    }
}
