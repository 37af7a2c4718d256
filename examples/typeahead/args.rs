//! What can be asked for.

use crate::completions::BUNDLED;
use crate::support::Failure;
use lexopt::prelude::{Long, Short, ValueExt as _};
use std::path::PathBuf;

/// Printed by `--help`.
pub(crate) const HELP: &str = "\
typeahead: a search box that completes as you type

    cargo run --release --example typeahead [-- OPTIONS]

    --once PREFIX     complete this and end
    --entries FILE    your own texts: TSV (plain or .gz) of text, weight and, if you have it, kind
    --k N             suggestions, 1 to 100 (default: 10)
    --json            with --once: one JSON object a line on stdout, the last with \"summary\": true";

/// The command line.
#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) once: Option<String>,
    pub(crate) entries: PathBuf,
    pub(crate) k: usize,
    pub(crate) json: bool,
    pub(crate) help: bool,
}

impl Args {
    pub(crate) fn parse() -> Result<Self, Failure> {
        let mut args = Self {
            once: None,
            entries: BUNDLED.into(),
            k: 10,
            json: false,
            help: false,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(option) = parser.next()? {
            match option {
                Long("once") => args.once = Some(parser.value()?.string()?),
                Long("entries") => args.entries = parser.value()?.into(),
                Long("k") => args.k = parser.value()?.parse()?,
                Long("json") => args.json = true,
                Long("help") | Short('h') => args.help = true,
                _ => return Err(option.unexpected().into()),
            }
        }
        if !(1..=100).contains(&args.k) {
            return Err(Failure("--k is a number from 1 to 100".into()));
        }
        if args.json && args.once.is_none() && !args.help {
            return Err(Failure("--json needs --once PREFIX".into()));
        }
        Ok(args)
    }
}
