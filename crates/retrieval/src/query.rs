//! What the sources of this crate want to know of a query.
//!
//! The roles take any query type. A source that needs a history or the time asks for these two small traits on its
//! `impl`, so a host implements them once for its own type, or uses [`FeedQuery`].

use bowerbird_core::{ItemId, UserId};

/// Something a person did to an item.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Action {
    /// What it was done to.
    pub item: ItemId,
    /// When, in seconds since the Unix epoch.
    pub at: i64,
    /// How much it says, such as a rating or a dwell time; 1 where all count alike.
    pub weight: f32,
}

/// A query that knows what its user did.
pub trait History {
    /// The user's actions, oldest first.
    fn history(&self) -> &[Action];
}

/// A query that knows when it was asked.
pub trait AskedAt {
    /// The time of the request, in seconds since the Unix epoch.
    fn asked_at(&self) -> i64;
}

/// A ready-made query: who, when, and what they did before.
///
/// There is no default for `asked_at`: at the time 0 nothing had happened yet, and nothing would be popular or new.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FeedQuery {
    /// Who asks.
    pub user: UserId,
    /// When, in seconds since the Unix epoch.
    pub asked_at: i64,
    /// What they did, oldest first.
    pub history: Vec<Action>,
}

impl FeedQuery {
    /// A query of `user` at `asked_at`, in seconds since the Unix epoch. `history` must be oldest first, as
    /// [`Interactions::history`](crate::Interactions::history) has it: the last action counts as the newest.
    pub const fn new(user: UserId, asked_at: i64, history: Vec<Action>) -> Self {
        Self {
            user,
            asked_at,
            history,
        }
    }
}

impl History for FeedQuery {
    fn history(&self) -> &[Action] {
        &self.history
    }
}

impl AskedAt for FeedQuery {
    fn asked_at(&self) -> i64 {
        self.asked_at
    }
}
