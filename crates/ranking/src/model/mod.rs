//! Models: what is trained, how it is stored, and the scorer that serves it.
//!
//! A [`LinearModel`] is trained on the features that the cascade's own hydrators computed and is told which they were, so
//! it can't be served on others: the cascade compares its [`trained_on`](crate::Scorer::trained_on).
//!
//! ```
//! use bowerbird_ranking::model::{LinearModel, LogisticScorer, LogisticTrainer, TrainingSet};
//!
//! // Two features of six rows, one column each; NaN is a missing value.
//! let columns = [vec![0.1, 0.9, 0.2, 0.8, f32::NAN, 0.7], vec![5.0, 3.0, 4.0, 5.0, 4.0, 3.0]];
//! let set = TrainingSet::new(&columns, &[0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
//! let fit = LogisticTrainer::default().fit("p_save", &set)?;
//! assert!(fit.report.converged);
//!
//! let model = LinearModel::new(["match", "age"], [fit.head])?;
//! let scorer = LogisticScorer::new("save", model);
//! assert!(scorer.model().heads()[0].predict(&[0.9, 4.0]) > scorer.model().heads()[0].predict(&[0.1, 4.0]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod file;
mod linear;
mod scorer;
pub mod train;

pub use linear::{LinearHead, LinearModel, Link, ModelError, Term};
pub use scorer::LogisticScorer;
pub use train::{Fit, FitReport, LogisticConfig, LogisticTrainer, Objective, TrainError, TrainingSet};

#[cfg(test)]
mod tests;
