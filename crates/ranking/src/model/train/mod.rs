//! Training of linear models.
//!
//! Two objectives, both convex, both with an L2 penalty on the standardised weights w:
//!
//! - [`Objective::Logistic`]: the mean log loss of each row's own label, Σ c_r · ln(1 + e^(∓ s_r)) / Σ c_r. Its heads are
//!   probabilities.
//! - [`Objective::Softmax`]: the mean over what was chosen of −ln(e^(s_r) / Σ e^(s_j) over the rows j of the same
//!   request). It compares a request's rows with each other, as a ranking does, and is blind to anything that lifts a
//!   whole request. Known as conditional logit (McFadden, "Conditional logit analysis of qualitative choice behavior",
//!   1974) and, with graded labels, as the top-one loss of ListNet (Cao et al., "Learning to rank: from pairwise approach
//!   to listwise approach", ICML 2007).
//!
//! Both are solved by Newton's method with exact second derivatives, a Cholesky factorisation and a backtracking line
//! search: a handful of passes over the data, no learning rate. The rows are summed in chunks that don't depend on the
//! number of threads, so the weights are the same bits in any rayon pool and outside of one.

mod error;
mod loss;
mod newton;
mod set;

use super::linear::{LinearHead, Link};
use bowerbird_core::Progress;
use bowerbird_retrieval::{BuildError, HeadName};
use loss::Problem;

pub use error::TrainError;
pub use set::TrainingSet;

/// What training makes as small as it can.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Objective {
    /// The log loss of each row by itself. Labels 0 to 1.
    #[default]
    Logistic,
    /// The cross-entropy of what was chosen within each request. Labels from 0; needs the set's groups.
    Softmax,
}

/// Settings of [`LogisticTrainer`].
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default)
)]
pub struct LogisticConfig {
    /// What is minimised. Default [`Objective::Logistic`].
    pub objective: Objective,
    /// The penalty `l2 / 2 · |w|²` beside the mean loss, 1e-12 to 1e6, default 1e-4. Larger draws the weights towards 0;
    /// the bias is not penalised.
    pub l2: f64,
    /// Most steps, 1 to 1,000, default 100. Ten are usual.
    pub iterations: usize,
    /// It is done when no derivative is larger, 1e-12 to 0.1, default 1e-8.
    pub tolerance: f64,
}

impl Default for LogisticConfig {
    fn default() -> Self {
        Self {
            objective: Objective::Logistic,
            l2: 1e-4,
            iterations: 100,
            tolerance: 1e-8,
        }
    }
}

/// Trains heads of linear models.
///
/// Time: a few passes of O(rows × features²) and as many factorisations of O(features³). Memory beside the set: up to 32
/// sums of 8 · features² bytes, and the rows of one request a thread.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct LogisticTrainer {
    config: LogisticConfig,
}

/// A trained head and how the training went.
#[derive(Clone, PartialEq, Debug)]
pub struct Fit {
    /// The head.
    pub head: LinearHead,
    /// How the training went.
    pub report: FitReport,
}

/// How a training went.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FitReport {
    /// Newton steps taken.
    pub steps: usize,
    /// The mean loss at the end, in nats, without the penalty.
    pub loss: f64,
    /// The largest derivative at the end.
    pub gradient: f64,
    /// True when it came below the tolerance. Otherwise the weights are the best found: allow more steps, or, with
    /// features that can tell the labels apart perfectly, penalise more.
    pub converged: bool,
}

impl LogisticTrainer {
    /// A trainer with `config`.
    ///
    /// # Errors
    ///
    /// [`BuildError::OutOfRange`] for a setting outside its range.
    pub fn new(config: &LogisticConfig) -> Result<Self, BuildError> {
        let check = |setting, found: f64, range: std::ops::RangeInclusive<f64>, allowed| {
            if range.contains(&found) {
                Ok(())
            } else {
                Err(BuildError::OutOfRange {
                    setting,
                    found,
                    allowed,
                })
            }
        };
        check("l2", config.l2, 1e-12..=1e6, "1e-12 to 1e6")?;
        check("iterations", config.iterations as f64, 1.0..=1_000.0, "1 to 1000")?;
        check("tolerance", config.tolerance, 1e-12..=0.1, "1e-12 to 0.1")?;
        Ok(Self { config: *config })
    }

    /// Trains a head called `head` on `set`, in the caller's rayon pool if there is one.
    ///
    /// # Errors
    ///
    /// [`TrainError`] for a set that contradicts itself or holds nothing to learn from.
    pub fn fit(&self, head: impl Into<HeadName>, set: &TrainingSet<'_>) -> Result<Fit, TrainError> {
        self.fit_with_progress(head, set, &mut |_| {})
    }

    /// [`fit`](Self::fit), telling after each step how many were made, of at most [`LogisticConfig::iterations`].
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit).
    pub fn fit_with_progress(
        &self,
        head: impl Into<HeadName>,
        set: &TrainingSet<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Fit, TrainError> {
        let problem = Problem::new(set, &self.config)?;
        let found = newton::minimize(&problem, &self.config, progress);
        let mut terms = problem.terms().to_vec();
        for (term, &weight) in terms.iter_mut().zip(&found.point) {
            term.weight = weight;
        }
        let (link, bias) = match self.config.objective {
            Objective::Logistic => (Link::Logistic, found.point[terms.len()]),
            Objective::Softmax => (Link::Identity, 0.0),
        };
        let squares: f64 = found.point[..terms.len()].iter().map(|w| w * w).sum();
        let report = FitReport {
            steps: found.steps,
            loss: found.value - self.config.l2 / 2.0 * squares,
            gradient: found.gradient,
            converged: found.gradient <= self.config.tolerance,
        };
        Ok(Fit {
            head: LinearHead {
                name: head.into(),
                link,
                bias,
                terms,
            },
            report,
        })
    }
}

#[cfg(test)]
mod tests;
