//! The feature log: the batch as it was scored, written down, so that what is trained on is what was served.
//!
//! A [`FeatureLog`] is a [`Recorder`]: it copies every slate's batch (reserve included) into columns, within bounds.
//! [`FeatureLog::drain`] hands over what has gathered as [`LoggedRequests`], which can be read request by request, saved,
//! joined with what came before, and turned into [`LabelledRows`] once it is known what became of the items.
//!
//! ```
//! use bowerbird_ranking::core::{ItemId, RequestId, Status};
//! use bowerbird_ranking::log::FeatureLog;
//! use bowerbird_ranking::retrieval::source_fn;
//! use bowerbird_ranking::{Cascade, Request, SourceOptions, hydrator_fn};
//!
//! let log = FeatureLog::with_capacity(100_000);
//! let cascade = Cascade::<()>::builder()
//!     .source(
//!         source_fn("three", |_: &(), _, out| {
//!             (0..3).all(|item| out.push(ItemId(item), 1.0));
//!             Ok(Status::Full)
//!         }),
//!         SourceOptions::new(),
//!     )
//!     .hydrator(hydrator_fn("age", ["age"], |_: &(), rows, _, out| {
//!         rows.items().iter().enumerate().for_each(|(row, item)| out.set(0, row, item.0 as f32));
//!         Ok(())
//!     }))
//!     .recorder(log.clone())
//!     .build()?;
//! cascade.run(&mut (), &Request::new(2).id(RequestId(9)))?;
//!
//! let logged = log.drain().expect("a request was answered");
//! // Item 1 was saved, item 0 was seen and passed over, nothing is known of item 2.
//! let rows = logged.training_set(&["age".into()], |request, item| match (request.0, item.0) {
//!     (9, 0) => Some(0.0),
//!     (9, 1) => Some(1.0),
//!     _ => None,
//! })?;
//! assert_eq!((rows.columns()[0].as_slice(), rows.labels(), rows.groups()), (&[0.0, 1.0][..], &[0.0, 1.0][..], &[2][..]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod file;
mod requests;
mod training;

use crate::slate::Slate;
use crate::stage::Recorder;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use error::LogError;
pub use requests::{LoggedRequest, LoggedRequests};
pub use training::LabelledRows;

/// Writes down what a cascade serves, within bounds. Clones share one log: give one to the cascade and keep one.
///
/// A request is recorded whole or not at all. One that doesn't fit any more is dropped and counted, so a host that
/// drains too seldom loses requests and neither time nor memory. Recording copies the rows under a lock that nobody
/// holds longer than such a copy takes: O(rows × columns), no allocation once the columns have grown.
///
/// A log belongs to one cascade. The first request after a [`drain`](Self::drain) sets the schema; a request of another
/// is not recorded, and counted too.
#[derive(Clone, Debug)]
pub struct FeatureLog {
    capacity: usize,
    shared: Arc<Mutex<State>>,
}

/// What has been recorded, and what has not.
#[derive(Debug, Default)]
struct State {
    logged: Option<LoggedRequests>,
    used: usize,
    stats: LogStats,
}

/// What a [`FeatureLog`] did since it was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LogStats {
    /// Requests recorded, drained ones included.
    pub recorded: u64,
    /// Requests dropped because there was no room. Drain more often, or give the log more rows.
    pub dropped: u64,
    /// Requests dropped because their schema is not that of the log. Give each cascade a log of its own.
    pub mismatched: u64,
}

impl FeatureLog {
    /// A log that holds `rows` rows between two drains. A request without rows counts as one row.
    ///
    /// Memory: `32 + 4 · (features + heads + phases)` bytes a row and 20 for each source that found it; it is
    /// taken as it is needed.
    #[must_use]
    pub fn with_capacity(rows: usize) -> Self {
        Self {
            capacity: rows,
            shared: Arc::default(),
        }
    }

    /// Takes everything recorded since the last time; `None` if nothing was. The log is empty afterwards.
    pub fn drain(&self) -> Option<LoggedRequests> {
        let mut state = self.lock();
        state.used = 0;
        state.logged.take()
    }

    /// Rows that it holds between two drains, at most.
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// What was recorded and what was not, since the log was made.
    pub fn stats(&self) -> LogStats {
        self.lock().stats
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder for FeatureLog {
    fn record(&self, slate: &Slate) {
        let (schema, rows) = (slate.batch().schema(), slate.batch().len().max(1));
        let mut state = self.lock();
        if rows > self.capacity - state.used {
            state.stats.dropped += 1;
            return;
        }
        if !state.logged.as_ref().is_none_or(|logged| logged.is_of(schema)) {
            state.stats.mismatched += 1;
            return;
        }
        state.used += rows;
        state.stats.recorded += 1;
        let fresh = || LoggedRequests::new(Arc::clone(schema));
        state.logged.get_or_insert_with(fresh).push(slate);
    }
}
