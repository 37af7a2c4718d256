//! The bundled word vectors.

use crate::support::{Failure, read};
use std::io::BufRead as _;
use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/glove-words");
/// What a component of 1 is stored as.
const UNIT: f32 = 127.0;

/// Words and their vectors, the most frequent first.
pub(crate) struct Words {
    pub(crate) words: Vec<String>,
    /// Components of a vector.
    pub(crate) dimension: usize,
    /// One after another, about of unit length.
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
    // A row begins with the largest component of the vector, in units of 1/127, and is scaled to it.
    let vectors = bytes.chunks_exact(dimension).flat_map(decode).collect();
    Ok(Words {
        words,
        dimension,
        vectors,
    })
}

fn decode(row: &[u8]) -> impl Iterator<Item = f32> + '_ {
    row.iter().map(|code| f32::from(*code as i8) / UNIT)
}
