//! Vectors learned from who met what: implicit alternating least squares.

mod fit;
mod solve;
#[cfg(test)]
mod tests;

use crate::encode::QueryEncoder;
use crate::error::{BuildError, SourceError};
use crate::fingerprint::Fingerprint;
use crate::interactions::{Interactions, Rows};
use crate::query::{Action, History};
use crate::scratch::ScratchPool;
use crate::source::{ActionWeight, HistoryWeighting, Recency};
use bowerbird_core::{ItemId, Normalization, Progress, SpaceId};
use solve::Solver;
use std::sync::Arc;

/// Settings of [`AlsModel`].
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default)
)]
pub struct AlsConfig {
    /// Numbers in a vector, 1 to 1,024. Default 64. Time grows with the square and, for rare items, with the cube.
    pub factors: usize,
    /// Passes over users and items, 1 to 1,000. Default 8.
    pub iterations: usize,
    /// How much each pair that did not meet counts beside one that did, above 0 and up to 1. Default 0.2, for catalogues
    /// of which people know a good part; where they know one item in a thousand, 0.003 does better. Larger pulls towards
    /// popular items.
    pub unobserved_weight: f32,
    /// Strength of the regularisation, above 0 and up to 1,000. Default 0.3.
    pub regularization: f32,
    /// How the regularisation of a row grows with its events: `(events + unobserved_weight · others)^exponent`. 0 to 1,
    /// default 0.5. With 0 all rows have the same, with 1 it grows as the loss does.
    pub frequency_exponent: f32,
    /// What the weights of the events do. Default: nothing.
    pub event_weight: ActionWeight,
    /// How much each action of a query's history counts. Default: 1 / (1 + rank).
    pub history: HistoryWeighting,
    /// Multiplies the weights of a query's history, above 0 and up to 1,000. Default 10: a recent action says more than one
    /// event in the long past of a user.
    pub history_weight: f32,
    /// Seeds the start. Default 1.
    pub seed: u64,
}

impl Default for AlsConfig {
    fn default() -> Self {
        Self {
            factors: 64,
            iterations: 8,
            unobserved_weight: 0.2,
            regularization: 0.3,
            frequency_exponent: 0.5,
            event_weight: ActionWeight::Ignored,
            history: HistoryWeighting::recent(Recency::Power(1.0)),
            history_weight: 10.0,
            seed: 1,
        }
    }
}

impl AlsConfig {
    fn validate(&self) -> Result<(), BuildError> {
        let tiny = f64::from(f32::MIN_POSITIVE);
        BuildError::check("factors", self.factors as f64, 1.0..=1_024.0, "1 to 1,024")?;
        BuildError::check("iterations", self.iterations as f64, 1.0..=1_000.0, "1 to 1,000")?;
        BuildError::check(
            "unobserved_weight",
            self.unobserved_weight,
            tiny..=1.0,
            "above 0, up to 1",
        )?;
        BuildError::check(
            "regularization",
            self.regularization,
            tiny..=1_000.0,
            "above 0, up to 1,000",
        )?;
        BuildError::check("frequency_exponent", self.frequency_exponent, 0.0..=1.0, "0 to 1")?;
        BuildError::check(
            "history_weight",
            self.history_weight,
            tiny..=1_000.0,
            "above 0, up to 1,000",
        )?;
        self.history.validate()
    }

    /// The regularisation of a row with `events` among `others` rows of the other side.
    fn ridge(&self, events: usize, others: usize) -> f32 {
        let mass = events as f32 + self.unobserved_weight * others as f32;
        self.regularization * mass.powf(self.frequency_exponent)
    }
}

/// Item vectors whose dot product with a user's vector says how well they fit.
///
/// Minimises Σ over met pairs of c·(1 − x·y)² + α Σ over all pairs of (x·y)² + λ Σ over rows of (events + α·others)^ν ·
/// |row|², where c is 1 or the event's weight. Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback
/// Datasets" (ICDM 2008), with the regularisation of Rendle et al., "Revisiting the Performance of iALS on Item
/// Recommendation Benchmarks" (RecSys 2022).
///
/// User vectors are not kept: a query's vector is solved from its history ([`fold_in`](Self::fold_in)), so that the
/// newest action counts at once and somebody new is no special case.
#[derive(Debug)]
pub struct AlsModel {
    config: AlsConfig,
    items: Arc<Rows<ItemId>>,
    item_factors: Vec<f32>,
    gram: Vec<f32>,
    space: SpaceId,
    scratch: ScratchPool<Solver>,
}

impl AlsModel {
    /// Learns item vectors, in the caller's rayon pool if there is one. Same events, settings and seed, same bits,
    /// whatever the number of threads. O(iterations · (events · factors² + (users + items) · factors³)).
    ///
    /// # Errors
    ///
    /// [`BuildError`] for a setting out of range, or without any event.
    pub fn fit(interactions: &Interactions, config: &AlsConfig) -> Result<Self, BuildError> {
        Self::fit_with_progress(interactions, config, &mut |_| {})
    }

    /// [`fit`](Self::fit), telling how many passes are done.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit).
    pub fn fit_with_progress(
        interactions: &Interactions,
        config: &AlsConfig,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, BuildError> {
        config.validate()?;
        if interactions.is_empty() {
            return Err(BuildError::Empty("events"));
        }
        let (_, item_factors) = fit::factors(interactions, config, progress);
        let gram = solve::gram(&item_factors, config.factors, config.unobserved_weight);
        let space = SpaceId::new(
            "als",
            Fingerprint::of("als").floats(&item_factors).finish(),
            config.factors as u32,
            Normalization::None,
        );
        Ok(Self {
            config: *config,
            items: Arc::clone(interactions.items()),
            item_factors,
            gram,
            space,
            scratch: ScratchPool::new(),
        })
    }

    /// The space of the vectors. Its version is a hash of them.
    pub const fn space(&self) -> &SpaceId {
        &self.space
    }

    /// The items that have a vector.
    pub const fn items(&self) -> &Arc<Rows<ItemId>> {
        &self.items
    }

    /// All item vectors one after another, in the order of [`items`](Self::items).
    pub fn item_factors(&self) -> &[f32] {
        &self.item_factors
    }

    /// A hash of the vectors, of the items that have them, and of the settings that a history's vector depends on. O(items).
    pub fn version(&self) -> u64 {
        let config = &self.config;
        let settings = [
            config.unobserved_weight,
            config.regularization,
            config.frequency_exponent,
            config.history_weight,
        ];
        Fingerprint::of("als")
            .word(self.space.version)
            .words(self.items.ids().iter().map(|item| item.0))
            .floats(&settings)
            .word(config.history.fingerprint())
            .finish()
    }

    /// The vector of `item`.
    pub fn vector(&self, item: ItemId) -> Option<&[f32]> {
        let start = self.items.row(item)? as usize * self.config.factors;
        Some(&self.item_factors[start..start + self.config.factors])
    }

    /// The vector of somebody with this history, oldest action first; `None` when no item of it is known.
    pub fn fold_in(&self, history: &[Action]) -> Option<Vec<f32>> {
        let mut vector = vec![0.0; self.config.factors];
        self.fold_in_to(history, &mut vector).then_some(vector)
    }

    /// [`fold_in`](Self::fold_in) into `vector`, allocating nothing in the long run. False when no item is known.
    /// O(history · factors² + factors³).
    ///
    /// # Panics
    ///
    /// When `vector` is not as long as the space's dimension.
    pub fn fold_in_to(&self, history: &[Action], vector: &mut [f32]) -> bool {
        assert_eq!(vector.len(), self.config.factors, "one number a factor");
        let mut solver = self.scratch.take();
        solver.start(&self.gram, self.config.factors);
        let mut known = 0;
        for (action, weight) in self.config.history.weigh(history) {
            if let Some(row) = self.vector(action.item).filter(|_| weight > 0.0) {
                solver.observe(row, (weight * self.config.history_weight).min(1e6));
                known += 1;
            }
        }
        solver.solve(self.config.ridge(known, self.items.len()), vector);
        known > 0
    }
}

impl<Q: History + ?Sized> QueryEncoder<Q> for AlsModel {
    fn space(&self) -> &SpaceId {
        &self.space
    }

    fn version(&self) -> u64 {
        self.version()
    }

    fn encode(&self, query: &Q, vector: &mut [f32]) -> Result<(), SourceError> {
        if self.fold_in_to(query.history(), vector) {
            Ok(())
        } else {
            Err(SourceError::NotApplicable)
        }
    }
}
