//! The item–item graph filter.

use super::neighbours::Neighbours;
use super::recency::HistoryWeighting;
use crate::context::Context;
use crate::error::{BuildError, SourceError};
use crate::interactions::Interactions;
use crate::query::{Action, History};
use crate::source::{CandidateSink, CandidateSource};
use bowerbird_core::{ItemId, Progress, Status};
use std::sync::Arc;

/// Settings of [`GraphFilter`]. The defaults are the linear filter of GF-CF.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default)
)]
pub struct GraphConfig {
    /// Neighbours kept an item, 1 to 10,000. Default 200. More cost memory (8 bytes each) and time a request; on Gowalla
    /// 200 lose 0.0003 of recall@20 against all.
    pub neighbours: usize,
    /// How much a user with a long history is damped as a witness that two items belong together: the user counts
    /// `degree^-user_damping`. 0 to 2, default 1: everybody has one vote to share out.
    pub user_damping: f32,
    /// How much a popular item of the history is damped: `degree^-from_damping`. 0 to 2, default 1.
    pub from_damping: f32,
    /// How much a popular candidate is damped: `degree^-to_damping`. -1 to 2, default 0. Larger brings up rarer items.
    pub to_damping: f32,
    /// How much each action of the history counts.
    pub history: HistoryWeighting,
}

impl Default for GraphConfig {
    fn default() -> Self {
        Self {
            neighbours: 200,
            user_damping: 1.0,
            from_damping: 1.0,
            to_damping: 0.0,
            history: HistoryWeighting::default(),
        }
    }
}

/// Items that the same people acted on, normalised by how busy people and how popular items are.
///
/// The score of item j for a history H is Σ over i in H of w_i · d_i^-p · S_ij · d_j^-q with
/// S_ij = Σ over the users of both of d_u^-a; a, p and q are the dampings, w the history's weights. With the defaults that
/// is the linear part of the graph filter of Shen et al., "How Powerful is Graph Convolution for Recommendation?" (CIKM
/// 2021), R · D_I^-½ · R̃ᵀR̃ · D_I^½ with R̃ = D_U^-½ R D_I^-½, cut to the strongest neighbours of each item. There is
/// nothing to train. Weights and times of the events play no part, only who met what.
///
/// Memory: `8 · neighbours` bytes an item, and 12 bytes an item for each request that runs at the same time. Time of a
/// request: O(history · neighbours).
#[derive(Clone, Debug)]
pub struct GraphFilter {
    name: Arc<str>,
    history: HistoryWeighting,
    neighbours: Arc<Neighbours>,
}

impl GraphFilter {
    /// Fits the filter, in the caller's rayon pool if there is one. O(Σ of squared user degrees); same data, same bits.
    ///
    /// # Errors
    ///
    /// [`BuildError`] for a setting out of range, or without any event.
    pub fn fit(interactions: &Interactions, config: &GraphConfig) -> Result<Self, BuildError> {
        Self::fit_with_progress(interactions, config, &|_| {})
    }

    /// [`fit`](Self::fit), telling how many items are done.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit).
    pub fn fit_with_progress(
        interactions: &Interactions,
        config: &GraphConfig,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, BuildError> {
        let neighbours = config.neighbours as f64;
        BuildError::check("neighbours", neighbours, 1.0..=10_000.0, "1 to 10,000")?;
        BuildError::check("user_damping", config.user_damping, 0.0..=2.0, "0 to 2")?;
        BuildError::check("from_damping", config.from_damping, 0.0..=2.0, "0 to 2")?;
        BuildError::check("to_damping", config.to_damping, -1.0..=2.0, "-1 to 2")?;
        config.history.validate()?;
        if interactions.is_empty() {
            return Err(BuildError::Empty("events"));
        }

        let power = |degree: usize, exponent: f32| (degree.max(1) as f32).powf(-exponent);
        let votes: Vec<f32> = (0..interactions.users().len() as u32)
            .map(|user| power(interactions.user_range(user).len(), config.user_damping))
            .collect();
        let items = interactions.items();
        let scale: Vec<f32> = (0..items.len() as u32)
            .map(|item| power(interactions.popularity(item), config.to_damping))
            .collect();
        let fill = |item: u32, sum: &mut super::neighbours::RowSum| {
            let from = power(interactions.popularity(item), config.from_damping);
            for &user in interactions.item(item).users {
                let vote = votes[user as usize] * from;
                for &other in interactions.user(user).items {
                    sum.add(other, vote);
                }
            }
        };
        let neighbours = Neighbours::fit(items, config.neighbours, &scale, "graph filter", progress, fill);
        Ok(Self {
            name: "graph".into(),
            history: config.history,
            neighbours: Arc::new(neighbours),
        })
    }

    /// The same source under another name; "graph" without.
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

    /// The nearest items of `item`, best first, with their weights; none for an unknown item.
    pub fn neighbours(&self, item: ItemId) -> impl Iterator<Item = (ItemId, f32)> + '_ {
        self.neighbours.of(item)
    }

    /// Neighbours kept, of all items together.
    pub fn edges(&self) -> usize {
        self.neighbours.len()
    }
}

impl<Q: History + ?Sized> CandidateSource<Q> for GraphFilter {
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
