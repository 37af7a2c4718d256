//! Asynchronous parts: true time-outs, and requests from asynchronous code.
#![cfg(feature = "tokio")]

mod support;

use bowerbird_ranking::asynchronous::{
    AsyncHydrator, AsyncQueryHydrator, AsyncSource, BoxFuture, QueryUpdate,
};
use bowerbird_ranking::core::{Deadline, ItemId, Reason, Status, SystemClock};
use bowerbird_ranking::retrieval::{CandidateSink, FeatureName, SourceError};
use bowerbird_ranking::{CallOptions, Cascade, Request, SourceOptions, StageError, scorer_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

/// Counts itself when it is dropped.
struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

struct Shelf {
    hangs: bool,
    dropped: Arc<AtomicUsize>,
}

impl AsyncSource<u64> for Shelf {
    fn name(&self) -> &str {
        if self.hangs { "hangs" } else { "answers" }
    }

    fn retrieve(
        &self,
        query: &u64,
        limit: usize,
        _deadline: Deadline,
    ) -> BoxFuture<Result<CandidateSink, SourceError>> {
        let (base, hangs, dropped) = (*query, self.hangs, Dropped(Arc::clone(&self.dropped)));
        Box::pin(async move {
            let _dropped = dropped;
            if hangs {
                std::future::pending::<()>().await;
            }
            tokio::task::yield_now().await;
            let mut sink = CandidateSink::with_limit(limit);
            (base..base + 20).for_each(|item| {
                sink.push(ItemId(item), 1.0);
            });
            Ok(sink)
        })
    }
}

struct Lengths([FeatureName; 1]);

impl AsyncHydrator<u64> for Lengths {
    fn name(&self) -> &str {
        "lengths"
    }

    fn features(&self) -> &[FeatureName] {
        &self.0
    }

    fn hydrate(
        &self,
        _query: &u64,
        items: &[ItemId],
        _deadline: Deadline,
    ) -> BoxFuture<Result<Vec<f32>, StageError>> {
        let values = items.iter().map(|item| (item.0 % 10) as f32).collect();
        Box::pin(async move { Ok(values) })
    }
}

struct AddHundred;

impl AsyncQueryHydrator<u64> for AddHundred {
    fn name(&self) -> &str {
        "add_hundred"
    }

    fn hydrate(&self, _query: &u64, _deadline: Deadline) -> BoxFuture<Result<QueryUpdate<u64>, StageError>> {
        Box::pin(async { Ok(Box::new(|query: &mut u64| *query += 100) as QueryUpdate<u64>) })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_future_that_hangs_is_dropped_at_the_deadline_and_the_others_answer() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let shelf = |hangs| Shelf {
        hangs,
        dropped: Arc::clone(&dropped),
    };
    let runtime = Handle::current();
    let cascade = Cascade::builder()
        .async_query_hydrator(AddHundred, &runtime)
        .async_source(shelf(false), SourceOptions::new(), &runtime)
        .async_source(shelf(true), SourceOptions::new(), &runtime)
        .async_hydrator(Lengths(["length".into()]), CallOptions::new(), &runtime)
        .rank(scorer_fn("longest", ["length"], "worth", |_: &u64, features| {
            features[0]
        }))
        .build()
        .expect("wired");
    let cascade = Arc::new(cascade);
    let request = Request::new(3).within(&SystemClock, Duration::from_millis(200));
    let (query, slate) = Arc::clone(&cascade).run_async(7, request).await.expect("runs");
    assert_eq!(query, 107);
    assert_eq!(
        slate.items().map(|item| item.0).collect::<Vec<_>>(),
        [109, 119, 108]
    );
    let status = |name: &str| slate.coverage().stage(name).expect("reported").status;
    assert_eq!(status("answers"), Status::Full);
    assert_eq!(status("hangs"), Status::Failed(Reason::Deadline));
    assert_eq!(cascade.stats().calls[1].abandoned, 1);
    while dropped.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
}
