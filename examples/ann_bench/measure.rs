//! Recall and time.

use crate::args::Args;
use crate::data::Data;
use crate::support::{Failure, percentile};
use bowerbird::core::{Clock as _, SystemClock};
use bowerbird::vsearch::{BatchHits, Effort, Hits, SearchParams, VectorIndex, VectorKey};
use rayon::ThreadPool;
use rayon::prelude::*;

/// The queries are gone through so often, after one time to warm up; the median counts.
const PASSES: usize = 5;

/// A point of a curve.
pub(crate) struct Point {
    pub(crate) params: String,
    pub(crate) build_s: f64,
    pub(crate) bytes: usize,
    pub(crate) figures: Figures,
}

pub(crate) struct Figures {
    pub(crate) vectors: usize,
    pub(crate) recall: f64,
    pub(crate) qps: f64,
    pub(crate) p50_us: f64,
    /// Mean distances a query.
    pub(crate) distances: f64,
}

/// One pass: what was found, its distances, and how long each query took.
struct Pass {
    found: Vec<Vec<VectorKey>>,
    distances: u64,
    each_us: Vec<f64>,
    seconds: f64,
}

pub(crate) fn measure(
    index: &dyn VectorIndex,
    effort: Effort,
    data: &Data,
    truth: &[Vec<VectorKey>],
    args: &Args,
    searchers: &ThreadPool,
) -> Result<Figures, Failure> {
    let params = SearchParams::new(args.k).with_effort(effort);
    let mut buffers = Buffers {
        answers: BatchHits::new(),
        hits: Hits::new(),
    };
    let mut passes = Vec::new();
    for _ in 0..=PASSES {
        passes.push(pass(index, &params, data, args, searchers, &mut buffers)?);
    }
    let warm = &mut passes[1..];
    let (last, distances) = (&warm[0].found, warm[0].distances);
    let found = last
        .iter()
        .zip(truth)
        .map(|(found, truth)| truth.iter().filter(|key| found.contains(key)).count());
    let recall = found.sum::<usize>() as f64 / truth.iter().map(Vec::len).sum::<usize>().max(1) as f64;
    let mut seconds: Vec<f64> = warm.iter().map(|pass| pass.seconds).collect();
    let mut each_us: Vec<f64> = warm
        .iter()
        .flat_map(|pass| pass.each_us.iter().copied())
        .collect();
    let queries = data.queries() as f64;
    Ok(Figures {
        vectors: data.count(),
        recall,
        qps: queries / percentile(&mut seconds, 0.5),
        p50_us: percentile(&mut each_us, 0.5),
        distances: distances as f64 / queries,
    })
}

struct Buffers {
    answers: BatchHits,
    hits: Hits,
}

fn pass(
    index: &dyn VectorIndex,
    params: &SearchParams<'_>,
    data: &Data,
    args: &Args,
    searchers: &ThreadPool,
    buffers: &mut Buffers,
) -> Result<Pass, Failure> {
    let start = SystemClock.now();
    let mut pass = if args.batch {
        searchers.install(|| {
            index
                .search_batch(data.query_rows()?, params, &mut buffers.answers)
                .map_err(Failure::from)
        })?;
        Pass {
            found: buffers
                .answers
                .iter()
                .map(|(hits, _)| hits.keys().collect())
                .collect(),
            distances: buffers.answers.iter().map(|(_, report)| report.distances).sum(),
            each_us: Vec::new(),
            seconds: 0.0,
        }
    } else if args.threads == 1 {
        singly(index, params, data, &data.query, &mut buffers.hits)?
    } else {
        clients(index, params, data, args, searchers)?
    };
    if args.batch || args.threads > 1 {
        pass.seconds = SystemClock.now().duration_since(start).as_secs_f64();
    }
    if args.batch {
        pass.each_us = vec![1e6 * pass.seconds / data.queries() as f64];
    }
    Ok(pass)
}

/// Each thread asks for its share of the queries, one a call.
fn clients(
    index: &dyn VectorIndex,
    params: &SearchParams<'_>,
    data: &Data,
    args: &Args,
    searchers: &ThreadPool,
) -> Result<Pass, Failure> {
    let share = data.queries().div_ceil(args.threads) * data.dimension;
    let parts: Result<Vec<Pass>, Failure> = searchers.install(|| {
        let parts = data.query.par_chunks(share);
        parts
            .map(|queries| singly(index, params, data, queries, &mut Hits::new()))
            .collect()
    });
    let mut whole = Pass {
        found: Vec::new(),
        distances: 0,
        each_us: Vec::new(),
        seconds: 0.0,
    };
    for part in parts? {
        whole.found.extend(part.found);
        whole.distances += part.distances;
        whole.each_us.extend(part.each_us);
    }
    Ok(whole)
}

fn singly(
    index: &dyn VectorIndex,
    params: &SearchParams<'_>,
    data: &Data,
    queries: &[f32],
    hits: &mut Hits,
) -> Result<Pass, Failure> {
    let mut pass = Pass {
        found: Vec::new(),
        distances: 0,
        each_us: Vec::new(),
        seconds: 0.0,
    };
    for query in queries.chunks_exact(data.dimension) {
        let start = SystemClock.now();
        let report = index.search(query, params, hits)?;
        let took = SystemClock.now().duration_since(start);
        pass.seconds += took.as_secs_f64();
        pass.each_us.push(took.as_secs_f64() * 1e6);
        pass.distances += report.distances;
        pass.found.push(hits.keys().collect());
    }
    Ok(pass)
}
