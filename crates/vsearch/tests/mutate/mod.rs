//! Seeded damage to the seeds of the fuzz targets, with checksums that fit more often than not.

use crate::seal;
use std::path::{Path, PathBuf};

/// The folder of a target's seeds.
pub(crate) fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target)
}

/// A target's seeds, by name.
pub(crate) fn seeds(target: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> = std::fs::read_dir(corpus(target))
        .expect("a folder of seeds")
        .map(|entry| entry.expect("a seed").path())
        .collect();
    paths.sort();
    let seeds: Vec<_> = paths
        .iter()
        .map(|path| std::fs::read(path).expect("a seed"))
        .collect();
    assert!(!seeds.is_empty(), "{target} has seeds");
    seeds
}

/// How many damaged files a test looks at: `usual`, or what `BOWERBIRD_MUTATIONS` says.
pub(crate) fn rounds(usual: usize) -> usize {
    std::env::var("BOWERBIRD_MUTATIONS").map_or(usual, |rounds| rounds.parse().expect("a number"))
}

/// Numbers that lie at edges.
const EDGES: [u64; 14] = [
    0,
    1,
    2,
    31,
    63,
    64,
    129,
    4097,
    0x7fc0_0000,
    0x7f80_0000,
    0x7fff_ffff,
    0xffff_fffe,
    0xffff_ffff,
    u64::MAX,
];

/// SplitMix64 (Steele, Lea and Flood, 2014).
pub(crate) struct Mutator(pub(crate) u64);

impl Mutator {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `bound`, or 0.
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// A damaged copy of one of `seeds`.
    pub(crate) fn mutated(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut file = seeds[self.below(seeds.len())].clone();
        let other = &seeds[self.below(seeds.len())];
        for _ in 0..1 + self.below(3) {
            self.mutate(&mut file, other);
        }
        match self.below(8) {
            0 => {}
            1 => seal::header(&mut file),
            2 => {
                laid_out(&mut file);
                seal::everything(&mut file);
            }
            _ => seal::everything(&mut file),
        }
        file
    }

    /// A place in the file: in its parameters, in its header, or anywhere.
    fn place(&mut self, file: &[u8]) -> usize {
        let header = seal::header_end(file).unwrap_or(0);
        let params = seal::entries(file).last().map_or(0, |entry| entry + 32);
        match self.below(4) {
            0 if header > params => params + self.below(header - params),
            1 => self.below(header),
            _ => self.below(file.len()),
        }
    }

    fn mutate(&mut self, file: &mut Vec<u8>, other: &[u8]) {
        let at = self.place(file);
        match self.below(8) {
            0 => file.truncate(at),
            1 => {
                let count = 1 + self.below(70);
                file.splice(at..at, std::iter::repeat_n(0, count));
            }
            2 => {
                let end = (at + 1 + self.below(200)).min(file.len()).min(other.len());
                if at < end {
                    file[at..end].copy_from_slice(&other[at..end]);
                }
            }
            3 => self.resize_section(file),
            4 | 5 => {
                let edge = EDGES[self.below(EDGES.len())].to_le_bytes();
                let width = [1, 4, 4, 8][self.below(4)];
                for (byte, new) in file.iter_mut().skip(at).zip(&edge[..width]) {
                    *byte = *new;
                }
            }
            _ => {
                if let Some(byte) = file.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
        }
    }

    /// Another length for a section, with the sections after it where they then belong.
    fn resize_section(&mut self, file: &mut Vec<u8>) {
        let entries: Vec<_> = seal::entries(file).collect();
        let Some(entry) = entries.get(self.below(entries.len())) else {
            return;
        };
        let change = [4, 8, 64, 256][self.below(4)];
        let length = u64::from_le_bytes(file[entry + 16..entry + 24].try_into().expect("8 bytes"));
        let length = match self.below(3) {
            0 => length.wrapping_add(change),
            1 => length.wrapping_sub(change),
            _ => change,
        };
        file[entry + 16..entry + 24].copy_from_slice(&length.to_le_bytes());
        laid_out(file);
    }
}

/// Makes a file of any length that is not absurd as long as its table says.
fn laid_out(file: &mut Vec<u8>) {
    if let Some(length) = seal::layout(file).filter(|length| *length < 1 << 16) {
        file.resize(length, 0);
    }
}
