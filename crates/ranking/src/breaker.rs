//! Circuit breakers: a part that keeps failing is left alone for a while.

use bowerbird_core::Clock;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// When a breaker opens, and for how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BreakerOptions {
    /// Failures in a row that open it, at least 1. Default 5. Fewer save more waiting, more bear more bad luck.
    pub failures: u32,
    /// How long it stays open before one request is let through to try. Default 1 s.
    pub cooldown: Duration,
}

impl Default for BreakerOptions {
    fn default() -> Self {
        Self {
            failures: 5,
            cooldown: Duration::from_secs(1),
        }
    }
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    open: bool,
    /// When one request is let through to try; never, if that is too far away to say.
    until: Option<Instant>,
    probing: bool,
}

impl State {
    fn is_due(&self, clock: &dyn Clock) -> bool {
        self.until.is_some_and(|until| clock.now() >= until)
    }
}

/// What a breaker lets through at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum BreakerState {
    /// Everything.
    Closed,
    /// Nothing.
    Open,
    /// One request, to see whether it has recovered.
    HalfOpen,
}

#[derive(Debug)]
pub(crate) struct Breaker {
    options: BreakerOptions,
    state: Mutex<State>,
}

impl Breaker {
    pub(crate) fn new(options: BreakerOptions) -> Self {
        Self {
            options,
            state: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a call may be made. Whoever is let through says afterwards how it went.
    pub(crate) fn allows(&self, clock: &dyn Clock) -> bool {
        let mut state = self.lock();
        if !state.open {
            return true;
        }
        let probe = !state.probing && state.is_due(clock);
        state.probing |= probe;
        probe
    }

    pub(crate) fn succeeded(&self) {
        *self.lock() = State::default();
    }

    pub(crate) fn failed(&self, clock: &dyn Clock) {
        let mut state = self.lock();
        state.failures = state.failures.saturating_add(1);
        if state.probing || state.failures >= self.options.failures {
            state.open = true;
            state.until = clock.now().checked_add(self.options.cooldown);
            state.probing = false;
        }
    }

    /// The call neither succeeded nor failed.
    pub(crate) fn undecided(&self) {
        self.lock().probing = false;
    }

    pub(crate) fn state(&self, clock: &dyn Clock) -> BreakerState {
        let state = self.lock();
        match (state.open, state.is_due(clock)) {
            (false, _) => BreakerState::Closed,
            (true, false) => BreakerState::Open,
            (true, true) => BreakerState::HalfOpen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowerbird_core::ManualClock;

    #[test]
    fn it_opens_after_failures_in_a_row_and_lets_one_probe_through() {
        let clock = ManualClock::new();
        let breaker = Breaker::new(BreakerOptions {
            failures: 2,
            cooldown: Duration::from_secs(1),
        });
        breaker.failed(&clock);
        breaker.succeeded();
        breaker.failed(&clock);
        assert!(
            breaker.allows(&clock),
            "a success in between starts the count again"
        );
        breaker.failed(&clock);
        assert!(!breaker.allows(&clock));
        assert_eq!(breaker.state(&clock), BreakerState::Open);

        clock.advance(Duration::from_secs(1));
        assert_eq!(breaker.state(&clock), BreakerState::HalfOpen);
        assert!(breaker.allows(&clock));
        assert!(!breaker.allows(&clock), "one probe at a time");
        breaker.failed(&clock);
        assert!(!breaker.allows(&clock), "a failed probe opens it again");

        clock.advance(Duration::from_secs(1));
        assert!(breaker.allows(&clock));
        breaker.succeeded();
        assert_eq!(breaker.state(&clock), BreakerState::Closed);
    }

    #[test]
    fn an_endless_cooldown_never_ends() {
        let clock = ManualClock::new();
        let breaker = Breaker::new(BreakerOptions {
            failures: 1,
            cooldown: Duration::MAX,
        });
        breaker.failed(&clock);
        clock.advance(Duration::from_secs(1_000_000));
        assert!(!breaker.allows(&clock));
        assert_eq!(breaker.state(&clock), BreakerState::Open);
    }

    #[test]
    fn an_undecided_probe_leaves_the_place_to_the_next() {
        let clock = ManualClock::new();
        let breaker = Breaker::new(BreakerOptions {
            failures: 1,
            cooldown: Duration::ZERO,
        });
        breaker.failed(&clock);
        assert!(breaker.allows(&clock));
        breaker.undecided();
        assert!(breaker.allows(&clock));
    }
}
