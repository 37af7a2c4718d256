//! What is new.

use crate::context::Context;
use crate::error::SourceError;
use crate::interactions::Interactions;
use crate::query::{AskedAt, History};
use crate::scratch::ScratchPool;
use crate::source::{CandidateSink, CandidateSource};
use bowerbird_core::{ItemId, Reason, Status};
use std::sync::Arc;
use std::time::Duration;

/// Items looked at between two looks at the deadline.
const LOOK: usize = 512;
const DAY: f64 = 86_400.0;

/// Items that came out by the time of the request, newest first, those of one moment in order of id.
///
/// The score is 1 / (1 + age in days). 16 bytes an item; a request is O(log items + limit + history).
#[derive(Debug)]
pub struct Fresh {
    name: Arc<str>,
    max_age: Option<Duration>,
    /// Newest first.
    since: Vec<(i64, ItemId)>,
    scratch: ScratchPool<Vec<ItemId>>,
}

impl Fresh {
    /// Items and the time, in seconds since the Unix epoch, from which each may be shown. Of several times of one item the
    /// earliest counts. O(n log n).
    pub fn new(items: impl IntoIterator<Item = (ItemId, i64)>) -> Self {
        let mut since: Vec<(i64, ItemId)> = items.into_iter().map(|(item, at)| (at, item)).collect();
        since.sort_unstable_by_key(|&(at, item)| (item, at));
        since.dedup_by_key(|&mut (_, item)| item);
        since.sort_unstable_by_key(|&(at, item)| (std::cmp::Reverse(at), item));
        Self {
            name: "fresh".into(),
            max_age: None,
            since,
            scratch: ScratchPool::new(),
        }
    }

    /// Every item counts as new from the first event with it.
    pub fn from_first_seen(interactions: &Interactions) -> Self {
        Self::new(interactions.events().map(|event| (event.item, event.at)))
    }

    /// Leaves out what is older than `span` at the time of the request.
    #[must_use]
    pub const fn within(mut self, span: Duration) -> Self {
        self.max_age = Some(span);
        self
    }

    /// The same source under another name; "fresh" without.
    #[must_use]
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }
}

impl<Q: History + AskedAt + ?Sized> CandidateSource<Q> for Fresh {
    fn name(&self) -> &str {
        &self.name
    }

    fn retrieve(&self, query: &Q, cx: &Context<'_>, out: &mut CandidateSink) -> Result<Status, SourceError> {
        let now = query.asked_at();
        let mut seen = self.scratch.take();
        seen.clear();
        seen.extend(query.history().iter().map(|action| action.item));
        seen.sort_unstable();

        let released = &self.since[self.since.partition_point(|&(at, _)| at > now)..];
        for (index, &(at, item)) in released.iter().enumerate() {
            let age = now.abs_diff(at);
            if out.is_full() || self.max_age.is_some_and(|most| age > most.as_secs()) {
                break;
            }
            if index % LOOK == 0 && cx.is_past() {
                let fraction = out.len() as f32 / out.limit() as f32;
                return Ok(Status::Partial {
                    fraction,
                    reason: Reason::Deadline,
                });
            }
            if seen.binary_search(&item).is_err() {
                out.push(item, (1.0 / (1.0 + age as f64 / DAY)) as f32);
            }
        }
        Ok(Status::Full)
    }
}
