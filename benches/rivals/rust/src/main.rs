//! Recall and speed of the Rust peers, with the command line and the rows of `bench.py`.
//!
//! One query a call, each call timed; with `--batch` the queries are shared out over a pool of `--threads`. Speed is
//! the median of three passes after one that isn't timed. A build has two threads. `bytes` is what the resident set
//! grew by.

mod npy;
mod peers;

use peers::{Peer, Setting};
use rayon::prelude::*;
use std::collections::HashSet;
use std::error::Error;
use std::time::Instant;

const BUILD_THREADS: usize = 2;
const PASSES: usize = 3;
const ENOUGH: f64 = 0.9975;
const EFS: [usize; 15] = [10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320, 450, 640, 900, 1300];

struct Options {
    base: String,
    query: String,
    truth: String,
    metric: String,
    index: String,
    k: usize,
    threads: usize,
    batch: bool,
}

fn options() -> Result<Options, Box<dyn Error>> {
    use lexopt::prelude::*;
    let mut found = Options {
        base: String::new(),
        query: String::new(),
        truth: String::new(),
        metric: "cosine".into(),
        index: peers::NAMES.join(","),
        k: 10,
        threads: 1,
        batch: false,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("base") => found.base = parser.value()?.string()?,
            Long("query") => found.query = parser.value()?.string()?,
            Long("truth") => found.truth = parser.value()?.string()?,
            Long("metric") => found.metric = parser.value()?.string()?,
            Long("index") => found.index = parser.value()?.string()?,
            Long("k") => found.k = parser.value()?.parse()?,
            Long("threads") => found.threads = parser.value()?.parse()?,
            Long("batch") => found.batch = true,
            Long("json") => {}
            Long("list") => {
                println!("{}", peers::NAMES.join("\n"));
                std::process::exit(0);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(found)
}

fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<usize>().ok());
    kilobytes.unwrap_or(0) * 1024
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Keys of each query, seconds in all, and the seconds of the middle call.
fn pass(peer: &dyn Peer, queries: &npy::Rows, options: &Options, pool: &rayon::ThreadPool) -> (Vec<Vec<u32>>, f64, f64) {
    let begin = Instant::now();
    if options.batch {
        let keys: Vec<_> =
            pool.install(|| queries.data.par_chunks(queries.dim).map(|query| peer.search(query, options.k)).collect());
        let seconds = begin.elapsed().as_secs_f64();
        let each = seconds / keys.len() as f64;
        return (keys, seconds, each);
    }
    let mut calls = Vec::with_capacity(queries.len());
    let mut keys = Vec::with_capacity(queries.len());
    for query in queries.data.chunks(queries.dim) {
        let start = Instant::now();
        keys.push(peer.search(query, options.k));
        calls.push(start.elapsed().as_secs_f64());
    }
    (keys, begin.elapsed().as_secs_f64(), median(calls))
}

fn recall(keys: &[Vec<u32>], truth: &npy::Truth, k: usize) -> f64 {
    let found = keys.iter().enumerate().map(|(row, keys)| {
        let best: HashSet<u32> = truth.row(row)[..k].iter().copied().collect();
        keys.iter().take(k).filter(|key| best.contains(key)).count()
    });
    found.sum::<usize>() as f64 / (keys.len() * k) as f64
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    let (mut base, mut queries) = (npy::Rows::read(&options.base)?, npy::Rows::read(&options.query)?);
    let truth = npy::Truth::read(&options.truth)?;
    if options.metric == "cosine" {
        base.normalise();
        queries.normalise();
    }
    let euclidean = options.metric == "l2";
    // The peers that build in rayon's global pool find it of this size.
    rayon::ThreadPoolBuilder::new().num_threads(BUILD_THREADS).build_global()?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build()?;
    for name in options.index.split(',') {
        let (before, start) = (resident(), Instant::now());
        let mut peer = peers::build(name, &base, euclidean)?;
        let build_s = start.elapsed().as_secs_f64();
        let bytes = resident().saturating_sub(before);
        let settings = if peer.fixed() { vec![100] } else { EFS.into_iter().filter(|&ef| ef >= options.k).collect() };
        for ef in settings {
            peer.set(Setting { ef });
            let recall = recall(&pass(&*peer, &queries, &options, &pool).0, &truth, options.k);
            let runs: Vec<_> = (0..PASSES).map(|_| pass(&*peer, &queries, &options, &pool)).collect();
            let qps = queries.len() as f64 / median(runs.iter().map(|run| run.1).collect());
            let p50_us = median(runs.iter().map(|run| run.2).collect()) * 1e6;
            println!(
                "{{\"index\": \"{name}\", \"params\": {{\"ef\": {ef}}}, \"build_s\": {build_s:.2}, \"bytes\": {bytes}, \
                 \"recall\": {recall:.4}, \"qps\": {qps:.1}, \"p50_us\": {p50_us:.2}, \"batched\": {}}}",
                options.batch
            );
            if recall >= ENOUGH {
                break;
            }
        }
    }
    Ok(())
}
