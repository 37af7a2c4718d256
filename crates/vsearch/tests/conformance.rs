//! The kit, run over what this crate has, and over indexes that break it.

use bowerbird_core::SpaceId;
use bowerbird_vsearch::testing::{self, Corpus, Expect};
use bowerbird_vsearch::{
    BuildError, FlatIndex, Hits, Metric, SearchError, SearchParams, SearchReport, VectorIndex,
};
use std::panic::catch_unwind;
use std::sync::Arc;

fn flat(corpus: &Corpus) -> Result<FlatIndex, BuildError> {
    FlatIndex::builder(corpus.space.clone(), corpus.metric).build(corpus.vectors.view(), &corpus.keys)
}

#[test]
fn flat_keeps_every_promise() {
    testing::vector_index(Expect::EXACT, &flat);
    testing::range_search(Expect::EXACT, &flat);
}

#[test]
fn flat_keeps_them_in_a_pool() {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(3)
        .build()
        .expect("a pool");
    pool.install(|| testing::vector_index(Expect::EXACT, &flat));
}

#[test]
fn the_promises_hold_through_pointers() {
    testing::vector_index(Expect::EXACT, &|corpus| {
        Ok(Arc::new(flat(corpus)?) as Arc<dyn VectorIndex>)
    });
    testing::vector_index(Expect::EXACT, &|corpus| {
        Ok(Box::new(flat(corpus)?) as Box<dyn VectorIndex>)
    });
}

/// How [`Broken`] breaks its promises.
#[derive(Clone, Copy, Debug)]
enum Fault {
    IgnoresFilter,
    IgnoresDeadline,
    IgnoresBudget,
    KeepsOldHits,
    MissesTheBest,
    ReportsOtherScores,
    TakesAnyQuery,
}

#[derive(Debug)]
struct Broken(FlatIndex, Fault);

impl VectorIndex for Broken {
    fn space(&self) -> &SpaceId {
        self.0.space()
    }

    fn metric(&self) -> Metric {
        self.0.metric()
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn search(
        &self,
        query: &[f32],
        params: &SearchParams<'_>,
        hits: &mut Hits,
    ) -> Result<SearchReport, SearchError> {
        let mut params = *params;
        let order = self.metric().order();
        let before: Vec<_> = hits.iter().copied().collect();
        match self.1 {
            Fault::IgnoresFilter => params.filter = None,
            Fault::IgnoresDeadline => params.deadline = bowerbird_core::Deadline::NEVER,
            Fault::IgnoresBudget => params.distance_budget = None,
            _ => {}
        }
        let report = self.0.search(query, &params, hits);
        let found: Vec<_> = hits.iter().copied().collect();
        match self.1 {
            Fault::KeepsOldHits if report.is_ok() => {
                hits.replace(order, params.k, found.into_iter().chain(before));
            }
            Fault::MissesTheBest => hits.replace(order, params.k, found.into_iter().skip(1)),
            Fault::ReportsOtherScores => {
                let other = found.into_iter().map(|mut hit| {
                    hit.score += 0.5;
                    hit
                });
                hits.replace(order, params.k, other);
            }
            Fault::TakesAnyQuery if report.is_err() => return Ok(SearchReport::full(0, 0)),
            _ => {}
        }
        report
    }
}

#[test]
fn the_kit_catches_each_broken_promise() {
    for (fault, said) in [
        (Fault::IgnoresFilter, "not allowed"),
        (Fault::IgnoresDeadline, "deadline"),
        (Fault::IgnoresBudget, "allowed"),
        (Fault::KeepsOldHits, ""),
        (Fault::MissesTheBest, "recall"),
        (Fault::ReportsOtherScores, "exact score"),
        (Fault::TakesAnyQuery, "batch"),
    ] {
        let caught = catch_unwind(|| {
            testing::vector_index(Expect::EXACT, &|corpus| Ok(Broken(flat(corpus)?, fault)));
        });
        let panic = caught.expect_err(&format!("{fault:?} passed the kit"));
        let line = panic.downcast_ref::<String>().expect("a message");
        assert!(line.contains(said), "{fault:?} was caught, but as: {line}");
    }
}
