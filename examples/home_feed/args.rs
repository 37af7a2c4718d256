//! What can be asked for.

use crate::support::Failure;
use lexopt::prelude::{Long, Short, ValueExt as _};
use std::path::PathBuf;

/// Printed by `--help`.
pub(crate) const HELP: &str = "\
home_feed: a cascaded feed on real people's data, measured against every source it is made of

    cargo run --release --example home_feed [-- OPTIONS]

    --user N              show the feed of user N (default: the one whose feed is most typical)
    --interactions FILE   your own data: TSV (plain or .gz) with a header of the columns
                          user, item, rating or weight (optional), timestamp (seconds since 1970)
    --items FILE          its items: TSV with the columns item, title, year, genres (A|B|C; both may be empty)
    --report FILE         also write one self-contained HTML page
    --json                one JSON object a line on stdout, the last with \"summary\": true
    --threads N           threads for fitting and evaluating (default: one a core)";

/// The command line.
#[derive(Debug, Default)]
pub(crate) struct Args {
    pub(crate) user: Option<u64>,
    /// Interactions and items of the host's.
    pub(crate) own_data: Option<(PathBuf, PathBuf)>,
    pub(crate) report: Option<PathBuf>,
    pub(crate) json: bool,
    pub(crate) threads: usize,
    pub(crate) help: bool,
}

impl Args {
    pub(crate) fn parse() -> Result<Self, Failure> {
        let mut args = Self::default();
        let (mut interactions, mut items) = (None, None);
        let mut parser = lexopt::Parser::from_env();
        while let Some(option) = parser.next()? {
            match option {
                Long("user") => args.user = Some(parser.value()?.parse()?),
                Long("interactions") => interactions = Some(parser.value()?.into()),
                Long("items") => items = Some(parser.value()?.into()),
                Long("report") => args.report = Some(parser.value()?.into()),
                Long("threads") => args.threads = parser.value()?.parse()?,
                Long("json") => args.json = true,
                Long("help") | Short('h') => args.help = true,
                _ => return Err(option.unexpected().into()),
            }
        }
        args.own_data = match (interactions, items) {
            (Some(interactions), Some(items)) => Some((interactions, items)),
            (None, None) => None,
            _ => return Err(Failure("--interactions and --items go together".into())),
        };
        Ok(args)
    }
}
