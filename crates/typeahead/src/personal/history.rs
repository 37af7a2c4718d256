//! What one person chose, bounded and fading.

use crate::{EntryFault, MAX_TEXT};
use std::time::Duration;

/// The longest history that can be asked for. All operations look at every row.
pub const MAX_HISTORY: usize = 10_000;

const CAPACITY: usize = 200;
const HALF_LIFE: f64 = 30.0 * 24.0 * 3600.0;

/// The queries of one person: a list of at most [`capacity`](Self::with_capacity) keys with their last time and a count
/// that halves in every half-life. When it is full, the faintest key goes.
///
/// Times are seconds on any clock, the same for all calls. One that is not finite counts as the latest time seen.
///
/// **Privacy.** A history is personal data. It holds keys in clear; it is as private as the place where the host keeps
/// it, it must not be shared between people, and it is no input to what others see: that goes through the admission of
/// [`live`](crate::live). Its `Debug` form and errors don't show keys.
///
/// ```
/// use bowerbird_typeahead::personal::History;
///
/// let mut history = History::new();
/// history.record("living room ideas", 1_000.0)?;
/// history.record("living room ideas", 2_000.0)?;
/// assert!(history.count("living room ideas", 2_000.0) > 1.99);
/// assert!(history.forget("living room ideas"));
/// assert!(history.is_empty());
/// # Ok::<(), bowerbird_typeahead::EntryFault>(())
/// ```
#[derive(Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Form", into = "Form")
)]
pub struct History {
    capacity: usize,
    /// Seconds, above 0.
    half_life: f64,
    latest: f64,
    rows: Vec<Past>,
}

/// One key of a [`History`].
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Past {
    /// The key.
    pub key: String,
    /// When it was last recorded, in seconds.
    pub last: f64,
    /// How often it was recorded, decayed to `last`. At least 1.
    pub count: f64,
}

/// Why a stored history is refused.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryFault {
    /// It holds more keys than its capacity, or its capacity is above [`MAX_HISTORY`]. Start an empty one.
    #[error("{found} keys are more than the history may hold")]
    TooMany {
        /// Its keys, or its capacity.
        found: usize,
    },
    /// The half-life is not a finite number above 0. Start an empty history.
    #[error("the half-life {found} is not a finite number above 0")]
    HalfLife {
        /// What it is, in seconds.
        found: f64,
    },
    /// A key is refused. Leave the row out.
    #[error("the key in row {row} is refused")]
    Key {
        /// The row, from 0.
        row: usize,
        /// Why.
        source: EntryFault,
    },
    /// A key stands in two rows. Leave one out.
    #[error("row {row} holds a key that was there before")]
    Twice {
        /// The later row, from 0.
        row: usize,
    },
    /// A time is not finite, or a count not a finite number of at least 1. Leave the row out.
    #[error("row {row} holds a time or a count that is no such number")]
    Number {
        /// The row, from 0.
        row: usize,
    },
}

impl History {
    /// An empty history of at most 200 keys with a half-life of 30 days.
    pub const fn new() -> Self {
        Self {
            capacity: CAPACITY,
            half_life: HALF_LIFE,
            latest: f64::NEG_INFINITY,
            rows: Vec::new(),
        }
    }

    /// Keeps at most `capacity` keys, up to [`MAX_HISTORY`]. 0 switches the history off. The faintest above it go.
    #[must_use]
    pub fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity.min(MAX_HISTORY);
        while self.rows.len() > self.capacity {
            self.drop_faintest();
        }
        self
    }

    /// Sets the time in which a count halves; less than a second counts as one. For an empty history: the counts of
    /// another are taken as they are.
    #[must_use]
    pub fn with_half_life(mut self, half_life: Duration) -> Self {
        self.half_life = half_life.as_secs_f64().max(1.0);
        self
    }

    /// Counts one use of `key` at the time `now`. O(keys).
    ///
    /// # Errors
    ///
    /// [`EntryFault`] for a key that no index would hold.
    pub fn record(&mut self, key: &str, now: f64) -> Result<(), EntryFault> {
        check(key)?;
        let now = if now.is_finite() {
            now
        } else {
            self.latest.max(0.0)
        };
        self.latest = self.latest.max(now);
        if let Some(row) = self.rows.iter_mut().find(|row| row.key == key) {
            let last = row.last.max(now);
            let kept = |since: f64| ((since - last) / self.half_life).exp2();
            row.count = row.count * kept(row.last) + kept(now);
            row.last = last;
            return Ok(());
        }
        self.rows.push(Past {
            key: key.to_owned(),
            last: now,
            count: 1.0,
        });
        if self.rows.len() > self.capacity {
            self.drop_faintest();
        }
        Ok(())
    }

    /// How often `key` was recorded, decayed to `now`; 0 for one that is not there. O(keys).
    pub fn count(&self, key: &str, now: f64) -> f64 {
        let row = self.rows.iter().find(|row| row.key == key);
        row.map_or(0.0, |row| self.count_of(row, now))
    }

    /// The count of a row at `now`. A time before its last use counts as that time.
    pub(super) fn count_of(&self, row: &Past, now: f64) -> f64 {
        let now = if now.is_finite() { now } else { self.latest };
        row.count * ((row.last - now).min(0.0) / self.half_life).exp2()
    }

    /// The keys with their times and counts, in no particular order.
    pub fn rows(&self) -> &[Past] {
        &self.rows
    }

    /// The keys, last used first: what may be shown before anything is typed. O(keys · log keys).
    pub fn recent(&self) -> Vec<&Past> {
        let mut rows: Vec<&Past> = self.rows.iter().collect();
        rows.sort_by(|a, b| b.last.total_cmp(&a.last).then_with(|| a.key.cmp(&b.key)));
        rows
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True when there is no key.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Removes `key`, and says whether it was there. O(keys).
    pub fn forget(&mut self, key: &str) -> bool {
        let before = self.rows.len();
        self.rows.retain(|row| row.key != key);
        self.rows.len() < before
    }

    /// Removes every key that was last used before `time`: a limit on how long a history is kept. O(keys).
    pub fn forget_before(&mut self, time: f64) {
        self.rows.retain(|row| row.last >= time);
    }

    /// Removes all keys, and the memory that held them.
    pub fn clear(&mut self) {
        self.rows = Vec::new();
        self.latest = f64::NEG_INFINITY;
    }

    /// All counts fade alike, so the order of log2(count) + last / half-life is the order at any time.
    fn drop_faintest(&mut self) {
        let strength = |row: &Past| row.count.log2() + row.last / self.half_life;
        let faintest = self.rows.iter().enumerate().min_by(|(_, a), (_, b)| {
            strength(a)
                .total_cmp(&strength(b))
                .then_with(|| b.key.cmp(&a.key))
        });
        if let Some((at, _)) = faintest {
            self.rows.swap_remove(at);
        }
    }
}

impl Default for History {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("History")
            .field("keys", &self.rows.len())
            .field("capacity", &self.capacity)
            .field("half_life", &self.half_life)
            .finish_non_exhaustive()
    }
}

fn check(key: &str) -> Result<(), EntryFault> {
    if key.is_empty() {
        return Err(EntryFault::Empty);
    }
    if key.len() > MAX_TEXT {
        return Err(EntryFault::TooLong { found: key.len() });
    }
    match key.find(char::is_control) {
        Some(position) => Err(EntryFault::Control { position }),
        None => Ok(()),
    }
}

/// What is stored: plain fields, checked on the way in.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
struct Form {
    capacity: usize,
    half_life: f64,
    rows: Vec<Past>,
}

#[cfg(feature = "serde")]
impl From<History> for Form {
    fn from(history: History) -> Self {
        Self {
            capacity: history.capacity,
            half_life: history.half_life,
            rows: history.rows,
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Form> for History {
    type Error = HistoryFault;

    fn try_from(form: Form) -> Result<Self, HistoryFault> {
        let Form {
            capacity,
            half_life,
            rows,
        } = form;
        if capacity > MAX_HISTORY || rows.len() > capacity {
            return Err(HistoryFault::TooMany {
                found: capacity.max(rows.len()),
            });
        }
        if !(half_life.is_finite() && half_life > 0.0) {
            return Err(HistoryFault::HalfLife { found: half_life });
        }
        let mut seen = std::collections::HashSet::new();
        for (row, past) in rows.iter().enumerate() {
            check(&past.key).map_err(|source| HistoryFault::Key { row, source })?;
            if !seen.insert(past.key.as_str()) {
                return Err(HistoryFault::Twice { row });
            }
            if !(past.last.is_finite() && past.count.is_finite() && past.count >= 1.0) {
                return Err(HistoryFault::Number { row });
            }
        }
        let latest = rows.iter().map(|row| row.last).fold(f64::NEG_INFINITY, f64::max);
        Ok(Self {
            capacity,
            half_life,
            latest,
            rows,
        })
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    fn form(rows: Vec<Past>) -> Form {
        Form {
            capacity: 2,
            half_life: 10.0,
            rows,
        }
    }

    fn past(key: &str, count: f64) -> Past {
        Past {
            key: key.into(),
            last: 5.0,
            count,
        }
    }

    #[test]
    fn a_stored_history_comes_back_and_a_bad_one_is_refused() {
        let mut history = History::new()
            .with_capacity(2)
            .with_half_life(Duration::from_secs(10));
        history.record("a", 5.0).unwrap();
        assert_eq!(History::try_from(Form::from(history.clone())), Ok(history));

        let fault = |rows| History::try_from(form(rows)).unwrap_err();
        assert_eq!(
            fault(vec![past("a", 1.0), past("a", 1.0)]),
            HistoryFault::Twice { row: 1 }
        );
        assert_eq!(fault(vec![past("a", f64::NAN)]), HistoryFault::Number { row: 0 });
        assert_eq!(fault(vec![past("a", 1.0); 3]), HistoryFault::TooMany { found: 3 });
        assert_eq!(
            fault(vec![past("", 1.0)]),
            HistoryFault::Key {
                row: 0,
                source: EntryFault::Empty
            }
        );
        let odd = Form {
            half_life: 0.0,
            ..form(vec![])
        };
        assert_eq!(
            History::try_from(odd).unwrap_err(),
            HistoryFault::HalfLife { found: 0.0 }
        );
    }
}
