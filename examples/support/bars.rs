//! Progress of long work, drawn on stderr.

use bowerbird::core::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;
use std::time::Duration;

/// One line on stderr: the step, a bar where its length is known, the time it has taken. Gone when it is done.
///
/// Draws nothing with `--json` or where stderr is no terminal.
#[derive(Debug)]
pub(crate) struct Bars {
    bar: ProgressBar,
}

impl Bars {
    /// `json`: whether `--json` was given.
    pub(crate) fn new(json: bool) -> Self {
        let silent = json || !std::io::stderr().is_terminal();
        let target = if silent {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        Self {
            bar: ProgressBar::with_draw_target(None, target),
        }
    }

    /// Begins a step, such as "fitting graph"; the one before is over.
    pub(crate) fn step(&self, what: impl Into<String>) {
        let spinner = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
        self.bar.reset();
        self.bar.unset_length();
        self.bar
            .set_style(spinner.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        self.bar.set_message(what.into());
        if !self.bar.is_hidden() {
            self.bar.enable_steady_tick(Duration::from_millis(100));
        }
    }

    /// The step's progress, for the `…_with_progress` functions: `&bars.progress()`.
    pub(crate) fn progress(&self) -> impl Fn(Progress) + Sync + use<> {
        let bar = self.bar.clone();
        move |progress| {
            if let Some(total) = progress.total
                && bar.length() != Some(total)
            {
                let style =
                    ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len} ({elapsed})");
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
                bar.set_length(total);
            }
            bar.set_position(progress.done);
        }
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
