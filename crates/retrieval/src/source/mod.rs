//! Candidate sources: the role, the sink they fill, and one file an implementation.

#[cfg(feature = "ann")]
mod ann;
mod fresh;
mod graph;
mod neighbours;
mod popular;
mod profile;
mod recency;
mod sequence;
mod sink;
mod top;

use crate::context::Context;
use crate::error::SourceError;
use bowerbird_core::{Deadline, Status};

#[cfg(feature = "ann")]
pub use ann::{AnnSource, als_graph, als_index};
pub use fresh::Fresh;
pub use graph::{GraphConfig, GraphFilter};
pub use popular::{Popular, PopularConfig, Sees};
pub use profile::{Profile, ProfileConfig};
pub use recency::{ActionWeight, HistoryWeighting, Recency};
pub use sequence::{SequenceConfig, SequentialCooccurrence};
pub use sink::{Candidate, CandidateSink};

/// Finds candidates for a query. The cooperative kind: it runs on the caller's thread and watches its deadline.
///
/// Pushes its best candidate first and stops when the sink is full or the context's deadline has passed. What it pushed
/// before an error or a deadline is kept. `testing::candidate_source` checks these promises.
pub trait CandidateSource<Q: ?Sized>: Send + Sync {
    /// The source's name, unique within a pipeline.
    fn name(&self) -> &str;

    /// The version of the snapshot behind the source; any change of what it would answer is a new one.
    fn version(&self) -> u64 {
        1
    }

    /// Fills `out`, best first, and says how much of its work it did.
    ///
    /// # Errors
    ///
    /// [`SourceError`]; what was pushed before is kept.
    fn retrieve(&self, query: &Q, cx: &Context<'_>, out: &mut CandidateSink) -> Result<Status, SourceError>;
}

/// The owned work of one call to a [`BlockingSource`], run on a thread that belongs to the pipeline.
pub type BlockingCall = Box<dyn FnOnce(&mut CandidateSink) -> Result<Status, SourceError> + Send + 'static>;

/// Finds candidates by waiting for something that may never look at a deadline: a driver, a file, a lock.
///
/// [`prepare`](Self::prepare) takes what it needs out of the query on the caller's thread and must not block. The call
/// it returns owns all it touches, so it can be abandoned: past the deadline the pipeline goes on without it, and the
/// late answer is dropped and counted.
pub trait BlockingSource<Q: ?Sized>: Send + Sync {
    /// The source's name, unique within a pipeline.
    fn name(&self) -> &str;

    /// The version of what is behind the source. See [`CandidateSource::version`].
    fn version(&self) -> u64 {
        1
    }

    /// The work for `query`. `deadline` is there to be passed on to a driver that has time-outs.
    fn prepare(&self, query: &Q, deadline: Deadline) -> BlockingCall;
}

/// A cooperative source made of a closure.
///
/// ```
/// use bowerbird_core::{ItemId, Status, SystemClock};
/// use bowerbird_retrieval::{CandidateSink, CandidateSource, Context, source_fn};
///
/// let editors_picks = source_fn("editors_picks", |_query: &(), _cx, out| {
///     for id in [7, 3, 11] {
///         out.push(ItemId(id), 1.0);
///     }
///     Ok(Status::Full)
/// });
/// let mut sink = CandidateSink::with_limit(2);
/// editors_picks.retrieve(&(), &Context::unhurried(&SystemClock), &mut sink)?;
/// assert_eq!(sink.items(), [ItemId(7), ItemId(3)]);
/// # Ok::<(), bowerbird_retrieval::SourceError>(())
/// ```
pub fn source_fn<Q: ?Sized, F>(name: impl Into<String>, retrieve: F) -> SourceFn<F>
where
    F: Fn(&Q, &Context<'_>, &mut CandidateSink) -> Result<Status, SourceError> + Send + Sync,
{
    SourceFn {
        name: name.into(),
        version: 1,
        retrieve,
    }
}

/// See [`source_fn`].
pub struct SourceFn<F> {
    name: String,
    version: u64,
    retrieve: F,
}

impl<F> SourceFn<F> {
    /// The same source with another version; 1 without. Other data in the closure are another version.
    #[must_use]
    pub fn versioned(mut self, version: u64) -> Self {
        self.version = version;
        self
    }
}

impl<F> std::fmt::Debug for SourceFn<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceFn")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<Q: ?Sized, F> CandidateSource<Q> for SourceFn<F>
where
    F: Fn(&Q, &Context<'_>, &mut CandidateSink) -> Result<Status, SourceError> + Send + Sync,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn retrieve(&self, query: &Q, cx: &Context<'_>, out: &mut CandidateSink) -> Result<Status, SourceError> {
        (self.retrieve)(query, cx, out)
    }
}

impl<Q: ?Sized, S: CandidateSource<Q> + ?Sized> CandidateSource<Q> for std::sync::Arc<S> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn version(&self) -> u64 {
        (**self).version()
    }

    fn retrieve(&self, query: &Q, cx: &Context<'_>, out: &mut CandidateSink) -> Result<Status, SourceError> {
        (**self).retrieve(query, cx, out)
    }
}
