//! A history as a source: what was typed before, on the scale of what everybody types.

use super::History;
use crate::{BestFirst, Found, Source};

/// How strongly a person's own queries come up.
///
/// The score of a key with global weight *w* and own decayed count *c* is
///
/// ln max(*w*, floor) + boost · ln(1 + *c*),
///
/// which compares with the global score ln *w*: one use just now multiplies the weight by 2^boost, ten uses by 11^boost,
/// and as the count fades the key falls back to its global place, never below it. The default boost is not fitted to
/// data; a host can fit it to its own logs.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Recall {
    floor: f64,
    boost: f64,
}

impl Recall {
    /// Floor 1, boost 6.
    pub const fn new() -> Self {
        Self {
            floor: 1.0,
            boost: 6.0,
        }
    }

    /// The weight of a key that the index lacks, or has with less. Above 0; anything else counts as 1.
    #[must_use]
    pub fn with_floor(mut self, floor: f64) -> Self {
        self.floor = if floor.is_finite() && floor > 0.0 {
            floor
        } else {
            1.0
        };
        self
    }

    /// The factor of ln(1 + count), 0 to 100; what is no number counts as 0.
    #[must_use]
    pub fn with_boost(mut self, boost: f64) -> Self {
        self.boost = if boost.is_nan() {
            0.0
        } else {
            boost.clamp(0.0, 100.0)
        };
        self
    }

    /// The weight whose logarithm is the score. Saturates at [`f64::MAX`].
    pub fn weight(&self, global: Option<f64>, count: f64) -> f64 {
        let base = global.map_or(self.floor, |weight| weight.max(self.floor));
        (base * (1.0 + count.max(0.0)).powf(self.boost)).min(f64::MAX)
    }
}

impl Default for Recall {
    fn default() -> Self {
        Self::new()
    }
}

/// A [`History`] at one moment as a [`Source`]: [`History::source`] makes it.
#[derive(Clone, Copy, Debug)]
pub struct HistorySource<'h> {
    history: &'h History,
    base: &'h dyn Source,
    recall: Recall,
    now: f64,
}

impl History {
    /// The history as a source at the time `now`. What is known about a key is looked up in `base`; a key that `base`
    /// lacks is a plain query, so give [`record`](Self::record) only what was meant to be found again.
    ///
    /// A walk looks at every row, looks those under the prefix up in `base` and sorts them: some microseconds for 200
    /// rows. Removals and rules are not its affair: whoever merges sources applies them to this one too.
    pub fn source<'h>(&'h self, base: &'h dyn Source, recall: Recall, now: f64) -> HistorySource<'h> {
        HistorySource {
            history: self,
            base,
            recall,
            now,
        }
    }
}

impl<'h> HistorySource<'h> {
    fn found(&self, key: &str, count: f64) -> Found<'h> {
        let base = self.base.get(key);
        let weight = self.recall.weight(base.map(|found| found.weight), count);
        Found {
            weight,
            ..base.unwrap_or(Found::plain(weight))
        }
    }
}

impl Source for HistorySource<'_> {
    fn len(&self) -> usize {
        self.history.len()
    }

    fn best_first<'s>(&'s self, prefix: &str) -> Box<dyn BestFirst + 's> {
        let under = self
            .history
            .rows()
            .iter()
            .filter(|row| row.key.starts_with(prefix));
        let mut rows: Vec<_> = under
            .map(|row| {
                (
                    row.key.as_str(),
                    self.found(&row.key, self.history.count_of(row, self.now)),
                )
            })
            .collect();
        // From the back, so that the walk pops.
        rows.sort_by(|(a, fa), (b, fb)| fa.weight.total_cmp(&fb.weight).then_with(|| b.cmp(a)));
        Box::new(Walk {
            rows,
            at: ("", Found::plain(0.0)),
        })
    }

    fn get(&self, key: &str) -> Option<Found<'_>> {
        let row = self.history.rows().iter().find(|row| row.key == key)?;
        Some(self.found(key, self.history.count_of(row, self.now)))
    }
}

struct Walk<'s> {
    rows: Vec<(&'s str, Found<'s>)>,
    at: (&'s str, Found<'s>),
}

impl BestFirst for Walk<'_> {
    fn advance(&mut self) -> Option<f64> {
        self.at = self.rows.pop()?;
        Some(self.at.1.score())
    }

    fn key(&self) -> &str {
        self.at.0
    }

    fn found(&self) -> Found<'_> {
        self.at.1
    }
}
