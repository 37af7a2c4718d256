//! The kit of blocking sources.

use bowerbird_core::{Clock, Deadline, Status, SystemClock};
use bowerbird_retrieval::{BlockingCall, BlockingSource, CandidateSink, SourceError};
use std::collections::HashSet;
use std::fmt::Debug;

/// More than any limit in the kit but the last.
const MANY: usize = 100_000;

/// Checks `source` on `query`:
///
/// - It has a name.
/// - Its calls own what they need: they run on another thread, in any order, after others were dropped unrun.
/// - Candidates come best first, none twice, finite, as many as the limit at most; what is there already stays.
/// - The same question gets the same answer; a smaller limit gives the head of the longer list.
/// - With a deadline that is past, an answer is still in order, and one reported as full is the whole of it.
///
/// That [`prepare`](BlockingSource::prepare) doesn't block it can't see without waiting itself: it has only that a call
/// that is never run changes nothing.
///
/// # Panics
///
/// At the first broken promise, saying which.
pub fn blocking_source<Q: Debug + ?Sized>(source: &dyn BlockingSource<Q>, query: &Q) {
    let name = source.name();
    assert!(!name.is_empty(), "a source has a name");
    assert_eq!(source.version(), source.version(), "{name}: a version stays");
    let prepare = || source.prepare(query, Deadline::NEVER);

    drop(prepare());
    let (first, second) = (prepare(), prepare());
    let (second, whole) = (answer(second, MANY), answer(first, MANY));
    assert_eq!(
        whole, second,
        "{name}: the same question gets the same answer: {query:?}"
    );
    for limit in [0, 1, 2, 7, 100, MANY] {
        drop(prepare());
        let (sink, status) = elsewhere(prepare(), CandidateSink::with_limit(limit), name);
        in_order(&sink, limit, name);
        let head = whole.0.len().min(limit);
        assert!(
            sink.iter().eq(whole.0.iter().take(head)),
            "{name}: a limit of {limit} cuts the tail and nothing else: {query:?}"
        );
        assert!(
            limit < whole.0.len() || status == whole.1,
            "{name}: another status for the same answer: {query:?}"
        );
    }

    let mut used = CandidateSink::with_limit(MANY);
    if let Some(first) = whole.0.get(0) {
        used.push(first.item, f32::MAX);
        let (used, _) = elsewhere(prepare(), used, name);
        assert!(
            used.scores().first() == Some(&f32::MAX) && used.items()[1..] == *whole.0.items(),
            "{name}: what is in the sink stays: {query:?}"
        );
    }

    let past = Deadline::at(SystemClock.now());
    let (late, status) = answer(source.prepare(query, past), MANY);
    in_order(&late, MANY, name);
    assert!(
        status != Some(Status::Full) || late == whole.0,
        "{name}: a list cut short must not be reported as full: {query:?}"
    );
    assert_eq!(
        answer(prepare(), MANY),
        whole,
        "{name}: another answer after the others: {query:?}"
    );
}

fn answer(call: BlockingCall, limit: usize) -> (CandidateSink, Option<Status>) {
    let mut sink = CandidateSink::with_limit(limit);
    let end: Result<Status, SourceError> = call(&mut sink);
    (sink, end.ok())
}

/// Runs the call on a thread of its own.
fn elsewhere(call: BlockingCall, mut sink: CandidateSink, name: &str) -> (CandidateSink, Option<Status>) {
    let thread = std::thread::spawn(move || {
        let end = call(&mut sink);
        (sink, end.ok())
    });
    thread
        .join()
        .unwrap_or_else(|_| panic!("{name}: its call panicked"))
}

fn in_order(sink: &CandidateSink, limit: usize, name: &str) {
    assert!(sink.len() <= limit, "{name}: the limit is kept");
    assert_eq!(sink.refused(), 0, "{name}: scores are finite");
    assert!(sink.scores().is_sorted_by(|a, b| a >= b), "{name}: best first");
    let mut seen = HashSet::new();
    for item in sink.items() {
        assert!(seen.insert(item), "{name}: {item} comes twice");
    }
}
