//! What happened, line by line as it happens.

use crate::day::HOUR;
use crate::support::{Failure, Lines};
use serde_json::{Value, json};

/// A table of the day.
pub(crate) struct Report(pub(crate) Lines);

impl Report {
    pub(crate) fn begin(&self) -> Result<(), Failure> {
        self.0.text(format!(
            "{:>5}  {:<16} {:>11}  {}",
            "time", "event", "lag", "what was seen"
        ))
    }

    /// An event: when, in seconds since midnight, what was seen, and how long it took; `more` is for programs.
    pub(crate) fn event(
        &self,
        at: f64,
        event: &str,
        lag_us: f64,
        seen: impl AsRef<str>,
        more: Value,
    ) -> Result<(), Failure> {
        let minutes = (at / 60.0).floor();
        let clock = format!("{:02.0}:{:02.0}", (minutes / 60.0).floor(), minutes % 60.0);
        let mut lines = seen.as_ref().lines();
        let first = lines.next().unwrap_or_default();
        self.0.text(format!(
            "{clock:>5}  {event:<16} {:>11}  {first}",
            in_words(lag_us)
        ))?;
        for line in lines {
            self.0.text(format!("{:37}{line}", ""))?;
        }
        let mut row = json!({ "event": event, "hour": at / HOUR, "lag_us": lag_us });
        if let (Value::Object(row), Value::Object(more)) = (&mut row, more) {
            row.extend(more);
        }
        self.0.row(row)
    }
}

fn in_words(us: f64) -> String {
    match us {
        us if us < 1e3 => format!("{us:.0} us"),
        us if us < 1e6 => format!("{:.1} ms", us / 1e3),
        us => format!("{:.2} s", us / 1e6),
    }
}
