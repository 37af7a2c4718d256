//! A home feed on real people's data, from ratings to a page, measured at every step.
//!
//! `cargo run --release --example home_feed` holds out the last fifth of what each of 671 people watched, fits seven
//! sources on the rest, trains two rankers on what the sources propose, wires all of it into one cascade, and shows
//!
//! 1. how good every source, their merge and the cascade are, with intervals;
//! 2. what each stage costs and what it loses;
//! 3. what happens when a source hangs or errs, or a ranker is too slow;
//! 4. one person's feed, with the reasons.
//!
//! Read on in this order: `world` (the data), `split` (what is held out), `query` and `features` (what is known of a
//! request and a candidate), `feed` (the cascade, wired), `train`, `measure`, `funnel`, `drill`, `person`.

mod args;
mod drill;
mod features;
mod feed;
mod findings;
mod funnel;
mod measure;
mod person;
mod print;
mod query;
mod report;
mod split;
#[path = "../support/mod.rs"]
mod support;
mod train;
mod wording;
mod world;

use args::Args;
use bowerbird::core::{Clock as _, SystemClock};
use findings::Findings;
use split::Split;
use std::process::ExitCode;
use support::{Bars, Failure, Lines};
use world::World;

fn main() -> ExitCode {
    support::run(go)
}

fn go() -> Result<(), Failure> {
    let args = Args::parse()?;
    let lines = Lines::new(args.json);
    if args.help {
        return Lines::new(false).text(args::HELP);
    }
    let start = SystemClock.now();
    let world = World::load(&args)?;
    let pool = support::pool(args.threads)?;
    let bars = Bars::new(args.json);
    let by_user = Split::by_user(&world.events)?;
    person::check(&args, &by_user)?;

    let measured = pool.install(|| measure::measure(&by_user, &world.catalogue, &bars))?;
    let by_time = pool.install(|| -> Result<_, Failure> {
        let split = Split::by_time(&world.events)?;
        Ok(measure::measure(&split, &world.catalogue, &bars)?.found)
    });
    let (funnel, p50_ms, p99_ms) = funnel::run(&measured, &by_user.test.cases, &bars)?;
    let drill = drill::run(&measured, &by_user.test.cases, &bars)?;
    let person = person::show(&args, &world, &measured, &by_user)?;
    drop(bars);

    let mut splits = vec![measured.found];
    // Data without a spread of times can't be cut in time; the figures by user stand all the same.
    splits.extend(by_time.ok());
    let findings = Findings {
        data: world.name,
        users: world.events.users().len(),
        items: world.catalogue.items().len(),
        interactions: world.events.len(),
        splits,
        funnel,
        p50_ms,
        p99_ms,
        drill,
        person,
        seconds: SystemClock.now().duration_since(start).as_secs_f64(),
    };
    if let Some(path) = &args.report {
        std::fs::write(path, report::page(&findings))
            .map_err(|error| Failure::about(path.display(), &error))?;
    }
    lines.text(print::text(&findings))?;
    for row in findings.rows() {
        lines.row(row)?;
    }
    lines.summary(findings.summary())
}
