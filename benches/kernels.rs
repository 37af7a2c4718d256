//! The kernels: the dispatched ones beside each instruction set of this machine and beside a plain iterator sum.
//!
//! `cargo bench -p bowerbird-benches --bench kernels`

use std::hint::black_box;

use bowerbird::core::kernel::{self, Isa};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Numbers between -0.5 and 0.5, the same at every run.
fn floats(count: usize) -> Vec<f32> {
    (0..count as u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / 16_777_216.0 - 0.5)
        .collect()
}

/// One pair at a time, in the cache.
fn pair(c: &mut Criterion) {
    for dimension in [64, 100, 128, 384, 768] {
        let (a, b) = (floats(dimension), floats(2 * dimension).split_off(dimension));
        let mut group = c.benchmark_group(format!("dot/{dimension}"));
        group.bench_function("dispatch", |bench| {
            bench.iter(|| kernel::dot(black_box(&a), black_box(&b)))
        });
        group.bench_function("iterator", |bench| {
            bench.iter(|| {
                black_box(&a)
                    .iter()
                    .zip(black_box(&b))
                    .map(|(x, y)| x * y)
                    .sum::<f32>()
            });
        });
        for isa in Isa::available() {
            group.bench_function(isa.name(), |bench| {
                bench.iter(|| isa.dot(black_box(&a), black_box(&b)))
            });
        }
        group.finish();
    }
}

/// One query over rows that fit in the second-level cache (64 KiB) and over rows that fit in none (256 MiB).
fn scan(c: &mut Criterion) {
    let numbers = floats(64 << 20);
    for dimension in [64, 128, 384, 768] {
        let mut group = c.benchmark_group(format!("dot_rows/{dimension}"));
        for (place, size) in [("cache", 16 << 10), ("memory", 64 << 20)] {
            let count = size / dimension;
            let (query, rows) = (floats(dimension), &numbers[..count * dimension]);
            let mut out = vec![0.0; count];
            group.throughput(Throughput::Bytes(size_of_val(rows) as u64));
            group.bench_function(BenchmarkId::new("dispatch", place), |bench| {
                bench.iter(|| kernel::dot_rows(black_box(&query), black_box(rows), &mut out));
            });
            group.bench_function(BenchmarkId::new("iterator", place), |bench| {
                bench.iter(|| {
                    for (row, score) in black_box(rows).chunks_exact(dimension).zip(&mut out) {
                        *score = query.iter().zip(row).map(|(x, y)| x * y).sum();
                    }
                });
            });
        }
        group.finish();
    }
}

/// Sixteen queries over rows from memory: one by one, and as a block.
fn block(c: &mut Criterion) {
    const QUERIES: usize = 16;
    let rows = floats(16 << 20);
    for dimension in [64, 128, 384, 768] {
        let count = rows.len() / dimension;
        let (queries, rows) = (floats(QUERIES * dimension), &rows[..count * dimension]);
        let mut out = vec![0.0; QUERIES * count];
        let mut group = c.benchmark_group(format!("dot_block/{dimension}"));
        group.throughput(Throughput::Elements(out.len() as u64));
        group.bench_function("rows", |bench| {
            bench.iter(|| {
                for (query, out) in queries.chunks_exact(dimension).zip(out.chunks_exact_mut(count)) {
                    kernel::dot_rows(black_box(query), black_box(rows), out);
                }
            });
        });
        group.bench_function("block", |bench| {
            bench.iter(|| kernel::dot_block(black_box(&queries), black_box(rows), dimension, &mut out));
        });
        group.finish();
    }
}

/// Binary codes, in the cache.
fn codes(c: &mut Criterion) {
    let words: Vec<u64> = (1..=8192_u64)
        .map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .collect();
    for width in [1, 4, 8, 16, 64] {
        let count = words.len() / width;
        let mut out = vec![0; count];
        let mut group = c.benchmark_group(format!("hamming_rows/{width}"));
        group.throughput(Throughput::Elements(count as u64));
        for isa in Isa::available() {
            group.bench_function(isa.name(), |bench| {
                bench
                    .iter(|| isa.hamming_rows(&words[..width], black_box(&words[..count * width]), &mut out));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, pair, scan, block, codes);
criterion_main!(benches);
