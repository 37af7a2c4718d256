//! The log: what was appended is read, whatever happens to the file.

use bowerbird_typeahead::live::{Durability, Log, LogError, LogOptions, Record, Replayed, Rule, Secret};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

const SECRET: Secret = Secret([7, 8]);

fn observed(number: u64) -> Record<'static> {
    Record::Observed {
        at: number as f64,
        weight: 1.0,
        user: number,
        key: format!("key {number}").into(),
    }
}

fn owned(record: Record<'_>) -> Record<'static> {
    match record {
        Record::Observed {
            at,
            weight,
            user,
            key,
        } => Record::Observed {
            at,
            weight,
            user,
            key: key.into_owned().into(),
        },
        Record::Removed { key } => Record::Removed {
            key: key.into_owned().into(),
        },
        Record::Restored { key } => Record::Restored {
            key: key.into_owned().into(),
        },
        Record::Rule { index, count, rule } => Record::Rule { index, count, rule },
        Record::NoRules => Record::NoRules,
        Record::Mark { at } => Record::Mark { at },
        Record::Candidate {
            last,
            weight,
            users,
            key,
        } => Record::Candidate {
            last,
            weight,
            users: users.into_owned().into(),
            key: key.into_owned().into(),
        },
        _ => panic!("a record that this test does not know"),
    }
}

fn open(folder: &Path) -> Result<(Log, Replayed, Vec<Record<'static>>), LogError> {
    let mut records = Vec::new();
    let options = LogOptions::default().with_segment_bytes(64 << 10);
    let (log, replayed) = Log::open(folder, &SECRET, options, |record| records.push(owned(record)))?;
    Ok((log, replayed, records))
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "log"))
        .collect();
    paths.sort();
    paths
}

fn text() -> impl Strategy<Value = String> {
    "\\PC{1,12}"
}

fn record() -> impl Strategy<Value = Record<'static>> {
    let times = -1e12..1e12_f64;
    prop_oneof![
        (times.clone(), 0.0..1e9_f64, any::<u64>(), text()).prop_map(|(at, weight, user, key)| {
            Record::Observed {
                at,
                weight,
                user,
                key: key.into(),
            }
        }),
        text().prop_map(|key| Record::Removed { key: key.into() }),
        text().prop_map(|key| Record::Restored { key: key.into() }),
        (0_u32..9, 0_u8..5, text()).prop_map(|(index, kind, text)| Record::Rule {
            index,
            count: 9,
            rule: match kind {
                0 => Rule::Key(text),
                1 => Rule::Substring(text),
                2 => Rule::Words(text),
                3 => Rule::Pattern(text),
                _ => Rule::Except(text),
            }
        }),
        Just(Record::NoRules),
        times.clone().prop_map(|at| Record::Mark { at }),
        (
            times,
            0.0..1e9_f64,
            prop::collection::vec(any::<u64>(), 0..9),
            text()
        )
            .prop_map(|(last, weight, users, key)| Record::Candidate {
                last,
                weight,
                users: users.into(),
                key: key.into()
            }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_appended_is_read(batches in prop::collection::vec(prop::collection::vec(record(), 0..6), 0..6)) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut all = Vec::new();
        for batch in &batches {
            let (mut log, replayed, records) = open(folder.path()).expect("a log");
            prop_assert_eq!(&records, &all);
            prop_assert_eq!(replayed, Replayed { records: all.len() as u64, ..Replayed::default() });
            log.append(batch).expect("an append");
            all.extend(batch.iter().cloned());
        }
        prop_assert_eq!(open(folder.path()).expect("a log").2, all);
    }

    /// Whatever bytes follow a header: records or nothing, no panic, and the log goes on.
    #[test]
    fn a_hostile_file_is_read_or_refused(
        junk in prop::collection::vec(prop_oneof![Just(0x9e_u8), Just(0xb0), Just(0xbb), Just(0x1d), any::<u8>()], 0..600),
        whole in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        drop(open(folder.path()).expect("a log"));
        let path = &segments(folder.path())[0];
        let mut bytes = if whole { std::fs::read(path).expect("a file") } else { Vec::new() };
        bytes.extend(&junk);
        std::fs::write(path, &bytes).expect("a write");
        match open(folder.path()) {
            Ok((mut log, replayed, records)) => {
                prop_assert!(records.is_empty());
                prop_assert_eq!(replayed.torn, junk.len() as u64);
                log.append(&[observed(1)]).expect("an append");
                drop(log);
                prop_assert_eq!(open(folder.path()).expect("a log").2, [observed(1)]);
            }
            Err(error) => prop_assert!(!whole && matches!(error, LogError::NotALog { .. }), "{error}"),
        }
    }
}

#[test]
fn a_file_that_stops_anywhere_keeps_its_whole_records() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut log, ..) = open(folder.path()).expect("a log");
    let path = segments(folder.path()).remove(0);
    let mut ends = vec![std::fs::metadata(&path).expect("a file").len()];
    for number in 0..4 {
        log.append(&[observed(number)]).expect("an append");
        ends.push(std::fs::metadata(&path).expect("a file").len());
    }
    drop(log);
    let bytes = std::fs::read(&path).expect("a file");
    for length in 0..=bytes.len() {
        std::fs::write(&path, &bytes[..length]).expect("a write");
        let (mut log, replayed, records) =
            open(folder.path()).unwrap_or_else(|error| panic!("{length}: {error}"));
        let whole = ends[1..].iter().filter(|end| **end <= length as u64).count();
        assert_eq!(records, (0..whole as u64).map(observed).collect::<Vec<_>>());
        let begun = ends
            .iter()
            .filter(|end| **end <= length as u64)
            .max()
            .copied()
            .unwrap_or(0);
        assert_eq!((replayed.torn, replayed.damaged), (length as u64 - begun, 0));
        log.append(&[observed(99)]).expect("an append");
        drop(log);
        let (_, again, records) = open(folder.path()).expect("a log");
        assert_eq!((again.torn, again.damaged), (0, 0));
        assert_eq!(records.last(), Some(&observed(99)));
        assert_eq!(records.len(), whole + 1);
    }
}

#[test]
fn a_bit_that_flips_costs_one_record_and_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut log, ..) = open(folder.path()).expect("a log");
    let all: Vec<_> = (0..5).map(observed).collect();
    log.append(&all).expect("an append");
    drop(log);
    let path = segments(folder.path()).remove(0);
    let bytes = std::fs::read(&path).expect("a file");
    let each = (bytes.len() - 32) / 5;
    for bit in (32..bytes.len()).map(|byte| byte * 8 + byte % 8) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, &flipped).expect("a write");
        let (_, replayed, records) = open(folder.path()).expect("a log");
        let hit = (bit / 8 - 32) / each;
        let left: Vec<_> = all
            .iter()
            .enumerate()
            .filter(|(nth, _)| *nth != hit)
            .map(|(_, r)| r.clone())
            .collect();
        assert_eq!(records, left, "bit {bit}");
        // Damage at the very end cannot be told from a record that was being written.
        let (damaged, torn) = if hit == 4 { (0, each as u64) } else { (1, 0) };
        assert_eq!((replayed.damaged, replayed.torn), (damaged, torn), "bit {bit}");
    }
    for bit in 0..32 * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, &flipped).expect("a write");
        assert!(open(folder.path()).is_err(), "bit {bit}");
    }
}

#[test]
fn a_segment_made_to_waste_time_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(open(folder.path()).expect("a log"));
    let path = segments(folder.path()).remove(0);
    let mut bytes = std::fs::read(&path).expect("a file");
    // Every eight bytes claim a frame of thousands.
    for _ in 0..100_000 {
        bytes.extend([0x9e, 0xb0, 0xbb, 0x1d, 0, 0x20, 0, 0]);
    }
    std::fs::write(&path, &bytes).expect("a write");
    assert!(matches!(open(folder.path()), Err(LogError::Damaged { .. })));
}

#[test]
fn segments_follow_each_other_and_old_ones_go() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut log, ..) = open(folder.path()).expect("a log");
    for batch in 0..40_u64 {
        let records: Vec<_> = (batch * 100..batch * 100 + 100).map(observed).collect();
        log.append(&records).expect("an append");
    }
    assert!(segments(folder.path()).len() > 2);
    let number = log.rotate().expect("another segment");
    log.append(&[observed(4000)]).expect("an append");
    drop(log);
    let (mut log, _, records) = open(folder.path()).expect("a log");
    assert_eq!(records, (0..=4000).map(observed).collect::<Vec<_>>());
    assert!(log.prune(number).expect("old ones go") > 2);
    assert_eq!(log.prune(u64::MAX).expect("the last stays"), 0);
    drop(log);
    assert_eq!(open(folder.path()).expect("a log").2, [observed(4000)]);
    assert_eq!(segments(folder.path()).len(), 1);
}

#[test]
fn a_missing_segment_a_second_writer_and_another_secret_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut log, ..) = open(folder.path()).expect("a log");
    log.append(&[observed(1)]).expect("an append");
    assert!(matches!(open(folder.path()), Err(LogError::InUse { .. })));
    log.rotate().expect("a second");
    log.rotate().expect("a third");
    drop(log);
    let other = Log::open(folder.path(), &Secret([8, 7]), LogOptions::default(), |_| {});
    assert!(matches!(other, Err(LogError::Secret)));
    std::fs::remove_file(&segments(folder.path())[1]).expect("removed");
    assert!(matches!(
        open(folder.path()),
        Err(LogError::Missing { number: 2 })
    ));
}

#[test]
fn rare_syncs_lose_nothing_to_a_closed_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = LogOptions::default().with_durability(Durability::Every(1000));
    let (mut log, _) = Log::open(folder.path(), &SECRET, options, |_| {}).expect("a log");
    for number in 0..10 {
        log.append(&[observed(number)]).expect("an append");
    }
    drop(log);
    assert_eq!(open(folder.path()).expect("a log").2.len(), 10);
}
