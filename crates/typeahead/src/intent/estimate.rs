//! Intent from engagement.

use crate::Intent;

/// What followed a query: counts, which may be decayed or fractional. What is negative or not finite counts as 0.
///
/// All counts but [`distinct`](Self::distinct) are of *searches*: a search in which five things were saved counts once
/// among the saves.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default)
)]
pub struct Engagement {
    /// Searches whose results were seen.
    pub impressions: f64,
    /// Searches with a click on a result.
    pub clicks: f64,
    /// Searches after which something was saved.
    pub saves: f64,
    /// Searches in which a picture was looked at close up.
    pub close_ups: f64,
    /// Searches that led out: to a shop, a recipe, a purchase.
    pub outbound: f64,
    /// Searches that were followed at once by another in other words.
    pub reformulations: f64,
    /// How many different things the clicks went to: their number, or e to the entropy of their shares, which rare
    /// clicks disturb less. Clicks beyond [`clicks`](Self::clicks) are not counted.
    pub distinct: f64,
}

impl Engagement {
    /// Adds the counts of another time or place. `distinct` is added too, which counts twice what was clicked in both.
    pub fn merge(&mut self, other: &Self) {
        self.impressions += other.impressions;
        self.clicks += other.clicks;
        self.saves += other.saves;
        self.close_ups += other.close_ups;
        self.outbound += other.outbound;
        self.reformulations += other.reformulations;
        self.distinct += other.distinct;
    }

    /// The counts as rates, each as (times it happened, times it could have): saves, close-ups, outbound,
    /// reformulations, distinct.
    fn rates(&self) -> [(f64, f64); RATES] {
        let of = |count: f64, all: f64| {
            let all = held(all);
            (held(count).min(all), all)
        };
        [
            of(self.saves, self.impressions),
            of(self.close_ups, self.impressions),
            of(self.outbound, self.impressions),
            of(self.reformulations, self.impressions),
            of(self.distinct, self.clicks),
        ]
    }
}

const RATES: usize = 5;

/// The lowest and highest usual rate: no rate is impossible or certain.
const USUAL: std::ops::RangeInclusive<f64> = 1e-4..=1.0 - 1e-4;

fn held(count: f64) -> f64 {
    if count.is_finite() { count.max(0.0) } else { 0.0 }
}

/// Learns an [`Intent`] from an [`Engagement`].
///
/// Each rate *r* (saves, close-ups, outbound, reformulations per search; distinct things per click) is smoothed towards
/// the usual rate *m* with a Beta prior, as if *s* searches at that rate had been seen before:
///
/// r = (times it happened + s·m) / (times it could have + s),
///
/// and compared with the usual: L = r / (r + m), which is ½ for what is usual, 0 for what never happens. The axes are
/// means of these:
///
/// | axis | of | rises with | falls with |
/// |---|---|---|---|
/// | visual | L(close-ups), L(saves) | close-ups, saves | |
/// | aspirational | L(saves), 1 − L(outbound) | saves | outbound |
/// | specific | L(outbound), 1 − L(distinct), 1 − L(reformulations) | outbound, clicks | distinct, reformulations |
/// | broad | L(distinct), L(reformulations) | distinct, reformulations | clicks |
///
/// Each axis is monotone in each of the counts named, the others unchanged; the rest doesn't touch it, but for the
/// impressions, of which all rates but one are shares. An axis is written as 1 + 254 times the mean, rounded, so that
/// the usual query has 128 everywhere, and a known intent is never all zero. A query that nobody saw is unknown: zero.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Estimator {
    usual: [f64; RATES],
    strength: f64,
}

impl Estimator {
    /// An estimator for a corpus: `totals` are the counts of all its queries together, from which the usual rates are
    /// taken. With `distinct`, add up that of the queries, as [`Engagement::merge`] does. A rate that nothing is known
    /// about is usually ½.
    pub fn new(totals: &Engagement) -> Self {
        let usual = totals.rates().map(|(count, all)| {
            let rate = if all > 0.0 { count / all } else { 0.5 };
            rate.clamp(*USUAL.start(), *USUAL.end())
        });
        Self {
            usual,
            strength: 20.0,
        }
    }

    /// Smooths as if this many searches at the usual rates had been seen: above 0; 20 unless it is set, and for what is
    /// no such number.
    #[must_use]
    pub fn with_strength(mut self, searches: f64) -> Self {
        self.strength = if searches.is_finite() && searches > 0.0 {
            searches
        } else {
            20.0
        };
        self
    }

    /// The intent of a query with these counts.
    pub fn intent(&self, engagement: &Engagement) -> Intent {
        if held(engagement.impressions) == 0.0 {
            return Intent::default();
        }
        let mut lifts = [0.0; RATES];
        for ((lift, (count, all)), usual) in lifts.iter_mut().zip(engagement.rates()).zip(self.usual) {
            let rate = (count + self.strength * usual) / (all + self.strength);
            *lift = rate / (rate + usual);
        }
        let [saves, close_ups, outbound, reformulations, distinct] = lifts;
        let axis = |mean: f64| (1.0 + 254.0 * mean).round() as u8;
        Intent {
            visual: axis((close_ups + saves) / 2.0),
            aspirational: axis((saves + 1.0 - outbound) / 2.0),
            specific: axis((outbound + 1.0 - distinct + 1.0 - reformulations) / 3.0),
            broad: axis((distinct + reformulations) / 2.0),
        }
    }
}
