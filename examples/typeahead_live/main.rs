//! A day of a completion index that changes while people type.
//!
//! `cargo run --release --example typeahead_live` lets 86,400 searches of made-up people come in, drawn by the weights of
//! 257,589 texts. It is a simulation: nobody searched for any of this, and a day takes some seconds. What the library
//! does is real: the log on disk, the process that is killed, the microseconds.
//!
//! Read on in this order: `traffic` (who searches for what), `index` (the live index and its files), `day` (the clock),
//! `events` (what happens at which hour), `gone`, `crash` (the process that is killed), `report` (what one sees).

mod args;
#[path = "../support/completions.rs"]
mod completions;
mod crash;
mod day;
mod events;
mod gone;
mod index;
mod report;
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
mod traffic;

use args::Args;
use std::process::ExitCode;
use support::{Failure, Lines};

fn main() -> ExitCode {
    support::run(live)
}

fn live() -> Result<(), Failure> {
    let args = Args::parse()?;
    let lines = Lines::new(args.json);
    if args.help {
        return lines.text(args::HELP);
    }
    match &args.victim {
        Some(folder) => crash::observe_until_killed(folder, &args.entries),
        // The library builds in the pool that it is called from.
        None => rayon::ThreadPoolBuilder::new()
            .build()?
            .install(|| events::run(&args, lines)),
    }
}
