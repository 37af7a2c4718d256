//! What is known and what is held out.
//!
//! Twice the same: a part to choose by and a part to report. Everything is fitted on what is known of the first and
//! chosen by what it holds out; then it is fitted again on what is known of the second, and reported once.

use crate::query::Query;
use crate::support::Failure;
use bowerbird::core::{ItemId, UserId};
use bowerbird::retrieval::{Action, Event, Interactions};

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
        let test = Part::by_user(events)?;
        let validation = Part::by_user(&test.known)?;
        Self {
            name: "last fifth of each user",
            validation,
            test,
        }
        .checked()
    }

    /// All actions after one moment are held out, for everybody: what a live system would have known.
    pub(crate) fn by_time(events: &Interactions) -> Result<Self, Failure> {
        let test = Part::by_time(events)?;
        let validation = Part::by_time(&test.known)?;
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
    fn by_user(events: &Interactions) -> Result<Self, Failure> {
        Self::new(
            events,
            |range, _| range.end - range.len() / 5,
            |last_known| last_known,
        )
    }

    fn by_time(events: &Interactions) -> Result<Self, Failure> {
        let mut times: Vec<i64> = events.events().map(|event| event.at).collect();
        times.sort_unstable();
        let cut = times.get(times.len() * 4 / 5).copied().unwrap_or(0);
        let later = |range: std::ops::Range<usize>, events: &Interactions| {
            range.start
                + range
                    .clone()
                    .take_while(|&event| events.event(event).1 < cut)
                    .count()
        };
        Self::new(events, later, |_| cut)
    }

    /// Holds out each user's events from number `first_held_out(events of the user)` on.
    fn new(
        events: &Interactions,
        first_held_out: impl Fn(std::ops::Range<usize>, &Interactions) -> usize,
        asked_at: impl Fn(i64) -> i64,
    ) -> Result<Self, Failure> {
        let mut known: Vec<Event> = Vec::with_capacity(events.len());
        let mut cases = Vec::new();
        for (row, &user) in events.users().ids().iter().enumerate() {
            let range = events.user_range(row as u32);
            let cut = first_held_out(range.clone(), events);
            let event = |number| {
                let (item, at, weight) = events.event(number);
                Event {
                    user,
                    item: events.items().id(item),
                    at,
                    weight,
                }
            };
            let before: Vec<Event> = (range.start..cut).map(event).collect();
            let after: Vec<Event> = (cut..range.end).map(event).collect();
            if let (Some(last), false) = (before.last(), after.is_empty()) {
                cases.push(Case::new(user, asked_at(last.at), &before, &after));
            }
            known.extend(before);
        }
        Ok(Self {
            known: Interactions::from_events(known)?,
            cases,
        })
    }
}

impl Case {
    fn new(user: UserId, asked_at: i64, before: &[Event], after: &[Event]) -> Self {
        let action = |event: &Event| Action {
            item: event.item,
            at: event.at,
            weight: event.weight,
        };
        let liked = after.iter().filter(|event| event.weight >= LIKED);
        Self {
            query: Query::new(user, asked_at, before.iter().map(action).collect()),
            liked: liked.map(|event| event.item).collect(),
            relevant: after.iter().map(|event| event.item).collect(),
        }
    }
}
