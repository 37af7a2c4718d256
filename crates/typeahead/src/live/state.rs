//! What the writers of a live index share.

use super::admission::{Admission, Candidate};
use super::decay::{Decay, log_add};
use super::error::LiveError;
use super::log::{Log, Record};
use super::merge;
use super::popularity::{Popularity, Row};
use super::rules::Rule;
use super::snapshot::Snapshot;
use super::trend::Trends;
use super::user::UserHash;
use crate::{Entry, Kind, Source};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Half-lives from the base's time within which an observation must lie, so that weights stay finite.
const HORIZON: f64 = 1000.0;

/// The keys of a delta, each with the kind of its entry.
pub(super) type Kinds = FxHashMap<Arc<str>, Kind>;

/// The delta of all keys as they were when the table was last settled.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) delta: Arc<dyn Source>,
    pub(super) keys: Arc<Kinds>,
}

/// What writers share.
#[derive(Debug)]
pub(super) struct State {
    pub(super) log: Option<Log>,
    pub(super) decay: Decay,
    /// The payload is the entry with the weight that the base gives it, 0 where the base does not have it.
    pub(super) popularity: Popularity<Entry>,
    pub(super) admission: Admission,
    pub(super) trends: Trends,
    pub(super) mark: Option<Mark>,
    /// The latest time of a base or a merge.
    pub(super) latest: f64,
}

/// The last merge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) at: f64,
    /// The log's segment that begins with it.
    pub(super) segment: u64,
}

impl State {
    pub(super) fn is_near(&self, base_at: f64, at: f64) -> bool {
        let distance = self.decay.half_life().between(base_at, at);
        distance.abs() <= HORIZON
    }

    /// Lets a key wait again, for all its users. Returns what a log is to say of it.
    pub(super) fn demote(&mut self, key: &str) -> Option<Record<'static>> {
        self.trends.forget(key);
        let row = self.popularity.take(key)?;
        let (score, last) = (row.score, row.last);
        let users = Vec::new();
        self.admission.restore(key, Candidate { score, last, users });
        Some(Record::Candidate {
            last,
            weight: self.decay.weight(score, last),
            users: Vec::new().into(),
            key: String::from(key).into(),
        })
    }

    pub(super) fn forget(&mut self, key: &str) {
        self.popularity.take(key);
        self.admission.take(key);
        self.trends.forget(key);
    }

    /// Writes records and syncs them, whatever the durability.
    pub(super) fn write_now(
        &mut self,
        records: impl IntoIterator<Item = Record<'static>>,
    ) -> Result<(), LiveError> {
        if let Some(log) = &mut self.log {
            log.append(&records.into_iter().collect::<Vec<_>>())?;
            log.sync()?;
        }
        Ok(())
    }

    /// The delta of the rows that are wanted.
    pub(super) fn delta(&self, base_at: f64, wanted: impl Fn(&Row<Entry>) -> bool) -> Delta {
        let rows = self.popularity.rows().filter(|(_, row)| wanted(row));
        Delta::of(rows.map(|(key, row)| {
            let weight = weight(&self.decay, row.payload.weight, row.score, base_at);
            (key, &row.payload, weight)
        }))
    }

    /// Begins a segment with a mark and what stays in force without the segments before. Returns its number.
    pub(super) fn checkpoint(&mut self, snapshot: &Snapshot, now: f64) -> Result<u64, LiveError> {
        let Some(log) = &mut self.log else {
            return Ok(0);
        };
        let segment = log.rotate()?;
        log.append(&[Record::Mark { at: now }])?;
        let removed = snapshot
            .removed
            .iter()
            .map(|key| Record::Removed { key: key.into() });
        let decay = self.decay;
        let waiting = self
            .admission
            .candidates()
            .map(|(key, score, last, users)| Record::Candidate {
                last,
                weight: decay.weight(score, last),
                users: users.into(),
                key: key.into(),
            });
        let rules = rule_records(snapshot.rules.list());
        let mut records = removed.chain(rules).chain(waiting).peekable();
        while records.peek().is_some() {
            log.append_unsynced(&records.by_ref().take(1024).collect::<Vec<_>>())?;
        }
        log.sync()?;
        Ok(segment)
    }
}

/// Counts an observation; false when its key waits for more users.
pub(super) fn add(
    state: &mut State,
    base: &dyn Source,
    key: &str,
    user: UserHash,
    weight: f64,
    at: f64,
) -> bool {
    let gain = state.decay.score(weight, at);
    if state.popularity.add(key, gain, at).is_none() {
        if let Some(found) = base.get(key) {
            let waited = state.admission.take(key);
            let score = waited.map_or(gain, |waited| log_add(waited.score, gain));
            state.popularity.insert(key, score, at, merge::entry(key, &found));
        } else {
            let Some(admitted) = state.admission.observe(key, user, gain, at) else {
                return false;
            };
            let (score, last) = (admitted.score, admitted.last);
            state.popularity.insert(key, score, last, new_entry(key));
        }
    }
    state.trends.observe(key, user, at);
    true
}

/// An entry that the base does not have. Its text is the key: what one person typed in his own way is shown to nobody
/// else.
pub(super) fn new_entry(key: &str) -> Entry {
    Entry::new(key, 0.0)
}

pub(super) fn entry_of(base: &dyn Source, key: &str) -> Entry {
    let found = base.get(key);
    found.map_or_else(|| new_entry(key), |found| merge::entry(key, &found))
}

pub(super) fn rule_records(rules: &[Rule]) -> Vec<Record<'static>> {
    let count = rules.len() as u32;
    if count == 0 {
        return vec![Record::NoRules];
    }
    let record = |(index, rule): (u32, &Rule)| Record::Rule {
        index,
        count,
        rule: rule.clone(),
    };
    (0..count).zip(rules).map(record).collect()
}

/// A base's weight and what was observed since, as a weight that compares with the base's.
pub(super) fn weight(decay: &Decay, base: f64, score: f64, base_at: f64) -> f64 {
    (base + decay.weight(score, base_at)).min(f64::MAX)
}

/// What a delta is built of.
pub(super) struct Delta {
    pub(super) entries: Vec<Entry>,
    pub(super) keys: Kinds,
}

impl Delta {
    pub(super) fn of<'a>(rows: impl Iterator<Item = (&'a Arc<str>, &'a Entry, f64)>) -> Self {
        let (mut entries, mut keys) = (Vec::new(), Kinds::default());
        for (key, entry, weight) in rows {
            entries.push(Entry {
                weight,
                ..entry.clone()
            });
            keys.insert(key.clone(), entry.kind);
        }
        Self { entries, keys }
    }
}
