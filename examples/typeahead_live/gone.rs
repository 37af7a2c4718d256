//! How soon what is forbidden is in no answer.

use crate::index::micros;
use crate::support::Failure;
use bowerbird::core::{Clock as _, SystemClock};
use bowerbird::typeahead::{Completer, Request};

/// How something went.
pub(crate) struct Gone {
    /// Texts that are forbidden now among the ten.
    pub(crate) before: usize,
    /// Answers after the call that still showed one.
    pub(crate) calls: usize,
    /// From the call to the first answer without.
    pub(crate) us: f64,
}

impl Gone {
    pub(crate) fn in_words(&self) -> String {
        match self.calls {
            0 => "in the next answer".into(),
            calls => format!("after {calls} more answers"),
        }
    }
}

/// Does something while somebody is typing, and asks until no answer shows what is forbidden then.
pub(crate) fn until_gone(
    completer: &Completer,
    typed: &str,
    forbidden: impl Fn(&str) -> bool,
    act: impl FnOnce() -> Result<(), Failure>,
) -> Result<Gone, Failure> {
    let request = Request::new(10);
    let mut session = completer.session();
    session.set_text(typed);
    let mut shown = || {
        let answer = session.complete(&request, &SystemClock);
        answer.texts().filter(|text| forbidden(text)).count()
    };
    let before = shown();
    let start = SystemClock.now();
    act()?;
    let calls = (0..1_000).take_while(|_| shown() > 0).count();
    let us = micros(SystemClock.now().duration_since(start));
    Ok(Gone { before, calls, us })
}
