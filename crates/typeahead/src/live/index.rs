//! The live index: observations in, snapshots out.

use super::admission::{Admission, Candidate};
use super::builder::{BuildDelta, LiveBuilder, fold_rules};
use super::decay::{Decay, log_add};
use super::error::LiveError;
use super::log::{Log, Record};
use super::merge;
use super::pii::PiiFilter;
use super::popularity::{Popularity, Row};
use super::rules::Rule;
use super::snapshot::{Published, Snapshot};
use super::trend::{Trend, Trends};
use super::user::{Secret, UserHash};
use crate::{Entry, Kind, Normalizer, Source};
use bowerbird_core::UserId;
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Half-lives from the base's time within which an observation must lie, so that weights stay finite.
const HORIZON: f64 = 1000.0;

/// Somebody wanted something.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Observation<'a> {
    /// What, as it was typed or chosen.
    pub text: &'a str,
    /// Who. Kept as a hash only.
    pub user: UserId,
    /// When, in seconds of the clock on which the base's time is. One that clients send is to be checked before: what
    /// comes from the future counts more than what is new.
    pub at: f64,
    /// How much it counts, in units of the base's weights: finite, above 0. 1 for a search.
    pub weight: f64,
}

/// What became of observations.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Observed {
    /// They count from the next refresh on.
    pub counted: usize,
    /// Their keys wait for more users.
    pub waiting: usize,
    /// Their texts are personal; nothing was kept.
    pub personal: usize,
    /// Their keys are removed or blocked; nothing was kept.
    pub hidden: usize,
    /// Their texts cannot be folded, or their weights or times are out of range; nothing was kept.
    pub refused: usize,
}

/// What a refresh brought.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Refreshed {
    /// Keys that changed since the last one; 0 when there was nothing to do.
    pub changed: usize,
    /// Entries in the delta.
    pub entries: usize,
    /// The generation in which they are seen.
    pub generation: u64,
    /// Seconds from the earliest of the observations that became visible until now; 0 when none did.
    pub lag: f64,
}

/// Entries for a new base.
#[derive(Clone, PartialEq, Debug)]
pub struct Merged {
    /// The entries: the base's and the delta's, without what is removed. Keys that rules block are among them, since
    /// rules may be lifted.
    pub entries: Vec<Entry>,
    /// The time at which their weights hold. Keep it with the base that is built: it is the base's time from then on.
    pub at: f64,
}

/// A completion index that changes while people type.
///
/// Readers take a [`Snapshot`], which is a pointer's copy; nothing that a writer does holds them up. Writers are the
/// host's threads: any may [`observe`](Self::observe), [`remove`](Self::remove) or [`set_rules`](Self::set_rules), one
/// calls [`refresh`](Self::refresh) every second or so, and one every day
/// [`merge`](Self::merge)s, builds a base and calls [`rebase`](Self::rebase). There is no thread in here.
///
/// ```
/// use bowerbird_core::UserId;
/// use bowerbird_typeahead::live::{Live, Observation, Secret};
/// use bowerbird_typeahead::{Entry, FastIndex, Normalizer, Source};
/// use std::sync::Arc;
///
/// let entries = [Entry::new("living room", 90.0), Entry::new("living wall", 20.0)];
/// let base = Arc::new(FastIndex::build(entries, &Normalizer::default())?);
/// let live = Live::builder(base, 0.0, Secret([1, 2])).build()?;
///
/// let seen = Observation { text: "Living Wall", user: UserId(7), at: 60.0, weight: 100.0 };
/// assert_eq!(live.observe(&[seen])?.counted, 1);
/// live.refresh(61.0)?;
/// let snapshot = live.snapshot();
/// assert!(snapshot.delta().get("living wall").expect("observed").weight > 119.0);
///
/// live.remove(&["living room"])?;
/// assert!(live.snapshot().is_hidden("living room"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Live {
    /// Held by whoever rebuilds a delta, before `state`.
    pub(super) rebuild: Mutex<()>,
    pub(super) state: Mutex<State>,
    /// Changed only by whoever holds `state`.
    pub(super) published: Published,
    pub(super) normalizer: Normalizer,
    pub(super) personal: Arc<dyn PiiFilter>,
    pub(super) secret: Secret,
    pub(super) build: Box<BuildDelta>,
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
    at: f64,
    /// The log's segment that begins with it.
    segment: u64,
}

impl State {
    pub(super) fn is_near(&self, base_at: f64, at: f64) -> bool {
        let distance = self.decay.half_life().between(base_at, at);
        distance.abs() <= HORIZON
    }

    /// Lets a key wait again, for all its users.
    fn demote(&mut self, key: &str) {
        self.trends.forget(key);
        if let Some(row) = self.popularity.take(key) {
            let candidate = Candidate {
                score: row.score,
                last: row.last,
                users: Vec::new(),
            };
            self.admission.restore(key, candidate);
        }
    }

    pub(super) fn forget(&mut self, key: &str) {
        self.popularity.take(key);
        self.admission.take(key);
        self.trends.forget(key);
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
fn new_entry(key: &str) -> Entry {
    Entry::new(key, 0.0)
}

fn entry_of(base: &dyn Source, key: &str) -> Entry {
    let found = base.get(key);
    found.map_or_else(|| new_entry(key), |found| merge::entry(key, &found))
}

struct Folded {
    end: usize,
    user: UserHash,
    at: f64,
    weight: f64,
}

impl Live {
    /// Begins to make a live index over a base whose weights hold at the time `base_at`, in seconds of any clock; the
    /// secret is for hashing users.
    pub fn builder(base: Arc<dyn Source>, base_at: f64, secret: Secret) -> LiveBuilder {
        LiveBuilder::new(base, base_at, secret)
    }

    /// The current state. Waits for no writer; about 20 ns.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.published.load()
    }

    /// Counts observations; they are seen from the next [`refresh`](Self::refresh) on. With a log, returns when they are
    /// as safe as its [`Durability`](super::Durability) says: give it many at once.
    ///
    /// One that cannot count is passed over, as the answer says. About a microsecond each.
    ///
    /// # Errors
    ///
    /// [`LiveError::Log`]; then none of them counts, though some may after the log is opened again.
    pub fn observe(&self, observations: &[Observation<'_>]) -> Result<Observed, LiveError> {
        let mut seen = Observed::default();
        let (mut keys, mut key, mut batch) = (String::new(), String::new(), Vec::new());
        for one in observations {
            if self.personal.is_personal(one.text) {
                seen.personal += 1;
            } else if !(one.weight > 0.0 && one.weight.is_finite())
                || self.normalizer.fold_entry_into(one.text, &mut key).is_err()
            {
                seen.refused += 1;
            } else {
                keys.push_str(&key);
                batch.push(Folded {
                    end: keys.len(),
                    user: self.secret.hash(one.user, &key),
                    at: one.at,
                    weight: one.weight,
                });
            }
        }
        let mut state = self.lock();
        let snapshot = self.snapshot();
        let mut start = 0;
        let mut kept = Vec::with_capacity(batch.len());
        for one in &batch {
            let key = &keys[start..one.end];
            start = one.end;
            if !state.is_near(snapshot.base_at, one.at) {
                seen.refused += 1;
            } else if snapshot.is_hidden(key) || snapshot.blocks(key).is_some() {
                seen.hidden += 1;
            } else {
                kept.push((key, one));
            }
        }
        if let Some(log) = &mut state.log {
            let record = |&(key, one): &(&str, &Folded)| Record::Observed {
                at: one.at,
                weight: one.weight,
                user: one.user,
                key: String::from(key).into(),
            };
            log.append(&kept.iter().map(record).collect::<Vec<_>>())?;
        }
        for (key, one) in kept {
            let counts = add(&mut state, &*snapshot.base, key, one.user, one.weight, one.at);
            seen.counted += usize::from(counts);
            seen.waiting += usize::from(!counts);
        }
        Ok(seen)
    }

    /// Makes visible what was observed: builds a delta of all keys whose popularity is kept, and swaps it in. Does nothing
    /// when nothing changed.
    ///
    /// `now` serves to tell the lag. Holds up observers for the copying of the keys (O(delta), some milliseconds for
    /// 10,000), readers not at all.
    ///
    /// # Errors
    ///
    /// [`LiveError::Delta`].
    pub fn refresh(&self, now: f64) -> Result<Refreshed, LiveError> {
        let _one = self.rebuild.lock().unwrap_or_else(PoisonError::into_inner);
        let (changed, delta) = {
            let mut state = self.lock();
            let changed = state.popularity.take_changed();
            let snapshot = self.snapshot();
            if changed.keys == 0 {
                return Ok(Refreshed {
                    changed: 0,
                    entries: snapshot.overridden.len(),
                    generation: snapshot.generation,
                    lag: 0.0,
                });
            }
            let decay = state.decay;
            let weigh = |row: &Row<Entry>| weight(&decay, row.payload.weight, row.score, snapshot.base_at);
            let rows = state.popularity.rows();
            (changed, Delta::of(rows.map(|(key, row)| (key, &row.payload, weigh(row)))))
        };
        let entries = delta.overridden.len();
        let built = (self.build)(delta.entries).map_err(LiveError::Delta);
        let mut state = self.lock();
        let source = built.inspect_err(|_| state.popularity.put_back(changed))?;
        let generation = self.published.change(|next| {
            next.delta = source;
            next.overridden = Arc::new(delta.overridden);
        });
        drop(state);
        let lag = if changed.since.is_finite() { (now - changed.since).max(0.0) } else { 0.0 };
        Ok(Refreshed {
            changed: changed.keys,
            entries,
            generation,
            lag,
        })
    }

    /// Removes texts: no snapshot that is taken from now on shows them, whatever is observed. What was observed of them
    /// is forgotten.
    ///
    /// # Errors
    ///
    /// [`LiveError::Text`] before anything is removed; [`LiveError::Log`] after everything is.
    pub fn remove(&self, texts: &[&str]) -> Result<(), LiveError> {
        let keys = self.fold(texts)?;
        let mut state = self.lock();
        keys.iter().for_each(|key| state.forget(key));
        self.published.change(|next| {
            let removed = Arc::make_mut(&mut next.removed);
            keys.iter().for_each(|key| removed.insert(key));
        });
        let record = |key: String| Record::Removed { key: key.into() };
        state.write_now(keys.into_iter().map(record))
    }

    /// Takes removals back: the texts are shown again as the base has them, and observed again.
    ///
    /// # Errors
    ///
    /// As [`remove`](Self::remove).
    pub fn restore(&self, texts: &[&str]) -> Result<(), LiveError> {
        let keys = self.fold(texts)?;
        let mut state = self.lock();
        self.published.change(|next| {
            let removed = Arc::make_mut(&mut next.removed);
            keys.iter().for_each(|key| removed.remove(key));
        });
        let record = |key: String| Record::Restored { key: key.into() };
        state.write_now(keys.into_iter().map(record))
    }

    /// Puts other rules in force, from the next snapshot on. The texts of rules are folded; patterns are not.
    ///
    /// # Errors
    ///
    /// [`LiveError::Rules`], and the former rules stay; [`LiveError::Log`], and the new ones are in force.
    pub fn set_rules(&self, rules: Vec<Rule>) -> Result<(), LiveError> {
        let rules = fold_rules(rules, &self.normalizer)?;
        let mut state = self.lock();
        let records = rule_records(rules.list());
        self.published.change(|next| {
            let generation = next.rules.generation() + 1;
            next.rules = Arc::new(rules.with_generation(generation));
        });
        state.write_now(records)
    }

    /// The `k` keys with the strongest bursts at `now`, strongest first, without what is removed or blocked.
    ///
    /// Only what may be shown is watched: a key that waits for more users is no trend. O(keys watched), during which
    /// observers wait.
    pub fn trending(&self, k: usize, now: f64) -> Vec<Trend> {
        let state = self.lock();
        let snapshot = self.snapshot();
        let allowed = |key: &str| !snapshot.is_hidden(key) && snapshot.blocks(key).is_none();
        state.trends.trending(k, now, allowed)
    }

    /// The entries for a new base, with weights as they are at `now`. Build a base of them and [`rebase`](Self::rebase);
    /// what is observed meanwhile stays. O(base), without holding up anybody but for the marking (O(delta)).
    ///
    /// With a log, begins a segment with what stays in force.
    ///
    /// # Errors
    ///
    /// [`LiveError::Time`], [`LiveError::MergeTime`] or [`LiveError::Log`].
    pub fn merge(&self, now: f64) -> Result<Merged, LiveError> {
        let (snapshot, rows, decay) = {
            let _one = self.rebuild.lock().unwrap_or_else(PoisonError::into_inner);
            let mut state = self.lock();
            let snapshot = self.snapshot();
            if !state.is_near(snapshot.base_at, now) {
                return Err(LiveError::Time { found: now });
            }
            if now <= state.latest {
                return Err(LiveError::MergeTime {
                    found: now,
                    after: state.latest,
                });
            }
            let segment = state.checkpoint(&snapshot, now)?;
            state.latest = now;
            state.popularity.mark();
            state.mark = Some(Mark { at: now, segment });
            let rows = state.popularity.rows();
            let rows: Vec<_> = rows.map(|(key, row)| (key.clone(), row.payload.clone(), row.score)).collect();
            (snapshot, rows, state.decay)
        };
        let aged = |base: f64, score: f64| {
            let base = decay.score(base, snapshot.base_at);
            decay.weight(log_add(base, score), now)
        };
        let rows = rows.into_iter().map(|(key, entry, score)| {
            let weight = aged(entry.weight, score);
            (key, Entry { weight, ..entry })
        });
        let entries = merge::entries(&snapshot, rows.collect(), |base| aged(base, f64::NEG_INFINITY));
        Ok(Merged { entries, at: now })
    }

    /// Swaps in the base that was built of the last merge's entries, with a delta of what was observed since then. The
    /// log's segments that are in the base are deleted: have the base on disk before, with its time.
    ///
    /// # Errors
    ///
    /// [`LiveError::NotMerged`] when `merged_at` is not [`Merged::at`] of the last merge, [`LiveError::Delta`]: then
    /// nothing changes. [`LiveError::Log`] when a segment could not be deleted: then the new base is in use.
    pub fn rebase(&self, base: Arc<dyn Source>, merged_at: f64) -> Result<(), LiveError> {
        let _one = self.rebuild.lock().unwrap_or_else(PoisonError::into_inner);
        let (mark, rows, waiting, decay) = {
            let state = self.lock();
            let mark = state.mark.filter(|mark| mark.at == merged_at).ok_or(LiveError::NotMerged {
                merged_at: state.mark.map(|mark| mark.at),
            })?;
            let rows = state.popularity.rows().filter(|(_, row)| row.recent > f64::NEG_INFINITY);
            let rows: Vec<_> = rows.map(|(key, row)| (key.clone(), row.score, row.recent)).collect();
            let waiting = state.admission.candidates();
            let waiting: Vec<(Arc<str>, f64)> = waiting.map(|(key, score, ..)| (key.into(), score)).collect();
            (mark, rows, waiting, state.decay)
        };
        let old = self.snapshot().base.clone();
        // Known because the old base had it, or merged and left out of the new one: that is no admission.
        let is_stranger = |key: &str, score: f64, recent: f64| {
            base.get(key).is_none() && (score != recent || old.get(key).is_some())
        };
        let renew = |(key, recent): (Arc<str>, f64)| {
            let entry = entry_of(&*base, &key);
            let weight = weight(&decay, entry.weight, recent, merged_at);
            (key, entry, weight)
        };
        let rows = rows.into_iter().filter(|(key, score, recent)| !is_stranger(key, *score, *recent));
        let mut renewed: Vec<_> = rows.map(|(key, _, recent)| renew((key, recent))).collect();
        // What the new base knows need not wait.
        let known: Vec<_> = waiting.into_iter().filter(|(key, _)| base.get(key).is_some()).collect();
        renewed.extend(known.iter().cloned().map(renew));
        let delta = Delta::of(renewed.iter().map(|(key, entry, weight)| (key, entry, *weight)));
        let mut templates: FxHashMap<_, _> = renewed.into_iter().map(|(key, entry, _)| (key, entry)).collect();
        let source = (self.build)(delta.entries).map_err(LiveError::Delta)?;
        let mut state = self.lock();
        let mut strangers = Vec::new();
        state.popularity.forget_marked(|key, row| {
            if let Some(entry) = templates.remove(key) {
                row.payload = entry;
            } else if is_stranger(key, row.score, row.recent) {
                strangers.push(key.clone());
            } else {
                row.payload = entry_of(&*base, key);
            }
        });
        strangers.iter().for_each(|key| state.demote(key));
        for (key, _) in known {
            if let Some(waited) = state.admission.take(&key) {
                let entry = templates.remove(&key).unwrap_or_else(|| new_entry(&key));
                state.popularity.insert(&key, waited.score, waited.last, entry);
            }
        }
        state.mark = None;
        self.published.change(|next| {
            next.base = base;
            next.base_at = merged_at;
            next.delta = source;
            next.overridden = Arc::new(delta.overridden);
        });
        if let Some(log) = &mut state.log {
            log.prune(mark.segment)?;
        }
        Ok(())
    }

    /// How many keys have a popularity, and how many wait for more users.
    pub fn counts(&self) -> (usize, usize) {
        let state = self.lock();
        (state.popularity.len(), state.admission.waiting())
    }

    /// Makes everything in the log safe from a loss of power; nothing without a log.
    ///
    /// # Errors
    ///
    /// [`LiveError::Log`].
    pub fn sync(&self) -> Result<(), LiveError> {
        match &mut self.lock().log {
            Some(log) => Ok(log.sync()?),
            None => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fold(&self, texts: &[&str]) -> Result<Vec<String>, LiveError> {
        let fold = |(position, text): (usize, &&str)| {
            let folded = self.normalizer.fold_entry(text);
            folded.map_err(|source| LiveError::Text { position, source })
        };
        texts.iter().enumerate().map(fold).collect()
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").field("snapshot", &self.snapshot()).finish_non_exhaustive()
    }
}

impl State {
    /// Writes records and syncs them, whatever the durability.
    fn write_now(&mut self, records: impl IntoIterator<Item = Record<'static>>) -> Result<(), LiveError> {
        if let Some(log) = &mut self.log {
            log.append(&records.into_iter().collect::<Vec<_>>())?;
            log.sync()?;
        }
        Ok(())
    }

    /// Begins a segment with a mark and what stays in force without the segments before. Returns its number.
    fn checkpoint(&mut self, snapshot: &Snapshot, now: f64) -> Result<u64, LiveError> {
        let Some(log) = &mut self.log else {
            return Ok(0);
        };
        let segment = log.rotate()?;
        log.append(&[Record::Mark { at: now }])?;
        let removed = snapshot.removed.iter().map(|key| Record::Removed { key: key.into() });
        let decay = self.decay;
        let waiting = self.admission.candidates().map(|(key, score, last, users)| Record::Candidate {
            last,
            weight: decay.weight(score, last),
            users: users.into(),
            key: key.into(),
        });
        let rules = rule_records(snapshot.rules.list());
        let mut records = removed.chain(rules).chain(waiting).peekable();
        while records.peek().is_some() {
            log.append(&records.by_ref().take(1024).collect::<Vec<_>>())?;
        }
        log.sync()?;
        Ok(segment)
    }
}

fn rule_records(rules: &[Rule]) -> Vec<Record<'static>> {
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
fn weight(decay: &Decay, base: f64, score: f64, base_at: f64) -> f64 {
    (base + decay.weight(score, base_at)).min(f64::MAX)
}

/// What a delta is built of.
struct Delta {
    entries: Vec<Entry>,
    overridden: FxHashMap<Arc<str>, Kind>,
}

impl Delta {
    fn of<'a>(rows: impl Iterator<Item = (&'a Arc<str>, &'a Entry, f64)>) -> Self {
        let (mut entries, mut overridden) = (Vec::new(), FxHashMap::default());
        for (key, entry, weight) in rows {
            entries.push(Entry {
                weight,
                ..entry.clone()
            });
            overridden.insert(key.clone(), entry.kind);
        }
        Self {
            entries,
            overridden,
        }
    }
}
