//! Starting a blocking call, and what it answers.

use super::lane::Lane;
use super::slot::{Pending, Reply, Tally, pending};
use crate::stage::{BlockingHydrator, StageError};
use bowerbird_core::{Deadline, ItemId, Reason, Status};
use bowerbird_retrieval::{BlockingSource, CandidateSink, SourceError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What a detached source answers: what it found, and how it ended.
pub(crate) type SourceAnswer = (CandidateSink, Result<Status, SourceError>);

/// What a detached hydrator answers: row-major values.
pub(crate) type HydratorAnswer = Result<Vec<f32>, StageError>;

/// A source that works elsewhere.
pub(crate) trait StartSource<Q: ?Sized>: Send + Sync {
    fn name(&self) -> &str;
    fn version(&self) -> u64;
    fn start(&self, query: &Q, limit: usize, deadline: Deadline) -> Result<Pending<SourceAnswer>, Reason>;
    fn tally(&self) -> &Arc<Tally>;
    fn threads(&self) -> usize;
}

/// A hydrator that works elsewhere.
pub(crate) trait StartHydrator<Q: ?Sized>: Send + Sync {
    fn start(
        &self,
        query: &Q,
        items: &[ItemId],
        deadline: Deadline,
    ) -> Result<Pending<HydratorAnswer>, Reason>;
    fn tally(&self) -> &Arc<Tally>;
    fn threads(&self) -> usize;
}

/// Queues `work` and answers with its result, unless nobody waits any more when its turn comes.
fn run_on<T: Send + 'static>(
    lane: &Lane,
    tally: &Arc<Tally>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Pending<T>, Reason> {
    let (reply, pending): (Reply<T>, _) = pending(Arc::clone(tally));
    let job = move || {
        if reply.is_abandoned() {
            return;
        }
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(answer) => reply.send(answer),
            Err(_) => reply.lose(Reason::Panic),
        }
    };
    if lane.submit(Box::new(job)) {
        Ok(pending)
    } else {
        Err(Reason::Busy)
    }
}

/// Takes what the call needs out of the query; a panic in there is the call's own.
pub(crate) fn prepare<T>(prepare: impl FnOnce() -> T) -> Result<T, Reason> {
    catch_unwind(AssertUnwindSafe(prepare)).map_err(|_| Reason::Panic)
}

/// A blocking source on a lane of its own.
pub(crate) struct LaneSource<S> {
    source: S,
    lane: Lane,
    tally: Arc<Tally>,
}

impl<S> LaneSource<S> {
    pub(crate) fn new(source: S, lane: Lane) -> Self {
        Self {
            source,
            lane,
            tally: Arc::default(),
        }
    }
}

impl<Q: ?Sized, S: BlockingSource<Q>> StartSource<Q> for LaneSource<S> {
    fn name(&self) -> &str {
        self.source.name()
    }

    fn version(&self) -> u64 {
        self.source.version()
    }

    fn start(&self, query: &Q, limit: usize, deadline: Deadline) -> Result<Pending<SourceAnswer>, Reason> {
        let call = prepare(|| self.source.prepare(query, deadline))?;
        run_on(&self.lane, &self.tally, move || {
            let mut sink = CandidateSink::with_limit(limit);
            let end = call(&mut sink);
            (sink, end)
        })
    }

    fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    fn threads(&self) -> usize {
        self.lane.threads()
    }
}

/// A blocking hydrator on a lane of its own.
pub(crate) struct LaneHydrator<H> {
    hydrator: H,
    lane: Lane,
    tally: Arc<Tally>,
}

impl<H> LaneHydrator<H> {
    pub(crate) fn new(hydrator: H, lane: Lane) -> Self {
        Self {
            hydrator,
            lane,
            tally: Arc::default(),
        }
    }
}

impl<Q: ?Sized, H: BlockingHydrator<Q>> StartHydrator<Q> for LaneHydrator<H> {
    fn start(
        &self,
        query: &Q,
        items: &[ItemId],
        deadline: Deadline,
    ) -> Result<Pending<HydratorAnswer>, Reason> {
        let call = prepare(|| self.hydrator.prepare(query, items, deadline))?;
        run_on(&self.lane, &self.tally, call)
    }

    fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    fn threads(&self) -> usize {
        self.lane.threads()
    }
}
