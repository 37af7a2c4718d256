//! What is wanted much more than usual.
//!
//! Two decayed counts a key, one with a short half-life and one with a long one. Their difference estimates the usual
//! rate without the recent rush; under a Poisson process of that rate, the short count has a known mean and variance,
//! and its distance from the mean in standard deviations is the *burst*.

use super::decay::{Decay, HalfLife, log_add};
use super::popularity::Popularity;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Events that every key is taken to have had before its first: what keeps the burst of a new key finite.
const PRIOR: f64 = 0.5;

/// What counts as a trend.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TrendSettings {
    /// The half-life of "now". An hour by default.
    pub short: HalfLife,
    /// The half-life of "usually", longer than `short`. A week by default.
    pub long: HalfLife,
    /// The least decayed number of recent observations. 10 by default.
    pub min_support: f64,
    /// The least number of different users among the recent observations, up to 64: one who repeats himself makes no
    /// trend. 3 by default.
    pub min_users: u32,
    /// The least burst. 4 standard deviations by default.
    pub min_burst: f64,
    /// The most keys that are watched; the least observed are forgotten. 100,000 by default, about 150 bytes each and
    /// the key.
    pub capacity: usize,
}

impl Default for TrendSettings {
    fn default() -> Self {
        Self {
            short: HalfLife::HOUR,
            long: HalfLife::WEEK,
            min_support: 10.0,
            min_users: 3,
            min_burst: 4.0,
            capacity: 100_000,
        }
    }
}

/// A key that is wanted much more than usual.
#[derive(Clone, PartialEq, Debug)]
pub struct Trend {
    /// The key.
    pub key: String,
    /// How far the recent count lies above its expectation, in standard deviations.
    pub burst: f64,
    /// The recent rate as a multiple of the usual one.
    pub ratio: f64,
    /// The decayed number of recent observations.
    pub support: f64,
}

#[derive(Clone, Debug)]
struct Watched {
    long: f64,
    /// A bit for each user seen in the present window of one short half-life, and in the one before: the number of bits
    /// is at most the number of users.
    users: [u64; 2],
    window: f64,
}

/// Watches keys for trends. One writer.
///
/// The score of its table is the short count's; all times are seconds of the clock that the observations use.
#[derive(Clone, Debug)]
pub struct Trends {
    settings: TrendSettings,
    short: Decay,
    long: Decay,
    begun: f64,
    table: Popularity<Watched>,
}

impl Trends {
    /// Watches from `begun` on, in seconds. Before a short half-life has passed nothing is a trend: nothing is usual yet.
    pub fn new(settings: TrendSettings, begun: f64) -> Self {
        Self {
            settings,
            short: Decay::new(settings.short, begun),
            long: Decay::new(settings.long, begun),
            begun,
            table: Popularity::new(settings.capacity),
        }
    }

    /// Counts an observation of `key` at the time `at` by the user with this [hash](super::UserHash). O(1).
    pub fn observe(&mut self, key: &str, user: u64, at: f64) {
        if self.table.is_empty() {
            self.begun = self.begun.min(at);
        }
        let gain = self.short.score(1.0, at);
        let window = (at / self.settings.short.as_secs()).floor();
        let bit = 1 << (user >> 58);
        let long = self.long.score(1.0, at);
        if let Some(seen) = self.table.add(key, gain, at) {
            seen.add(long, window, bit);
        } else {
            let seen = Watched {
                long,
                users: [bit, 0],
                window,
            };
            self.table.insert(key, gain, at, seen);
        }
    }

    /// Stops watching a key until it is observed again.
    pub fn forget(&mut self, key: &str) {
        self.table.take(key);
    }

    /// The `k` keys with the strongest bursts at `now` among those that `allowed` accepts, strongest first; equal ones
    /// in the order of their bytes. O(keys watched).
    pub fn trending(&self, k: usize, now: f64, allowed: impl Fn(&str) -> bool) -> Vec<Trend> {
        let mut best = BinaryHeap::new();
        let window = (now / self.settings.short.as_secs()).floor();
        for (key, row) in self.table.rows() {
            let Some(rush) = self.judge(row.score, &row.payload, window, now) else {
                continue;
            };
            let ranked = Reverse(Ranked { rush, key });
            let enters = best.len() < k || best.peek().is_some_and(|worst| ranked < *worst);
            if enters && allowed(key) {
                best.push(ranked);
                if best.len() > k {
                    best.pop();
                }
            }
        }
        let trend = |Reverse(Ranked { rush, key }): Reverse<Ranked<'_>>| Trend {
            key: key.into(),
            burst: rush.burst,
            ratio: rush.ratio,
            support: rush.support,
        };
        best.into_sorted_vec().into_iter().map(trend).collect()
    }

    /// How a key is wanted now, where that is a trend.
    fn judge(&self, short: f64, seen: &Watched, window: f64, now: f64) -> Option<Rush> {
        let (rule, age) = (&self.settings, now - self.begun);
        let support = self.short.weight(short, now);
        let usual = (self.long.weight(seen.long, now) - support).max(0.0) + PRIOR;
        let (recent_span, whole_span) = (rule.short.span(age), rule.long.span(age));
        let usual_span = whole_span - recent_span;
        let early = age < rule.short.as_secs() || usual_span <= 0.0;
        if early || support < rule.min_support || seen.users_at(window) < rule.min_users.min(64) {
            return None;
        }
        let expected = usual / usual_span * recent_span;
        // Shot noise whose kernel halves in H has the variance rate · ∫ 2^(−2x/H) dx; and the usual rate is itself an
        // estimate from `usual` events.
        let noise = usual / usual_span * rule.short.span(2.0 * age) / 2.0;
        let doubt = expected * recent_span / usual_span;
        let burst = (support - expected) / (noise + doubt).sqrt();
        let ratio = support / expected;
        (burst >= rule.min_burst).then_some(Rush {
            burst,
            ratio,
            support,
        })
    }
}

impl Watched {
    fn add(&mut self, long: f64, window: f64, bit: u64) {
        self.long = log_add(self.long, long);
        if window > self.window {
            let before = if window == self.window + 1.0 {
                self.users[0]
            } else {
                0
            };
            self.users = [0, before];
            self.window = window;
        }
        match self.window - window {
            0.0 => self.users[0] |= bit,
            1.0 => self.users[1] |= bit,
            _ => {}
        }
    }

    /// How many users there were, at least, in the window that is given and the one before.
    fn users_at(&self, window: f64) -> u32 {
        match window - self.window {
            behind if behind <= 0.0 => (self.users[0] | self.users[1]).count_ones(),
            1.0 => self.users[0].count_ones(),
            _ => 0,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Rush {
    burst: f64,
    ratio: f64,
    support: f64,
}

struct Ranked<'a> {
    rush: Rush,
    key: &'a str,
}

impl Ord for Ranked<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let by_burst = self.rush.burst.total_cmp(&other.rush.burst);
        by_burst.then_with(|| other.key.cmp(self.key))
    }
}

impl PartialOrd for Ranked<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked<'_> {}
