//! Vector indexes on your own vectors: recall against speed, one row for each point of the curve.
//!
//! `cargo run --release --example ann_bench` measures on the bundled word vectors; `-- --help` tells how to run it on
//! others, and `-- --list` which indexes there are. A row has the parameters of the search, the time to build, the bytes
//! of the index, recall@k against the exact answer, queries a second, the median of a single query's time, and how many
//! distances it took. Queries are answered one a call, as a host does, unless `--batch` is given.

mod args;
mod data;
mod index;
mod measure;
mod report;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/words.rs"]
mod words;

use args::{Args, Wish};
use bowerbird::core::{Clock as _, SystemClock};
use data::Data;
use measure::Point;
use serde_json::json;
use std::process::ExitCode;
use support::{Bars, Failure, Lines};

fn main() -> ExitCode {
    support::run(bench)
}

fn bench() -> Result<(), Failure> {
    let args = match args::parse()? {
        Wish::Help => return Lines::new(false).text(args::HELP.trim_end()),
        Wish::List => return Lines::new(false).text(index::list()),
        Wish::Bench(args) => args,
    };
    let lines = Lines::new(args.json);
    let bars = Bars::new(args.json);
    let (builders, searchers) = (support::pool(args.build_threads)?, support::pool(args.threads)?);
    bars.step("reading");
    let data = Data::open(&args)?;
    bars.step("searching exactly");
    let truth = builders.install(|| data.truth(args.k))?;
    head(&lines, &args, &data)?;

    let mut curves = Vec::new();
    for name in &args.indexes {
        bars.step(format!("building {name}"));
        let start = SystemClock.now();
        let built = builders
            .install(|| index::build(name, &data, &args, &mut |progress| bars.progress()(progress)))?;
        let build_s = SystemClock.now().duration_since(start).as_secs_f64();
        bars.step(format!("searching {name}"));
        let mut points = Vec::new();
        for (params, effort) in &built.efforts {
            let figures = measure::measure(&*built.index, *effort, &data, &truth, &args, &searchers)?;
            let point = Point {
                params: params.clone(),
                build_s,
                bytes: built.bytes,
                figures,
            };
            row(&lines, name, &point, &args)?;
            points.push(point);
        }
        curves.push((name.clone(), points));
    }
    drop(bars);
    if let Some(path) = &args.report {
        let page = report::page(&data, &args, &curves);
        std::fs::write(path, page).map_err(|error| Failure::about(path.display(), &error))?;
    }
    lines.summary(json!({
        "vectors": data.count(),
        "dimension": data.dimension,
        "queries": data.queries(),
        "metric": data.metric.as_str(),
        "k": args.k,
        "threads": args.threads,
        "build_threads": args.build_threads,
        "batched": args.batch,
        "indexes": args.indexes,
        "instructions": bowerbird::core::kernel::Isa::active().name(),
    }))
}

fn head(lines: &Lines, args: &Args, data: &Data) -> Result<(), Failure> {
    lines.text(format!(
        "{} vectors of {} components under {}, {} queries, {} threads{}, {}\n",
        data.count(),
        data.dimension,
        data.metric,
        data.queries(),
        args.threads,
        if args.batch { ", batched" } else { "" },
        bowerbird::core::kernel::Isa::active(),
    ))?;
    lines.text(format!(
        "{:<18}{:<24}{:>8}{:>10}{:>9}{:>10}{:>9}{:>10}",
        "index",
        "params",
        "build s",
        "bytes/vec",
        format!("recall@{}", args.k),
        "queries/s",
        "p50 us",
        "distances"
    ))
}

fn row(lines: &Lines, name: &str, point: &Point, args: &Args) -> Result<(), Failure> {
    let figures = &point.figures;
    lines.text(format!(
        "{name:<18}{:<24}{:>8.1}{:>10.0}{:>9.4}{:>10.0}{:>9.1}{:>10.0}",
        point.params,
        point.build_s,
        point.bytes as f64 / figures.vectors.max(1) as f64,
        figures.recall,
        figures.qps,
        figures.p50_us,
        figures.distances
    ))?;
    lines.row(json!({
        "index": name,
        "params": point.params,
        "build_s": point.build_s,
        "bytes": point.bytes,
        "recall": figures.recall,
        "qps": figures.qps,
        "p50_us": figures.p50_us,
        "dist_comps": figures.distances,
        "batched": args.batch,
    }))
}
