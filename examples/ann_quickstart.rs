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
use serde_json::json;
use std::process::ExitCode;
use support::{Failure, Lines};

fn main() -> ExitCode {
    support::run(quickstart)
}

fn quickstart() -> Result<(), Failure> {
    let (asked, json): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|arg| arg != "--json");
    let lines = Lines::new(!json.is_empty());
    let words = words::words()?;
    let find = |word: &String| {
        let row = words.words.iter().position(|known| known == word);
        row.ok_or_else(|| Failure(format!("`{word}` is not among the {} words", words.words.len())))
    };
    let asked = if asked.is_empty() {
        ["ocean", "piano", "tuesday", "physics"]
            .map(str::to_owned)
            .to_vec()
    } else {
        asked
    };
    let rows = asked.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    let start = SystemClock.now();

    // Build: vectors, a key of your own for each, the space they come from, what "near" means.
    let vectors = ArrayView2::from_shape((words.words.len(), words.dimension), &words.vectors)?;
    let keys: Vec<VectorKey> = (0..words.words.len() as u64).map(VectorKey).collect();
    let space = SpaceId::new("glove-6b", 1, words.dimension as u32, Normalization::None);
    let index = HnswIndex::builder(space, Metric::Cosine)
        .with_vectors(Vectors::Sq8)
        .build(vectors, &keys)?;
    let built = SystemClock.now().duration_since(start);

    // Keep it in a file, and open that: it is mapped, not read.
    let path = std::env::temp_dir().join(format!("ann_quickstart-{}.bwb", std::process::id()));
    index.save(&path)?;
    let index = HnswIndex::open(&path)?;

    // Search, in a buffer that is used again.
    let mut hits = Hits::new();
    for row in rows {
        let start = SystemClock.now();
        index.search(
            &words.vectors[row * words.dimension..][..words.dimension],
            &SearchParams::new(7),
            &mut hits,
        )?;
        let took = SystemClock.now().duration_since(start);
        let near = hits.iter().filter(|hit| hit.key.0 != row as u64);
        let near: Vec<(&str, f32)> = near
            .map(|hit| (&*words.words[hit.key.0 as usize], hit.score))
            .collect();
        let shown: Vec<String> = near
            .iter()
            .map(|(word, score)| format!("{word} {score:.2}"))
            .collect();
        let (word, us) = (&words.words[row], took.as_secs_f64() * 1e6);
        lines.text(format!("{word:<10}{}   ({us:.0} us)", shown.join(", ")))?;
        lines.row(json!({ "word": word, "near": near, "us": us }))?;
    }
    std::fs::remove_file(&path)?;

    let (bytes, raw) = (index.bytes() / keys.len(), 4 * words.dimension);
    let ms = built.as_secs_f64() * 1e3;
    lines.text(format!(
        "\n{} words indexed in {ms:.0} ms on one thread; {bytes} bytes a word with links and keys, {raw} as floats alone",
        keys.len()
    ))?;
    lines.summary(json!({ "words": keys.len(), "build_ms": ms, "bytes_a_vector": bytes }))
}
