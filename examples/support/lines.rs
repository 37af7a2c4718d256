//! What goes to stdout: prose for people, or one JSON object a line for programs.

use super::Failure;
use serde_json::Value;
use std::fmt::Display;
use std::io::{self, Write as _};

/// Stdout in one of two languages. What is written in the other one is dropped, so callers write both.
#[derive(Debug)]
pub(crate) struct Lines {
    json: bool,
}

impl Lines {
    /// `json`: whether `--json` was given.
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// A line for people.
    pub(crate) fn text(&self, line: impl Display) -> Result<(), Failure> {
        if self.json {
            return Ok(());
        }
        Ok(writeln!(io::stdout(), "{line}")?)
    }

    /// A line for programs, which is an object: `lines.row(json!({ … }))`.
    pub(crate) fn row(&self, object: Value) -> Result<(), Failure> {
        if !self.json {
            return Ok(());
        }
        Ok(writeln!(io::stdout(), "{object}")?)
    }

    /// The last line for programs, marked as such.
    pub(crate) fn summary(self, mut object: Value) -> Result<(), Failure> {
        if let Value::Object(fields) = &mut object {
            fields.insert("summary".into(), true.into());
        }
        self.row(object)
    }
}
