//! `fst` as its documentation has it: stream everything that matches, keep the best in a heap. Weights are the outputs.
//! Matches with an error rank by weight alone, as the automata say nothing about the distance of a match.

use super::{Engine, Entries};
use fst::automaton::{Automaton, Str};
use fst::{IntoStreamer as _, Map, Streamer as _};
use levenshtein_automata::LevenshteinAutomatonBuilder;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

fn map(entries: &Entries) -> Result<Map<Vec<u8>>, fst::Error> {
    Map::from_iter(entries.iter().map(|(text, weight)| (text, *weight)))
}

/// The best `k` of what `automaton` lets through; of equal weights the first in the order of bytes.
fn best(map: &Map<Vec<u8>>, automaton: impl Automaton, k: usize, out: &mut Vec<String>) {
    let mut heap = BinaryHeap::with_capacity(k + 1);
    let mut stream = map.search(automaton).into_stream();
    while let Some((key, weight)) = stream.next() {
        if heap.len() == k {
            // Keys ascend, so that a later one of the same weight comes after.
            if heap.peek().is_some_and(|Reverse((least, _))| weight <= *least) {
                continue;
            }
            heap.pop();
        }
        heap.push(Reverse((weight, Reverse(key.to_vec()))));
    }
    out.clear();
    let ranked = heap.into_sorted_vec();
    out.extend(
        ranked
            .into_iter()
            .map(|Reverse((_, Reverse(key)))| String::from_utf8_lossy(&key).into_owned()),
    );
}

pub struct Stream {
    map: Map<Vec<u8>>,
    k: usize,
}

impl Stream {
    pub fn build(entries: &Entries, k: usize) -> Result<Self, fst::Error> {
        Ok(Self {
            map: map(entries)?,
            k,
        })
    }
}

impl Engine for Stream {
    fn complete(&mut self, prefix: &str, out: &mut Vec<String>) {
        best(&self.map, Str::new(prefix).starts_with(), self.k, out);
    }

    fn bytes(&self) -> Option<usize> {
        Some(self.map.as_fst().as_bytes().len())
    }
}

/// `levenshtein_automata` over `fst`: prefixes, and two exchanged letters are one error.
pub struct Automata {
    map: Map<Vec<u8>>,
    k: usize,
    builder: LevenshteinAutomatonBuilder,
}

impl Automata {
    pub fn build(entries: &Entries, k: usize, distance: u8) -> Result<Self, fst::Error> {
        let builder = LevenshteinAutomatonBuilder::new(distance, true);
        Ok(Self {
            map: map(entries)?,
            k,
            builder,
        })
    }
}

impl Engine for Automata {
    fn complete(&mut self, prefix: &str, out: &mut Vec<String>) {
        best(&self.map, self.builder.build_prefix_dfa(prefix), self.k, out);
    }

    fn bytes(&self) -> Option<usize> {
        Some(self.map.as_fst().as_bytes().len())
    }
}

/// `fst`'s own automaton: two exchanged letters are two errors.
pub struct Levenshtein {
    map: Map<Vec<u8>>,
    k: usize,
    distance: u32,
}

impl Levenshtein {
    pub fn build(entries: &Entries, k: usize, distance: u8) -> Result<Self, fst::Error> {
        Ok(Self {
            map: map(entries)?,
            k,
            distance: u32::from(distance),
        })
    }
}

impl Engine for Levenshtein {
    fn complete(&mut self, prefix: &str, out: &mut Vec<String>) {
        match fst::automaton::Levenshtein::new(prefix, self.distance) {
            Ok(automaton) => best(&self.map, automaton.starts_with(), self.k, out),
            // Too many states: it has no answer.
            Err(_) => out.clear(),
        }
    }

    fn bytes(&self) -> Option<usize> {
        Some(self.map.as_fst().as_bytes().len())
    }
}
