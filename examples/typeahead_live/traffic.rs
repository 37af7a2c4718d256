//! Who searches for what: entries drawn by weight, from people drawn evenly.

use bowerbird::core::UserId;
use bowerbird::typeahead::Entry;

/// Searches in a day.
pub(crate) const SEARCHES: f64 = 86_400.0;
/// People who search.
const PEOPLE: u64 = 30_000;
/// Days of searches that a base is worth where weights halve in a week: 7 / ln 2.
const DAYS: f64 = 10.1;

/// SplitMix64 (Steele, Lea and Flood, 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In 0..1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }
}

/// Draws searches.
pub(crate) struct Traffic<'e> {
    entries: &'e [Entry],
    /// The sum of the weights up to each entry, itself included.
    sums: Vec<f64>,
    random: Random,
}

impl<'e> Traffic<'e> {
    pub(crate) fn new(entries: &'e [Entry], seed: u64) -> Self {
        let mut sum = 0.0;
        let add = |entry: &Entry| {
            sum += entry.weight;
            sum
        };
        Self {
            entries,
            sums: entries.iter().map(add).collect(),
            random: Random(seed),
        }
    }

    /// What one search counts in units of the weights, so that days like this one would keep them as they are.
    pub(crate) fn unit(&self) -> f64 {
        let all = self.sums.last().copied().unwrap_or_default();
        (all / (SEARCHES * DAYS)).max(f64::MIN_POSITIVE)
    }

    /// A search: what, and who.
    pub(crate) fn draw(&mut self) -> (&'e str, UserId) {
        let all = self.sums.last().copied().unwrap_or_default();
        let at = self.random.share() * all;
        let place = self.sums.partition_point(|&sum| sum <= at);
        let entry = &self.entries[place.min(self.entries.len() - 1)];
        (&entry.text, UserId(self.random.below(PEOPLE)))
    }
}
