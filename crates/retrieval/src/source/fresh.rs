//! What is new.

use super::popular::Popular;
use super::top;
use crate::context::Context;
use crate::error::{BuildError, SourceError};
use crate::fingerprint::Fingerprint;
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
/// The score is 1 / (1 + age in days). 16 bytes an item; a request is O(log items + limit + history). Weighted by
/// popularity ([`weighted`](Self::weighted)) the order is that of 2^(−age / half-life) times the popularity at the time of
/// the request, and a request is O(items released · log events).
#[derive(Debug)]
pub struct Fresh {
    name: Arc<str>,
    max_age: Option<Duration>,
    /// Newest first.
    since: Vec<(i64, ItemId)>,
    /// And the half-life in seconds.
    popular: Option<(Arc<Popular>, f64)>,
    scratch: ScratchPool<Buffers>,
}

#[derive(Debug, Default)]
struct Buffers {
    seen: Vec<ItemId>,
    keys: Vec<u64>,
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
            popular: None,
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

    /// Ranks new items by what people make of them: an item's popularity counts half for each `half_life` since it came
    /// out. Items without any popularity are left out.
    ///
    /// # Errors
    ///
    /// [`BuildError::OutOfRange`] for a half-life under a second.
    pub fn weighted(mut self, popular: Arc<Popular>, half_life: Duration) -> Result<Self, BuildError> {
        let seconds = half_life.as_secs_f64();
        BuildError::check("half_life", seconds, 1.0..=f64::MAX, "at least a second")?;
        self.popular = Some((popular, seconds));
        Ok(self)
    }

    /// The score of `item` for a request at `at`, in seconds since the Unix epoch, `since` being when it came out.
    fn score(&self, item: ItemId, since: i64, at: i64) -> f32 {
        let age = at.abs_diff(since) as f64;
        match &self.popular {
            None => (1.0 / (1.0 + age / DAY)) as f32,
            Some((popular, half_life)) => {
                (f64::from(popular.score_at(item, at)) * (-age / half_life).exp2()) as f32
            }
        }
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

    /// A hash of the items, their times, the settings and the version of the popularity. O(items).
    fn version(&self) -> u64 {
        let since = self.since.iter().flat_map(|&(at, item)| [at as u64, item.0]);
        let hash = Fingerprint::of("fresh").words(since).span(self.max_age);
        match &self.popular {
            None => hash,
            Some((popular, half_life)) => hash.word(popular.fitted_version()).word(half_life.to_bits()),
        }
        .finish()
    }

    fn retrieve(&self, query: &Q, cx: &Context<'_>, out: &mut CandidateSink) -> Result<Status, SourceError> {
        let now = query.asked_at();
        let mut buffers = self.scratch.take();
        let Buffers { seen, keys } = &mut *buffers;
        seen.clear();
        seen.extend(query.history().iter().map(|action| action.item));
        seen.sort_unstable();

        let first = self.since.partition_point(|&(at, _)| at > now);
        let young = |at: i64| self.max_age.is_none_or(|most| now.abs_diff(at) <= most.as_secs());
        let end = first + self.since[first..].partition_point(|&(at, _)| young(at));
        let mut status = Status::Full;
        keys.clear();
        for index in first..end {
            if self.popular.is_none() && out.is_full() {
                break;
            }
            if (index - first) % LOOK == 0 && cx.is_past() {
                let fraction = (index - first) as f32 / (end - first) as f32;
                status = Status::Partial {
                    fraction,
                    reason: Reason::Deadline,
                };
                break;
            }
            let (at, item) = self.since[index];
            if seen.binary_search(&item).is_ok() {
                continue;
            }
            let score = self.score(item, at, now);
            if self.popular.is_none() {
                out.push(item, score);
            } else if score > 0.0 {
                keys.push(top::key(score, index as u32));
            }
        }
        top::keep_best(keys, out.limit() - out.len().min(out.limit()));
        for &key in &*keys {
            out.push(self.since[top::row(key) as usize].1, top::score(key));
        }
        Ok(status)
    }
}
