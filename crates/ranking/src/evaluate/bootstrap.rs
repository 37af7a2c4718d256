//! Bootstrap intervals over users.
//!
//! A mean over users is a sample's mean; other users would have given another. The percentile bootstrap (Efron, "Bootstrap
//! methods: another look at the jackknife", Annals of Statistics 1979) draws as many users with replacement, many times,
//! and reads the interval off the means. Two systems are compared on the same users, pair by pair, which takes the
//! differences between users out of the comparison.

use super::rng::SplitMix64;

/// A mean with the interval in which it probably lies.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The mean of the sample itself.
    pub mean: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// True when the whole interval is above zero: for a difference, the first is better than the second.
    pub fn is_above_zero(&self) -> bool {
        self.low > 0.0
    }
}

/// Percentile bootstrap over users. Same values, settings and seed: same interval.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default)
)]
pub struct Bootstrap {
    /// Samples drawn, 100 to 1,000,000. Default 2,000. The ends wobble by about 1/√samples of the interval's width.
    pub resamples: u32,
    /// The share of sample means inside the interval, 0.5 to 0.999. Default 0.95.
    pub level: f64,
    /// Seeds the draws. Default 1.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self {
            resamples: 2_000,
            level: 0.95,
            seed: 1,
        }
    }
}

impl Bootstrap {
    /// The mean of `values`, one a user. O(resamples × users).
    ///
    /// # Errors
    ///
    /// [`BootstrapError`] for no values, one that is not finite, or a setting out of range.
    pub fn mean(&self, values: &[f64]) -> Result<Interval, BootstrapError> {
        self.check(values)?;
        Ok(self.interval(values.len(), |user| values[user]))
    }

    /// The mean of `first - second`, pair by pair; entry `i` of both belongs to the same user. O(resamples × users).
    ///
    /// # Errors
    ///
    /// [`BootstrapError`] for lists of different lengths, and as [`mean`](Self::mean).
    pub fn difference(&self, first: &[f64], second: &[f64]) -> Result<Interval, BootstrapError> {
        if first.len() != second.len() {
            return Err(BootstrapError::Unpaired {
                first: first.len(),
                second: second.len(),
            });
        }
        self.check(first)?;
        self.check(second)?;
        Ok(self.interval(first.len(), |user| first[user] - second[user]))
    }

    fn check(&self, values: &[f64]) -> Result<(), BootstrapError> {
        if !(100..=1_000_000).contains(&self.resamples) {
            return Err(BootstrapError::Resamples(self.resamples));
        }
        if !(0.5..=0.999).contains(&self.level) {
            return Err(BootstrapError::Level(self.level));
        }
        if values.is_empty() {
            return Err(BootstrapError::Empty);
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(BootstrapError::NotFinite { at }),
            None => Ok(()),
        }
    }

    fn interval(&self, users: usize, value: impl Fn(usize) -> f64) -> Interval {
        let mut rng = SplitMix64::new(self.seed);
        let mut sample = || (0..users).map(|_| value(rng.below(users))).sum::<f64>() / users as f64;
        let mut means: Vec<f64> = (0..self.resamples).map(|_| sample()).collect();
        means.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| means[(share * (means.len() - 1) as f64).round() as usize];
        let tail = (1.0 - self.level) / 2.0;
        let mean = (0..users).map(&value).sum::<f64>() / users as f64;
        Interval {
            low: at(tail),
            mean,
            high: at(1.0 - tail),
        }
    }
}

/// Why there is no interval.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BootstrapError {
    /// No user has a value. Check that the held-out part is not empty.
    #[error("no values")]
    Empty,
    /// The lists are not about the same users. Evaluate both systems on the same ones, in the same order.
    #[error("{first} values against {second}")]
    Unpaired {
        /// Values in the first list.
        first: usize,
        /// Values in the second.
        second: usize,
    },
    /// A value is NaN or infinite. Leave users without a value out.
    #[error("value {at} is not finite")]
    NotFinite {
        /// Its position.
        at: usize,
    },
    /// [`Bootstrap::resamples`] is out of range. Choose 100 to 1,000,000.
    #[error("{0} resamples, must be 100 to 1000000")]
    Resamples(u32),
    /// [`Bootstrap::level`] is out of range. Choose 0.5 to 0.999.
    #[error("level {0}, must be 0.5 to 0.999")]
    Level(f64),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalish(seed: u64, users: usize) -> Vec<f64> {
        let mut rng = SplitMix64::new(seed);
        // A sum of 12 uniforms less 6 has variance 1.
        (0..users)
            .map(|_| (0..12).map(|_| rng.next() as f64 / u64::MAX as f64).sum::<f64>() - 6.0)
            .collect()
    }

    #[test]
    fn the_interval_is_as_wide_as_theory_says() {
        let values = normalish(3, 400);
        let interval = Bootstrap::default().mean(&values).unwrap();
        let mean = values.iter().sum::<f64>() / 400.0;
        let sd = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 400.0).sqrt();
        assert_eq!(interval.mean, mean);
        let expected = 1.96 * sd / 20.0;
        assert!(
            ((interval.high - interval.low) / 2.0 / expected - 1.0).abs() < 0.1,
            "{interval:?} {expected}"
        );
    }

    #[test]
    fn it_covers_the_truth_about_as_often_as_it_says() {
        let bootstrap = Bootstrap {
            resamples: 400,
            level: 0.9,
            seed: 5,
        };
        let covers = |seed| {
            let interval = bootstrap.mean(&normalish(seed, 60)).unwrap();
            interval.low <= 0.0 && 0.0 <= interval.high
        };
        let covered = (100..400).filter(|&seed| covers(seed)).count();
        assert!((252..=288).contains(&covered), "{covered} of 300 at 0.9");
    }

    #[test]
    fn pairing_takes_the_differences_between_users_out() {
        let base = normalish(9, 200);
        let better: Vec<f64> = base
            .iter()
            .zip(normalish(10, 200))
            .map(|(b, e)| b + 0.1 + 0.1 * e)
            .collect();
        let bootstrap = Bootstrap::default();
        assert!(bootstrap.difference(&better, &base).unwrap().is_above_zero());
        assert!(
            bootstrap.mean(&better).unwrap().low < bootstrap.mean(&base).unwrap().high,
            "unpaired: unclear"
        );
        assert!(!bootstrap.difference(&base, &base).unwrap().is_above_zero());
    }

    #[test]
    fn the_seed_decides() {
        let values = normalish(1, 50);
        let with = |seed| {
            Bootstrap {
                seed,
                ..Bootstrap::default()
            }
            .mean(&values)
            .unwrap()
        };
        assert_eq!(with(4), with(4));
        assert_ne!(with(4).low, with(5).low);
    }

    #[test]
    fn bad_input_is_refused() {
        let bootstrap = Bootstrap::default();
        assert_eq!(bootstrap.mean(&[]), Err(BootstrapError::Empty));
        assert_eq!(
            bootstrap.mean(&[0.0, f64::NAN]),
            Err(BootstrapError::NotFinite { at: 1 })
        );
        assert_eq!(
            bootstrap.difference(&[1.0], &[1.0, 2.0]),
            Err(BootstrapError::Unpaired { first: 1, second: 2 })
        );
        assert_eq!(
            Bootstrap {
                resamples: 3,
                ..bootstrap
            }
            .mean(&[1.0]),
            Err(BootstrapError::Resamples(3))
        );
        assert_eq!(
            Bootstrap {
                level: 1.0,
                ..bootstrap
            }
            .mean(&[1.0]),
            Err(BootstrapError::Level(1.0))
        );
    }
}
