//! The live index: a base in a file, a log beside it.

use crate::support::Failure;
use bowerbird::core::{Clock as _, SystemClock};
use bowerbird::typeahead::live::{Durability, Live, LogOptions, Replayed, Secret};
use bowerbird::typeahead::{Completer, Entry, FastIndex, Normalizer, Reach, Request};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A folder with a base and a log; gone when it is dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("typeahead_live-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|error| Failure::about(path.display(), &error))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The system clears this folder too.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Builds a base and keeps it in a file. A host keeps its time with it; here it is always that of the file's name.
pub(crate) fn save(folder: &Path, entries: Vec<Entry>, at: f64) -> Result<Arc<FastIndex>, Failure> {
    let base = FastIndex::build(entries, &Normalizer::default())?;
    base.save(path(folder, at))?;
    Ok(Arc::new(base))
}

/// Opens what a process before left: the base, and what was observed since.
pub(crate) fn open(folder: &Path, base_at: f64) -> Result<(Live, Replayed), Failure> {
    let base = FastIndex::open(path(folder, base_at))?;
    // A secret of the host's; users are known by hashes under it only.
    let secret = Secret([0x0b0e_12b1, 0x2d_5ec2e7]);
    // A killed process loses nothing; a loss of power at most 1,000 searches.
    let options = LogOptions::default().with_durability(Durability::Every(1_000));
    Ok(Live::builder(Arc::new(base), base_at, secret)
        .with_delta_limit(300_000)
        .open(folder.join("log"), options)?)
}

fn path(folder: &Path, at: f64) -> PathBuf {
    folder.join(format!("{at:.0}.base"))
}

/// What a key weighs now, on the base's scale; 0 where it is not known.
pub(crate) fn weight(live: &Live, key: &str) -> f64 {
    let snapshot = live.snapshot();
    let found = snapshot.delta().get(key).or_else(|| snapshot.base().get(key));
    found.map_or(0.0, |found| found.weight)
}

/// The ten texts that are suggested for what was typed.
pub(crate) fn answer(completer: &Completer, typed: &str, reach: Reach) -> Vec<String> {
    let answer = completer.complete(typed, &Request::new(10).with_reach(reach), &SystemClock);
    answer.texts().map(str::to_owned).collect()
}

/// What a call gives, and how long it takes.
pub(crate) fn timed<T>(call: impl FnOnce() -> T) -> (T, Duration) {
    let start = SystemClock.now();
    let made = call();
    (made, SystemClock.now().duration_since(start))
}

pub(crate) fn micros(took: Duration) -> f64 {
    took.as_secs_f64() * 1e6
}
