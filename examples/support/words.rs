//! The bundled word vectors.

use crate::support::{Failure, read};
use std::io::BufRead as _;
use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/glove-words");

/// Words and their vectors, the most frequent first.
pub(crate) struct Words {
    pub(crate) words: Vec<String>,
    /// Components of a vector.
    pub(crate) dimension: usize,
    /// One after another, each of unit length.
    pub(crate) vectors: Vec<f32>,
}

/// Reads `data/glove-words`.
pub(crate) fn words() -> Result<Words, Failure> {
    let folder = Path::new(FOLDER);
    let path = folder.join("words.txt.gz");
    let words: Vec<String> = read(&path)?
        .lines()
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::about(path.display(), &error))?;
    let path = folder.join("vectors.i8");
    let bytes = std::fs::read(&path).map_err(|error| Failure::about(path.display(), &error))?;
    let dimension = bytes.len() / words.len().max(1);
    if dimension == 0 || dimension * words.len() != bytes.len() {
        return Err(Failure(format!("{}: is not one vector a word", path.display())));
    }
    let vectors = bytes.chunks_exact(dimension).flat_map(decode).collect();
    Ok(Words {
        words,
        dimension,
        vectors,
    })
}

/// Each row has a scale of its own, which falls out where the length is made 1.
fn decode(row: &[u8]) -> impl Iterator<Item = f32> + '_ {
    let value = |code: &u8| f32::from(code.cast_signed());
    let length = row.iter().map(|code| value(code).powi(2)).sum::<f32>().sqrt();
    row.iter().map(move |code| value(code) / length)
}
