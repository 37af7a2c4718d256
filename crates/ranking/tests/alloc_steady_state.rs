//! In steady state a serial request allocates nothing in the pipeline.

mod support;

use bowerbird_ranking::core::{ItemId, SystemClock};
use bowerbird_ranking::model::{LinearHead, LinearModel, Link, LogisticScorer, Term};
use bowerbird_ranking::rerank::{Mmr, MmrConfig, Rules, VectorTable};
use bowerbird_ranking::retrieval::filter_fn;
use bowerbird_ranking::{Request, Reranker, SourceOptions};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;
use support::{Query, builder, source};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is passed on to the system's allocator unchanged; counting touches no memory of its own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn model() -> LinearModel {
    let term = Term {
        mean: 0.5,
        scale: 0.3,
        weight: 1.0,
    };
    let head = LinearHead {
        name: "p".into(),
        link: Link::Logistic,
        bias: 0.0,
        terms: vec![term; 2],
    };
    LinearModel::new(["a", "b"], vec![head]).expect("well formed")
}

fn rules() -> impl Reranker<Query> + 'static {
    let items: Vec<ItemId> = (0..3_000).map(ItemId).collect();
    let values = items
        .iter()
        .flat_map(|item| [support::worth(item.0, 3), support::worth(item.0, 4)])
        .collect();
    let vectors = VectorTable::new(2, &items, values).expect("one vector an item");
    let mmr = Mmr::new(vectors, &MmrConfig::default()).expect("valid");
    Rules::over(mmr)
        .spacing(1, 3, |item: ItemId| Some(item.0 % 10))
        .build()
        .expect("valid")
}

#[test]
fn a_warm_request_allocates_nothing() {
    let cascade = builder()
        .source(
            source("third", (1_000..3_000).collect()),
            SourceOptions::new().quota(2_000),
        )
        .fallback(source("spare", vec![1, 2, 3]), SourceOptions::new())
        .filter(filter_fn("early", |_: &Query, item| item.0 % 11 != 3))
        .rank(LogisticScorer::new("model", model()))
        .rerank(rules())
        .late_filter(filter_fn("late", |_: &Query, item| item.0 % 5 != 2))
        .build()
        .expect("wired");
    let mut slate = cascade.slate();
    let clock = SystemClock;
    let mut ask = || {
        let before = ALLOCATIONS.with(Cell::get);
        let request = Request::new(25).within(&clock, Duration::from_secs(60));
        cascade.run_into(&mut (), &request, &mut slate).expect("runs");
        assert_eq!(slate.len(), 25);
        let late = slate.coverage().stage("late").expect("reported");
        assert!(late.left < late.entered, "backfill is part of it");
        ALLOCATIONS.with(Cell::get) - before
    };
    assert!(ask() > 0, "the counter counts");
    ask();
    for _ in 0..10 {
        assert_eq!(ask(), 0);
    }
}
