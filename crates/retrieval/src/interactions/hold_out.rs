//! A part to learn from, and requests whose answers are known.

use super::{Duplicates, Event, Interactions, InteractionsBuilder};
use crate::query::{Action, FeedQuery};
use bowerbird_core::{ItemId, UserId};

/// What one user did after the part that is learned from.
#[derive(Clone, PartialEq, Debug)]
pub struct HeldOut {
    /// Who.
    pub user: UserId,
    /// When to ask, in seconds since the Unix epoch: nothing of the user's own past is later, nothing held out earlier.
    pub asked_at: i64,
    /// What they had done by then, oldest first; empty for somebody who was not there yet.
    pub history: Vec<Action>,
    /// What they did afterwards, in order of time, at one moment in order of item id. Never empty.
    pub items: Vec<ItemId>,
}

impl HeldOut {
    /// The request whose answer `items` would have been.
    pub fn query(&self) -> FeedQuery {
        FeedQuery::new(self.user, self.asked_at, self.history.clone())
    }
}

impl Interactions {
    /// Holds out each user's last events; `count` says how many of a number of events, all if it says more.
    ///
    /// Of events of one moment those with larger item ids go first. A request is asked at the time of the last event
    /// that stays, or of the first held out if none does. What this split hides: everybody's past holds other people's
    /// later events. [`hold_out_after`](Self::hold_out_after) is stricter. O(n log n).
    ///
    /// ```
    /// # use bowerbird_core::{ItemId, UserId};
    /// # use bowerbird_retrieval::{Event, Interactions};
    /// # let event = |item| Event { user: UserId(1), item: ItemId(item), at: item as i64, weight: 1.0 };
    /// # let all = Interactions::from_events((1..=10).map(event))?;
    /// let (past, later) = all.hold_out_last(|events| events / 5); // the last fifth
    /// assert_eq!(past.len(), 8);
    /// assert_eq!(later[0].items, [ItemId(9), ItemId(10)]);
    /// # Ok::<(), bowerbird_retrieval::InteractionsError>(())
    /// ```
    pub fn hold_out_last(&self, count: impl Fn(usize) -> usize) -> (Self, Vec<HeldOut>) {
        self.hold_out(
            |at| at.len().saturating_sub(count(at.len())),
            |last_known, first_later| last_known.unwrap_or(first_later),
        )
    }

    /// Holds out every event later than `cut`, in seconds since the Unix epoch, and asks at `cut`: what a live system would
    /// have known. O(n log n).
    pub fn hold_out_after(&self, cut: i64) -> (Self, Vec<HeldOut>) {
        self.hold_out(|at| at.partition_point(|&at| at <= cut), |_, _| cut)
    }

    /// `stay` says how many of the events at these times stay; `asked_at` gets the last time that does and the first that
    /// doesn't.
    fn hold_out(
        &self,
        stay: impl Fn(&[i64]) -> usize,
        asked_at: impl Fn(Option<i64>, i64) -> i64,
    ) -> (Self, Vec<HeldOut>) {
        let (mut past, mut later) = (InteractionsBuilder::new(), Vec::new());
        for (&user, row) in self.users.ids().iter().zip(0..) {
            let mut history = self.history(user);
            let after = history.split_off(stay(self.user(row).at));
            for &Action { item, at, weight } in &history {
                past.take(Event {
                    user,
                    item,
                    at,
                    weight,
                });
            }
            if let Some(first) = after.first() {
                later.push(HeldOut {
                    user,
                    asked_at: asked_at(history.last().map(|action| action.at), first.at),
                    items: after.iter().map(|action| action.item).collect(),
                    history,
                });
            }
        }
        // A user and an item meet once already, so nothing is resolved again.
        (past.build(Duplicates::Latest), later)
    }
}
