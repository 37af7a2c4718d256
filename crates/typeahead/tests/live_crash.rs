//! A process that is killed while it observes, removes and merges has lost nothing that it acknowledged, and counts
//! nothing twice.

use bowerbird_core::UserId;
use bowerbird_typeahead::live::{AdmissionSettings, Live, LogOptions, Observation, Replayed, Secret};
use bowerbird_typeahead::{BestFirst, Entry, FastIndex, Normalizer};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// Set for the process that is killed: the folder of its log and bases, and the first number that is free.
const FOLDER: &str = "BOWERBIRD_CRASH_FOLDER";
const FIRST: &str = "BOWERBIRD_CRASH_FIRST";
/// How many processes are killed; a few, unless it is set.
const ROUNDS: &str = "BOWERBIRD_CRASH_ROUNDS";

/// Observations in the largest batch.
const BATCH: u64 = 2000;

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// Opens the log over the newest base that was saved whole. A base's name is its time, in microseconds.
fn open(folder: &Path) -> (Live, Replayed, u64) {
    let names = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name());
    let times = names.filter_map(|name| name.to_str()?.strip_suffix(".base")?.parse().ok());
    let at: u64 = times.max().expect("a base");
    let base = FastIndex::open(folder.join(format!("{at}.base"))).expect("a whole base");
    let (live, replayed) = Live::builder(Arc::new(base), at as f64 * 1e-6, Secret([1, 2]))
        .with_admission(AdmissionSettings {
            users: 1,
            ..AdmissionSettings::default()
        })
        .open(
            folder.join("log"),
            LogOptions::default().with_segment_bytes(64 << 10),
        )
        .expect("a log");
    (live, replayed, at)
}

fn save(folder: &Path, entries: Vec<Entry>, at: u64) -> Arc<FastIndex> {
    let index = FastIndex::build(entries, &Normalizer::default()).expect("a base");
    index.save(folder.join(format!("{at}.base"))).expect("a save");
    Arc::new(index)
}

/// Not a test of its own: run by the next one, in a process that is killed. Without a folder it does nothing.
#[test]
fn observes_in_a_loop() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let folder = Path::new(&folder);
    let mut next: u64 = std::env::var(FIRST).expect("set").parse().expect("a number");
    let mut random = Random(next);
    let (live, _, mut at) = open(folder);
    let say = |line: String| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}")
            .and_then(|()| out.flush())
            .expect("the parent listens");
    };
    loop {
        // Some are large enough to be killed within.
        let most = if random.below(4) == 0 { BATCH } else { 20 };
        let texts: Vec<String> = (next..next + 1 + random.below(most))
            .map(|number| format!("text {number}"))
            .collect();
        let batch = texts.iter().map(|text| Observation {
            text,
            user: UserId(next),
            at: at as f64 * 1e-6,
            weight: 1.0,
        });
        live.observe(&batch.collect::<Vec<_>>()).expect("a log");
        next += texts.len() as u64;
        say(format!("acked {next}"));
        if random.below(10) == 0 {
            let gone = random.below(next);
            live.remove(&[&format!("text {gone}")]).expect("a log");
            say(format!("removed {gone}"));
        }
        if random.below(30) == 0 {
            let later = at + 1 + random.below(50);
            // Refused where a process before this one has merged at that time.
            if let Ok(merged) = live.merge(later as f64 * 1e-6) {
                at = later;
                let base = save(folder, merged.entries, at);
                live.rebase(base, merged.at).expect("a new base");
                say("merged".into());
            }
        }
    }
}

/// What somebody who reads finds, with its weights.
fn visible(live: &Live) -> BTreeMap<u64, f64> {
    let snapshot = live.snapshot();
    let mut found = BTreeMap::new();
    let mut take = |walk: &mut dyn BestFirst, delta: bool| {
        while walk.advance().is_some() {
            let hidden = match delta {
                true => snapshot.is_hidden(walk.key()),
                false => snapshot.hides_base(walk.key(), &walk.found()),
            };
            if !hidden {
                let number = walk
                    .key()
                    .strip_prefix("text ")
                    .and_then(|rest| rest.parse().ok());
                let before = found.insert(number.expect("a number"), walk.found().weight);
                assert_eq!(before, None);
            }
        }
    };
    take(&mut *snapshot.base().best_first("text"), false);
    take(&mut *snapshot.delta().best_first("text"), true);
    found
}

#[test]
fn a_killed_process_has_lost_nothing() {
    let rounds = std::env::var(ROUNDS).map_or(20, |rounds| rounds.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder");
    save(folder.path(), vec![Entry::new("other", 1.0)], 0);
    let (mut acked, mut next, mut merges, mut torn) = (Vec::new(), 0, 0, 0);
    let mut removed = BTreeSet::new();
    let mut random = Random(rounds);
    for round in 0..rounds {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "observes_in_a_loop", "--nocapture"])
            .env(FOLDER, folder.path())
            .env(FIRST, next.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a second process");
        let mut lines = BufReader::new(child.stdout.take().expect("piped"))
            .lines()
            .map_while(Result::ok);
        let (wanted, spins) = (1 + random.below(60), random.below(400_000));
        let mut said: Vec<String> = lines.by_ref().take(wanted as usize + 3).collect();
        for spin in 0..spins {
            std::hint::black_box(spin);
        }
        child.kill().expect("killed");
        child.wait().expect("gone");
        // What it had said before it was killed.
        said.extend(lines);
        let first = next;
        for line in &said {
            // The harness may have begun the line.
            if let Some((_, number)) = line.split_once("acked ") {
                next = number.parse().expect("a number");
            } else if let Some((_, number)) = line.split_once("removed ") {
                removed.insert(number.parse::<u64>().expect("a number"));
            }
            merges += usize::from(line.contains("merged"));
        }
        assert!(next > first, "round {round}: {said:?}");
        acked.extend(first..next);

        let (live, replayed, _) = open(folder.path());
        assert_eq!(replayed.damaged, 0);
        torn += usize::from(replayed.torn > 0);
        let found = visible(&live);
        // One removal may have been made without being told.
        let missing = acked
            .iter()
            .filter(|number| !found.contains_key(number) && !removed.contains(number));
        let missing: Vec<u64> = missing.copied().collect();
        assert!(missing.len() <= 1, "round {round}: {missing:?} of {next}");
        for number in &missing {
            assert!(
                live.snapshot().is_hidden(&format!("text {number}")),
                "round {round}: {number} was lost"
            );
        }
        removed.extend(missing);
        for number in &removed {
            assert!(!found.contains_key(number), "round {round}: {number} was removed");
        }
        for (number, weight) in &found {
            assert!(
                (weight - 1.0).abs() < 1e-6,
                "round {round}: {number} has {weight}"
            );
        }
        // A batch may be there that was not told.
        let last = found.last_key_value().map_or(0, |(last, _)| last + 1);
        assert!(last <= next + BATCH, "round {round}: {last} after {next}");
        acked.extend(next..last.max(next));
        next = next.max(last);
        acked.retain(|number| found.contains_key(number) || removed.contains(number));
    }
    println!(
        "{rounds} killed, {torn} within a write; {} kept over {merges} merges",
        acked.len()
    );
    assert!(merges > 0);
}
