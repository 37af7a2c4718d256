//! A process that is killed while it observes.

use crate::args::VICTIM;
use crate::completions;
use crate::day::HOUR;
use crate::index::{open, timed, weight};
use crate::support::Failure;
use crate::traffic::Traffic;
use bowerbird::core::UserId;
use bowerbird::typeahead::live::{Live, Observation, PersonalForms, PiiFilter as _, Replayed};
use bowerbird::typeahead::{Entry, Normalizer};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// When.
pub(crate) const AT: f64 = 18.0 * HOUR;
/// Searches that the process is told of at once.
const BATCH: usize = 400;
/// Batches that it has acknowledged when it is killed; it goes on meanwhile.
const BATCHES: usize = 10;
/// The first of its users; nobody else has such a number.
const USERS: u64 = 1 << 32;

/// What is left after the crash.
pub(crate) struct Survived {
    pub(crate) live: Live,
    pub(crate) replayed: Replayed,
    /// How long it took to open it.
    pub(crate) took: Duration,
    /// Searches that the process had acknowledged.
    pub(crate) acknowledged: usize,
    /// Those of them that do not count now.
    pub(crate) lost: usize,
}

/// What the process observes: every entry once, in their order.
fn searches(entries: &[Entry]) -> impl Iterator<Item = &str> {
    let texts = entries.iter().map(|entry| entry.text.as_str());
    texts.filter(|text| !PersonalForms.is_personal(text))
}

/// Observes batch after batch, says so after each, and never ends by itself before the last entry.
pub(crate) fn observe_until_killed(folder: &Path, path: &Path) -> Result<(), Failure> {
    let entries = completions::entries(path)?;
    let weight = Traffic::new(&entries, 0).unit();
    let texts: Vec<&str> = searches(&entries).collect();
    let (live, _) = open(folder, 0.0)?;
    let mut said = 0;
    for batch in texts.chunks(BATCH) {
        let seen = (0..).zip(batch).map(|(place, text)| Observation {
            text,
            user: UserId(USERS + place),
            at: AT,
            weight,
        });
        live.observe(&seen.collect::<Vec<_>>())?;
        said += batch.len();
        let mut out = std::io::stdout().lock();
        writeln!(out, "{said}")?;
        out.flush()?;
    }
    Ok(())
}

/// Starts a second process on the index in `folder`, kills it, and opens the index again.
pub(crate) fn kill_and_open(
    live: Arc<Live>,
    folder: &Path,
    path: &Path,
    entries: &[Entry],
) -> Result<Survived, Failure> {
    let keys = keys(entries);
    let known = |key: &String| live.snapshot().blocks(key).is_none() && !live.snapshot().is_hidden(key);
    let before: Vec<Option<f64>> = keys
        .iter()
        .map(|key| known(key).then(|| weight(&live, key)))
        .collect();
    // One process at a time has the log.
    drop(live);
    let mut child = Command::new(std::env::current_exe()?)
        .arg(format!("--{VICTIM}"))
        .arg(folder)
        .arg("--entries")
        .arg(path)
        .stdout(Stdio::piped())
        .spawn()?;
    let out = child
        .stdout
        .take()
        .ok_or_else(|| Failure("the second process has no stdout".into()))?;
    let mut lines = BufReader::new(out).lines().map_while(Result::ok);
    let mut said: Vec<String> = lines.by_ref().take(BATCHES).collect();
    child.kill()?;
    child.wait()?;
    // What it had said before it died.
    said.extend(lines);
    let numbers = said.iter().filter_map(|line| line.parse().ok());
    let acknowledged: usize = numbers.max().unwrap_or_default();

    let (opened, took) = timed(|| open(folder, 0.0));
    let (live, replayed) = opened?;
    let unit = Traffic::new(entries, 0).unit();
    // Weights are on the scale of midnight: a search counts more there the later it comes.
    let counts = |(key, before): &(&String, &Option<f64>)| {
        before.is_none_or(|before| weight(&live, key) - before >= 0.99 * unit)
    };
    let told = keys.iter().zip(&before).take(acknowledged);
    let lost = told.filter(|pair| !counts(pair)).count();
    Ok(Survived {
        live,
        replayed,
        took,
        acknowledged,
        lost,
    })
}

fn keys(entries: &[Entry]) -> Vec<String> {
    let normalizer = Normalizer::default();
    searches(entries).map(|text| normalizer.fold(text)).collect()
}
