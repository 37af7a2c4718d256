//! Whether answers, or figures, have changed.

use rustc_hash::FxHashSet;
use std::collections::VecDeque;

/// Share of the first `k` suggestions that are not in both answers: 0 where the same entries are shown, in whatever
/// order, 1 where none is shown in both. Two empty answers are the same. O(k).
pub fn churn<A: AsRef<str>, B: AsRef<str>>(before: &[A], after: &[B], k: usize) -> f64 {
    let before: FxHashSet<&str> = before.iter().take(k).map(AsRef::as_ref).collect();
    let after: FxHashSet<&str> = after.iter().take(k).map(AsRef::as_ref).collect();
    let most = before.len().max(after.len());
    if most == 0 {
        return 0.0;
    }
    1.0 - before.intersection(&after).count() as f64 / most as f64
}

/// Which change of a figure does harm.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Harm {
    /// A fall: MRR, success, coverage.
    Falling,
    /// A rise: churn, lags.
    Rising,
}

/// What a [`DriftAlarm`] makes of a new figure.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Alarm {
    /// Too few figures yet to judge.
    Learning,
    /// As before.
    Quiet,
    /// Worse than before by this much, which is more than chance explains. It is not taken into the baseline.
    Drift {
        /// Distance from the baseline's mean; positive.
        by: f64,
    },
}

/// Watches a figure that is measured again and again, such as the MRR of a weekly replay.
///
/// A figure is drift if it is worse than the mean of the last good ones by more than both `sigmas` times their standard
/// deviation and `margin`. Alarms stay out of the baseline, so a lasting drop alarms until
/// [`accept`](Self::accept) says that it is the new normal.
#[derive(Clone, Debug)]
pub struct DriftAlarm {
    harm: Harm,
    sigmas: f64,
    margin: f64,
    window: usize,
    least: usize,
    baseline: VecDeque<f64>,
}

impl DriftAlarm {
    /// An alarm over the last 12 good figures, from the 4th on, at 3 standard deviations and at least 0.01.
    pub fn new(harm: Harm) -> Self {
        Self {
            harm,
            sigmas: 3.0,
            margin: 0.01,
            window: 12,
            least: 4,
            baseline: VecDeque::new(),
        }
    }

    /// Sets how many standard deviations count as chance; not negative (a negative or NaN value counts as 0).
    #[must_use]
    pub fn with_sigmas(mut self, sigmas: f64) -> Self {
        self.sigmas = sigmas.max(0.0);
        self
    }

    /// Sets the least difference that matters, in the figure's own unit; not negative (else 0).
    #[must_use]
    pub fn with_margin(mut self, margin: f64) -> Self {
        self.margin = margin.max(0.0);
        self
    }

    /// Sets how many good figures make the baseline, and from how many on it is judged; at least 2 each.
    #[must_use]
    pub fn with_window(mut self, window: usize, least: usize) -> Self {
        self.window = window.max(2);
        self.least = least.clamp(2, self.window);
        self
    }

    /// Judges a new figure and, if it is good, takes it into the baseline. A figure that is not finite is drift by
    /// infinity once there is a baseline, and is passed over before.
    pub fn observe(&mut self, figure: f64) -> Alarm {
        let judged = self.baseline.len() >= self.least;
        if !figure.is_finite() {
            let by = f64::INFINITY;
            return if judged {
                Alarm::Drift { by }
            } else {
                Alarm::Learning
            };
        }
        if judged {
            let count = self.baseline.len() as f64;
            let mean = self.baseline.iter().sum::<f64>() / count;
            let squares: f64 = self.baseline.iter().map(|known| (known - mean).powi(2)).sum();
            let deviation = (squares / (count - 1.0)).sqrt();
            let by = match self.harm {
                Harm::Falling => mean - figure,
                Harm::Rising => figure - mean,
            };
            if by > self.margin && by > self.sigmas * deviation {
                return Alarm::Drift { by };
            }
        }
        if self.baseline.len() == self.window {
            self.baseline.pop_front();
        }
        self.baseline.push_back(figure);
        if judged { Alarm::Quiet } else { Alarm::Learning }
    }

    /// Forgets the baseline: what comes next is the new normal.
    pub fn accept(&mut self) {
        self.baseline.clear();
    }
}
