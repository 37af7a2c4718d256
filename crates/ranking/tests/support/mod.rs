//! A small world for the tests: numbered items, sources that list them, scorers that know their worth.
#![expect(
    unreachable_pub,
    reason = "shared by the test files, each of which is a crate"
)]
#![allow(dead_code, reason = "each test file uses its own part of this")]

use bowerbird_ranking::core::{Clock, ItemId, Status};
use bowerbird_ranking::retrieval::{CandidateSource, source_fn};
use bowerbird_ranking::{
    Cascade, CascadeBuilder, FeatureHydrator, Scorer, Slate, SourceOptions, hydrator_fn, scorer_fn,
};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

pub type Query = ();

/// A well-mixed number in 0..1 for an item: its worth.
pub fn worth(item: u64, salt: u64) -> f32 {
    let mut z = (item ^ salt.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((z >> 40) as f32) / (1_u64 << 24) as f32
}

pub fn source(name: &str, items: Vec<u64>) -> impl CandidateSource<Query> + 'static {
    source_fn(name, move |_: &Query, _, out| {
        for (rank, &item) in items.iter().enumerate() {
            if !out.push(ItemId(item), 1.0 / (rank + 1) as f32) {
                break;
            }
        }
        Ok(Status::Full)
    })
}

pub fn hydrator(name: &str, feature: &'static str, salt: u64) -> impl FeatureHydrator<Query> + 'static {
    hydrator_fn(name, [feature], move |_: &Query, rows, _, out| {
        for (row, item) in rows.items().iter().enumerate() {
            out.set(0, row, worth(item.0, salt));
        }
        Ok(())
    })
}

pub fn scorer(name: &str, features: &[&'static str], head: &'static str) -> impl Scorer<Query> + 'static {
    scorer_fn(name, features.iter().copied(), head, |_: &Query, features| {
        features.iter().sum()
    })
}

/// Two overlapping sources, two hydrators, a pre-ranker and a ranker.
pub fn builder() -> CascadeBuilder<Query> {
    Cascade::builder()
        .source(source("low", (0..120).collect()), SourceOptions::new())
        .source(
            source("even", (0..300).step_by(2).collect()),
            SourceOptions::new(),
        )
        .hydrator(hydrator("cheap", "a", 1))
        .hydrator(hydrator("dear", "b", 2))
        .pre_rank(scorer("light", &["a"], "rough"), 60)
        .rank(scorer("heavy", &["a", "b"], "fine"))
}

pub fn ids(slate: &Slate) -> Vec<u64> {
    slate.items().map(|item| item.0).collect()
}

/// A clock that moves by a fixed step whenever somebody looks at it: deadlines pass at the same look every time.
#[derive(Debug)]
pub struct Ticking {
    origin: Instant,
    step: Duration,
    looks: AtomicU64,
}

impl Ticking {
    pub fn every(step: Duration) -> Self {
        let origin = bowerbird_ranking::core::SystemClock.now();
        Self {
            origin,
            step,
            looks: AtomicU64::new(0),
        }
    }
}

impl Clock for Ticking {
    fn now(&self) -> Instant {
        let looks = self.looks.fetch_add(1, Ordering::SeqCst);
        self.origin + self.step * looks as u32
    }
}

/// Something that blocking calls wait at until it is opened.
#[derive(Debug, Default)]
pub struct Gate {
    open: Mutex<bool>,
    changed: std::sync::Condvar,
}

impl Gate {
    pub fn wait(&self) {
        let mut open = self.open.lock().expect("no panic");
        while !*open {
            open = self.changed.wait(open).expect("no panic");
        }
    }

    pub fn open(&self) {
        *self.open.lock().expect("no panic") = true;
        self.changed.notify_all();
    }
}
