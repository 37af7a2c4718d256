//! One line on stderr, and exit code 2.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// Why an example can't go on, in one line for the person who called it.
///
/// Any error turns into one by `?`, its causes appended; [`about`](Self::about) says which file it was about.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl Failure {
    /// `error` and its causes, after `what` they are about, such as a path.
    pub(crate) fn about(what: impl Display, error: &dyn Error) -> Self {
        let mut line = format!("{what}: {error}");
        let mut cause = error.source();
        while let Some(error) = cause {
            // Some errors say their cause in their own words already.
            let said = error.to_string();
            if !line.ends_with(&said) {
                line.push_str(": ");
                line.push_str(&said);
            }
            cause = error.source();
        }
        Self(line)
    }
}

impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let Self(line) = Self::about("", &error);
        Self(line.trim_start_matches([':', ' ']).to_owned())
    }
}

/// Runs an example's `main`. A failure is told in one line on stderr, with exit code 2.
pub(crate) fn run(main: fn() -> Result<(), Failure>) -> ExitCode {
    match main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(line)) => {
            // With stderr closed there is nobody left to tell; the exit code still says it.
            let _ = writeln!(io::stderr(), "error: {}", line.replace(['\n', '\r'], " "));
            ExitCode::from(2)
        }
    }
}
