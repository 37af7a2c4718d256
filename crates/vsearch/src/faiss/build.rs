//! Building: the checks of every index, then training and adding.

use super::FaissIndex;
use super::engine::Engine;
use super::factory::{self, FaissFault};
use crate::input::Input;
use crate::{BuildError, BuildIndex, Metric, VectorKey};
use bowerbird_core::{Progress, SpaceId};
use ndarray::ArrayView2;
use std::num::{NonZeroU16, NonZeroU32};
use std::sync::Mutex;

/// Vectors that go into a graph in one call. faiss inserts up to 100 of one level on the calling thread.
const GRAPH_STEP: usize = 100;
/// Vectors in one call otherwise: what lies between two reports of progress.
const STEP: usize = 65_536;

/// How vectors go into a graph (`HNSW…`). Other factories are not affected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Insertion {
    /// A hundred at a time on the calling thread: the same input gives the same graph. Each call costs faiss time in
    /// proportion to what is there already, some seconds in all at half a million vectors, and quadratic beyond.
    #[default]
    Repeatable,
    /// All in one call, by faiss's own threads: faster, and another graph each time.
    Parallel,
}

/// Builds a [`FaissIndex`]: checks, sorts by key, trains on all vectors, adds them. While it builds, it holds a copy of
/// the vectors.
#[derive(Clone, Debug)]
pub struct FaissBuilder {
    space: SpaceId,
    metric: Metric,
    factory: String,
    width: Option<NonZeroU32>,
    refine: Option<NonZeroU16>,
    insertion: Insertion,
}

impl FaissBuilder {
    pub(super) const fn new(space: SpaceId, metric: Metric, factory: String) -> Self {
        Self {
            space,
            metric,
            factory,
            width: None,
            refine: None,
            insertion: Insertion::Repeatable,
        }
    }

    /// Sets the width of searches with [`Effort::Default`](crate::Effort::Default): *nprobe* of an inverted file,
    /// *efSearch* of a graph. Default faiss's own: 1 and 16. No effect on other factories.
    #[must_use]
    pub const fn with_width(mut self, width: NonZeroU32) -> Self {
        self.width = Some(width);
        self
    }

    /// Sets how many candidates a re-ranking stage (`…,RFlat`) looks at, as a multiple of the hits wanted. Default
    /// faiss's own, 1. Building is refused when there is no such stage.
    #[must_use]
    pub const fn with_refine_factor(mut self, factor: NonZeroU16) -> Self {
        self.refine = Some(factor);
        self
    }

    /// Sets how vectors go into a graph. Default [`Insertion::Repeatable`].
    #[must_use]
    pub const fn with_insertion(mut self, insertion: Insertion) -> Self {
        self.insertion = insertion;
        self
    }

    /// [`BuildIndex::build`], without the trait in scope.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the first fault; [`BuildError::Backend`] with a [`FaissFault`] is one of faiss's.
    pub fn build(&self, vectors: ArrayView2<'_, f32>, keys: &[VectorKey]) -> Result<FaissIndex, BuildError> {
        BuildIndex::build(self, vectors, keys)
    }

    fn engine(&self, rows: &[f32], progress: &mut dyn FnMut(Progress)) -> Result<Option<Engine>, FaissFault> {
        let mut engine = Engine::new(&self.factory, self.space.dimension, self.metric)?;
        if let Some(width) = self.width {
            engine.set_default_width(width.get());
        }
        if let Some(factor) = self.refine {
            engine.set_refine_factor(factor.get())?;
        }
        if rows.is_empty() {
            return Ok(None);
        }
        progress(Progress::of("train", 0, 1));
        engine.train(rows)?;
        progress(Progress::of("train", 1, 1));
        let dimension = self.space.dimension as usize;
        let count = rows.len() / dimension;
        let mut done = 0;
        for part in rows.chunks(self.step(count) * dimension) {
            engine.add(part)?;
            done += part.len() / dimension;
            progress(Progress::of("add", done as u64, count as u64));
        }
        Ok(Some(engine))
    }

    fn step(&self, count: usize) -> usize {
        let in_graph = factory::inserts_into_a_graph(&self.factory);
        match self.insertion {
            _ if factory::adds_only_once(&self.factory) => count,
            Insertion::Repeatable if in_graph => GRAPH_STEP,
            Insertion::Parallel if in_graph => count,
            _ => STEP,
        }
    }
}

impl BuildIndex for FaissBuilder {
    type Index = FaissIndex;

    fn build_with_progress(
        &self,
        vectors: ArrayView2<'_, f32>,
        keys: &[VectorKey],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<FaissIndex, BuildError> {
        let Input { keys, rows } = Input::read(&self.space, self.metric, &vectors, keys, progress)?;
        let mut engine = self
            .engine(&rows, progress)
            .map_err(|fault| BuildError::Backend(Box::new(fault)))?;
        Ok(FaissIndex {
            space: self.space.clone(),
            metric: self.metric,
            factory: self.factory.clone(),
            keys,
            knob: engine.as_ref().and_then(Engine::knob),
            gives_vectors: engine.as_mut().is_some_and(|engine| engine.vector(0).is_some()),
            engine: engine.map(Mutex::new),
        })
    }
}
