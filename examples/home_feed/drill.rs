//! The failure drill: parts are broken on purpose while people go on asking.

use crate::feed::QUOTA;
use crate::findings::DrillRow;
use crate::funnel::SHOWN;
use crate::measure::Measured;
use crate::query::Query;
use crate::split::Case;
use crate::support::{Bars, Failure, percentile};
use bowerbird::core::{Clock as _, Deadline, ItemId, RequestId, Status, SystemClock};
use bowerbird::ranking::evaluate::ndcg_at;
use bowerbird::ranking::model::LogisticScorer;
use bowerbird::ranking::{Cascade, FeatureView, HeadSink, Request, Scorer, SourceOptions, StageError};
use bowerbird::retrieval::{
    BlockingCall, BlockingSource, Context, FeatureName, HeadName, SchemaHash, SourceError, source_fn,
};
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The graph source sleeps for a second and never looks at the deadline.
pub(crate) const HUNG: &str = "graph source hangs";
/// The best source answers nothing but errors.
const ERRING: &str = "sequence source errs";
/// The ranker needs 100 µs for each row.
const SLOW: &str = "ranker is too slow";
const HEALTHY: &str = "nothing";

/// Requests from `CLIENTS` threads at once, for the source that hangs and for each of the other lines.
const REQUESTS_HUNG: usize = 2_000;
const REQUESTS: usize = 200;
const CLIENTS: usize = 2;

/// What a request may take beyond its deadline and still count as in time.
const GRACE: Duration = Duration::from_millis(2);

/// Sleeps: nobody ever sends.
struct Sleeper(Arc<Mutex<Receiver<()>>>);

impl BlockingSource<Query> for Sleeper {
    fn name(&self) -> &str {
        "graph"
    }

    fn prepare(&self, _query: &Query, _deadline: Deadline) -> BlockingCall {
        let never = Arc::clone(&self.0);
        Box::new(move |out| {
            let never = never.lock().unwrap_or_else(PoisonError::into_inner);
            if never.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                out.push(ItemId(1), 1.0);
            }
            Ok(Status::Full)
        })
    }
}

/// A ranker that is right and far too slow: 100 µs a row.
struct Slow(LogisticScorer);

impl Scorer<Query> for Slow {
    fn name(&self) -> &str {
        "rank"
    }

    fn features(&self) -> &[FeatureName] {
        Scorer::<Query>::features(&self.0)
    }

    fn heads(&self) -> &[HeadName] {
        Scorer::<Query>::heads(&self.0)
    }

    fn trained_on(&self) -> Option<SchemaHash> {
        Scorer::<Query>::trained_on(&self.0)
    }

    fn score(
        &self,
        query: &Query,
        features: &FeatureView<'_>,
        cx: &Context<'_>,
        out: &mut HeadSink<'_>,
    ) -> Result<(), StageError> {
        let until = cx.clock.now() + Duration::from_micros(100) * features.len() as u32;
        self.0.score(query, features, cx, out)?;
        while cx.clock.now() < until {
            std::hint::spin_loop();
        }
        Ok(())
    }
}

/// One client's view of one request.
struct Seen {
    /// The number of the case that it was.
    case: usize,
    took: Duration,
    told: bool,
    ndcg: f64,
    status: Option<String>,
}

/// Runs all lines of the drill.
pub(crate) fn run(measured: &Measured, cases: &[Case], bars: &Bars) -> Result<Vec<DrillRow>, Failure> {
    let Measured { sources, models, .. } = measured;
    let (_keep_open, never) = channel();
    let never = Arc::new(Mutex::new(never));
    let erring = source_fn("sequence", |_: &Query, _, _| {
        Err(SourceError::failed("connection refused by the other side"))
    });
    let slow = Slow(LogisticScorer::new("rank", Arc::clone(&models.heavy)));
    let quota = SourceOptions::new().quota(QUOTA);
    let healthy = sources.feed(models)?.build()?;
    // One thread for the source that hangs: it can't take any other's.
    let hung = sources
        .without("graph")
        .feed(models)?
        .blocking_source(Sleeper(never), quota, 1)
        .build()?;
    let erring = sources
        .without("sequence")
        .feed(models)?
        .source(erring, quota)
        .build()?;
    let slow = sources.feed(models)?.rank(slow).chunk(8).build()?;

    bars.step("failure drill");
    // What is kept is measured against the same people's healthy answers.
    let mut usual = vec![0.0; cases.len()];
    for seen in line(&healthy, cases, None, cases.len())? {
        usual[seen.case] = seen.ndcg;
    }
    let mut rows = Vec::new();
    for (fault, cascade, milliseconds) in [
        (HEALTHY, &healthy, 20),
        (HUNG, &hung, 20),
        (ERRING, &erring, 20),
        (SLOW, &slow, 5),
        (SLOW, &slow, 10),
        (SLOW, &slow, 20),
    ] {
        bars.step(format!("failure drill: {fault}, {milliseconds} ms"));
        let span = Duration::from_millis(milliseconds);
        let requests = if fault == HUNG { REQUESTS_HUNG } else { REQUESTS };
        let seen = line(cascade, cases, Some(span), requests)?;
        rows.push(row(fault, milliseconds, span, &seen, &usual));
    }
    Ok(rows)
}

fn line(
    cascade: &Cascade<Query>,
    cases: &[Case],
    span: Option<Duration>,
    requests: usize,
) -> Result<Vec<Seen>, Failure> {
    std::thread::scope(|scope| {
        let client = |number: usize| {
            let mut slate = cascade.slate();
            let mut seen = Vec::with_capacity(requests / CLIENTS);
            for request in (number..requests).step_by(CLIENTS) {
                let number = request % cases.len();
                let case = &cases[number];
                let mut query = case.query.clone();
                let start: Instant = SystemClock.now();
                let deadline = span.map_or(Deadline::NEVER, |span| Deadline::after(&SystemClock, span));
                let asked = Request::new(SHOWN)
                    .id(RequestId(request as u64))
                    .deadline(deadline);
                cascade.run_into(&mut query, &asked, &mut slate)?;
                let took = SystemClock.now().duration_since(start);
                let items: Vec<ItemId> = slate.items().collect();
                let broken = slate.coverage().degraded().next();
                seen.push(Seen {
                    case: number,
                    took,
                    told: slate.is_degraded(),
                    ndcg: ndcg_at(&items, &case.relevant, 10).unwrap_or(0.0),
                    status: broken.map(|report| format!("{}: {}", report.stage, report.status)),
                });
            }
            Ok(seen)
        };
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| scope.spawn(move || client(number)))
            .collect();
        let mut all = Vec::with_capacity(requests);
        for client in clients {
            let seen: Result<Vec<Seen>, Failure> = client
                .join()
                .map_err(|_| Failure("a client of the drill panicked".into()))?;
            all.extend(seen?);
        }
        Ok(all)
    })
}

fn row(fault: &'static str, deadline_ms: u64, span: Duration, seen: &[Seen], usual: &[f64]) -> DrillRow {
    let share = |test: &dyn Fn(&Seen) -> bool| {
        seen.iter().filter(|seen| test(seen)).count() as f64 / seen.len().max(1) as f64
    };
    let kept: f64 = seen.iter().map(|seen| seen.ndcg).sum();
    let possible: f64 = seen.iter().map(|seen| usual[seen.case]).sum();
    let mut statuses: HashMap<&str, usize> = HashMap::new();
    for status in seen.iter().filter_map(|seen| seen.status.as_deref()) {
        *statuses.entry(status).or_default() += 1;
    }
    let most_often = statuses
        .into_iter()
        .max_by_key(|&(status, count)| (count, std::cmp::Reverse(status)));
    let mut times: Vec<f64> = seen.iter().map(|seen| seen.took.as_secs_f64() * 1e3).collect();
    DrillRow {
        fault,
        deadline_ms,
        requests: seen.len(),
        hit: share(&|seen| seen.took <= span + GRACE),
        told: share(&|seen| seen.told),
        kept: kept / possible.max(f64::MIN_POSITIVE),
        p50_ms: percentile(&mut times, 0.5),
        p99_ms: percentile(&mut times, 0.99),
        status: most_often.map_or_else(|| "full".to_owned(), |(status, _)| status.to_owned()),
    }
}
