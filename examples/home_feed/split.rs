//! What is known and what is held out.
//!
//! Twice the same: a part to choose by and a part to report. Everything is fitted on what is known of the first and
//! chosen by what it holds out; then it is fitted again on what is known of the second, and reported once.

use crate::query::Query;
use crate::support::Failure;
use bowerbird::core::{ItemId, UserId};
use bowerbird::retrieval::{HeldOut, Interactions};
use std::collections::HashSet;

/// A rating from which something counts as liked.
const LIKED: f32 = 4.0;

/// One request, and what its user did afterwards.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) query: Query,
    pub(crate) relevant: Vec<ItemId>,
    /// Those of them that were liked.
    pub(crate) liked: Vec<ItemId>,
}

/// What is known, and requests at its end.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) known: Interactions,
    pub(crate) cases: Vec<Case>,
}

/// A way of holding out.
#[derive(Debug)]
pub(crate) struct Split {
    pub(crate) name: &'static str,
    /// To choose by.
    pub(crate) validation: Part,
    /// To report.
    pub(crate) test: Part,
}

impl Split {
    /// The last fifth of each user's actions is held out, in order of time and, at one moment, of item id. Other users'
    /// later actions remain known, which no live system has; the sources that count over time look only at the past.
    pub(crate) fn by_user(events: &Interactions) -> Result<Self, Failure> {
        let test = Part::by_user(events);
        let validation = Part::by_user(&test.known);
        Self {
            name: "last fifth of each user",
            validation,
            test,
        }
        .checked()
    }

    /// All actions after one moment are held out, for everybody: what a live system would have known.
    pub(crate) fn by_time(events: &Interactions) -> Result<Self, Failure> {
        let test = Part::by_time(events);
        let validation = Part::by_time(&test.known);
        Self {
            name: "one cut-off in time",
            validation,
            test,
        }
        .checked()
    }

    fn checked(self) -> Result<Self, Failure> {
        for part in [&self.validation, &self.test] {
            if part.known.is_empty() || part.cases.is_empty() {
                return Err(Failure(format!(
                    "too few interactions to hold any out by «{}»",
                    self.name
                )));
            }
        }
        Ok(self)
    }
}

impl Part {
    fn by_user(events: &Interactions) -> Self {
        Self::new(events, events.hold_out_last(|events| events / 5))
    }

    fn by_time(events: &Interactions) -> Self {
        let mut times: Vec<i64> = events.events().map(|event| event.at).collect();
        times.sort_unstable();
        let cut = times.get(times.len() * 4 / 5).copied().unwrap_or(0);
        Self::new(events, events.hold_out_after(cut))
    }

    /// People without a past are left out: they could only be shown what everybody is.
    fn new(events: &Interactions, (known, held_out): (Interactions, Vec<HeldOut>)) -> Self {
        let liked: HashSet<(UserId, ItemId)> = events
            .events()
            .filter(|event| event.weight >= LIKED)
            .map(|event| (event.user, event.item))
            .collect();
        let case = |held: HeldOut| Case {
            liked: held
                .items
                .iter()
                .copied()
                .filter(|&item| liked.contains(&(held.user, item)))
                .collect(),
            query: Query::new(held.user, held.asked_at, held.history),
            relevant: held.items,
        };
        let cases = held_out
            .into_iter()
            .filter(|held| !held.history.is_empty())
            .map(case)
            .collect();
        Self { known, cases }
    }
}
