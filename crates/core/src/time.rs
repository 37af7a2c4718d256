//! Time: a clock that can be set, a deadline that travels, a budget that splits it.
//!
//! A host converts its own deadline once, into a [`Deadline`]. Every stage below asks that value, against the
//! [`Clock`] it was given, whether to go on. Nothing reads the system clock behind a caller's back.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Where "now" comes from. Production uses [`SystemClock`]; tests and replay set a [`ManualClock`].
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present moment. Never runs backwards.
    fn now(&self) -> Instant;
}

/// The monotonic clock of the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the system clock is read"
    )]
    fn now(&self) -> Instant {
        Instant::now()
    }
}

/// A clock that moves only when told to.
#[derive(Debug)]
pub struct ManualClock {
    origin: Instant,
    nanos: AtomicU64,
}

impl ManualClock {
    /// A clock that stands still until [`advance`](Self::advance).
    pub fn new() -> Self {
        Self {
            origin: SystemClock.now(),
            nanos: AtomicU64::new(0),
        }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let nanos = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.origin + Duration::from_nanos(self.nanos.load(Ordering::SeqCst))
    }
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now(&self) -> Instant {
        (**self).now()
    }
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> Instant {
        (**self).now()
    }
}

/// The moment by which an answer is wanted, or never.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// No deadline: work runs to its end.
    pub const NEVER: Self = Self(None);

    /// A deadline at `moment`.
    pub const fn at(moment: Instant) -> Self {
        Self(Some(moment))
    }

    /// A deadline `span` from now. A span too long to represent means [`NEVER`](Self::NEVER).
    pub fn after(clock: &dyn Clock, span: Duration) -> Self {
        Self(clock.now().checked_add(span))
    }

    /// The moment, unless it is never.
    pub const fn moment(self) -> Option<Instant> {
        self.0
    }

    /// True once `now` has reached the deadline.
    pub fn is_past(self, now: Instant) -> bool {
        self.0.is_some_and(|at| now >= at)
    }

    /// Time left at `now`: zero when past, `None` when there is no deadline.
    pub fn remaining(self, now: Instant) -> Option<Duration> {
        self.0.map(|at| at.saturating_duration_since(now))
    }

    /// The earlier of two deadlines.
    #[must_use]
    pub fn earlier(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(a), Some(b)) => Self(Some(a.min(b))),
            (a, b) => Self(a.or(b)),
        }
    }

    /// This deadline brought forward to at most `span` from `now`.
    #[must_use]
    pub fn within(self, now: Instant, span: Duration) -> Self {
        self.earlier(Self(now.checked_add(span)))
    }
}

/// One deadline shared out over stages that run one after another.
///
/// Each stage has a share. When it starts, it gets the part of the *remaining* time that its share is of the
/// shares still to come, so time saved by a stage is inherited by all later ones and an overrun is borne by all
/// later ones, rather than by the unlucky next.
#[derive(Clone, Debug)]
pub struct Budget<'a> {
    deadline: Deadline,
    shares: &'a [f32],
}

impl<'a> Budget<'a> {
    /// A budget over `shares.len()` stages. Shares are relative weights: `[2.0, 1.0, 1.0]` gives the first stage half.
    /// A share that is not a positive number counts as zero.
    pub const fn new(deadline: Deadline, shares: &'a [f32]) -> Self {
        Self { deadline, shares }
    }

    /// The deadline of stage `stage` when it starts at `now`. O(stages).
    ///
    /// A stage index past the last share, or a tail whose shares are all zero, gets the whole deadline.
    pub fn stage(&self, stage: usize, now: Instant) -> Deadline {
        let Some(left) = self.deadline.remaining(now) else {
            return Deadline::NEVER;
        };
        let weight = |share: &f32| if *share > 0.0 { f64::from(*share) } else { 0.0 };
        let tail: f64 = self.shares.iter().skip(stage).map(weight).sum();
        let own = self.shares.get(stage).map_or(0.0, weight);
        if tail <= 0.0 {
            return self.deadline;
        }
        self.deadline.within(now, left.mul_f64((own / tail).min(1.0)))
    }

    /// The deadline of the whole.
    pub const fn deadline(&self) -> Deadline {
        self.deadline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_deadline_passes_when_it_is_reached() {
        let clock = ManualClock::new();
        let deadline = Deadline::after(&clock, 5 * MS);
        assert!(!deadline.is_past(clock.now()));
        clock.advance(5 * MS);
        assert!(deadline.is_past(clock.now()));
        assert_eq!(deadline.remaining(clock.now()), Some(Duration::ZERO));
        assert!(!Deadline::NEVER.is_past(clock.now()));
    }

    #[test]
    fn the_earlier_deadline_wins_and_never_loses() {
        let clock = ManualClock::new();
        let (soon, late) = (Deadline::after(&clock, MS), Deadline::after(&clock, 2 * MS));
        assert_eq!(soon.earlier(late), soon);
        assert_eq!(Deadline::NEVER.earlier(late), late);
        assert_eq!(Deadline::after(&clock, Duration::MAX), Deadline::NEVER);
    }

    #[test]
    fn a_late_stage_makes_all_later_ones_pay() {
        let clock = ManualClock::new();
        let budget = Budget::new(Deadline::after(&clock, 40 * MS), &[1.0, 1.0, 2.0]);
        clock.advance(28 * MS);
        let left = |stage| budget.stage(stage, clock.now()).remaining(clock.now());
        assert_eq!(left(1), Some(4 * MS));
        assert_eq!(left(2), Some(12 * MS));
        clock.advance(20 * MS);
        assert_eq!(left(2), Some(Duration::ZERO));
    }

    #[test]
    fn odd_shares_never_panic() {
        let clock = ManualClock::new();
        let deadline = Deadline::after(&clock, 10 * MS);
        assert_eq!(Budget::new(deadline, &[]).stage(3, clock.now()), deadline);
        let odd = Budget::new(deadline, &[f32::NAN, -1.0, f32::INFINITY]);
        assert_eq!(
            odd.stage(0, clock.now()).remaining(clock.now()),
            Some(Duration::ZERO)
        );
        odd.stage(2, clock.now());
        assert_eq!(
            Budget::new(Deadline::NEVER, &[1.0]).stage(0, clock.now()),
            Deadline::NEVER
        );
    }
}
