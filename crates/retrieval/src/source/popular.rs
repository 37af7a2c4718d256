//! What many people act on, lately or ever.

use super::top;
use crate::context::Context;
use crate::error::{BuildError, SourceError};
use crate::fingerprint::Fingerprint;
use crate::interactions::{Interactions, Rows};
use crate::query::{AskedAt, History};
use crate::scratch::ScratchPool;
use crate::source::{CandidateSink, CandidateSource};
use bowerbird_core::{ItemId, Reason, Status};
use std::sync::Arc;
use std::time::Duration;

/// Items looked at between two looks at the deadline.
const LOOK: usize = 512;

/// Which events a request may count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Sees {
    /// Those up to the time of the request. The default.
    #[default]
    Past,
    /// All, later ones too. In a replay of the past this is a look into the future; say so beside the figures.
    Everything,
}

/// Settings of [`Popular`].
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default)
)]
pub struct PopularConfig {
    /// An event of this age counts half of a new one; at least a second. `None`, the default, counts all alike.
    pub half_life: Option<Duration>,
    /// Which events a request may count.
    pub sees: Sees,
}

/// Popular items as of the time of the request.
///
/// An item's score is Σ over its events of 2^(−age / half-life), exact to the second. For requests after the newest
/// event the order is known beforehand: O(limit + history). For requests before it (replay, evaluation) every item's
/// score is taken up at that time from running sums: O(items · log events).
///
/// Memory: 12 bytes an event, 16 an item.
#[derive(Debug)]
pub struct Popular {
    name: Arc<str>,
    items: Arc<Rows<ItemId>>,
    half_life: Option<f64>,
    sees: Sees,
    newest: i64,
    starts: Vec<usize>,
    /// Each item's events in time order.
    times: Vec<i64>,
    /// The item's score at each of its events, that event included.
    sums: Vec<f32>,
    /// Keys of the items at the time of the newest event, best first.
    latest: Vec<u64>,
    version: u64,
    scratch: ScratchPool<Buffers>,
}

#[derive(Debug, Default)]
struct Buffers {
    history: Vec<u32>,
    keys: Vec<u64>,
}

impl Popular {
    /// Counts the events. O(n log n). Their weights play no part.
    ///
    /// # Errors
    ///
    /// [`BuildError`] for a half-life under a second, or without any event.
    pub fn fit(interactions: &Interactions, config: &PopularConfig) -> Result<Self, BuildError> {
        if let Some(span) = config.half_life {
            BuildError::check(
                "half_life",
                span.as_secs_f64(),
                1.0..=f64::MAX,
                "at least a second",
            )?;
        }
        let newest = interactions.newest().ok_or(BuildError::Empty("events"))?;
        let items = Arc::clone(interactions.items());
        let mut popular = Self {
            name: "popular".into(),
            half_life: config.half_life.map(|span| span.as_secs_f64()),
            sees: config.sees,
            newest,
            starts: vec![0],
            times: Vec::with_capacity(interactions.len()),
            sums: Vec::with_capacity(interactions.len()),
            latest: Vec::with_capacity(items.len()),
            version: Fingerprint::of("popular")
                .word(interactions.fingerprint())
                .span(config.half_life)
                .word(config.sees as u64)
                .finish(),
            scratch: ScratchPool::new(),
            items,
        };
        for item in 0..popular.items.len() as u32 {
            let first = popular.times.len();
            let events = interactions.item(item).events;
            popular
                .times
                .extend(events.iter().map(|&event| interactions.event(event as usize).1));
            popular.times[first..].sort_unstable();
            let mut sum = 0.0;
            for index in first..popular.times.len() {
                let since = if index > first {
                    popular.times[index - 1]
                } else {
                    popular.times[index]
                };
                sum = sum * popular.decay(since, popular.times[index]) + 1.0;
                popular.sums.push(sum as f32);
            }
            popular.starts.push(popular.times.len());
        }
        let mut latest: Vec<u64> = (0..popular.items.len() as u32)
            .map(|item| top::key(popular.score(item, newest), item))
            .collect();
        top::keep_best(&mut latest, usize::MAX);
        popular.latest = latest;
        Ok(popular)
    }

    /// The same source under another name; "popular" without.
    #[must_use]
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// The score of `item` for a request at `at`, in seconds since the Unix epoch; 0 for an unknown item. O(log events).
    pub fn score_at(&self, item: ItemId, at: i64) -> f32 {
        let at = self.as_of(at);
        self.items.row(item).map_or(0.0, |row| self.score(row, at))
    }

    pub(super) const fn fitted_version(&self) -> u64 {
        self.version
    }

    fn as_of(&self, at: i64) -> i64 {
        match self.sees {
            Sees::Past => at,
            Sees::Everything => at.max(self.newest),
        }
    }

    fn decay(&self, from: i64, to: i64) -> f64 {
        self.half_life
            .map_or(1.0, |span| (-(to as f64 - from as f64) / span).exp2())
    }

    fn score(&self, item: u32, at: i64) -> f32 {
        let start = self.starts[item as usize];
        let times = &self.times[start..self.starts[item as usize + 1]];
        // Most questions are about now, when all events lie behind.
        let past = match times.last() {
            Some(&last) if last <= at => times.len(),
            _ => times.partition_point(|&time| time <= at),
        };
        match past.checked_sub(1) {
            Some(last) => (f64::from(self.sums[start + last]) * self.decay(times[last], at)) as f32,
            None => 0.0,
        }
    }
}

impl<Q: History + AskedAt + ?Sized> CandidateSource<Q> for Popular {
    fn name(&self) -> &str {
        &self.name
    }

    /// A hash of the events and the settings.
    fn version(&self) -> u64 {
        self.version
    }

    fn retrieve(&self, query: &Q, cx: &Context<'_>, out: &mut CandidateSink) -> Result<Status, SourceError> {
        let at = self.as_of(query.asked_at());
        let mut buffers = self.scratch.take();
        let Buffers { history, keys } = &mut *buffers;
        history.clear();
        history.extend(
            query
                .history()
                .iter()
                .filter_map(|action| self.items.row(action.item)),
        );
        history.sort_unstable();
        let fresh = |key: u64| history.binary_search(&top::row(key)).is_err();

        let partial = |done: usize| Status::Partial {
            fraction: done as f32 / self.latest.len() as f32,
            reason: Reason::Deadline,
        };
        if at >= self.newest {
            // All scores fall by the same factor from the newest event on, so their order stays.
            let factor = self.decay(self.newest, at);
            for (index, &key) in self.latest.iter().enumerate() {
                if out.is_full() {
                    break;
                }
                if index % LOOK == 0 && cx.is_past() {
                    return Ok(partial(index));
                }
                if fresh(key) {
                    let score = (f64::from(top::score(key)) * factor) as f32;
                    out.push(self.items.id(top::row(key)), score);
                }
            }
            return Ok(Status::Full);
        }

        keys.clear();
        let mut status = Status::Full;
        for (index, &key) in self.latest.iter().enumerate() {
            if index % LOOK == 0 && cx.is_past() {
                status = partial(index);
                break;
            }
            let score = self.score(top::row(key), at);
            if score > 0.0 && fresh(key) {
                keys.push(top::key(score, top::row(key)));
            }
        }
        top::keep_best(keys, out.limit() - out.len().min(out.limit()));
        for &key in &*keys {
            out.push(self.items.id(top::row(key)), top::score(key));
        }
        Ok(status)
    }
}
