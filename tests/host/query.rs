//! The host's query, and what completes it.

use bowerbird::core::UserId;
use bowerbird::ranking::{QueryHydrator, StageError};
use bowerbird::retrieval::{Action, AskedAt, Context, History, Interactions};
use std::sync::Arc;

/// Somebody opens the page.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    pub(crate) user: UserId,
    pub(crate) now: i64,
    /// Nothing older than this is wanted.
    pub(crate) since: i16,
    pub(crate) history: Vec<Action>,
}

impl History for Viewer {
    fn history(&self) -> &[Action] {
        &self.history
    }
}

impl AskedAt for Viewer {
    fn asked_at(&self) -> i64 {
        self.now
    }
}

/// Looks up what the viewer has seen.
pub(crate) struct WatchedBefore(pub(crate) Arc<Interactions>);

impl QueryHydrator<Viewer> for WatchedBefore {
    fn name(&self) -> &str {
        "watched_before"
    }

    fn hydrate(&self, query: &mut Viewer, _cx: &Context<'_>) -> Result<(), StageError> {
        query.history = self.0.history(query.user);
        Ok(())
    }
}
