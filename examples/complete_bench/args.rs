//! What was asked for.

use crate::support::Failure;
use crate::tier::{ANY_ORDER, NAMES};
use lexopt::prelude::*;
use std::path::PathBuf;

pub(crate) const HELP: &str = "\
Measures completion: time a keystroke, bytes an entry, and how often what was meant is suggested. A row for each tier.

usage: cargo run --release --example complete_bench -- [options]

With no file: the bundled entries and keystrokes, or with --fuzzy 1 or 2 the bundled typing errors.

  --entries FILE     text TAB weight a line, plain or gzip
  --prefixes FILE    prefix, or prefix TAB what was meant, a line, plain or gzip
  --tier NAME,…      compact, fast, cached; default all
  --fuzzy N          forgive up to N typing errors, 0 to 2, as many as the length of the prefix allows; default 0
  --any-order        type what was meant with its words shuffled, the last one half, and find it by its words; the
                     tier is then any-order, the fast one with the index of words
  --k N              completions asked for, default 10
  --limit N          use N keystrokes only, spread evenly over the file
  --verify N         compare the answers to N keystrokes, spread likewise, with what looking at every entry gives
  --rounds N         go N times over the keystrokes, after one time to warm up; medians count; default 3
  --build-threads N  threads that build, default one a core; one thread completes
  --json             one JSON object a line on stdout, the summary last
  --report FILE      a page with the curves
";

/// What the caller wants.
pub(crate) enum Wish {
    Help,
    Bench(Box<Args>),
}

pub(crate) struct Args {
    /// Entries and prefixes; none for the bundled ones.
    pub(crate) files: Option<(PathBuf, PathBuf)>,
    pub(crate) tiers: Vec<String>,
    pub(crate) fuzzy: u8,
    pub(crate) any_order: bool,
    pub(crate) k: usize,
    pub(crate) limit: usize,
    pub(crate) verify: Option<usize>,
    pub(crate) rounds: usize,
    pub(crate) build_threads: usize,
    pub(crate) json: bool,
    pub(crate) report: Option<PathBuf>,
}

/// The arguments.
pub(crate) fn parse() -> Result<Wish, Failure> {
    let (mut entries, mut prefixes) = (None, None);
    let mut args = Args {
        files: None,
        tiers: NAMES.map(str::to_owned).to_vec(),
        fuzzy: 0,
        any_order: false,
        k: 10,
        limit: usize::MAX,
        verify: None,
        rounds: 3,
        build_threads: std::thread::available_parallelism().map_or(1, usize::from),
        json: false,
        report: None,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("entries") => entries = Some(PathBuf::from(parser.value()?)),
            Long("prefixes") => prefixes = Some(PathBuf::from(parser.value()?)),
            Long("tier") => args.tiers = parser.value()?.string()?.split(',').map(str::to_owned).collect(),
            Long("fuzzy") => args.fuzzy = parser.value()?.parse()?,
            Long("any-order") => args.any_order = true,
            Long("k") => args.k = parser.value()?.parse()?,
            Long("limit") => args.limit = parser.value()?.parse()?,
            Long("verify") => args.verify = Some(parser.value()?.parse()?),
            Long("rounds") => args.rounds = parser.value()?.parse()?,
            Long("build-threads") => args.build_threads = parser.value()?.parse()?,
            Long("json") => args.json = true,
            Long("report") => args.report = Some(PathBuf::from(parser.value()?)),
            Short('h') | Long("help") => return Ok(Wish::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    args.files = match (entries, prefixes) {
        (None, None) => None,
        (Some(entries), Some(prefixes)) => Some((entries, prefixes)),
        _ => return Err(Failure("give --entries and --prefixes, or neither".into())),
    };
    for (name, value) in [
        ("k", args.k),
        ("limit", args.limit),
        ("rounds", args.rounds),
        ("build-threads", args.build_threads),
    ] {
        if value == 0 {
            return Err(Failure(format!("--{name} is 0, must be at least 1")));
        }
    }
    if args.fuzzy > 2 {
        return Err(Failure(format!("--fuzzy is {}, must be 0, 1 or 2", args.fuzzy)));
    }
    if args.any_order {
        if args.fuzzy > 0 {
            return Err(Failure(
                "--any-order forgives no typing error: leave --fuzzy out".into(),
            ));
        }
        args.tiers = vec![ANY_ORDER.to_owned()];
        return Ok(Wish::Bench(Box::new(args)));
    }
    for name in &args.tiers {
        if !NAMES.contains(&name.as_str()) {
            return Err(Failure(format!(
                "no tier `{name}`; there are {}",
                NAMES.join(", ")
            )));
        }
    }
    Ok(Wish::Bench(Box::new(args)))
}
