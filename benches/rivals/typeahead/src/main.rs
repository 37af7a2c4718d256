//! Speed, size and success of the Rust peers of completion.
//!
//! One thread; every call puts its texts into a vector of strings and is timed alone. The engines take turns, round by
//! round, after one round that isn't timed. A row's figures are the medians of the rounds.

mod engines;
mod kernel;
mod measure;

use engines::NAMES;
use flate2::read::GzDecoder;
use measure::{Keystroke, Run};
use std::error::Error;
use std::fs::File;
use std::io::Read as _;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: kernel::Counting = kernel::Counting;

const USAGE: &str = "rivals-typeahead --entries E.tsv[.gz] --prefixes P.tsv[.gz] [--peer NAME,NAME] [--k 10] \
                     [--fuzzy 0|1|2] [--every N] [--limit N] [--rounds 3] [--list]";

struct Options {
    entries: String,
    prefixes: String,
    peers: Option<String>,
    k: usize,
    fuzzy: u8,
    every: usize,
    limit: usize,
    rounds: usize,
}

fn options() -> Result<Options, Box<dyn Error>> {
    use lexopt::prelude::*;
    let mut found = Options {
        entries: String::new(),
        prefixes: String::new(),
        peers: None,
        k: 10,
        fuzzy: 0,
        every: 1,
        limit: usize::MAX,
        rounds: 3,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("entries") => found.entries = parser.value()?.string()?,
            Long("prefixes") => found.prefixes = parser.value()?.string()?,
            Long("peer") => found.peers = Some(parser.value()?.string()?),
            Long("k") => found.k = parser.value()?.parse()?,
            Long("fuzzy") => found.fuzzy = parser.value()?.parse()?,
            Long("every") => found.every = parser.value()?.parse()?,
            Long("limit") => found.limit = parser.value()?.parse()?,
            Long("rounds") => found.rounds = parser.value()?.parse()?,
            Long("json") => {}
            Long("list") => {
                NAMES.iter().for_each(|(name, _)| println!("{name}"));
                std::process::exit(0);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if found.entries.is_empty() || found.prefixes.is_empty() || found.every == 0 || found.rounds == 0 {
        return Err(USAGE.into());
    }
    Ok(found)
}

fn text(path: &str) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    let mut file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
    if path.ends_with(".gz") {
        GzDecoder::new(file).read_to_string(&mut text)?;
    } else {
        file.read_to_string(&mut text)?;
    }
    Ok(text)
}

/// In lower case, as people type; of entries that become one the heaviest stays.
fn entries(path: &str) -> Result<Vec<(String, u64)>, Box<dyn Error>> {
    let mut entries = Vec::new();
    for line in text(path)?.lines() {
        let (text, weight) = line
            .split_once('\t')
            .ok_or_else(|| format!("no weight: {line}"))?;
        entries.push((text.to_lowercase(), weight.parse::<f64>()?.round() as u64));
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    entries.dedup_by(|later, first| later.0 == first.0);
    entries.shrink_to_fit();
    Ok(entries)
}

fn keystrokes(path: &str, options: &Options) -> Result<Vec<Keystroke>, Box<dyn Error>> {
    let text = text(path)?;
    let rows = text.lines().step_by(options.every).take(options.limit);
    Ok(rows
        .map(|line| match line.split_once('\t') {
            Some((prefix, target)) => (prefix.to_owned(), Some(target.to_owned())),
            None => (line.to_owned(), None),
        })
        .collect())
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    let entries = entries(&options.entries)?;
    let keystrokes = keystrokes(&options.prefixes, &options)?;
    if entries.is_empty() || keystrokes.is_empty() {
        return Err("nothing to complete".into());
    }
    let forgive = options.fuzzy > 0;
    let of_kind: Vec<&str> = NAMES
        .iter()
        .filter(|peer| peer.1 == forgive)
        .map(|peer| peer.0)
        .collect();
    let names = options.peers.clone().unwrap_or_else(|| of_kind.join(","));

    let mut runs = Vec::new();
    for name in names.split(',') {
        let fuzzy = if NAMES.contains(&(name, true)) {
            options.fuzzy
        } else {
            0
        };
        let start = Instant::now();
        let (engine, heap) = kernel::counted(|| engines::build(name, &entries, options.k, fuzzy));
        let build_s = start.elapsed().as_secs_f64();
        let engine = engine?;
        let bytes = engine.bytes().unwrap_or(heap);
        runs.push(Run::new(name, fuzzy, engine, bytes, build_s));
    }
    for run in &mut runs {
        run.rate(&keystrokes);
    }
    for _ in 0..options.rounds {
        for run in &mut runs {
            run.time(&keystrokes);
        }
    }
    for run in &runs {
        println!("{}", run.row(entries.len(), keystrokes.len()));
    }
    Ok(())
}
