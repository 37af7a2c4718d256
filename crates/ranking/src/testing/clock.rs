//! A clock that time passes on when it is looked at.

use bowerbird_core::{Clock, Deadline, SystemClock};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A clock that goes on by one tick whenever it is looked at, so that a deadline falls after a given number of looks:
/// the same one in every run, wherever in the work that is.
#[derive(Debug)]
pub struct TickingClock {
    origin: Instant,
    looks: AtomicU32,
}

/// Long enough that a stage can split it.
const TICK: Duration = Duration::from_millis(1);

impl TickingClock {
    /// A clock that has not been looked at.
    pub fn new() -> Self {
        Self {
            origin: SystemClock.now(),
            looks: AtomicU32::new(0),
        }
    }

    /// A deadline that is past at look number `looks`, counted from 0, and at all later ones.
    pub fn deadline_at(&self, looks: u32) -> Deadline {
        Deadline::at(self.origin + TICK * looks)
    }

    /// How often it was looked at.
    pub fn looks(&self) -> u32 {
        self.looks.load(Ordering::SeqCst)
    }
}

impl Default for TickingClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TickingClock {
    fn now(&self) -> Instant {
        self.origin + TICK * self.looks.fetch_add(1, Ordering::SeqCst)
    }
}
