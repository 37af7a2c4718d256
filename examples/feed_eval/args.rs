//! What was asked for.

use crate::support::Failure;
use lexopt::prelude::*;
use std::path::PathBuf;

pub(crate) const HELP: &str = "\
Measures candidate sources, their merge and a cascade on a split of who met what: full ranking, seen items masked.

usage: cargo run --release --example feed_eval -- [options]

With no file: data/movielens-small, the last item of each person left out.

  --train FILE --test FILE   a split. `user item item …` a line, or tab-separated values with a header of user, item
                             and optionally weight (or rating) and timestamp; either of them plain or gzip
  --leave-last-out FILE      histories in time order (or with timestamps): the last item of each is the test, the one
                             before it is what parameters are chosen on
  --sources LIST             of popular, graph, sequence, als; default: all that apply
  --top N                    candidates asked of each source, 20 to 10,000; default 200
  --threads N                default: one a core
  --json                     one JSON object a line on stdout, the summary last
";

/// The sources there are, in the order of the rows.
pub(crate) const SOURCES: [&str; 4] = ["popular", "graph", "sequence", "als"];

/// Which data.
pub(crate) enum Data {
    Bundled,
    Split { train: PathBuf, test: PathBuf },
    LeaveLastOut(PathBuf),
}

pub(crate) struct Args {
    pub(crate) data: Data,
    pub(crate) sources: Option<Vec<String>>,
    pub(crate) top: usize,
    pub(crate) threads: usize,
    pub(crate) json: bool,
}

/// The arguments; `None` when only help was wanted.
pub(crate) fn parse() -> Result<Option<Args>, Failure> {
    let (mut train, mut test, mut sequences) = (None, None, None);
    let (mut sources, mut top, mut threads, mut json) = (None, 200, 0, false);
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("train") => train = Some(PathBuf::from(parser.value()?)),
            Long("test") => test = Some(PathBuf::from(parser.value()?)),
            Long("leave-last-out") => sequences = Some(PathBuf::from(parser.value()?)),
            Long("sources") => sources = Some(names(&parser.value()?.string()?)?),
            Long("top") => top = parser.value()?.parse()?,
            Long("threads") => threads = parser.value()?.parse()?,
            Long("json") => json = true,
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected().into()),
        }
    }
    if !(20..=10_000).contains(&top) {
        return Err(Failure(format!("--top is {top}, must be 20 to 10,000")));
    }
    let data = match (train, test, sequences) {
        (None, None, None) => Data::Bundled,
        (Some(train), Some(test), None) => Data::Split { train, test },
        (None, None, Some(sequences)) => Data::LeaveLastOut(sequences),
        _ => {
            return Err(Failure(
                "give --train and --test, or --leave-last-out, or none of them".into(),
            ));
        }
    };
    Ok(Some(Args {
        data,
        sources,
        top,
        threads,
        json,
    }))
}

fn names(list: &str) -> Result<Vec<String>, Failure> {
    let names: Vec<String> = list.split(',').map(|name| name.trim().to_owned()).collect();
    match names.iter().find(|name| !SOURCES.contains(&name.as_str())) {
        Some(unknown) => Err(Failure(format!(
            "no source `{unknown}`; there are {}",
            SOURCES.join(", ")
        ))),
        None => Ok(names),
    }
}
