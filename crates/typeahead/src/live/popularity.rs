//! How often keys are wanted: a bounded table of decayed scores.

use super::decay::log_add;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What is known of one key.
#[derive(Clone, Debug)]
pub struct Row<T> {
    /// The [decayed score](super::Decay) of everything observed.
    pub score: f64,
    /// That of what was observed since the last [`mark`](Popularity::mark); −∞ when nothing was.
    pub recent: f64,
    /// The latest time at which it was observed.
    pub last: f64,
    /// What the table's owner keeps with it.
    pub payload: T,
    /// Since changes were last taken.
    dirty: bool,
    /// Since the table was last settled.
    unsettled: bool,
}

impl<T> Row<T> {
    /// True when it changed since the table was last [settled](Popularity::settle).
    pub const fn is_unsettled(&self) -> bool {
        self.unsettled
    }
}

/// What has changed in a table since somebody last asked.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Changed {
    /// Keys whose scores rose, and keys that went.
    pub keys: usize,
    /// Those that went.
    pub gone: usize,
    /// The earliest time of an observation among them; +∞ when there is none.
    pub since: f64,
}

impl Changed {
    const NOTHING: Self = Self {
        keys: 0,
        gone: 0,
        since: f64::INFINITY,
    };
}

/// Keys with their decayed scores. One writer.
///
/// Holds at most [`capacity`](Self::capacity) rows. When one more is wanted, the lowest eighth is evicted: since all
/// scores age alike, those are the lowest at every time. An evicted key starts anew when it is seen again. A row takes
/// its key once, `size_of::<Row<T>>()` and what hangs on its payload, and about 50 bytes of table.
#[derive(Clone, Debug)]
pub struct Popularity<T> {
    rows: FxHashMap<Arc<str>, Row<T>>,
    capacity: usize,
    changed: Changed,
}

impl<T> Popularity<T> {
    /// An empty table for so many rows, at least 1.
    pub fn new(capacity: usize) -> Self {
        Self {
            rows: FxHashMap::default(),
            capacity: capacity.max(1),
            changed: Changed::NOTHING,
        }
    }

    /// The most rows it holds.
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many rows it holds.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True when it holds none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds an observation's decayed score to a key's, and returns its payload if it has a row. O(1).
    pub fn add(&mut self, key: &str, gain: f64, at: f64) -> Option<&mut T> {
        let row = self.rows.get_mut(key)?;
        row.score = log_add(row.score, gain);
        row.recent = log_add(row.recent, gain);
        row.last = row.last.max(at);
        self.changed.keys += usize::from(!row.dirty);
        self.changed.since = self.changed.since.min(at);
        row.dirty = true;
        row.unsettled = true;
        Some(&mut row.payload)
    }

    /// Gives a key a row, in place of the one that it may have. O(1) on average; evicts when the table is full.
    pub fn insert(&mut self, key: &str, score: f64, at: f64, payload: T) {
        if self.rows.len() >= self.capacity && !self.rows.contains_key(key) {
            self.evict();
        }
        let row = Row {
            score,
            recent: score,
            last: at,
            payload,
            dirty: true,
            unsettled: true,
        };
        let before = self.rows.insert(key.into(), row);
        self.changed.keys += usize::from(before.is_none_or(|row| !row.dirty));
        self.changed.since = self.changed.since.min(at);
    }

    /// Takes a key out, with its row if it had one.
    pub fn take(&mut self, key: &str) -> Option<Row<T>> {
        let row = self.rows.remove(key)?;
        self.changed.keys += usize::from(!row.dirty);
        self.changed.gone += 1;
        Some(row)
    }

    /// A key's row.
    pub fn get(&self, key: &str) -> Option<&Row<T>> {
        self.rows.get(key)
    }

    /// All keys with their rows, in no order.
    pub fn rows(&self) -> impl Iterator<Item = (&Arc<str>, &Row<T>)> {
        self.rows.iter()
    }

    /// What has changed since the last [`take_changed`](Self::take_changed).
    pub const fn changed(&self) -> Changed {
        self.changed
    }

    /// What has changed, as [`changed`](Self::changed), which begins anew. O(rows) unless nothing has.
    pub fn take_changed(&mut self) -> Changed {
        let changed = std::mem::replace(&mut self.changed, Changed::NOTHING);
        if changed.keys > 0 {
            self.rows.values_mut().for_each(|row| row.dirty = false);
        }
        changed
    }

    /// Counts changes as not yet taken, when what was to be done about them failed.
    pub fn put_back(&mut self, changed: Changed) {
        self.changed.keys += changed.keys;
        self.changed.gone += changed.gone;
        self.changed.since = self.changed.since.min(changed.since);
    }

    /// Takes the table as it is for the state from which rows [differ](Row::is_unsettled). O(rows).
    pub fn settle(&mut self) {
        self.rows.values_mut().for_each(|row| row.unsettled = false);
    }

    /// Marks this moment: [`Row::recent`] begins anew. O(rows).
    pub fn mark(&mut self) {
        for row in self.rows.values_mut() {
            row.recent = f64::NEG_INFINITY;
        }
    }

    /// Forgets everything observed before the last [`mark`](Self::mark): rows without a later observation go. Those that
    /// stay are shown to `renew` before their scores change. O(rows).
    pub fn forget_marked(&mut self, mut renew: impl FnMut(&Arc<str>, &mut Row<T>)) {
        let before = self.rows.len();
        self.rows.retain(|key, row| {
            let stays = row.recent > f64::NEG_INFINITY;
            if stays {
                renew(key, row);
            }
            row.score = row.recent;
            stays
        });
        let gone = before - self.rows.len();
        self.changed.keys += gone;
        self.changed.gone += gone;
    }

    fn evict(&mut self) {
        let mut scores: Vec<f64> = self.rows.values().map(|row| row.score).collect();
        let doomed = (self.capacity / 8).max(1);
        let (_, &mut bar, _) = scores.select_nth_unstable_by(doomed - 1, f64::total_cmp);
        let mut left = doomed;
        let mut clean = 0;
        self.rows.retain(|_, row| {
            if left == 0 || row.score.total_cmp(&bar).is_gt() {
                return true;
            }
            left -= 1;
            clean += usize::from(!row.dirty);
            false
        });
        self.changed.keys += clean;
        self.changed.gone += doomed;
    }
}
