//! Progress of long work, as data. Libraries report it; examples draw it.

/// How far a long piece of work has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// What is being done, in a word or two.
    pub phase: &'static str,
    /// Units done in this phase.
    pub done: u64,
    /// Units in this phase, if known.
    pub total: Option<u64>,
}

impl Progress {
    /// `done` of `total` units of `phase`.
    pub const fn of(phase: &'static str, done: u64, total: u64) -> Self {
        Self {
            phase,
            done,
            total: Some(total),
        }
    }
}
