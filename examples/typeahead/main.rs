//! A search box in the terminal that completes as one types, on 257,589 texts.
//!
//! `cargo run --release --example typeahead`, and type: `livign roo`, `ideas living ro`, `modernart`, `sao pa`.
//! `-- --once "livign roo"` answers once.
//!
//! `world` builds everything in a few lines; `prompt` is the box; `show` is what one sees.

mod args;
#[path = "../support/completions.rs"]
mod completions;
mod prompt;
mod show;
/// Of what the examples share, what this one needs.
#[path = "../support"]
mod support {
    mod failure;
    mod lines;
    mod read;

    pub(crate) use failure::{Failure, run};
    pub(crate) use lines::Lines;
    pub(crate) use read::read;
}
mod terminal;
mod world;

use args::Args;
use bowerbird::core::{Clock as _, SystemClock};
use bowerbird::typeahead::{Completions, Request};
use serde_json::json;
use show::Style;
use std::process::ExitCode;
use support::{Failure, Lines};
use world::World;

/// Answers to `--once`, of which the median's time is told.
const ANSWERS: usize = 11;

fn main() -> ExitCode {
    support::run(typeahead)
}

fn typeahead() -> Result<(), Failure> {
    let args = Args::parse()?;
    let lines = Lines::new(args.json);
    if args.help {
        return lines.text(args::HELP);
    }
    let world = World::build(&args.entries)?;
    match &args.once {
        Some(typed) => once(&world, typed, args.k, lines),
        None => {
            lines.text(world.in_words())?;
            prompt::run(&world, args.k)
        }
    }
}

fn once(world: &World, typed: &str, k: usize, lines: Lines) -> Result<(), Failure> {
    let request = Request::new(k);
    let mut times = Vec::with_capacity(ANSWERS);
    let mut answer = None;
    for _ in 0..ANSWERS {
        let start = SystemClock.now();
        answer = Some(world.completer.complete(typed, &request, &SystemClock));
        times.push(SystemClock.now().duration_since(start).as_secs_f64() * 1e6);
    }
    times.sort_unstable_by(f64::total_cmp);
    let us = times[ANSWERS / 2];
    let found: &[_] = answer
        .as_ref()
        .map_or(&[], |answer: &Completions| &answer.suggestions);
    let correction = world.meant(typed, found);

    lines.text(world.in_words())?;
    for (place, suggestion) in (1..).zip(found) {
        lines.text(show::line(place, suggestion, Style::of_stdout()))?;
        lines.row(show::row(place, suggestion))?;
    }
    lines.text(show::below(found.len(), us))?;
    if let Some(correction) = &correction {
        lines.text(show::meant(correction))?;
    }
    lines.summary(json!({
        "typed": typed,
        "suggestions": found.len(),
        "us": us,
        "did_you_mean": correction.map(|correction| correction.text),
        "build_s": world.build_s,
        "entries": world.entries,
        "bytes_per_entry": world.bytes as f64 / world.entries as f64,
    }))
}
