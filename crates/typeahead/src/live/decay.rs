//! Popularity that ages without being rewritten: forward decay, in log space.
//!
//! An observation of weight *w* at time *t* is worth *w* · 2^((*t* − *L*) / *H*) for a fixed landmark *L* and half-life
//! *H*: what is new counts more, and what is old stays as it is (Cormode, Shkapenyuk, Srivastava and Xu, "Forward
//! decay", ICDE 2009). Every sum ages at the same rate, so the order of keys changes only when something is observed.
//! The sums grow without limit; their logarithms do not overflow.

use std::f64::consts::LN_2;
use std::time::Duration;

/// The time in which an observation loses half of its weight.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct HalfLife(f64);

impl HalfLife {
    /// 60 minutes.
    pub const HOUR: Self = Self(3600.0);
    /// 24 hours.
    pub const DAY: Self = Self(24.0 * 3600.0);
    /// Seven days: what a [`Live`](super::Live) has unless it is told otherwise.
    pub const WEEK: Self = Self(7.0 * 24.0 * 3600.0);

    /// A half-life of this length, or `None` when it is zero.
    pub fn of(length: Duration) -> Option<Self> {
        (!length.is_zero()).then_some(Self(length.as_secs_f64()))
    }

    /// Its length in seconds, above 0.
    pub const fn as_secs(self) -> f64 {
        self.0
    }

    /// How many half-lives lie between two times, in seconds; negative when `to` is earlier.
    pub const fn between(self, from: f64, to: f64) -> f64 {
        (to - from) / self.0
    }

    /// Seconds that count in full in a decayed sum which began `age` seconds ago: *H* / ln 2 · (1 − 2^(−age / *H*)). A
    /// steady rate times this is the sum's expectation.
    pub fn span(self, age: f64) -> f64 {
        self.0 / LN_2 * -(-LN_2 * age.max(0.0) / self.0).exp_m1()
    }
}

/// A half-life and the landmark to which scores are relative.
///
/// A *decayed score* is ln Σ *w* · 2^((*t* − landmark) / half-life); −∞ for an empty sum.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Decay {
    half_life: HalfLife,
    landmark: f64,
}

impl Decay {
    /// Scores relative to `landmark`, in seconds of any clock that observations use too.
    pub const fn new(half_life: HalfLife, landmark: f64) -> Self {
        Self { half_life, landmark }
    }

    /// The half-life.
    pub const fn half_life(&self) -> HalfLife {
        self.half_life
    }

    /// The decayed score of one observation; −∞ for weight 0. `weight` is not negative, `at` finite.
    pub fn score(&self, weight: f64, at: f64) -> f64 {
        weight.ln() + self.growth(at)
    }

    /// What the sum of a decayed score is worth as a weight at the time `at`: at the time for which a base's weights
    /// hold, it compares with them and can be added to them. Saturates at [`f64::MAX`].
    pub fn weight(&self, score: f64, at: f64) -> f64 {
        (score - self.growth(at)).exp().min(f64::MAX)
    }

    fn growth(&self, at: f64) -> f64 {
        self.half_life.between(self.landmark, at) * LN_2
    }
}

/// ln(e^a + e^b), without overflow and without loss where one is far below the other.
///
/// Takes a few nanoseconds. Commutative; associative but for rounding.
pub fn log_add(a: f64, b: f64) -> f64 {
    let (high, low) = if a >= b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY {
        return high;
    }
    high + (low - high).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_halves_in_a_half_life() {
        let decay = Decay::new(HalfLife::DAY, 1e9);
        let score = decay.score(8.0, 1e9);
        let after = |days: f64| decay.weight(score, 1e9 + days * 86_400.0);
        assert!((after(0.0) - 8.0).abs() < 1e-12);
        assert!((after(3.0) - 1.0).abs() < 1e-12);
        assert_eq!(decay.weight(decay.score(0.0, 2e9), 2e9), 0.0);
    }

    #[test]
    fn far_apart_times_neither_overflow_nor_vanish() {
        let decay = Decay::new(HalfLife::HOUR, 0.0);
        let late = decay.score(1.0, 1e9);
        assert!(late.is_finite() && late > 1e5);
        assert_eq!(log_add(late, decay.score(1.0, 0.0)), late);
        assert_eq!(decay.weight(late, 0.0), f64::MAX);
        assert_eq!(log_add(f64::NEG_INFINITY, f64::NEG_INFINITY), f64::NEG_INFINITY);
    }

    #[test]
    fn a_span_is_the_age_at_first_and_a_constant_at_last() {
        let hour = HalfLife::HOUR;
        assert!((hour.span(1.0) - 1.0).abs() < 1e-3);
        assert!((hour.span(1e9) - 3600.0 / LN_2).abs() < 1e-6);
        assert_eq!(HalfLife::of(Duration::ZERO), None);
        assert_eq!(HalfLife::of(Duration::from_secs(3600)), Some(hour));
    }
}
