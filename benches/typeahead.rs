//! Completion on the bundled entries: the tiers, typing errors, and folding.
//!
//! `cargo bench -p bowerbird-benches --bench typeahead`. A measured call answers one keystroke; the keystrokes of the
//! bundled file follow one another, so that the median of many calls is what a typist waits for.

use std::fs::File;
use std::hint::black_box;
use std::io::BufReader;
use std::path::Path;

use bowerbird::typeahead::load::{Pairs, Tsv};
use bowerbird::typeahead::{
    BestFirst, CompactIndex, Entry, FastIndex, HotCache, Normalizer, Pattern, Source, TopK, Typos,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flate2::read::MultiGzDecoder;

const K: usize = 10;
/// A prefix that so many keys share is cached.
const SHARED: usize = 64;

fn file(name: &str) -> BufReader<MultiGzDecoder<File>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/completions");
    let packed = File::open(folder.join(name)).expect("ships with the repository");
    BufReader::new(MultiGzDecoder::new(packed))
}

fn entries() -> Vec<Entry> {
    let entries: Result<_, _> = Tsv::new(file("entries.tsv.gz")).collect();
    entries.expect("well formed")
}

fn typed(name: &str) -> Vec<String> {
    let rows = Pairs::new(file(name)).map(|row| row.expect("well formed").prefix);
    rows.map(|prefix| Normalizer::default().fold_prefix(&prefix))
        .collect()
}

/// The best ten of a prefix, copied out, by each tier.
fn top_k(c: &mut Criterion) {
    let (entries, keystrokes) = (entries(), typed("keystrokes.tsv.gz"));
    let normalizer = Normalizer::default();
    let compact = CompactIndex::build(entries.clone(), &normalizer).expect("a build");
    let fast = FastIndex::build(entries, &normalizer).expect("a build");
    let cached = HotCache::build(&fast, K, SHARED);
    let mut group = c.benchmark_group("top_k");
    group.throughput(Throughput::Elements(1));
    let mut bench = |name: &str, complete: &dyn Fn(&str, &mut TopK)| {
        let (mut top, mut next) = (TopK::new(), keystrokes.iter().cycle());
        group.bench_function(name, |bench| {
            bench.iter(|| complete(black_box(next.next().expect("endless")), &mut top));
        });
    };
    bench("compact", &|prefix, top| compact.top_k(prefix, K, top));
    bench("fast", &|prefix, top| fast.top_k(prefix, K, top));
    bench("cached", &|prefix, top| cached.top_k(prefix, K, top));
    group.finish();
}

/// The best ten with one error, or with up to two, of prefixes that have one.
fn typos(c: &mut Criterion) {
    let (entries, typed) = (entries(), typed("typos.tsv.gz"));
    let normalizer = Normalizer::default();
    let compact = CompactIndex::build(entries.clone(), &normalizer).expect("a build");
    let fast = FastIndex::build(entries, &normalizer).expect("a build");
    let costs = Typos::default().costs;
    let mut group = c.benchmark_group("typos");
    group.throughput(Throughput::Elements(1));
    let tiers: [(&str, &dyn Source); 2] = [("compact", &compact), ("fast", &fast)];
    for (name, source) in tiers {
        for edits in [1, 2] {
            let (mut text, mut next) = (String::new(), typed.iter().cycle());
            group.bench_function(format!("{name}/{edits}"), |bench| {
                bench.iter(|| {
                    text.clear();
                    let prefix = next.next().expect("endless");
                    let pattern = Pattern::new(black_box(prefix), edits, &costs).expect("not empty");
                    take(&mut *source.best_with_typos(&pattern), &mut text);
                });
            });
        }
    }
    group.finish();
}

fn take(walk: &mut dyn BestFirst, text: &mut String) {
    for _ in 0..K {
        if walk.advance().is_none() {
            break;
        }
        text.push_str(walk.key());
    }
}

/// What folding a keystroke adds.
fn fold(c: &mut Criterion) {
    let normalizer = Normalizer::default();
    let mut folded = String::new();
    let mut group = c.benchmark_group("fold_prefix");
    for text in ["living room id", "Crème Brûlée", "東京タワー"] {
        group.bench_function(text, |bench| {
            bench.iter(|| normalizer.fold_prefix_into(black_box(text), &mut folded));
        });
    }
    group.finish();
}

criterion_group!(benches, top_k, typos, fold);
criterion_main!(benches);
