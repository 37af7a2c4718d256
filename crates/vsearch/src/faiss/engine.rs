//! The only place that calls faiss. Every length is checked on this side of it: the crate passes pointers on.

use super::factory::{self, FaissFault};
use crate::Metric;
use ::faiss::index::autotune::ParameterSpace;
use ::faiss::index::{IndexImpl, index_factory};
use ::faiss::{Idx, Index, MetricType};

/// The parameter that says how hard to search.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Knob {
    /// Lists of an inverted file that are looked at.
    Probes,
    /// Candidates that a graph search keeps.
    Candidates,
}

impl Knob {
    const fn name(self) -> &'static str {
        match self {
            Self::Probes => "nprobe",
            Self::Candidates => "efSearch",
        }
    }

    /// What faiss starts with.
    const fn native(self) -> u32 {
        match self {
            Self::Probes => 1,
            Self::Candidates => 16,
        }
    }
}

/// A trained index of faiss and how it is set.
#[derive(Debug)]
pub(super) struct Engine {
    index: IndexImpl,
    dimension: usize,
    len: usize,
    knob: Option<Knob>,
    /// The width of a search that does not ask for one.
    default_width: u32,
    /// The width that the index has now; none when unknown.
    width: Option<u32>,
    /// One vector that was given back.
    vector: Vec<f32>,
}

impl Engine {
    /// An index without vectors or training.
    pub(super) fn new(factory: &str, dimension: u32, metric: Metric) -> Result<Self, FaissFault> {
        factory::check(factory, metric)?;
        let metric = match metric {
            Metric::L2 => MetricType::L2,
            Metric::InnerProduct | Metric::Cosine => MetricType::InnerProduct,
        };
        let index = index_factory(dimension, factory, metric)
            .map_err(FaissFault::native("read the factory string"))?;
        shape("keep the dimension", dimension as usize, index.d() as usize)?;
        let mut engine = Self {
            index,
            dimension: dimension as usize,
            len: 0,
            knob: None,
            default_width: 1,
            width: None,
            vector: vec![0.0; dimension as usize],
        };
        // An inverted file over a graph of centroids has both; its own comes first.
        for knob in [Knob::Probes, Knob::Candidates] {
            if engine.set(knob.name(), knob.native()).is_ok() {
                engine.knob = Some(knob);
                engine.default_width = knob.native();
                break;
            }
        }
        Ok(engine)
    }

    /// Sets the width of searches that do not ask for one.
    pub(super) fn set_default_width(&mut self, width: u32) {
        self.default_width = width.max(1);
    }

    /// Candidates that a re-ranking stage looks at, as a multiple of the hits wanted.
    pub(super) fn set_refine_factor(&mut self, factor: u16) -> Result<(), FaissFault> {
        self.set("k_factor_rf", factor.into())
    }

    pub(super) const fn knob(&self) -> Option<Knob> {
        self.knob
    }

    pub(super) const fn default_width(&self) -> u32 {
        self.default_width
    }

    /// Learns centroids and rotations from `rows`, where the factory has any.
    pub(super) fn train(&mut self, rows: &[f32]) -> Result<(), FaissFault> {
        self.whole("train", rows)?;
        if self.index.is_trained() {
            return Ok(());
        }
        self.index.train(rows).map_err(FaissFault::native("train"))
    }

    /// Adds `rows`, numbered on from those that are there.
    pub(super) fn add(&mut self, rows: &[f32]) -> Result<(), FaissFault> {
        const STEP: &str = "add vectors";
        let count = self.whole(STEP, rows)?;
        if !self.index.is_trained() {
            return shape(STEP, 1, 0);
        }
        self.index.add(rows).map_err(FaissFault::native(STEP))?;
        self.len += count;
        shape(
            STEP,
            self.len,
            usize::try_from(self.index.ntotal()).unwrap_or(usize::MAX),
        )
    }

    /// Calls `found(query, row, score)` for up to `k` vectors nearest to each of `queries`, of 1 to all; best first.
    pub(super) fn search(
        &mut self,
        queries: &[f32],
        k: usize,
        width: u32,
        mut found: impl FnMut(usize, usize, f32),
    ) -> Result<(), FaissFault> {
        const STEP: &str = "search";
        let count = self.whole(STEP, queries)?;
        if !(1..=self.len).contains(&k) {
            return shape(STEP, self.len, k);
        }
        self.set_width(width)?;
        let result = self.index.search(queries, k).map_err(FaissFault::native(STEP))?;
        shape(STEP, count * k, result.labels.len())?;
        shape(STEP, count * k, result.distances.len())?;
        let answers = result
            .labels
            .chunks_exact(k)
            .zip(result.distances.chunks_exact(k));
        for (query, (labels, scores)) in answers.enumerate() {
            for (label, score) in labels.iter().zip(scores) {
                match usize::try_from(label.to_native()) {
                    Ok(row) if row < self.len => found(query, row, *score),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// The vector in `row`, decoded; none when there is no such row, or the factory cannot give vectors back.
    pub(super) fn vector(&mut self, row: usize) -> Option<&[f32]> {
        if row >= self.len {
            return None;
        }
        let given = self.index.reconstruct(Idx::new(row as u64), &mut self.vector);
        given.is_ok().then_some(&self.vector)
    }

    /// The largest width that means anything: no more lists and no more candidates than vectors.
    pub(super) fn widest(&self) -> u32 {
        u32::try_from(self.len)
            .unwrap_or(u32::MAX)
            .clamp(1, i32::MAX as u32)
    }

    fn set_width(&mut self, width: u32) -> Result<(), FaissFault> {
        let Some(knob) = self.knob else {
            return Ok(());
        };
        let width = width.clamp(1, self.widest());
        if self.width != Some(width) {
            self.width = None;
            self.set(knob.name(), width)?;
            self.width = Some(width);
        }
        Ok(())
    }

    /// Changes a field of the index, through a pointer that the crate lets a shared reference change; hence `&mut`.
    fn set(&mut self, name: &'static str, value: u32) -> Result<(), FaissFault> {
        let fault = FaissFault::native("set a parameter");
        let parameters = ParameterSpace::new().map_err(&fault)?;
        parameters
            .set_index_parameter(&self.index, name, value)
            .map_err(fault)
    }

    /// How many vectors `rows` are; refused when they are not whole.
    fn whole(&self, step: &'static str, rows: &[f32]) -> Result<usize, FaissFault> {
        let count = rows.len() / self.dimension;
        shape(step, count * self.dimension, rows.len())?;
        Ok(count)
    }
}

fn shape(step: &'static str, expected: usize, found: usize) -> Result<(), FaissFault> {
    if expected == found {
        return Ok(());
    }
    Err(FaissFault::Shape {
        step,
        expected,
        found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_that_do_not_fit_never_reach_faiss() {
        let mut engine = Engine::new("Flat", 3, Metric::L2).expect("a factory");
        let refused = |result: Result<(), FaissFault>| matches!(result, Err(FaissFault::Shape { .. }));
        assert!(refused(engine.add(&[1.0; 4])));
        assert!(refused(engine.train(&[1.0; 2])));
        engine.add(&[1.0; 6]).expect("two vectors");
        assert!(refused(engine.search(&[1.0; 2], 1, 1, |_, _, _| ())));
        assert!(refused(engine.search(&[1.0; 3], 3, 1, |_, _, _| ())));
        assert!(refused(engine.search(&[1.0; 3], 0, 1, |_, _, _| ())));
        let mut rows = Vec::new();
        engine
            .search(&[1.0; 3], 2, 1, |_, row, _| rows.push(row))
            .expect("a search");
        assert_eq!(rows, [0, 1]);
        assert_eq!(engine.vector(1), Some(&[1.0; 3][..]));
        assert_eq!(engine.vector(2), None);
    }

    #[test]
    fn untrained_indexes_are_not_added_to() {
        let mut engine = Engine::new("IVF2,Flat", 1, Metric::L2).expect("a factory");
        assert!(matches!(engine.add(&[1.0]), Err(FaissFault::Shape { .. })));
    }

    #[test]
    fn each_factory_has_its_knob() {
        for (factory, wanted) in [
            ("Flat", None),
            ("SQ8", None),
            ("HNSW8", Some(Knob::Candidates)),
            ("PCA2,HNSW8", Some(Knob::Candidates)),
            ("IVF2,Flat", Some(Knob::Probes)),
            ("IVF2_HNSW4,Flat", Some(Knob::Probes)),
            ("IVF2,PQ2x4fs,RFlat", Some(Knob::Probes)),
        ] {
            let engine = Engine::new(factory, 4, Metric::L2).expect("a factory");
            assert_eq!(engine.knob(), wanted, "{factory}");
        }
    }
}
