//! Sources and hydrators that are futures, on a tokio runtime of the host's. Feature `tokio`.
//!
//! The cascade itself stays synchronous. It spawns the futures, goes on with its own work, waits for their answers
//! until their deadlines, and aborts those that are not done by then: a true time-out, which drops the future.
//! [`Cascade::run_async`] runs a request from asynchronous code without holding up its threads.

use crate::cascade::{CallOptions, Cascade, CascadeBuilder, RunError, SourceOptions};
use crate::detached::{
    HydratorAnswer, Pending, SourceAnswer, StartHydrator, StartSource, Tally, pending, prepare,
};
use crate::request::Request;
use crate::slate::Slate;
use crate::stage::{QueryHydrator, StageError};
use ::tokio::runtime::Handle;
use bowerbird_core::{Deadline, ItemId, Reason, Status};
use bowerbird_retrieval::{CandidateSink, Context, FeatureName, SourceError};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A future that owns all it touches.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send + 'static>>;

/// What an asynchronous query hydrator does to the query once it knows.
pub type QueryUpdate<Q> = Box<dyn FnOnce(&mut Q) + Send + 'static>;

/// Finds candidates asynchronously.
pub trait AsyncSource<Q: ?Sized>: Send + Sync {
    /// The source's name, unique within a cascade.
    fn name(&self) -> &str;

    /// The version of what is behind it.
    fn version(&self) -> u64 {
        1
    }

    /// Up to `limit` candidates for `query`, best first. The future is dropped at `deadline`.
    fn retrieve(
        &self,
        query: &Q,
        limit: usize,
        deadline: Deadline,
    ) -> BoxFuture<Result<CandidateSink, SourceError>>;
}

/// Computes features asynchronously.
pub trait AsyncHydrator<Q: ?Sized>: Send + Sync {
    /// The hydrator's name, unique within a cascade.
    fn name(&self) -> &str;

    /// The version of the computation.
    fn version(&self) -> u64 {
        1
    }

    /// The features it computes, in the order of a row's values.
    fn features(&self) -> &[FeatureName];

    /// Row-major values of `items`, `items × features` of them. The future is dropped at `deadline`.
    fn hydrate(
        &self,
        query: &Q,
        items: &[ItemId],
        deadline: Deadline,
    ) -> BoxFuture<Result<Vec<f32>, StageError>>;
}

/// Completes the query asynchronously.
pub trait AsyncQueryHydrator<Q: ?Sized>: Send + Sync {
    /// The hydrator's name, unique within a cascade.
    fn name(&self) -> &str;

    /// What is to be done to `query`. The future is dropped at `deadline`.
    fn hydrate(&self, query: &Q, deadline: Deadline) -> BoxFuture<Result<QueryUpdate<Q>, StageError>>;
}

/// Something asynchronous with the runtime that drives it.
struct Driven<T> {
    inner: T,
    runtime: Handle,
    tally: Arc<Tally>,
}

impl<T> Driven<T> {
    fn new(inner: T, runtime: &Handle) -> Self {
        Self {
            inner,
            runtime: runtime.clone(),
            tally: Arc::default(),
        }
    }

    fn spawn<A: Send + 'static>(&self, future: BoxFuture<A>) -> Pending<A> {
        let (reply, pending) = pending(Arc::clone(&self.tally));
        let task = self.runtime.spawn(async move { reply.send(future.await) });
        let abort = task.abort_handle();
        pending.on_abandon(move || abort.abort())
    }
}

impl<Q: ?Sized, S: AsyncSource<Q>> StartSource<Q> for Driven<S> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn version(&self) -> u64 {
        self.inner.version()
    }

    fn start(&self, query: &Q, limit: usize, deadline: Deadline) -> Result<Pending<SourceAnswer>, Reason> {
        let future = prepare(|| self.inner.retrieve(query, limit, deadline))?;
        Ok(self.spawn(Box::pin(async move {
            match future.await {
                Ok(sink) => (sink, Ok(Status::Full)),
                Err(error) => (CandidateSink::default(), Err(error)),
            }
        })))
    }

    fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    fn threads(&self) -> usize {
        0
    }
}

impl<Q: ?Sized, H: AsyncHydrator<Q>> StartHydrator<Q> for Driven<H> {
    fn start(
        &self,
        query: &Q,
        items: &[ItemId],
        deadline: Deadline,
    ) -> Result<Pending<HydratorAnswer>, Reason> {
        Ok(self.spawn(prepare(|| self.inner.hydrate(query, items, deadline))?))
    }

    fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    fn threads(&self) -> usize {
        0
    }
}

/// The request waited in vain for one of its parts.
#[derive(Debug, thiserror::Error)]
#[error("no answer: {0}")]
struct NoAnswer(Reason);

impl<Q: 'static, H: AsyncQueryHydrator<Q>> QueryHydrator<Q> for Driven<H> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn hydrate(&self, query: &mut Q, cx: &Context<'_>) -> Result<(), StageError> {
        let answer = self
            .spawn(self.inner.hydrate(query, cx.deadline))
            .wait(cx.deadline, cx.clock);
        let update = answer.map_err(|reason| StageError::failed(NoAnswer(reason)))??;
        update(query);
        Ok(())
    }
}

impl<T> fmt::Debug for Driven<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driven").finish_non_exhaustive()
    }
}

impl<Q> CascadeBuilder<Q> {
    /// Adds an asynchronous source, driven by `runtime`.
    pub fn async_source(
        self,
        source: impl AsyncSource<Q> + 'static,
        options: SourceOptions,
        runtime: &Handle,
    ) -> Self {
        self.detached_source(Box::new(Driven::new(source, runtime)), options)
    }

    /// Adds an asynchronous feature hydrator, driven by `runtime`.
    pub fn async_hydrator(
        self,
        hydrator: impl AsyncHydrator<Q> + 'static,
        options: CallOptions,
        runtime: &Handle,
    ) -> Self {
        let (name, version) = (hydrator.name().into(), hydrator.version());
        let features = hydrator.features().to_vec();
        self.detached_hydrator(
            name,
            version,
            features,
            Box::new(Driven::new(hydrator, runtime)),
            options,
        )
    }

    /// Adds an asynchronous query hydrator, driven by `runtime`.
    pub fn async_query_hydrator(
        self,
        hydrator: impl AsyncQueryHydrator<Q> + 'static,
        runtime: &Handle,
    ) -> Self
    where
        Q: 'static,
    {
        self.query_hydrator(Driven::new(hydrator, runtime))
    }
}

impl<Q: Send + Sync + 'static> Cascade<Q> {
    /// Answers one request from asynchronous code, on a thread that the runtime keeps for blocking work. Returns the
    /// query as its hydrators left it, and the slate.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and [`RunError::RuntimeGone`] when the runtime is shutting down.
    ///
    /// # Panics
    ///
    /// When called outside of a tokio runtime.
    pub async fn run_async(self: Arc<Self>, mut query: Q, request: Request) -> Result<(Q, Slate), RunError> {
        let work = move || self.run(&mut query, &request).map(|slate| (query, slate));
        match ::tokio::task::spawn_blocking(work).await {
            Ok(end) => end,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(RunError::RuntimeGone),
            },
        }
    }
}
