//! How good: every source, their merge, popularity and the cascade, on the same requests.

use crate::feed::{Models, Sources};
use crate::findings::{Quality, Split as Found};
use crate::query::Query;
use crate::split::{Case, Part, Split};
use crate::support::{Bars, Failure};
use crate::train;
use bowerbird::core::{ItemId, RequestId, SystemClock};
use bowerbird::ranking::evaluate::{Bootstrap, catalogue_coverage, ndcg_at, recall_at};
use bowerbird::ranking::{Cascade, Request};
use bowerbird::retrieval::{CandidateSink, CandidateSource, Context};
use rayon::prelude::*;
use std::sync::Arc;

/// Depth of every list.
const DEPTH: usize = 200;

type Lists = Vec<Vec<ItemId>>;

/// Everything fitted on a split and measured on what it held out.
pub(crate) struct Measured {
    pub(crate) found: Found,
    /// The cascade that was reported, its sources and models.
    pub(crate) cascade: Cascade<Query>,
    pub(crate) sources: Sources,
    pub(crate) models: Models,
}

/// What the cascade answers to every case.
pub(crate) fn served(cascade: &Cascade<Query>, cases: &[&Case], limit: usize) -> Result<Lists, Failure> {
    let answer = |case: &&Case| -> Result<Vec<ItemId>, Failure> {
        let request = Request::new(limit).id(RequestId(case.query.user.0));
        Ok(cascade.run(&mut case.query.clone(), &request)?.items().collect())
    };
    cases.par_iter().map(answer).collect()
}

/// What one source alone answers to every case.
fn alone(source: &dyn CandidateSource<Query>, cases: &[&Case]) -> Lists {
    let answer = |case: &&Case| {
        let mut sink = CandidateSink::with_limit(DEPTH);
        // A source that does not apply has an empty answer, and that is what it is measured by.
        let _ = source.retrieve(&case.query, &Context::unhurried(&SystemClock), &mut sink);
        sink.items().to_vec()
    };
    cases.par_iter().map(answer).collect()
}

fn ndcg10(lists: &Lists, cases: &[&Case]) -> Vec<f64> {
    lists
        .iter()
        .zip(cases)
        .filter_map(|(list, case)| ndcg_at(list, &case.relevant, 10))
        .collect()
}

fn quality(name: &str, lists: &Lists, cases: &[&Case], catalogue: usize) -> Result<Quality, Failure> {
    let bootstrap = Bootstrap::default();
    let recall = |k| {
        let found = lists
            .iter()
            .zip(cases)
            .filter_map(|(list, case)| recall_at(list, &case.relevant, k));
        bootstrap.mean(&found.collect::<Vec<f64>>())
    };
    let by_user = ndcg10(lists, cases);
    let shown: Vec<Vec<ItemId>> = lists
        .iter()
        .map(|list| list.iter().copied().take(10).collect())
        .collect();
    Ok(Quality {
        name: name.to_owned(),
        recall20: recall(20)?,
        recall200: recall(200)?,
        ndcg10: bootstrap.mean(&by_user)?,
        coverage: catalogue_coverage(&shown, catalogue),
        empty: lists.iter().filter(|list| list.is_empty()).count(),
        ndcg10_by_user: by_user,
    })
}

/// The number of the best single source, chosen on the validation part.
fn best_source(sources: &Sources, part: &Part) -> usize {
    let cases: Vec<&Case> = part.cases.iter().collect();
    let mean = |source: &Arc<dyn CandidateSource<Query>>| {
        let gains = ndcg10(&alone(&**source, &cases), &cases);
        gains.iter().sum::<f64>()
    };
    let scores: Vec<f64> = sources.all.iter().map(mean).collect();
    (0..scores.len())
        .max_by(|&a, &b| scores[a].total_cmp(&scores[b]))
        .unwrap_or(0)
}

/// Fits, chooses, fits again and measures.
pub(crate) fn measure(
    split: &Split,
    catalogue: &Arc<bowerbird::retrieval::Catalogue>,
    bars: &Bars,
) -> Result<Measured, Failure> {
    let earlier = Sources::fit(&split.validation.known, catalogue, bars)?;
    let models = train::choose(&earlier, &split.validation, bars)?;
    let best = best_source(&earlier, &split.validation);
    drop(earlier);

    let sources = Sources::fit(&split.test.known, catalogue, bars)?;
    let cascade = sources.feed(&models)?.build()?;
    bars.step("measuring");
    let cases: Vec<&Case> = split.test.cases.iter().collect();
    let size = catalogue.items().len();
    let mut rows = Vec::new();
    for source in &sources.all {
        rows.push(quality(source.name(), &alone(&**source, &cases), &cases, size)?);
    }
    let merged = served(&sources.retrieval().build()?, &cases, DEPTH)?;
    rows.push(quality("merge", &merged, &cases, size)?);
    let popularity = quality("popularity", &alone(&*sources.popularity, &cases), &cases, size)?;
    let feed = quality("cascade", &served(&cascade, &cases, DEPTH)?, &cases, size)?;
    let gain = Bootstrap::default().difference(&feed.ndcg10_by_user, &rows[best].ndcg10_by_user)?;
    let held_out: usize = cases.iter().map(|case| case.relevant.len()).sum();
    let found = Found {
        name: split.name,
        users: cases.len(),
        held_out,
        sources: rows,
        popularity,
        cascade: feed,
        best,
        gain,
    };
    Ok(Measured {
        found,
        cascade,
        sources,
        models,
    })
}
