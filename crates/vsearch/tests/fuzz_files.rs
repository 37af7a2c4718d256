//! The bodies of the fuzz targets over their seeds, and over seeded damage to them.

#[path = "../../../fuzz/bodies/index.rs"]
mod index;
mod mutate;
#[path = "../../../fuzz/bodies/open.rs"]
mod open;
#[path = "../../../fuzz/bodies/seal.rs"]
mod seal;

use bowerbird_vsearch::{FlatIndex, HnswIndex, IvfIndex};
use index::Filed;
use mutate::Mutator;
use open::Came;

fn holds<I: Filed>(target: &str) {
    let seeds = mutate::seeds(target);
    for seed in &seeds {
        assert_eq!(open::open::<I>(seed), Came::Sound, "a seed of {target}");
    }
    let mut mutator = Mutator(seeds.len() as u64);
    let rounds = mutate::rounds(40_000);
    let mut came = [0; 4];
    for _ in 0..rounds {
        came[open::open::<I>(&mutator.mutated(&seeds)) as usize] += 1;
    }
    // Otherwise the checksums hide all that lies behind them.
    assert!(
        came.iter().all(|count| *count > rounds / 50),
        "{target}: {came:?}"
    );
}

#[test]
fn flat_files() {
    holds::<FlatIndex>("open_flat");
}

#[test]
fn graph_files() {
    holds::<HnswIndex>("open_hnsw");
}

#[test]
fn inverted_files() {
    holds::<IvfIndex>("open_ivf");
}
