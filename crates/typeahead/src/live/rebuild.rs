//! What a live index does now and then: showing what was observed, and making and taking in a new base.

use super::decay::log_add;
use super::error::LiveError;
use super::index::Live;
use super::layered::Layered;
use super::merge;
use super::popularity::{Changed, Row};
use super::state::{Delta, Mark, Settled, entry_of, new_entry, weight};
use crate::{Entry, Source};
use rustc_hash::FxHashMap;
use std::sync::{Arc, MutexGuard, PoisonError};

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

impl Live {
    /// Makes visible what was observed: builds a delta and swaps it in. Does nothing when nothing changed.
    ///
    /// Where less than half of the keys changed since all were built, a small delta of those is laid over that of all, so
    /// that changes are visible in O(changes); when they are a quarter, all are built anew after that. Where more
    /// changed, or keys have gone by an eviction or a removal, all are built at once. Some milliseconds for 10,000 keys.
    /// `now` serves to tell the lag.
    ///
    /// Holds up observers while rows are copied, readers not at all.
    ///
    /// # Errors
    ///
    /// [`LiveError::Delta`].
    pub fn refresh(&self, now: f64) -> Result<Refreshed, LiveError> {
        let mut settled = self.lock_rebuild();
        let mut state = self.lock();
        let changed = state.popularity.take_changed();
        if changed.keys > 0 {
            let layer = state
                .popularity
                .rows()
                .filter(|(_, row)| row.is_unsettled())
                .count();
            let whole = changed.gone > 0 || layer * 2 >= settled.keys.len();
            let layer = (!whole).then(|| state.delta(self.snapshot().base_at, Row::is_unsettled));
            drop(state);
            self.rebuild(&mut settled, layer).inspect_err(|_| {
                // Nobody knows what the layers miss: the next one is whole.
                let gone = changed.gone.max(1);
                self.lock().popularity.put_back(Changed { gone, ..changed });
            })?;
        } else {
            drop(state);
        }
        let snapshot = self.snapshot();
        let lag = if changed.since.is_finite() {
            (now - changed.since).max(0.0)
        } else {
            0.0
        };
        Ok(Refreshed {
            changed: changed.keys,
            entries: snapshot.delta.len(),
            generation: snapshot.generation,
            lag,
        })
    }

    /// Publishes a layer over what is settled; and everything, where the layer is large or none.
    fn rebuild(&self, settled: &mut Settled, layer: Option<Delta>) -> Result<(), LiveError> {
        let build = |entries| (self.build)(entries).map_err(LiveError::Delta);
        let large = layer
            .as_ref()
            .is_none_or(|layer| layer.keys.len() * 4 >= settled.keys.len());
        if let Some(layer) = layer {
            let (upper, keys) = (build(layer.entries)?, Arc::new(layer.keys));
            let delta = Layered::new(upper, keys.clone(), settled.delta.clone(), &settled.keys);
            let _state = self.lock();
            self.published.change(|next| {
                next.delta = Arc::new(delta);
                next.overridden = [keys, settled.keys.clone()];
            });
        }
        if large {
            let all = {
                let mut state = self.lock();
                state.popularity.settle();
                state.delta(self.snapshot().base_at, |_| true)
            };
            *settled = Settled {
                delta: build(all.entries)?,
                keys: Arc::new(all.keys),
            };
            let _state = self.lock();
            self.published.change(|next| {
                next.delta = settled.delta.clone();
                next.overridden = [Arc::default(), settled.keys.clone()];
            });
        }
        Ok(())
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
            let _one = self.lock_rebuild();
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
            let rows: Vec<_> = rows
                .map(|(key, row)| (key.clone(), row.payload.clone(), row.score))
                .collect();
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
    /// nothing changes. [`LiveError::Log`] when the log could not be written, or a segment not deleted: then
    /// the new base is in use.
    pub fn rebase(&self, base: Arc<dyn Source>, merged_at: f64) -> Result<(), LiveError> {
        let mut settled = self.lock_rebuild();
        let (mark, rows, waiting, decay) = {
            let state = self.lock();
            let mark = state
                .mark
                .filter(|mark| mark.at == merged_at)
                .ok_or(LiveError::NotMerged {
                    merged_at: state.mark.map(|mark| mark.at),
                })?;
            let rows = state
                .popularity
                .rows()
                .filter(|(_, row)| row.recent > f64::NEG_INFINITY);
            let rows: Vec<_> = rows
                .map(|(key, row)| (key.clone(), row.score, row.recent))
                .collect();
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
        let rows = rows
            .into_iter()
            .filter(|(key, score, recent)| !is_stranger(key, *score, *recent));
        let mut renewed: Vec<_> = rows.map(|(key, _, recent)| renew((key, recent))).collect();
        // What the new base knows need not wait.
        let known: Vec<_> = waiting
            .into_iter()
            .filter(|(key, _)| base.get(key).is_some())
            .collect();
        renewed.extend(known.iter().cloned().map(renew));
        let delta = Delta::of(renewed.iter().map(|(key, entry, weight)| (key, entry, *weight)));
        let mut templates: FxHashMap<_, _> =
            renewed.into_iter().map(|(key, entry, _)| (key, entry)).collect();
        let source = (self.build)(delta.entries).map_err(LiveError::Delta)?;
        *settled = Settled {
            delta: source,
            keys: Arc::new(delta.keys),
        };
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
        let waits: Vec<_> = strangers.iter().filter_map(|key| state.demote(key)).collect();
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
            next.delta = settled.delta.clone();
            next.overridden = [Arc::default(), settled.keys.clone()];
        });
        if !waits.is_empty() {
            state.write_now(waits)?;
        }
        if let Some(log) = &mut state.log {
            log.prune(mark.segment)?;
        }
        Ok(())
    }

    fn lock_rebuild(&self) -> MutexGuard<'_, Settled> {
        self.rebuild.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
