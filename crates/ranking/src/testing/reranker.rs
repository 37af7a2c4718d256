//! The kit of re-rankers.

use super::clock::TickingClock;
use crate::stage::{Ranked, Reranker, Selection};
use bowerbird_core::{Deadline, Status, SystemClock};
use bowerbird_retrieval::{CandidateBatch, Context};

/// About so many deadlines are tried for one request, spread evenly over the looks at the clock that it takes.
const MOMENTS: u32 = 64;

/// Checks `reranker` on the rows of `batch`, which are in ranked order, and on some of them, with the utilities that they
/// have and with others: equal, partly missing, all missing, infinite.
///
/// - No row twice, none that isn't there, never more than the limit; no rows or a limit of 0 are borne.
/// - Without a deadline it says [`Status::Full`] and the slate is full if there are rows enough.
/// - The same request gives the same rows, also after other requests.
/// - When a deadline falls, whenever that is, what was picked is the beginning of what is picked without one, and less
///   than all of it is reported as [`Status::Partial`].
/// - A deadline that is past already costs only a few looks at the clock.
///
/// # Panics
///
/// When any of it does not hold.
pub fn reranker<Q: ?Sized>(reranker: &dyn Reranker<Q>, query: &Q, batch: &CandidateBatch) {
    for utilities in utilities(batch) {
        for rows in [batch.len(), batch.len() / 2, 1, 0] {
            let batch = with_utility(batch, rows, &utilities);
            for limit in [0, 1, 3, 20, rows, rows + 5] {
                check(reranker, query, &batch, limit);
            }
        }
    }
}

/// Columns of utilities to try; the first is the batch's own.
fn utilities(batch: &CandidateBatch) -> Vec<Vec<f32>> {
    let rows = batch.len();
    let falling = || (0..rows).map(|row| 1.0 - row as f32 / rows as f32);
    let late = |row: usize| row >= rows / 2;
    vec![
        (0..rows)
            .map(|row| batch.utility().get(row).copied().unwrap_or(f32::NAN))
            .collect(),
        falling().collect(),
        vec![0.5; rows],
        vec![f32::NAN; rows],
        falling()
            .enumerate()
            .map(|(row, value)| if late(row) { f32::NAN } else { value })
            .collect(),
        falling()
            .enumerate()
            .map(|(row, value)| if row < 2 { f32::INFINITY } else { value * 1e38 })
            .collect(),
        falling()
            .enumerate()
            .map(|(row, value)| if late(row) { f32::NEG_INFINITY } else { value })
            .collect(),
    ]
}

fn with_utility(batch: &CandidateBatch, rows: usize, utilities: &[f32]) -> CandidateBatch {
    let mut batch = batch.clone();
    if batch.utility().len() != batch.len() {
        batch.open_columns();
    }
    batch.truncate(rows);
    batch
        .heads_and_utility_mut()
        .1
        .copy_from_slice(&utilities[..rows]);
    batch
}

fn check<Q: ?Sized>(reranker: &dyn Reranker<Q>, query: &Q, batch: &CandidateBatch, limit: usize) {
    let name = reranker.name();
    let context = format!("{name}: {} rows, limit {limit}", batch.len());
    let run = |cx: &Context<'_>| {
        let mut selection = Selection::new(limit, batch.len());
        let status = reranker.select(query, &Ranked::new(batch), cx, &mut selection);
        let status = status.unwrap_or_else(|error| panic!("{context}: {error:?}"));
        let mut rows = selection.rows().to_vec();
        assert!(rows.len() <= limit, "{context}: {} picked", rows.len());
        assert!(
            rows.iter().all(|&row| (row as usize) < batch.len()),
            "{context}: picked a row that is not there"
        );
        let picked = rows.clone();
        rows.sort_unstable();
        rows.dedup();
        assert_eq!(rows.len(), picked.len(), "{context}: a row was picked twice");
        (picked, status)
    };
    let (whole, status) = run(&Context::unhurried(&SystemClock));
    assert_eq!(status, Status::Full, "{context}: without a deadline");
    assert_eq!(
        whole.len(),
        limit.min(batch.len()),
        "{context}: the slate is not full"
    );
    assert_eq!(
        run(&Context::unhurried(&SystemClock)).0,
        whole,
        "{context}: another selection the second time"
    );

    let hurried = |looks: u32| {
        let clock = TickingClock::new();
        let deadline = clock.deadline_at(looks);
        let (picked, status) = run(&Context {
            clock: &clock,
            deadline,
            seed: 0,
        });
        let started = picked.len() <= whole.len() && whole[..picked.len()] == picked;
        assert!(
            started,
            "{context}: at a deadline after {looks} looks {picked:?} is no beginning of {whole:?}"
        );
        if picked.len() < whole.len() {
            assert!(
                matches!(status, Status::Partial { .. }),
                "{context}: less than all of it is {status}"
            );
        }
        clock.looks()
    };
    let past = hurried(0);
    assert!(
        past < 100,
        "{context}: looked at the clock {past} times after the deadline"
    );
    let all = count_looks(reranker, query, batch, limit);
    for looks in (0..=all.saturating_add(1)).step_by((all / MOMENTS).max(1) as usize) {
        hurried(looks);
    }
    assert_eq!(
        run(&Context::unhurried(&SystemClock)).0,
        whole,
        "{context}: another selection after others"
    );
}

/// Looks at the clock that a whole selection takes.
fn count_looks<Q: ?Sized>(
    reranker: &dyn Reranker<Q>,
    query: &Q,
    batch: &CandidateBatch,
    limit: usize,
) -> u32 {
    let clock = TickingClock::new();
    let far = Deadline::after(&clock, std::time::Duration::from_secs(86_400));
    let mut selection = Selection::new(limit, batch.len());
    let cx = Context {
        clock: &clock,
        deadline: far,
        seed: 0,
    };
    let done = reranker.select(query, &Ranked::new(batch), &cx, &mut selection);
    assert!(done.is_ok(), "{}: {done:?}", reranker.name());
    clock.looks()
}
