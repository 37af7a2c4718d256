//! What the pipeline itself costs: stages that do nothing, 2,000 candidates; and a full request with real work.
//!
//! `overhead` runs 2,000 distinct candidates through seven stages: retrieval from three sources, merge, filter,
//! hydration with pre-ranking to 500, ranking, re-ranking, late filter. Sources copy prepared lists, hydrators and
//! scorers copy a column, filters keep everything, so what is measured is the pipeline.

use bowerbird::core::{ItemId, Status, SystemClock};
use bowerbird::ranking::rerank::{Mmr, MmrConfig, TopK, VectorTable};
use bowerbird::ranking::{
    Cascade, CascadeBuilder, FeatureView, HeadSink, Request, Scorer, SourceOptions, StageError, hydrator_fn,
};
use bowerbird::retrieval::{
    CandidateSource, Context, FeatureName, HeadName, MergePolicy, filter_fn, source_fn,
};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Duration;

const CANDIDATES: u64 = 2_000;
const SOURCES: u64 = 3;

/// Lists every third item.
fn listed(number: u64) -> impl CandidateSource<()> + 'static {
    let items: Vec<ItemId> = (0..CANDIDATES)
        .filter(|item| item % SOURCES == number)
        .map(ItemId)
        .collect();
    source_fn(format!("source_{number}"), move |_: &(), _, out| {
        for (rank, &item) in items.iter().enumerate() {
            out.push(item, -(rank as f32));
        }
        Ok(Status::Full)
    })
}

/// Copies a feature into a head.
struct Copy(&'static str, [FeatureName; 1], [HeadName; 1]);

impl Copy {
    fn new(name: &'static str, feature: &'static str) -> Self {
        Self(name, [feature.into()], [name.into()])
    }
}

impl Scorer<()> for Copy {
    fn name(&self) -> &str {
        self.0
    }

    fn features(&self) -> &[FeatureName] {
        &self.1
    }

    fn heads(&self) -> &[HeadName] {
        &self.2
    }

    fn score(
        &self,
        _query: &(),
        features: &FeatureView<'_>,
        _cx: &Context<'_>,
        out: &mut HeadSink<'_>,
    ) -> Result<(), StageError> {
        out.head(0).copy_from_slice(features.column(0));
        Ok(())
    }
}

fn seven_stages() -> CascadeBuilder<()> {
    let mut builder = Cascade::builder();
    for number in 0..SOURCES {
        builder = builder.source(listed(number), SourceOptions::new().quota(1_000));
    }
    builder
        .merge(MergePolicy::default())
        .filter(filter_fn("keep_all", |_: &(), item| item.0 < CANDIDATES))
        .hydrator(hydrator_fn("merge_score", ["m"], |_: &(), rows, _, out| {
            out.column(0).copy_from_slice(rows.merge_scores());
            Ok(())
        }))
        .pre_rank(Copy::new("light", "m"), 500)
        .rank(Copy::new("heavy", "m"))
        .rerank(TopK)
        .late_filter(filter_fn("keep_all_late", |_: &(), item| item.0 < CANDIDATES))
}

fn overhead(c: &mut Criterion) {
    let cascade = seven_stages().build().expect("wired");
    let mut slate = cascade.slate();
    let mut group = c.benchmark_group("cascade");
    group.bench_function("overhead/2000_candidates_7_stages", |b| {
        b.iter(|| {
            let request = Request::new(25).within(&SystemClock, Duration::from_millis(50));
            cascade
                .run_into(&mut (), black_box(&request), &mut slate)
                .expect("runs");
            assert_eq!(slate.len(), 25);
        });
    });
    group.bench_function("overhead/traced", |b| {
        b.iter(|| {
            let request = Request::new(25)
                .within(&SystemClock, Duration::from_millis(50))
                .traced();
            cascade
                .run_into(&mut (), black_box(&request), &mut slate)
                .expect("runs");
        });
    });
    group.finish();
}

/// Twenty features a row, two dot products of work a row, MMR over 500 vectors of 64 numbers.
fn full_request(c: &mut Criterion) {
    const FEATURES: usize = 20;
    let names: Vec<FeatureName> = (0..FEATURES).map(|f| format!("f{f}").into()).collect();
    let weights: Vec<f32> = (0..FEATURES).map(|f| (f as f32 * 0.7).sin()).collect();
    let items: Vec<ItemId> = (0..CANDIDATES).map(ItemId).collect();
    let mix = |n: u64| ((n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f32) / (1_u64 << 24) as f32 - 0.5;
    let values = (0..CANDIDATES * 64).map(mix).collect();
    let vectors = VectorTable::new(64, &items, values).expect("one vector an item");
    let wired = names.clone();
    let linear = bowerbird::ranking::scorer_fn("linear", wired, "worth", move |_: &(), row: &[f32]| {
        row.iter().zip(&weights).map(|(x, w)| x * w).sum()
    });
    let cascade = seven_stages()
        .hydrator(hydrator_fn("features", names, move |_: &(), rows, _, out| {
            for feature in 0..FEATURES {
                for (value, item) in out.column(feature).iter_mut().zip(rows.items()) {
                    *value = mix(item.0 * 31 + feature as u64);
                }
            }
            Ok(())
        }))
        .rank(linear)
        .rerank(Mmr::new(vectors, &MmrConfig::default()).expect("valid"))
        .build()
        .expect("wired");
    let mut slate = cascade.slate();
    c.bench_function("cascade/full_request/2000_to_500_to_25_with_mmr", |b| {
        b.iter(|| {
            let request = Request::new(25).within(&SystemClock, Duration::from_millis(50));
            cascade
                .run_into(&mut (), black_box(&request), &mut slate)
                .expect("runs");
        });
    });
}

criterion_group!(benches, overhead, full_request);
criterion_main!(benches);
