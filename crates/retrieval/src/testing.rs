//! The conformance kits: what every candidate source and every filter promises, checked.
//!
//! ```
//! use bowerbird_core::{ItemId, Status};
//! use bowerbird_retrieval::{source_fn, testing};
//!
//! let source = source_fn("fixed", |_query: &(), cx, out| {
//!     for id in 0..1_000 {
//!         if id % 256 == 0 && cx.is_past() {
//!             let fraction = id as f32 / 1_000.0;
//!             return Ok(Status::Partial { fraction, reason: bowerbird_core::Reason::Deadline });
//!         }
//!         if !out.push(ItemId(id), -(id as f32)) {
//!             break;
//!         }
//!     }
//!     Ok(Status::Full)
//! });
//! testing::candidate_source(&source, &[()]);
//! ```

use crate::batch::{BatchSchema, CandidateBatch};
use crate::context::Context;
use crate::error::SourceError;
use crate::filter::{Filter, FilterMask};
use crate::query::History;
use crate::source::{CandidateSink, CandidateSource};
use bowerbird_core::{Clock, Deadline, ItemId, ManualClock, Reason, Status, SystemClock};
use std::collections::HashSet;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Looks at the clock after the deadline that a source may take to stop.
const LATE_LOOKS: u32 = 4;

/// A clock that moves on by a microsecond whenever somebody looks, so that a deadline can be put between any two looks.
#[derive(Debug, Default)]
struct TickingClock {
    clock: ManualClock,
    looks: AtomicU32,
}

impl Clock for TickingClock {
    fn now(&self) -> Instant {
        self.looks.fetch_add(1, Ordering::SeqCst);
        self.clock.advance(Duration::from_micros(1));
        self.clock.now()
    }
}

/// Checks `source` on each of `queries`: candidates best first, none twice, finite, as many as the limit at most; the
/// same question gets the same answer, in a used sink too; what is pushed is pushed after what is there; a smaller limit
/// gives the head of the longer list; past its deadline it stops soon, says so, and what it gave is still in order.
///
/// Include queries that find much, little and nothing.
///
/// # Panics
///
/// At the first broken promise, saying which.
pub fn candidate_source<Q: Debug, S: CandidateSource<Q> + ?Sized>(source: &S, queries: &[Q]) {
    assert!(!source.name().is_empty(), "a source has a name");
    for query in queries {
        let mut sink = CandidateSink::default();
        for limit in [0, 1, 2, 7, 100, 100_000] {
            let first = ask(source, query, limit);
            in_order(&first.0, limit, query);
            assert_eq!(first.0.refused(), 0, "scores are finite: {query:?}");
            assert_eq!(
                first,
                ask(source, query, limit),
                "the same question gets the same answer: {query:?}"
            );

            sink.reset(limit);
            let again = source.retrieve(query, &Context::unhurried(&SystemClock), &mut sink);
            assert_eq!(
                status_of(&again),
                first.1,
                "a used sink changes nothing: {query:?}"
            );
            assert!(
                sink.iter().eq(first.0.iter()),
                "a used sink changes nothing: {query:?}"
            );
            let partial = matches!(
                first.1,
                Some(Status::Partial {
                    reason: Reason::Deadline,
                    ..
                })
            );
            assert!(!partial, "there was no deadline to stop at: {query:?}");
        }
        let (all, _) = ask(source, query, 100_000);
        for limit in [1, 2, 7] {
            let (head, _) = ask(source, query, limit);
            let expected = all.items().len().min(limit);
            assert_eq!(
                head.items(),
                &all.items()[..expected],
                "a limit cuts the tail: {query:?}"
            );
        }
        deadlines(source, query, &all);
    }
}

/// Checks that `source` never proposes an item of the query's history.
///
/// # Panics
///
/// When it does.
pub fn history_is_excluded<Q: History + Debug, S: CandidateSource<Q> + ?Sized>(source: &S, queries: &[Q]) {
    for query in queries {
        let (found, _) = ask(source, query, 100_000);
        for action in query.history() {
            assert!(
                !found.items().contains(&action.item),
                "{} is in the history: {query:?}",
                action.item
            );
        }
    }
}

/// Checks `filter` on each of `queries` with a batch of `items`: it marks the same rows each time, looks at every row,
/// takes back no mark, and doesn't care what another filter marked before or in which order the rows stand.
///
/// # Panics
///
/// At the first broken promise, saying which; also when the filter fails.
pub fn filter<Q: Debug, F: Filter<Q> + ?Sized>(filter: &F, queries: &[Q], items: &[ItemId]) {
    assert!(!filter.name().is_empty(), "a filter has a name");
    let rows = |items: &mut dyn Iterator<Item = ItemId>| {
        let mut batch = CandidateBatch::new(Arc::new(BatchSchema::new(vec![], vec![], vec![], 0, vec![])));
        for item in items {
            batch.push(item);
        }
        batch.open_columns();
        batch
    };
    let (batch, reversed) = (
        rows(&mut items.iter().copied()),
        rows(&mut items.iter().rev().copied()),
    );
    let cx = Context::unhurried(&SystemClock);
    let apply = |query: &Q, batch: &CandidateBatch, marked: &dyn Fn(usize) -> bool| {
        let mut mask = FilterMask::new(batch.len());
        mask.begin(0);
        (0..batch.len())
            .filter(|&row| marked(row))
            .for_each(|row| mask.reject(row));
        mask.begin(1);
        let answer = filter.apply(query, batch, &cx, &mut mask);
        assert!(answer.is_ok(), "the filter failed: {answer:?} for {query:?}");
        assert_eq!(mask.len(), batch.len(), "the mask keeps its length: {query:?}");
        (0..batch.len())
            .map(|row| mask.rejected_by(row))
            .collect::<Vec<_>>()
    };
    for query in queries {
        let marks = apply(query, &batch, &|_| false);
        assert_eq!(
            marks,
            apply(query, &batch, &|_| false),
            "the same rows are marked each time: {query:?}"
        );
        for modulus in [1, 2, 3] {
            let marked = move |row: usize| row.is_multiple_of(modulus);
            let after = apply(query, &batch, &marked);
            for row in 0..batch.len() {
                let expected = if marked(row) { Some(0) } else { marks[row] };
                assert_eq!(after[row], expected, "row {row} after another filter: {query:?}");
            }
        }
        let mut backwards = apply(query, &reversed, &|_| false);
        backwards.reverse();
        assert_eq!(marks, backwards, "the order of the rows plays no part: {query:?}");
    }
}

fn status_of(answer: &Result<Status, SourceError>) -> Option<Status> {
    answer.as_ref().ok().copied()
}

fn ask<Q, S: CandidateSource<Q> + ?Sized>(
    source: &S,
    query: &Q,
    limit: usize,
) -> (CandidateSink, Option<Status>) {
    let mut sink = CandidateSink::with_limit(limit);
    let answer = source.retrieve(query, &Context::unhurried(&SystemClock), &mut sink);
    (sink, status_of(&answer))
}

fn in_order<Q: Debug>(sink: &CandidateSink, limit: usize, query: &Q) {
    assert!(sink.len() <= limit, "the limit is kept: {query:?}");
    assert!(sink.scores().is_sorted_by(|a, b| a >= b), "best first: {query:?}");
    let mut seen = HashSet::new();
    for item in sink.items() {
        assert!(seen.insert(item), "{item} comes twice: {query:?}");
    }
}

/// Puts the deadline before the first look and after each of the first few.
fn deadlines<Q: Debug, S: CandidateSource<Q> + ?Sized>(source: &S, query: &Q, all: &CandidateSink) {
    for ticks in (0..12).chain([20, 50, 100, 1_000]) {
        let clock = TickingClock::default();
        let deadline = Deadline::after(&clock, Duration::from_micros(ticks));
        let cx = Context::unhurried(&clock).with_deadline(deadline);
        let before = clock.looks.load(Ordering::SeqCst);
        let mut sink = CandidateSink::with_limit(100_000);
        let answer = source.retrieve(query, &cx, &mut sink);
        in_order(&sink, 100_000, query);

        let looks = clock.looks.load(Ordering::SeqCst) - before;
        // Look number n sees the clock at n microseconds, so number `ticks` is the first to find the deadline past.
        let late = (u64::from(looks) + 1).saturating_sub(ticks.max(1));
        assert!(
            late <= u64::from(LATE_LOOKS),
            "went on for {late} looks past its deadline: {query:?}"
        );
        match answer {
            Ok(Status::Partial { fraction, reason }) => {
                assert_eq!(reason, Reason::Deadline, "{query:?}");
                assert!(
                    (0.0..1.0).contains(&fraction),
                    "fraction {fraction} of a part: {query:?}"
                );
                assert!(late > 0, "stopped before its deadline: {query:?}");
            }
            Ok(_) => {
                let complete = sink.items() == all.items();
                assert!(
                    complete,
                    "a list cut short must not be reported as full: {query:?}"
                );
            }
            Err(_) => {}
        }
    }
}
