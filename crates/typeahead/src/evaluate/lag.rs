//! How long a change takes to be seen.

use rustc_hash::FxHashMap;

/// Lags below this many seconds fall into the first bucket.
const FINEST: f64 = 1e-6;
/// Each bucket reaches 5 % further than the one before.
const GROWTH: f64 = 1.05;
/// So many buckets reach from a microsecond to more than a day.
const BUCKETS: usize = 520;

/// Records how long changes take to be seen: a new weight in an answer (freshness), a removed entry out of all answers
/// (removal). Use one recorder for each.
///
/// Times are seconds on any one clock. Memory is bounded: at most as many changes wait as the constructor says, and lags
/// are kept in buckets that are 5 % wide.
#[derive(Clone, Debug)]
pub struct Lags {
    waiting: FxHashMap<String, f64>,
    most_waiting: usize,
    buckets: Vec<u64>,
    seen: u64,
    refused: u64,
    sum: f64,
    longest: f64,
}

/// What a [`Lags`] has recorded, in seconds; 0 where nothing was seen.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LagReport {
    /// Changes that were seen.
    pub seen: u64,
    /// Changes not seen yet.
    pub waiting: u64,
    /// Changes that were not followed because too many were waiting, or because the time was not a number.
    pub refused: u64,
    /// Mean lag.
    pub mean: f64,
    /// Median lag, at most 5 % too long.
    pub p50: f64,
    /// The lag that 99 of 100 do not exceed, at most 5 % too long.
    pub p99: f64,
    /// The longest lag.
    pub longest: f64,
}

impl Lags {
    /// A recorder that follows at most `most_waiting` changes at once.
    pub fn new(most_waiting: usize) -> Self {
        Self {
            waiting: FxHashMap::default(),
            most_waiting,
            buckets: vec![0; BUCKETS],
            seen: 0,
            refused: 0,
            sum: 0.0,
            longest: 0.0,
        }
    }

    /// Says that `what` was changed at `at`. A change that already waits goes on from its first time.
    pub fn changed(&mut self, what: &str, at: f64) {
        if self.waiting.contains_key(what) {
            return;
        }
        if self.waiting.len() >= self.most_waiting || !at.is_finite() {
            self.refused += 1;
            return;
        }
        self.waiting.insert(what.to_owned(), at);
    }

    /// Says that the change of `what` was seen at `at`, and returns its lag. `None` if no change of it waits, or if
    /// `at` is not finite. A time before the change counts as no lag.
    pub fn seen(&mut self, what: &str, at: f64) -> Option<f64> {
        if !at.is_finite() {
            return None;
        }
        let lag = (at - self.waiting.remove(what)?).max(0.0);
        self.seen += 1;
        self.sum += lag;
        self.longest = self.longest.max(lag);
        self.buckets[bucket(lag)] += 1;
        Some(lag)
    }

    /// What was recorded so far.
    pub fn report(&self) -> LagReport {
        LagReport {
            seen: self.seen,
            waiting: self.waiting.len() as u64,
            refused: self.refused,
            mean: self.sum / self.seen.max(1) as f64,
            p50: self.quantile(0.5),
            p99: self.quantile(0.99),
            longest: self.longest,
        }
    }

    /// The end of the bucket in which the share `share` of all lags is reached.
    fn quantile(&self, share: f64) -> f64 {
        let wanted = (self.seen as f64 * share).ceil().max(1.0) as u64;
        let mut passed = 0;
        for (at, count) in self.buckets.iter().enumerate().take(BUCKETS - 1) {
            passed += count;
            if passed >= wanted {
                return (FINEST * GROWTH.powi(at as i32)).min(self.longest);
            }
        }
        self.longest
    }
}

fn bucket(lag: f64) -> usize {
    if lag <= FINEST {
        return 0;
    }
    // The last bucket takes what is longer.
    (((lag / FINEST).ln() / GROWTH.ln()).ceil() as usize).min(BUCKETS - 1)
}
