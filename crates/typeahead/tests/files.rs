//! Both tiers on disk: the same answers, and a clear refusal of everything that is not one.

#[path = "../../../fuzz/bodies/typeahead.rs"]
mod index;
#[path = "../../vsearch/tests/mutate/mod.rs"]
mod mutate;
#[path = "../../../fuzz/bodies/open.rs"]
mod opening;
#[path = "../../../fuzz/bodies/seal.rs"]
mod seal;

use bowerbird_core::container::{Container, ContainerWriter, Encoder, LoadError, SaveError, Tag};
use bowerbird_typeahead::fuzzy::EditCosts;
use bowerbird_typeahead::{
    BestFirst, CompactIndex, Context, Entry, FastIndex, Intent, Kind, Normalizer, Pattern, Source, testing,
};
use index::{Filed, ask};
use mutate::Mutator;
use opening::Came;
use std::path::{Path, PathBuf};

/// What both tiers do with files.
trait Tier: Filed + Sized {
    const NAME: &'static str;
    fn built(entries: Vec<Entry>) -> Self;
    fn bytes(&self) -> Result<Vec<u8>, SaveError>;
    fn save(&self, path: &Path) -> Result<(), SaveError>;
    fn open(path: &Path) -> Result<Self, LoadError>;
    fn verify(path: &Path) -> Result<(), LoadError>;
}

macro_rules! tier {
    ($($tier:ty, $name:literal;)*) => {$(
        impl Tier for $tier {
            const NAME: &'static str = $name;

            fn built(entries: Vec<Entry>) -> Self {
                Self::build(entries, &Normalizer::default()).expect("good entries")
            }

            fn bytes(&self) -> Result<Vec<u8>, SaveError> {
                self.to_bytes()
            }

            fn save(&self, path: &Path) -> Result<(), SaveError> {
                <$tier>::save(self, path)
            }

            fn open(path: &Path) -> Result<Self, LoadError> {
                <$tier>::open(path)
            }

            fn verify(path: &Path) -> Result<(), LoadError> {
                <$tier>::verify(path)
            }
        }
    )*};
}

tier! { FastIndex, "fast"; CompactIndex, "compact"; }

/// Enough keys for some nodes of the fast tier's trie, and for a table in one of the compact tier's.
fn plain() -> Vec<Entry> {
    const ENDS: [&str; 10] = [
        "a",
        "an",
        "room",
        "b",
        "é",
        "日本",
        "living room",
        "баба",
        "c d",
        "nother bar",
    ];
    let texts = (0..80_u32).map(|number| match number {
        0..40 => format!(
            "{}{}",
            char::from(b'0' + (number % 36) as u8),
            ENDS[number as usize % 10]
        ),
        _ => format!(
            "a{}{}",
            char::from(b'a' + (number % 13) as u8),
            ENDS[number as usize % 7]
        ),
    });
    texts
        .zip(0..)
        .map(|(text, number)| Entry::new(text, f64::from(number * 7 % 31)))
        .collect()
}

/// A few entries with everything that an entry can have.
fn rich() -> Vec<Entry> {
    let intent = Intent {
        visual: 9,
        aspirational: 0,
        specific: 255,
        broad: 1,
    };
    vec![
        Entry::new("Living Room", 90.0)
            .with_id(7)
            .with_intent(intent)
            .with_alias("リビング")
            .with_alias("salon"),
        Entry::new("living room", 12.0).with_kind(Kind::BOARD),
        Entry::new("Living colour", 12.0)
            .with_context(Context(6))
            .into_sensitive(),
        Entry::new("room", 12.5),
        Entry::new("salon", 1.0).with_kind(Kind(200)),
        Entry::new("баба", 0.0),
    ]
}

fn opened<T: Filed>(bytes: &[u8]) -> Result<T, LoadError> {
    T::opened(&Container::from_bytes(bytes)?)
}

/// Everything that an index answers.
fn answers(source: &dyn Source) -> Vec<String> {
    let mut answers = vec![source.len().to_string()];
    let mut follow = |walk: &mut dyn BestFirst| {
        while let Some(score) = walk.advance() {
            answers.push(format!(
                "{score} {} {} {:?}",
                walk.edits(),
                walk.key(),
                walk.found()
            ));
        }
    };
    follow(source.best_first("").as_mut());
    for typed in ["livin", "romo", "anbaa"] {
        let pattern = Pattern::new(typed, 2, &EditCosts::default()).expect("a short text");
        follow(source.best_with_typos(&pattern).as_mut());
    }
    answers
}

fn comes_back_the_same<T: Tier>() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("index");
    for entries in [vec![], plain(), rich(), [plain(), rich()].concat()] {
        let index = T::built(entries.clone());
        index.save(&path).expect("a save");
        T::verify(&path).expect("a sound file");
        let mapped = T::open(&path).expect("a file");
        assert_eq!(answers(&mapped), answers(&index), "{}", T::NAME);
        let bytes = index.bytes().expect("bytes");
        assert!(bytes == std::fs::read(&path).expect("a file"), "saved as bytes");
        assert!(bytes == mapped.bytes().expect("bytes"), "saved again");
        // Aliases are numbered as they come, so that there the order of the entries shows.
        let mut turned = entries;
        if turned.iter().all(|entry| entry.aliases.is_empty()) {
            turned.reverse();
        }
        for threads in 1..=3 {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("a pool");
            let there = pool.install(|| T::built(turned.clone()).bytes());
            assert!(bytes == there.expect("bytes"), "built by {threads} threads");
        }
    }
}

#[test]
fn fast_files_come_back_the_same() {
    comes_back_the_same::<FastIndex>();
}

#[test]
fn compact_files_come_back_the_same() {
    comes_back_the_same::<CompactIndex>();
}

#[test]
fn many_entries_are_sorted_alike_by_any_number_of_threads() {
    let entries = || {
        (0..20_000_u64).map(|number| Entry::new(format!("{}", number * 7919 % 20_011), (number % 50) as f64))
    };
    let build = || {
        FastIndex::build(entries(), &Normalizer::default())
            .expect("good entries")
            .to_bytes()
            .expect("bytes")
    };
    let alone = build();
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        assert!(alone == pool.install(build), "{threads} threads");
    }
}

#[test]
fn a_mapped_tier_keeps_every_promise() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("index");
    fn mapped<T: Tier>(entries: Vec<Entry>, path: &Path) -> T {
        T::built(entries).save(path).expect("a save");
        T::verify(path).expect("a sound file");
        T::open(path).expect("a file")
    }
    testing::source_conforms(|entries| mapped::<FastIndex>(entries, &path));
    testing::source_conforms(|entries| mapped::<CompactIndex>(entries, &path));
}

fn damaged_files_are_refused_or_harmless<T: Tier>() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("index");
    for entries in [rich(), plain()] {
        let good = T::built(entries).bytes().expect("bytes");
        for length in 0..good.len() {
            assert!(opened::<T>(&good[..length]).is_err(), "cut to {length} bytes");
        }
        for at in 0..good.len() {
            for change in [1 << (at % 8), 0xff] {
                let mut bad = good.clone();
                bad[at] ^= change;
                let noticed = Container::from_bytes(&bad).and_then(|container| container.verify());
                assert!(noticed.is_err(), "byte {at} is under no checksum");
                if at % 16 == 5 {
                    std::fs::write(&path, &bad).expect("a write");
                    assert!(T::verify(&path).is_err(), "byte {at} is not looked at");
                }
                // Behind the header's checksum too.
                seal::header(&mut bad);
                if let Ok(index) = opened::<T>(&bad) {
                    ask(&index);
                }
            }
        }
    }
}

#[test]
fn damaged_fast_files_are_refused_or_harmless() {
    damaged_files_are_refused_or_harmless::<FastIndex>();
}

#[test]
fn damaged_compact_files_are_refused_or_harmless() {
    damaged_files_are_refused_or_harmless::<CompactIndex>();
}

#[test]
fn other_kinds_and_later_versions_are_refused() {
    let fast = FastIndex::built(plain()).to_bytes().expect("bytes");
    let compact = CompactIndex::built(plain()).to_bytes().expect("bytes");
    assert!(matches!(
        opened::<CompactIndex>(&fast),
        Err(LoadError::Kind { .. })
    ));
    assert!(matches!(
        opened::<FastIndex>(&compact),
        Err(LoadError::Kind { .. })
    ));
    fn later<T: Tier>(mut bytes: Vec<u8>) {
        bytes[12] += 1;
        seal::header(&mut bytes);
        assert!(matches!(opened::<T>(&bytes), Err(LoadError::Version { .. })));
    }
    later::<FastIndex>(fast);
    later::<CompactIndex>(compact);
    assert!(matches!(
        FastIndex::open("no such file"),
        Err(LoadError::Io { .. })
    ));
    assert!(matches!(
        opened::<CompactIndex>(b"no index"),
        Err(LoadError::NotAContainer)
    ));
}

/// A transducer whose ways branch 200 times, and none of which comes to a key.
#[test]
fn ways_without_an_end_are_given_up() {
    let mut nodes = vec![0; 16];
    // No child and no end: sizes, children, state.
    nodes.extend([0, 0, 0]);
    for _ in 0..200 {
        // Two children, both the node before: their distances, labels, the distances' size, state.
        nodes.extend([1, 1, b'b', b'a', 0x10, 2]);
    }
    let mut params = Encoder::new();
    params.u32(1).u32(1).u32(nodes.len() as u32 - 1).u32(0).u64(0);
    nodes.extend([0; 20]);
    let mut writer = ContainerWriter::new(Tag::new("ta-fst"), 1);
    writer
        .params(params)
        .section(Tag::new("fst"), &nodes)
        .elements(Tag::new("weights"), &[1.0]);
    let bytes = writer.to_bytes().expect("bytes");
    assert_eq!(opening::open::<CompactIndex>(&bytes), Came::Opened);
    let index = opened::<CompactIndex>(&bytes).expect("a sound header");
    assert!(index.best_first("").advance().is_none() && index.best_first("ab").advance().is_none());
}

fn fixture_path<T: Tier>(name: &str) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.join("tests/fixtures")
        .join(format!("ta-{}-v1-{name}.bwb", T::NAME))
}

/// With `BLESS` in the environment the fixtures of version 1 are built anew, and the seeds of the fuzz targets with
/// them: for as long as version 1 has not been released.
fn version_1_is_still_read<T: Tier>() {
    for (name, entries) in [("plain", plain()), ("rich", rich())] {
        let path = fixture_path::<T>(name);
        let index = T::built(entries);
        let written = index.bytes().expect("bytes");
        if std::env::var_os("BLESS").is_some() {
            let seeds = mutate::corpus(&format!("open_ta_{}", T::NAME));
            for path in [path.clone(), seeds.join(path.file_name().expect("a name"))] {
                std::fs::write(path, &written).expect("a write");
            }
        }
        T::verify(&path).expect("a sound file of version 1");
        let old = T::open(&path).expect("a file of version 1");
        assert_eq!(answers(&old), answers(&index), "{name}");
        assert!(
            written == std::fs::read(&path).expect("a file"),
            "{name}: the same content, written today"
        );
    }
}

#[test]
fn fast_files_of_version_1_are_still_read() {
    version_1_is_still_read::<FastIndex>();
}

#[test]
fn compact_files_of_version_1_are_still_read() {
    version_1_is_still_read::<CompactIndex>();
}

fn holds<T: Tier>() {
    let target = format!("open_ta_{}", T::NAME);
    let seeds = mutate::seeds(&target);
    for seed in &seeds {
        assert_eq!(opening::open::<T>(seed), Came::Sound, "a seed of {target}");
    }
    let mut mutator = Mutator(seeds.len() as u64);
    let rounds = mutate::rounds(5_000);
    let mut came = [0; 4];
    for _ in 0..rounds {
        came[opening::open::<T>(&mutator.mutated(&seeds)) as usize] += 1;
    }
    // Otherwise the checksums hide all that lies behind them.
    assert!(
        came.iter().take(3).all(|count| *count > rounds / 50),
        "{target}: {came:?}"
    );
}

#[test]
fn fast_files_with_any_damage() {
    holds::<FastIndex>();
}

#[test]
fn compact_files_with_any_damage() {
    holds::<CompactIndex>();
}
