//! The clock of the day, and the searches that come in by it.

use crate::support::Failure;
use crate::traffic::{SEARCHES, Traffic};
use bowerbird::core::UserId;
use bowerbird::typeahead::live::{Live, Observation, Observed, Refreshed};

/// Seconds in an hour.
pub(crate) const HOUR: f64 = 3600.0;

/// What time it is, and who searches.
pub(crate) struct Day<'e> {
    /// Seconds since midnight, which is the base's time.
    pub(crate) now: f64,
    /// What one search counts.
    pub(crate) unit: f64,
    /// Searches that came in.
    pub(crate) searches: usize,
    traffic: Traffic<'e>,
}

impl<'e> Day<'e> {
    pub(crate) fn new(traffic: Traffic<'e>) -> Self {
        Self {
            now: 0.0,
            unit: traffic.unit(),
            searches: 0,
            traffic,
        }
    }

    /// Lets the searches of `seconds` come in, and shows them. At night there are fewer.
    pub(crate) fn pass(&mut self, live: &Live, seconds: f64) -> Result<Refreshed, Failure> {
        let middle = (self.now + seconds / 2.0) / HOUR;
        let share = 1.0 - 0.8 * (middle / 24.0 * std::f64::consts::TAU).cos();
        let count = (SEARCHES / 24.0 / HOUR * share * seconds).round() as usize;
        let drawn: Vec<(&str, UserId)> = (0..count).map(|_| self.traffic.draw()).collect();
        let one = |(place, &(text, user)): (usize, &(&'e str, UserId))| Observation {
            text,
            user,
            at: self.now + seconds * (place as f64 + 0.5) / count as f64,
            weight: self.unit,
        };
        let seen: Vec<Observation<'_>> = drawn.iter().enumerate().map(one).collect();
        live.observe(&seen)?;
        self.searches += count;
        self.now += seconds;
        Ok(live.refresh(self.now)?)
    }

    /// Goes on to an hour, five minutes at a time.
    pub(crate) fn until(&mut self, live: &Live, hour: f64) -> Result<(), Failure> {
        while self.now + 300.0 <= hour * HOUR {
            self.pass(live, 300.0)?;
        }
        let rest = hour * HOUR - self.now;
        if rest > 0.0 {
            self.pass(live, rest)?;
        }
        Ok(())
    }

    /// Somebody searches for something in particular, now.
    pub(crate) fn search(&mut self, live: &Live, text: &str, user: u64) -> Result<Observed, Failure> {
        self.searches += 1;
        Ok(live.observe(&[Observation {
            text,
            user: UserId(user),
            at: self.now,
            weight: self.unit,
        }])?)
    }

    /// A prefix of something that somebody searches for, one to six letters.
    pub(crate) fn prefix(&mut self) -> String {
        let (text, user) = self.traffic.draw();
        text.chars().take(1 + user.0 as usize % 6).collect()
    }
}
