//! Measuring completion: MRR, success at k, keystrokes saved, lags and churn.
//!
//! | what | says |
//! |---|---|
//! | [`Evaluation`] | how good the answers to typed prefixes are, where it is known what was meant |
//! | [`churn`], [`DriftAlarm`] | whether answers, or a figure that is measured again and again, have changed |
//! | [`Lags`] | how long a change or a removal takes to be seen |
//!
//! Nothing here looks at a clock or draws a random number: the same input gives the same report.
//!
//! ```
//! use bowerbird_typeahead::evaluate::Evaluation;
//!
//! let mut evaluation = Evaluation::new(10);
//! evaluation.record("l", "living room", &["lamp", "living room"]);
//! evaluation.record("li", "living room", &["living room", "lights"]);
//! let report = evaluation.report();
//! assert_eq!(report.overall.mrr, 0.75);
//! assert_eq!(report.sessions.keystrokes_saved, 10.0 / 11.0);
//! ```

mod change;
mod lag;
mod quality;
mod session;

pub use change::{Alarm, DriftAlarm, Harm, churn};
pub use lag::{LagReport, Lags};
pub use quality::{Evaluation, LengthQuality, Quality, Report, head_word};
pub use session::{Examination, SessionQuality};
