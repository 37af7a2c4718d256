//! A process that is killed while it saves an index leaves the old file or the new one, whole.

use bowerbird_core::container::LoadError;
use bowerbird_vsearch::testing::Corpus;
use bowerbird_vsearch::{FlatIndex, HnswIndex, IvfIndex, Metric, VectorIndex, Vectors};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Set for the process that is killed: which kind of index it saves, and the folder where `a` and `b` lie.
const KIND: &str = "BOWERBIRD_CRASH_KIND";
const FOLDER: &str = "BOWERBIRD_CRASH_FOLDER";
/// How many processes are killed for each kind; a few, unless it is set.
const ROUNDS: &str = "BOWERBIRD_CRASH_ROUNDS";

/// Bytes in an index that is saved while its process is killed: enough to be killed within.
const METADATA: usize = 2 << 20;

/// A kind of index that is saved.
struct Kind {
    name: &'static str,
    /// Builds an index of a corpus, with metadata.
    make: fn(&Corpus, Vec<u8>, &Path),
    /// Opens one path and saves at another.
    copy: fn(&Path, &Path),
    verify: fn(&Path) -> Result<(), LoadError>,
    /// How many vectors the file at a path has.
    count: fn(&Path) -> Result<usize, LoadError>,
}

macro_rules! kind {
    ($index:ident, $name:literal, |$corpus:ident| $builder:expr) => {
        Kind {
            name: $name,
            make: |$corpus, metadata, path| {
                let built = $builder.build($corpus.vectors.view(), &$corpus.keys);
                let mut index = built.expect("a build");
                index.set_metadata(metadata);
                index.save(path).expect("a save");
            },
            copy: |from, to| {
                let index = $index::open(from).expect("a whole file");
                index.save(to).expect("a save");
            },
            verify: |path| $index::verify(path),
            count: |path| Ok($index::open(path)?.len()),
        }
    };
}

const KINDS: &[Kind] = &[
    kind!(FlatIndex, "flat", |corpus| {
        FlatIndex::builder(corpus.space.clone(), corpus.metric)
    }),
    kind!(HnswIndex, "hnsw", |corpus| {
        HnswIndex::builder(corpus.space.clone(), corpus.metric).with_vectors(Vectors::Sq8)
    }),
    kind!(IvfIndex, "ivf", |corpus| {
        IvfIndex::builder(corpus.space.clone(), corpus.metric).with_lists(2)
    }),
];

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }
}

/// Saves two indexes of few vectors as `a` and `b`, with so much metadata in each, and returns their bytes.
fn two(kind: &Kind, folder: &Path, metadata: usize) -> [Vec<u8>; 2] {
    [("a", 6), ("b", 9)].map(|(name, count)| {
        let corpus = Corpus::clustered(Metric::L2, count, 6, count as u64);
        let path = folder.join(name);
        (kind.make)(&corpus, vec![name.as_bytes()[0]; metadata + count], &path);
        std::fs::read(path).expect("what was saved")
    })
}

/// Where a process of this number keeps what it saves for the `save`th time, until it is whole.
fn temporary(folder: &Path, process: u32, save: u64) -> PathBuf {
    folder.join(format!(".index.{process}-{save}.tmp"))
}

/// Not a test of its own: run by the next one, in a process that is killed. Without a folder it does nothing.
#[test]
fn saves_in_a_loop() {
    let (Some(folder), Ok(name)) = (std::env::var_os(FOLDER), std::env::var(KIND)) else {
        return;
    };
    let folder = Path::new(&folder);
    let kind = KINDS.iter().find(|kind| kind.name == name).expect("a kind");
    for from in ["a", "b"].iter().cycle() {
        (kind.copy)(&folder.join(from), &folder.join("index"));
        let mut out = std::io::stdout().lock();
        writeln!(out, "saved {from}")
            .and_then(|()| out.flush())
            .expect("the parent listens");
    }
}

#[test]
fn a_killed_process_leaves_one_index_or_the_other() {
    let rounds = std::env::var(ROUNDS).map_or(15, |rounds| rounds.parse().expect("a number"));
    for kind in KINDS {
        let folder = tempfile::tempdir().expect("a folder");
        let whole = two(kind, folder.path(), METADATA);
        let path = folder.path().join("index");
        let (mut found, mut torn) = ([0; 2], 0);
        let mut random = Random(rounds);
        for round in 0..rounds {
            torn += u64::from(kill_one(kind, folder.path(), &mut random));
            (kind.verify)(&path).unwrap_or_else(|error| panic!("{}, round {round}: {error}", kind.name));
            let bytes = std::fs::read(&path).expect("a file");
            let which = whole.iter().position(|whole| *whole == bytes);
            found[which.unwrap_or_else(|| panic!("{}, round {round}: neither", kind.name))] += 1;
        }
        println!(
            "{}: {rounds} killed, {torn} of them while they wrote; {found:?} found",
            kind.name
        );
    }
}

/// Starts a process that saves, and kills it somewhere within a save after a few others. True when that left a file
/// that is not whole, which is removed.
fn kill_one(kind: &Kind, folder: &Path, random: &mut Random) -> bool {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "saves_in_a_loop", "--nocapture"])
        .env(FOLDER, folder)
        .env(KIND, kind.name)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a second process");
    let saves = 1 + random.below(3);
    // Kept open until the end: a process that nobody listens to would stop by itself.
    let mut lines = BufReader::new(child.stdout.take().expect("piped"))
        .lines()
        .map_while(Result::ok)
        .filter(|line| line.contains("saved "));
    let seen = lines.by_ref().take(saves as usize).count();
    assert_eq!(seen as u64, saves, "it saves");
    // Until the next save has come so far, or a moment that is as good.
    let (wanted, looks) = (random.below(METADATA as u64 * 5 / 4), random.below(20_000));
    let next = temporary(folder, child.id(), saves);
    let far = || std::fs::metadata(&next).is_ok_and(|file| file.len() >= wanted);
    let _ = (0..looks).any(|_| far());
    child.kill().expect("killed");
    child.wait().expect("gone");
    drop(lines);
    let left: Vec<_> = (saves..saves + 100)
        .map(|save| temporary(folder, child.id(), save))
        .filter(|path| std::fs::remove_file(path).is_ok())
        .collect();
    !left.is_empty()
}

#[test]
fn a_torn_file_beside_the_index_does_not_matter() {
    for kind in KINDS {
        let folder = tempfile::tempdir().expect("a folder");
        let [old, new] = two(kind, folder.path(), 10);
        let path = folder.path().join("index");
        std::fs::write(&path, &old).expect("a write");
        // A file that stops at any byte; and one as it is written, where the header's room is filled last.
        let header = u64::from_le_bytes(new[24..32].try_into().expect("eight bytes")) as usize;
        let mut late = new.clone();
        late[..header].fill(0);
        for (save, bytes) in [new, late].iter().enumerate() {
            let torn = temporary(folder.path(), std::process::id(), save as u64);
            let mut file = std::fs::File::create(&torn).expect("a file");
            for byte in bytes {
                assert_eq!((kind.count)(&path).expect("the old index"), 6);
                assert!((kind.verify)(&torn).is_err(), "{}", kind.name);
                file.write_all(&[*byte]).expect("a write");
            }
        }
        (kind.verify)(&path).expect("the old index");
        assert!(std::fs::read(&path).expect("a file") == old);
    }
}

#[test]
fn what_others_left_behind_is_in_nobodys_way() {
    for kind in KINDS {
        let folder = tempfile::tempdir().expect("a folder");
        let [_, new] = two(kind, folder.path(), 10);
        // A process of the same number, long ago.
        for save in 0..50 {
            std::fs::write(
                temporary(folder.path(), std::process::id(), save),
                &new[..save as usize],
            )
            .expect("a write");
        }
        let path = folder.path().join("index");
        (kind.copy)(&folder.path().join("b"), &path);
        (kind.verify)(&path).expect("a whole file");
        assert!(std::fs::read(&path).expect("a file") == new);
    }
}
