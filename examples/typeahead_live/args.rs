//! What can be asked for.

use crate::completions::BUNDLED;
use crate::support::Failure;
use lexopt::prelude::{Long, Short, ValueExt as _};
use std::path::PathBuf;

/// Printed by `--help`.
pub(crate) const HELP: &str = "\
typeahead_live: a day of a completion index that changes while people type; a simulation

    cargo run --release --example typeahead_live [-- OPTIONS]

    --entries FILE    your own texts: TSV (plain or .gz) of text and weight
    --seed N          of the people who search (default: 1)
    --json            one JSON object a line on stdout, the last with \"summary\": true";

/// What a process that is to be killed is started with, and its folder.
pub(crate) const VICTIM: &str = "victim";

/// The command line.
#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) entries: PathBuf,
    pub(crate) seed: u64,
    pub(crate) json: bool,
    pub(crate) help: bool,
    /// The folder in which to observe until killed.
    pub(crate) victim: Option<PathBuf>,
}

impl Args {
    pub(crate) fn parse() -> Result<Self, Failure> {
        let mut args = Self {
            entries: BUNDLED.into(),
            seed: 1,
            json: false,
            help: false,
            victim: None,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(option) = parser.next()? {
            match option {
                Long("entries") => args.entries = parser.value()?.into(),
                Long("seed") => args.seed = parser.value()?.parse()?,
                Long("json") => args.json = true,
                Long("help") | Short('h') => args.help = true,
                Long(name) if name == VICTIM => args.victim = Some(parser.value()?.into()),
                _ => return Err(option.unexpected().into()),
            }
        }
        Ok(args)
    }
}
