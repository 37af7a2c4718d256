//! Vector indexes on the bundled words, and what memory gives for rows in scattered places.
//!
//! `cargo bench -p bowerbird-benches --bench vsearch`; with `RUSTFLAGS="--cfg bowerbird_scalar"` the same without vector
//! instructions, which is what the kernels are worth.

use std::hint::black_box;
use std::path::Path;

use bowerbird::core::{Normalization, SpaceId, kernel};
use bowerbird::vsearch::ndarray::ArrayView2;
use bowerbird::vsearch::{
    FlatIndex, Hits, HnswIndex, IvfIndex, Metric, SearchParams, VectorIndex, VectorKey, Vectors,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const DIMENSION: usize = 100;
/// Rows asked for by one call, as a step of a walk does.
const TOGETHER: usize = 20;

fn words() -> Vec<f32> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/glove-words/vectors.i8");
    let bytes = std::fs::read(path).expect("ships with the repository");
    bytes.iter().map(|code| f32::from(*code as i8)).collect()
}

/// Dot products with rows here and there in 256 MiB: the bound of a graph over full vectors.
fn scattered(c: &mut Criterion) {
    let numbers = vec![0.25_f32; 64 << 20];
    for width in [112, 384] {
        let count = numbers.len() / width;
        let query = vec![0.5; width];
        let mut ids = vec![0; TOGETHER];
        let mut state = 1_u32;
        let mut out = vec![0.0; TOGETHER];
        let mut group = c.benchmark_group(format!("scattered/{width}"));
        group.throughput(Throughput::Elements(TOGETHER as u64));
        group.bench_function("dot_at", |bench| {
            bench.iter(|| {
                for id in &mut ids {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    *id = ((u64::from(state) * count as u64) >> 32) as u32;
                }
                kernel::dot_at(black_box(&query), &numbers[..count * width], &ids, &mut out);
            });
        });
        group.finish();
    }
}

/// The ten nearest words, one query a call, with the effort that an index has by default.
fn search(c: &mut Criterion) {
    let numbers = words();
    let count = numbers.len() / DIMENSION;
    let vectors = ArrayView2::from_shape((count, DIMENSION), &numbers).expect("a matrix");
    let keys: Vec<VectorKey> = (0..count as u64).map(VectorKey).collect();
    let space = SpaceId::new("glove-6b", 1, DIMENSION as u32, Normalization::None);
    let graph = |form| {
        let builder = HnswIndex::builder(space.clone(), Metric::Cosine).with_vectors(form);
        builder.build(vectors, &keys).expect("a build")
    };
    let flat = FlatIndex::builder(space.clone(), Metric::Cosine).build(vectors, &keys);
    let inverted = IvfIndex::builder(space.clone(), Metric::Cosine).build(vectors, &keys);
    let indexes: [(&str, Box<dyn VectorIndex>); 5] = [
        ("flat", Box::new(flat.expect("a build"))),
        ("hnsw", Box::new(graph(Vectors::F32))),
        ("hnsw-f16", Box::new(graph(Vectors::F16))),
        ("hnsw-sq8", Box::new(graph(Vectors::Sq8))),
        ("ivf-pq-refine", Box::new(inverted.expect("a build"))),
    ];
    let mut group = c.benchmark_group("search");
    for (name, index) in &indexes {
        let (mut hits, mut row) = (Hits::new(), 0);
        group.bench_function(*name, |bench| {
            bench.iter(|| {
                row = (row + 7919) % count;
                let query = &numbers[row * DIMENSION..][..DIMENSION];
                index
                    .search(query, &SearchParams::new(10), &mut hits)
                    .expect("a search");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, scattered, search);
criterion_main!(benches);
