//! Completion on your own entries and keystrokes: speed, size and success of each tier.
//!
//! `cargo run --release --example complete_bench` measures on the bundled completions; `-- --help` tells how to run it
//! on others. Entries and prefixes are folded by the default normaliser before anything is timed. One thread completes;
//! each call copies the strings out and is timed alone. With `--fuzzy 1` or `2` exact matches come first, and errors are
//! forgiven only where they leave room.
//!
//! A row has the median, the 99th percentile and the mean of a keystroke, keystrokes a second without a clock in between,
//! bytes an entry for keys and weights and apart for what else is known of entries, the time to build, how often what was
//! meant is among the first k and the mean of 1 / its place, and how many answers differ from looking at every entry.

mod args;
mod brute;
mod data;
mod distance;
mod measure;
mod report;
#[path = "../support/mod.rs"]
mod support;
mod tier;

use args::{Args, Wish};
use brute::Brute;
use data::Data;
use measure::Figures;
use serde_json::{Value, json};
use std::process::ExitCode;
use support::{Bars, Failure, Lines};
use tier::Tier;

/// The tier whose figures the summary repeats, if it was measured.
const MAIN: &str = "fast";

fn main() -> ExitCode {
    support::run(bench)
}

fn bench() -> Result<(), Failure> {
    let args = match args::parse()? {
        Wish::Help => return Lines::new(false).text(args::HELP.trim_end()),
        Wish::Bench(args) => args,
    };
    let lines = Lines::new(args.json);
    let bars = Bars::new(args.json);
    let builders = support::pool(args.build_threads)?;
    bars.step("reading");
    let data = Data::open(&args)?;
    let brute = args.verify.map(|_| Brute::of(&data));
    head(&lines, &args, &data)?;

    let mut measured = Vec::new();
    for name in &args.tiers {
        bars.step(format!("building {name}"));
        let tier = builders.install(|| Tier::build(name, &data, &args))?;
        bars.step(format!("completing with {name}"));
        let mut figures = measure::measure(&tier, &data, &args);
        if let Some(brute) = &brute {
            bars.step(format!("looking at every entry, to verify {name}"));
            let verify = || brute.mismatches(&tier, &data, &args, bars.progress());
            figures.mismatches = Some(builders.install(verify));
        }
        print(&lines, name, &figures, &args)?;
        lines.row(row(name, &figures, &args, &data))?;
        measured.push((name.clone(), figures));
    }
    drop(bars);
    if let Some(path) = &args.report {
        let page = report::page(&data, &args, &measured);
        std::fs::write(path, page).map_err(|error| Failure::about(path.display(), &error))?;
    }
    summary(lines, &measured, &args, &data)
}

fn summary(lines: Lines, measured: &[(String, Figures)], args: &Args, data: &Data) -> Result<(), Failure> {
    let main = measured.iter().find(|(name, _)| name == MAIN).or(measured.last());
    let mut object = main.map_or(json!({}), |(name, figures)| row(name, figures, args, data));
    let verified: Option<usize> = measured.iter().map(|(_, figures)| figures.mismatches).sum();
    object["mismatches"] = json!(verified);
    object["tiers"] = json!(args.tiers);
    object["rounds"] = json!(args.rounds);
    object["build_threads"] = json!(args.build_threads);
    lines.summary(object)
}

fn head(lines: &Lines, args: &Args, data: &Data) -> Result<(), Failure> {
    let forgiven = match args.fuzzy {
        0 => "no typing error forgiven",
        1 => "one typing error forgiven",
        _ => "two typing errors forgiven",
    };
    lines.text(format!(
        "{} entries, {} keystrokes, {forgiven}, the best {}\n",
        data.entries.len(),
        data.keystrokes.len(),
        args.k,
    ))?;
    lines.text(format!(
        "{:<10}{:>9}{:>9}{:>9}{:>12}{:>13}{:>9}{:>11}{:>8}{:>12}",
        "tier",
        "p50 us",
        "p99 us",
        "mean us",
        "keys/s",
        "bytes/entry",
        "build s",
        format!("success@{}", args.k),
        "MRR",
        "mismatches"
    ))
}

fn print(lines: &Lines, name: &str, figures: &Figures, args: &Args) -> Result<(), Failure> {
    let or_none = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.3}"));
    let overall = figures.quality.as_ref().map(|report| report.overall);
    let mismatches = figures
        .mismatches
        .map_or("-".to_owned(), |count| count.to_string());
    lines.text(format!(
        "{name:<10}{:>9.2}{:>9.2}{:>9.2}{:>12.0}{:>13.1}{:>9.2}{:>11}{:>8}{:>12}",
        figures.p50_us,
        figures.p99_us,
        figures.mean_us,
        figures.qps,
        figures.bytes as f64 / figures.entries as f64,
        figures.build_s,
        or_none(overall.map(|quality| quality.success_at_k)),
        or_none(overall.map(|quality| quality.mrr)),
        args.verify
            .map_or(mismatches.clone(), |of| format!("{mismatches}/{of}")),
    ))
}

fn row(name: &str, figures: &Figures, args: &Args, data: &Data) -> Value {
    let overall = figures.quality.as_ref().map(|report| report.overall);
    let lengths = figures.quality.iter().flat_map(|report| &report.by_length);
    let by_length = lengths.map(|row| {
        json!({
            "length": row.length,
            "inputs": row.quality.inputs,
            "success": row.quality.success_at_k,
            "mrr": row.quality.mrr,
        })
    });
    json!({
        "tier": name,
        "fuzzy": args.fuzzy,
        "k": args.k,
        "entries": figures.entries,
        "keystrokes": data.keystrokes.len(),
        "p50_us": figures.p50_us,
        "p99_us": figures.p99_us,
        "mean_us": figures.mean_us,
        "qps": figures.qps,
        "bytes_per_entry": figures.bytes as f64 / figures.entries as f64,
        "payload_bytes_per_entry": figures.payload_bytes as f64 / figures.entries as f64,
        "build_s": figures.build_s,
        "success": overall.map(|quality| quality.success_at_k),
        "mrr": overall.map(|quality| quality.mrr),
        "coverage": figures.coverage,
        "by_length": by_length.collect::<Vec<_>>(),
        "mismatches": figures.mismatches,
    })
}
