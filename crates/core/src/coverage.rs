//! What an answer covers: one report a stage, one vocabulary of reasons for all crates.
//!
//! A degraded answer is better than none, provided that it says so. Every crate that may stop early, skip a part
//! or fall back returns a [`Coverage`] beside its answer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Why a stage did less than it would have. The same few words in every crate.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Reason {
    /// The stage's deadline came first.
    Deadline,
    /// It returned an error.
    Error,
    /// Some of what it gave can't be used, such as a score that is no number.
    Unusable,
    /// It panicked; the panic was caught.
    Panic,
    /// Its circuit breaker is open after repeated failures.
    BreakerOpen,
    /// All of its threads or places were taken.
    Busy,
    /// The load controller narrowed it.
    Load,
    /// There was no need: enough had been found without it.
    NotNeeded,
    /// It does not apply to this request.
    NotApplicable,
    /// Its snapshot is older than allowed.
    Stale,
    /// A limit on distance, rows or bytes was reached.
    Limit,
}

impl Reason {
    /// The word used in reports and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deadline => "deadline",
            Self::Error => "error",
            Self::Unusable => "unusable",
            Self::Panic => "panic",
            Self::BreakerOpen => "breaker_open",
            Self::Busy => "busy",
            Self::Load => "load",
            Self::NotNeeded => "not_needed",
            Self::NotApplicable => "not_applicable",
            Self::Stale => "stale",
            Self::Limit => "limit",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much of its work a stage did.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Status {
    /// All of it.
    Full,
    /// A part of it.
    Partial {
        /// The share done, in `0.0..1.0`.
        fraction: f32,
        /// Why not the rest.
        reason: Reason,
    },
    /// None of it, by decision.
    Skipped(Reason),
    /// None of it, by failure.
    Failed(Reason),
    /// It stood in for others that gave too little.
    Fallback,
}

impl Status {
    /// True when the answer is poorer than it could have been: partial, failed, or skipped for any reason but
    /// [`Reason::NotNeeded`] and [`Reason::NotApplicable`]. A fallback that ran is degradation too.
    pub const fn is_degraded(self) -> bool {
        !matches!(
            self,
            Self::Full | Self::Skipped(Reason::NotNeeded | Reason::NotApplicable)
        )
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::Partial { fraction, reason } => write!(f, "partial {:.0} % ({reason})", fraction * 100.0),
            Self::Skipped(reason) => write!(f, "skipped ({reason})"),
            Self::Failed(reason) => write!(f, "failed ({reason})"),
            Self::Fallback => f.write_str("fallback"),
        }
    }
}

/// What one stage did for one request.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StageReport {
    /// The stage's name, unique within its pipeline.
    pub stage: Arc<str>,
    /// Rows that entered it.
    pub entered: u32,
    /// Rows that left it.
    pub left: u32,
    /// Time it took.
    pub elapsed: Duration,
    /// Time it had; `None` without a deadline.
    pub budget: Option<Duration>,
    /// How much of its work it did.
    pub status: Status,
}

/// What an answer covers, stage by stage, in the order in which the stages ran.
#[derive(Clone, PartialEq, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct Coverage {
    stages: Vec<StageReport>,
}

impl Coverage {
    /// An empty coverage.
    pub const fn new() -> Self {
        Self { stages: Vec::new() }
    }

    /// Forgets the reports and keeps the memory.
    pub fn clear(&mut self) {
        self.stages.clear();
    }

    /// Adds a stage's report.
    pub fn push(&mut self, report: StageReport) {
        self.stages.push(report);
    }

    /// All reports.
    pub fn stages(&self) -> &[StageReport] {
        &self.stages
    }

    /// The report of the stage called `name`.
    pub fn stage(&self, name: &str) -> Option<&StageReport> {
        self.stages.iter().find(|report| &*report.stage == name)
    }

    /// True when any stage did less than all of its work: [`Status::is_degraded`].
    pub fn is_degraded(&self) -> bool {
        self.stages.iter().any(|report| report.status.is_degraded())
    }

    /// The reports of the stages that did less than all of their work.
    pub fn degraded(&self) -> impl Iterator<Item = &StageReport> {
        self.stages.iter().filter(|report| report.status.is_degraded())
    }
}

/// One line a stage: name, rows in and out, time of budget, status.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for StageReport {
            stage,
            entered,
            left,
            elapsed,
            budget,
            status,
        } in &self.stages
        {
            write!(f, "{stage}: {entered} -> {left} in {elapsed:.1?}")?;
            if let Some(budget) = budget {
                write!(f, " of {budget:.1?}")?;
            }
            writeln!(f, ", {status}")?;
        }
        Ok(())
    }
}

impl Extend<StageReport> for Coverage {
    fn extend<I: IntoIterator<Item = StageReport>>(&mut self, reports: I) {
        self.stages.extend(reports);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(name: &str, status: Status) -> StageReport {
        StageReport {
            stage: name.into(),
            entered: 1,
            left: 1,
            elapsed: Duration::ZERO,
            budget: None,
            status,
        }
    }

    #[test]
    fn only_a_needed_part_that_is_missing_degrades() {
        let mut coverage = Coverage::new();
        coverage.push(report("a", Status::Full));
        coverage.push(report("b", Status::Skipped(Reason::NotNeeded)));
        assert!(!coverage.is_degraded());
        coverage.push(report("c", Status::Failed(Reason::Error)));
        assert!(coverage.is_degraded());
        assert_eq!(coverage.degraded().count(), 1);
        assert_eq!(
            coverage.stage("c").map(|r| r.status),
            Some(Status::Failed(Reason::Error))
        );
    }

    #[test]
    fn a_coverage_reads_as_one_line_a_stage() {
        let mut coverage = Coverage::new();
        let budget = Some(Duration::from_millis(4));
        coverage.push(StageReport {
            budget,
            ..report("graph", Status::Full)
        });
        coverage.push(report("fresh", Status::Skipped(Reason::Busy)));
        assert_eq!(
            coverage.to_string(),
            "graph: 1 -> 1 in 0.0ns of 4.0ms, full\nfresh: 1 -> 1 in 0.0ns, skipped (busy)\n"
        );
    }

    #[test]
    fn a_status_reads_as_one_lower_case_line() {
        let partial = Status::Partial {
            fraction: 0.5,
            reason: Reason::Deadline,
        };
        assert_eq!(partial.to_string(), "partial 50 % (deadline)");
        assert_eq!(
            Status::Skipped(Reason::BreakerOpen).to_string(),
            "skipped (breaker_open)"
        );
    }
}
