//! What people do after what.

use super::neighbours::{Neighbours, RowSum};
use super::recency::{HistoryWeighting, Recency};
use crate::context::Context;
use crate::error::{BuildError, SourceError};
use crate::interactions::{Interactions, UserEvents};
use crate::query::{Action, History};
use crate::source::{CandidateSink, CandidateSource};
use bowerbird_core::{ItemId, Progress, Status};
use std::sync::Arc;

/// Settings of [`SequentialCooccurrence`]. The defaults were chosen on the validation part of Amazon Beauty.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default)
)]
pub struct SequenceConfig {
    /// How many places apart two actions of one person may be and still count, 1 to 1,000. Default 10.
    pub window: usize,
    /// Two actions that are n places apart count `n^-distance_damping`. 0 to 4, default 0.5.
    pub distance_damping: f32,
    /// How much a step back in time counts beside a step forward, 0 to 1, default 0.3.
    pub backward: f32,
    /// How much a popular item of the history is damped: `degree^-from_damping`. 0 to 2, default 0.5.
    pub from_damping: f32,
    /// How much a popular candidate is damped: `degree^-to_damping`. -1 to 2, default 0.15.
    pub to_damping: f32,
    /// Neighbours kept an item, 1 to 10,000. Default 200.
    pub neighbours: usize,
    /// How much each action of the history counts. Default: each 0.7 of the next newer one.
    pub history: HistoryWeighting,
}

impl Default for SequenceConfig {
    fn default() -> Self {
        Self {
            window: 10,
            distance_damping: 0.5,
            backward: 0.3,
            from_damping: 0.5,
            to_damping: 0.15,
            neighbours: 200,
            history: HistoryWeighting::recent(Recency::Decay(0.7)),
        }
    }
}

/// Items that people act on shortly after (and before) those that this user acted on last.
///
/// The score of item j for a history H is Σ over i in H of w_i · d_i^-p · T_ij · d_j^-q, where T_ij sums, over all pairs
/// of actions on i and then on j by one user within the window, their distance to the power of minus
/// `distance_damping`, times 1 for a step forward and `backward` for one back; two actions of one moment, whose order says
/// nothing, get the mean of both. w falls with the action's rank from the newest. Degrees d count users.
///
/// A strong first baseline for the next action; see `GraphFilter` for taste as a whole. Memory and time of a request are
/// the same as there; fitting is O(events · window).
#[derive(Clone, Debug)]
pub struct SequentialCooccurrence {
    name: Arc<str>,
    history: HistoryWeighting,
    neighbours: Arc<Neighbours>,
}

impl SequentialCooccurrence {
    /// Fits the source, in the caller's rayon pool if there is one. Same data, same bits.
    ///
    /// # Errors
    ///
    /// [`BuildError`] for a setting out of range, or without any event.
    pub fn fit(interactions: &Interactions, config: &SequenceConfig) -> Result<Self, BuildError> {
        Self::fit_with_progress(interactions, config, &|_| {})
    }

    /// [`fit`](Self::fit), telling how many items are done.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit).
    pub fn fit_with_progress(
        interactions: &Interactions,
        config: &SequenceConfig,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, BuildError> {
        BuildError::check("window", config.window as f64, 1.0..=1_000.0, "1 to 1,000")?;
        BuildError::check("distance_damping", config.distance_damping, 0.0..=4.0, "0 to 4")?;
        BuildError::check("backward", config.backward, 0.0..=1.0, "0 to 1")?;
        BuildError::check("from_damping", config.from_damping, 0.0..=2.0, "0 to 2")?;
        BuildError::check("to_damping", config.to_damping, -1.0..=2.0, "-1 to 2")?;
        BuildError::check(
            "neighbours",
            config.neighbours as f64,
            1.0..=10_000.0,
            "1 to 10,000",
        )?;
        config.history.validate()?;
        if interactions.is_empty() {
            return Err(BuildError::Empty("events"));
        }

        let power = |degree: usize, exponent: f32| (degree.max(1) as f32).powf(-exponent);
        let by_distance: Vec<f32> = (1..=config.window)
            .map(|distance| power(distance, config.distance_damping))
            .collect();
        let items = interactions.items();
        let scale: Vec<f32> = (0..items.len() as u32)
            .map(|item| power(interactions.popularity(item), config.to_damping))
            .collect();
        let tied = (1.0 + config.backward) / 2.0;
        let fill = |item: u32, sum: &mut RowSum| {
            let from = power(interactions.popularity(item), config.from_damping);
            let meetings = interactions.item(item);
            for (&user, &event) in meetings.users.iter().zip(meetings.events) {
                let here = event as usize - interactions.user_range(user).start;
                let UserEvents { items, at, .. } = interactions.user(user);
                let mut meet = |there: usize, near: f32, direction: f32| {
                    let direction = if at[here] == at[there] { tied } else { direction };
                    if direction > 0.0 {
                        sum.add(items[there], near * from * direction);
                    }
                };
                (here + 1..items.len())
                    .zip(&by_distance)
                    .for_each(|(there, &near)| meet(there, near, 1.0));
                (0..here)
                    .rev()
                    .zip(&by_distance)
                    .for_each(|(there, &near)| meet(there, near, config.backward));
            }
        };
        let neighbours = Neighbours::fit(items, config.neighbours, &scale, "sequences", progress, fill);
        Ok(Self {
            name: "sequence".into(),
            history: config.history,
            neighbours: Arc::new(neighbours),
        })
    }

    /// The same source under another name; "sequence" without.
    #[must_use]
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// The same source, sharing the fitted neighbours, with another weighting of the history.
    ///
    /// # Errors
    ///
    /// [`BuildError::OutOfRange`].
    pub fn reweighted(&self, history: HistoryWeighting) -> Result<Self, BuildError> {
        history.validate()?;
        Ok(Self {
            history,
            ..self.clone()
        })
    }

    /// The score of each of `items` for a history, oldest action first; 0 for those out of reach. For features: also items
    /// that other sources found, and items of the history, have one. O(history · neighbours).
    ///
    /// # Panics
    ///
    /// When there is not one place in `scores` for each of `items`.
    pub fn scores(&self, history: &[Action], items: &[ItemId], scores: &mut [f32]) {
        self.neighbours.scores(history, &self.history, items, scores);
    }

    /// What follows `item`, best first, with its weight; nothing for an unknown item.
    pub fn neighbours(&self, item: ItemId) -> impl Iterator<Item = (ItemId, f32)> + '_ {
        self.neighbours.of(item)
    }
}

impl<Q: History + ?Sized> CandidateSource<Q> for SequentialCooccurrence {
    fn name(&self) -> &str {
        &self.name
    }

    /// A hash of the neighbours and of the weighting of the history.
    fn version(&self) -> u64 {
        self.neighbours.version(&self.history)
    }

    fn retrieve(&self, query: &Q, cx: &Context<'_>, out: &mut CandidateSink) -> Result<Status, SourceError> {
        self.neighbours.retrieve(query.history(), &self.history, cx, out)
    }
}
