//! From ranked lists to figures.

use crate::split::Case;
use crate::support::{Failure, percentile};
use crate::workers::Workers;
use bowerbird::core::{Clock as _, ItemId, SystemClock};
use bowerbird::ranking::evaluate::{ndcg_at, recall_at};
use bowerbird::ranking::{Cascade, Request, Slate};
use bowerbird::retrieval::{CandidateSink, CandidateSource, Context, FeedQuery, SourceError};

/// How good the answers to all cases are, and how long one takes on one thread.
#[derive(Clone, Default)]
pub(crate) struct Figures {
    /// Mean recall at each cutoff.
    pub(crate) recall: Vec<f64>,
    /// Mean NDCG at each cutoff.
    pub(crate) ndcg: Vec<f64>,
    pub(crate) mean_us: f64,
    pub(crate) p99_us: f64,
}

/// A candidate and its score.
type Scored = (ItemId, f32);

/// A source's answers to `cases`, `top` candidates each.
pub(crate) fn source(
    workers: &Workers,
    source: &dyn CandidateSource<FeedQuery>,
    cases: &[Case],
    top: usize,
    cutoffs: &[usize],
) -> Result<Figures, Failure> {
    let answer = |sink: &mut CandidateSink, case: &Case, list: &mut Vec<Scored>| {
        sink.reset(top);
        match source.retrieve(&case.query, &Context::unhurried(&SystemClock), sink) {
            Ok(_) | Err(SourceError::NotApplicable) => {}
            Err(error) => return Err(Failure::about(source.name(), &error)),
        }
        list.extend(sink.items().iter().copied().zip(sink.scores().iter().copied()));
        Ok(())
    };
    measure(workers, cases, cutoffs, CandidateSink::default, answer)
}

/// A cascade's answers to `cases`.
pub(crate) fn cascade(
    workers: &Workers,
    cascade: &Cascade<FeedQuery>,
    cases: &[Case],
    cutoffs: &[usize],
) -> Result<Figures, Failure> {
    let request = Request::new(cutoffs.iter().copied().max().unwrap_or(0));
    let answer = |slate: &mut Slate, case: &Case, list: &mut Vec<Scored>| {
        cascade.run_into(&mut case.query.clone(), &request, slate)?;
        // All ranked rows, not the slate alone: rows of equal utility may reach over its end.
        let batch = slate.batch();
        list.extend(batch.items().iter().copied().zip(batch.utility().iter().copied()));
        Ok(())
    };
    measure(workers, cases, cutoffs, || cascade.slate(), answer)
}

fn measure<S>(
    workers: &Workers,
    cases: &[Case],
    cutoffs: &[usize],
    state: impl Fn() -> S + Sync,
    answer: impl Fn(&mut S, &Case, &mut Vec<Scored>) -> Result<(), Failure> + Sync,
) -> Result<Figures, Failure> {
    let state = || (state(), Vec::new());
    let rows = workers.each(cases, state, |(state, list), case| {
        list.clear();
        let start = SystemClock.now();
        answer(state, case, list)?;
        let micros = SystemClock.now().duration_since(start).as_secs_f64() * 1e6;
        let ranked = worst_order(list, &case.relevant);
        let at = |measure: fn(&[ItemId], &[ItemId], usize) -> Option<f64>| -> Vec<f64> {
            cutoffs
                .iter()
                .map(|&k| measure(&ranked, &case.relevant, k).unwrap_or(0.0))
                .collect()
        };
        Ok((micros, at(recall_at), at(ndcg_at)))
    })?;
    let mean =
        |value: &dyn Fn(usize) -> f64| (0..rows.len()).map(value).sum::<f64>() / rows.len().max(1) as f64;
    let mut micros: Vec<f64> = rows.iter().map(|row| row.0).collect();
    Ok(Figures {
        recall: (0..cutoffs.len()).map(|k| mean(&|row| rows[row].1[k])).collect(),
        ndcg: (0..cutoffs.len()).map(|k| mean(&|row| rows[row].2[k])).collect(),
        mean_us: mean(&|row| rows[row].0),
        p99_us: percentile(&mut micros, 0.99),
    })
}

/// The items, best score first; of equal scores, those that were sought come last. So nothing is won by the order in
/// which ties happen to fall.
fn worst_order(list: &mut [Scored], relevant: &[ItemId]) -> Vec<ItemId> {
    let sought = |item: &ItemId| relevant.binary_search(item).is_ok();
    list.sort_by(|(a, score), (b, other)| other.total_cmp(score).then(sought(a).cmp(&sought(b))));
    list.iter().map(|&(item, _)| item).collect()
}
