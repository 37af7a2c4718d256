//! The live index: observations in, snapshots out.

use super::builder::{BuildDelta, LiveBuilder, fold_rules};
use super::error::LiveError;
use super::log::Record;
use super::pii::PiiFilter;
use super::rules::Rule;
use super::snapshot::{Published, Snapshot};
use super::state::{Settled, State, add, rule_records};
use super::trend::Trend;
use super::user::{Secret, UserHash};
use crate::{Normalizer, Source};
use bowerbird_core::UserId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

/// A completion index that changes while people type.
///
/// Readers take a [`Snapshot`], which is a pointer's copy; nothing that a writer does holds them up. Writers are the
/// host's threads: any may [`observe`](Self::observe), [`remove`](Self::remove) or [`set_rules`](Self::set_rules), one
/// calls [`refresh`](Self::refresh) every second or so, and one every day
/// [`merge`](Self::merge)s, builds a base and calls [`rebase`](Self::rebase). There is no thread in here.
///
/// ```
/// use bowerbird_typeahead::live::{Live, Observation, Secret, UserId};
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
    pub(super) rebuild: Mutex<Settled>,
    pub(super) state: Mutex<State>,
    /// Changed only by whoever holds `state`.
    pub(super) published: Published,
    pub(super) normalizer: Normalizer,
    pub(super) personal: Arc<dyn PiiFilter>,
    pub(super) secret: Secret,
    pub(super) build: Box<BuildDelta>,
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
            } else if self.personal.is_personal(&key) {
                // Folding drops what has no shape, behind which a number can hide.
                seen.personal += 1;
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

    /// The `k` keys with the strongest bursts at `now`, strongest first, without what is removed, blocked or
    /// sensitive.
    ///
    /// Only what may be shown is watched: a key that waits for more users is no trend. O(keys watched), during which
    /// observers wait.
    pub fn trending(&self, k: usize, now: f64) -> Vec<Trend> {
        let state = self.lock();
        let snapshot = self.snapshot();
        // What is in neither has been forgotten, and waits for people again.
        let is_shown = |key: &str| match state.popularity.get(key) {
            Some(row) => !row.payload.sensitive,
            None => snapshot.base.get(key).is_some_and(|found| !found.sensitive),
        };
        let allowed = |key: &str| is_shown(key) && !snapshot.is_hidden(key) && snapshot.blocks(key).is_none();
        state.trends.trending(k, now, allowed)
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

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
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
        f.debug_struct("Live")
            .field("snapshot", &self.snapshot())
            .finish_non_exhaustive()
    }
}
