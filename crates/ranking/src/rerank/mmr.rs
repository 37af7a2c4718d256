//! Maximal marginal relevance.

use super::stopped;
use super::vectors::ItemVectors;
use crate::stage::{Ranked, Reranker, Selection, StageError};
use bowerbird_core::{Status, kernel};
use bowerbird_retrieval::scratch::ScratchPool;
use bowerbird_retrieval::{BuildError, Context};

/// Settings of [`Mmr`].
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default)
)]
pub struct MmrConfig {
    /// How much worth counts against variety, 0 to 1, default 0.7. At 1 the order is that of the utility; at 0 it starts
    /// with the best row and then takes whatever is least like what is there.
    pub lambda: f32,
    /// Rows looked at, from the best, 1 to 100,000, default 500. It bounds time and memory, and keeps the tail of a long
    /// ranking from being shown just because it is different. Further positions are filled in ranked order.
    pub depth: usize,
    /// The version of vectors and settings, default 1.
    pub version: u64,
}

impl Default for MmrConfig {
    fn default() -> Self {
        Self {
            lambda: 0.7,
            depth: 500,
            version: 1,
        }
    }
}

/// Maximal marginal relevance: at each position the row with the largest λ · worth − (1 − λ) · likeness, likeness being
/// the largest cosine similarity to any row picked before.
///
/// Carbonell and Goldstein, "The use of MMR, diversity-based reranking for reordering documents and producing summaries"
/// (SIGIR 1998). So that the two can be weighed, worth is the utility scaled to 0..1 over the rows looked at (all 1 if
/// they are equal; infinities take the nearest end), and likeness is 0..1: a negative similarity counts as 0, as does that
/// of an item without a vector, or with one that has length zero or a value that is not finite. Ties go to the row ranked
/// better. Rows without a utility are not traded against others: they come last, in ranked order.
///
/// A row's likeness only grows as more is picked, so its last known value is a bound, and a row whose bound can't win is
/// left alone ("lazy evaluation", Minoux 1978): the result is that of the plain definition at O(n · k · dimension), and the
/// work usually far less. In steady state nothing is allocated.
pub struct Mmr<V> {
    vectors: V,
    config: MmrConfig,
    scratch: ScratchPool<State>,
}

#[derive(Default)]
struct State {
    rows: Vec<Row>,
    /// Unit vectors, one after another, as far as they have been asked for.
    units: Vec<f32>,
}

#[derive(Clone, Copy)]
struct Row {
    worth: f32,
    likeness: f32,
    /// λ · worth − (1 − λ) · likeness, never below what it would be with `seen` brought up to date.
    score: f32,
    /// Picks that `likeness` takes into account.
    seen: u32,
    vector: Loaded,
}

#[derive(Clone, Copy, PartialEq)]
enum Loaded {
    Unasked,
    Present,
    Absent,
}

impl<V: ItemVectors> Mmr<V> {
    /// MMR over the cosine similarity of `vectors`.
    ///
    /// # Errors
    ///
    /// [`BuildError::OutOfRange`] for a setting outside its range, or a dimension that is not 1 to 4,096.
    pub fn new(vectors: V, config: &MmrConfig) -> Result<Self, BuildError> {
        let out = |setting, found, allowed| {
            Err(BuildError::OutOfRange {
                setting,
                found,
                allowed,
            })
        };
        if !(0.0..=1.0).contains(&config.lambda) {
            return out("lambda", f64::from(config.lambda), "0 to 1");
        }
        if !(1..=100_000).contains(&config.depth) {
            return out("depth", config.depth as f64, "1 to 100000");
        }
        if !(1..=4_096).contains(&vectors.dimension()) {
            return out("dimension", vectors.dimension() as f64, "1 to 4096");
        }
        Ok(Self {
            vectors,
            config: *config,
            scratch: ScratchPool::new(),
        })
    }

    fn score(&self, worth: f32, likeness: f32) -> f32 {
        self.config.lambda * worth - (1.0 - self.config.lambda) * likeness
    }

    /// Opens the first `depth` rows of `utility`; a row without a utility gets a worth of NaN.
    fn open(&self, utility: &[f32], state: &mut State) {
        let finite = || utility.iter().copied().filter(|value| value.is_finite());
        let low = f64::from(finite().fold(f32::INFINITY, f32::min));
        let span = f64::from(finite().fold(f32::NEG_INFINITY, f32::max)) - low;
        let scale = |value: f32| match f64::from(value) {
            value if value.is_nan() => f32::NAN,
            f64::INFINITY => 1.0,
            f64::NEG_INFINITY => 0.0,
            value if span > 0.0 => ((value - low) / span) as f32,
            _ => 1.0,
        };
        state.rows.clear();
        state.rows.extend(utility.iter().map(|&value| {
            let worth = scale(value);
            Row {
                worth,
                likeness: 0.0,
                score: self.score(worth, 0.0),
                seen: 0,
                vector: Loaded::Unasked,
            }
        }));
        let values = utility.len() * self.vectors.dimension();
        state.units.resize(values.max(state.units.len()), 0.0);
    }

    /// Reads the vector of `row` at the first time and says whether there is one.
    fn load(&self, ranked: &Ranked<'_>, row: usize, state: &mut State) -> bool {
        if state.rows[row].vector == Loaded::Unasked {
            let dimension = self.vectors.dimension();
            let unit = &mut state.units[row * dimension..][..dimension];
            unit.fill(0.0);
            let found = self.vectors.read(ranked.items()[row], unit) && normalize(unit);
            state.rows[row].vector = if found { Loaded::Present } else { Loaded::Absent };
        }
        state.rows[row].vector == Loaded::Present
    }

    /// The similarity of two rows, 0..1.
    fn likeness(&self, ranked: &Ranked<'_>, a: usize, b: usize, state: &mut State) -> f32 {
        if !self.load(ranked, a, state) || !self.load(ranked, b, state) {
            return 0.0;
        }
        let unit = |row| &state.units[row * self.vectors.dimension()..][..self.vectors.dimension()];
        kernel::dot(unit(a), unit(b)).clamp(0.0, 1.0)
    }

    /// The row for the next position, given those picked so far.
    fn next(&self, ranked: &Ranked<'_>, picked: &Selection, state: &mut State) -> Option<usize> {
        let mut best: Option<(usize, f32)> = None;
        for row in 0..state.rows.len() {
            let beaten = |score: f32| best.is_some_and(|(_, top)| score <= top);
            let mut now = state.rows[row];
            if now.worth.is_nan() || picked.contains(row) || beaten(now.score) {
                continue;
            }
            for &earlier in &picked.rows()[now.seen as usize..] {
                // A row outside of `rows` was pinned by the caller; its vector isn't at hand.
                if (earlier as usize) < state.rows.len() {
                    let likeness = self.likeness(ranked, row, earlier as usize, state);
                    now.likeness = now.likeness.max(likeness);
                }
                now.seen += 1;
                now.score = self.score(now.worth, now.likeness);
                if beaten(now.score) {
                    break;
                }
            }
            now.vector = state.rows[row].vector;
            state.rows[row] = now;
            if !beaten(now.score) {
                best = Some((row, now.score));
            }
        }
        best.map(|(row, _)| row)
    }
}

/// Scales to unit length. False, for what has no direction.
fn normalize(vector: &mut [f32]) -> bool {
    let norm = vector
        .iter()
        .map(|&x| f64::from(x) * f64::from(x))
        .sum::<f64>()
        .sqrt();
    if !(norm.is_finite() && norm > 0.0) {
        return false;
    }
    vector.iter_mut().for_each(|x| *x = (f64::from(*x) / norm) as f32);
    true
}

impl<V> std::fmt::Debug for Mmr<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mmr")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl<Q: ?Sized, V: ItemVectors> Reranker<Q> for Mmr<V> {
    fn name(&self) -> &str {
        "mmr"
    }

    fn version(&self) -> u64 {
        self.config.version
    }

    fn select(
        &self,
        _query: &Q,
        ranked: &Ranked<'_>,
        cx: &Context<'_>,
        out: &mut Selection,
    ) -> Result<Status, StageError> {
        let state = &mut *self.scratch.take();
        let utility = ranked.utility();
        self.open(&utility[..utility.len().min(self.config.depth)], state);
        while !out.is_full() {
            if cx.is_past() {
                return Ok(stopped(out.len(), out.limit()));
            }
            match self.next(ranked, out, state) {
                Some(row) => out.pick(row),
                None => break,
            };
        }
        out.fill();
        Ok(Status::Full)
    }
}
