//! A vector index in the fifteen lines that matter, on 16,000 words and where GloVe puts them.
//!
//! `cargo run --release --example ann_quickstart` prints the words nearest to a few; `-- tea guitar` to others.

/// Of what the examples share, what this one needs.
mod support {
    mod failure;
    mod lines;
    mod read;

    pub(crate) use failure::{Failure, run};
    pub(crate) use lines::Lines;
    pub(crate) use read::read;
}
#[path = "support/words.rs"]
mod words;

use bowerbird::core::{Clock as _, Normalization, SpaceId, SystemClock};
use bowerbird::vsearch::ndarray::ArrayView2;
use bowerbird::vsearch::{Hits, HnswIndex, Metric, SearchParams, VectorIndex as _, VectorKey, Vectors};
use lexopt::prelude::{Long, Short, Value, ValueExt as _};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use support::{Failure, Lines};

/// Printed by `--help`.
const HELP: &str = "\
ann_quickstart: the nearest of 16,000 English words, by an approximate index

    cargo run --release --example ann_quickstart [-- [--json] [WORD...]]

    WORD...    find the neighbours of these words (default: ocean piano tuesday physics)
    --json     one JSON object a line on stdout, the last with \"summary\": true";

/// Searches that the time of one is the mean of.
const SEARCHES: usize = 1_000;

fn main() -> ExitCode {
    support::run(quickstart)
}

fn quickstart() -> Result<(), Failure> {
    let Some((asked, json)) = args()? else {
        return Lines::new(false).text(HELP);
    };
    let lines = Lines::new(json);
    let words = words::words()?;
    let find = |word: &String| {
        let row = words.words.iter().position(|known| known == word);
        row.ok_or_else(|| Failure(format!("`{word}` is not among the {} words", words.words.len())))
    };
    let rows = asked.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    let start = SystemClock.now();

    // Build: vectors, a key of your own for each, the space they come from, what "near" means.
    let vectors = ArrayView2::from_shape((words.words.len(), words.dimension), &words.vectors)?;
    let keys: Vec<VectorKey> = (0..words.words.len() as u64).map(VectorKey).collect();
    let space = SpaceId::new("glove-6b", 1, words.dimension as u32, Normalization::Unit);
    let index = HnswIndex::builder(space, Metric::Cosine)
        .with_vectors(Vectors::Sq8)
        .build(vectors, &keys)?;
    let built = SystemClock.now().duration_since(start);

    // Keep it in a file, and open that: it is mapped, not read.
    let file = TemporaryFile::new();
    index.save(&file.0)?;
    let mapped = HnswIndex::open(&file.0)?;

    // Search, in a buffer that is used again.
    let vector = |row: usize| &words.vectors[row * words.dimension..][..words.dimension];
    let params = SearchParams::new(7);
    let (mut hits, mut before) = (Hits::new(), Hits::new());
    for row in rows {
        mapped.search(vector(row), &params, &mut hits)?;
        index.search(vector(row), &params, &mut before)?;
        if hits.as_slice() != before.as_slice() {
            return Err(Failure("the mapped file gives other hits".into()));
        }
        let near = hits.iter().filter(|hit| hit.key.0 != row as u64);
        let near: Vec<(&str, f32)> = near
            .map(|hit| (&*words.words[hit.key.0 as usize], hit.score))
            .collect();
        let shown: Vec<String> = near
            .iter()
            .map(|(word, score)| format!("{word} {score:.2}"))
            .collect();
        let word = &words.words[row];
        lines.text(format!("{word:<10}{}", shown.join(", ")))?;
        lines.row(json!({ "word": word, "near": near }))?;
    }

    let start = SystemClock.now();
    for row in (0..keys.len()).step_by(keys.len() / SEARCHES) {
        mapped.search(vector(row), &params, &mut hits)?;
    }
    let us = SystemClock.now().duration_since(start).as_secs_f64() * 1e6 / SEARCHES as f64;
    let (bytes, raw) = (index.bytes() / keys.len(), 4 * words.dimension);
    let ms = built.as_secs_f64() * 1e3;
    lines.text(format!(
        "\nThe mapped file gave what the index in memory gave. {} words were indexed in {ms:.0} ms on one thread; a search\n\
        took {us:.0} us, the mean of {SEARCHES}; {bytes} bytes a word with links and keys, {raw} as floats alone.",
        keys.len()
    ))?;
    lines.summary(json!({
        "words": keys.len(),
        "build_ms": ms,
        "us_a_search": us,
        "bytes_a_vector": bytes,
        "raw_bytes_a_vector": raw,
    }))
}

/// The words asked for, and whether `--json` was given; nothing with `--help`.
fn args() -> Result<Option<(Vec<String>, bool)>, Failure> {
    let (mut asked, mut json) = (Vec::new(), false);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Value(word) => asked.push(word.string()?),
            Long("json") => json = true,
            Long("help") | Short('h') => return Ok(None),
            _ => return Err(argument.unexpected().into()),
        }
    }
    if asked.is_empty() {
        asked = ["ocean", "piano", "tuesday", "physics"].map(str::to_owned).into();
    }
    Ok(Some((asked, json)))
}

/// Gone when it is dropped, however the example ends.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn new() -> Self {
        let name = format!("ann_quickstart-{}.bwb", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // The system clears this folder too.
        let _ = std::fs::remove_file(&self.0);
    }
}
