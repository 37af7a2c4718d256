//! The word vectors that ship are what their README says.

use bowerbird::core::{Normalization, SpaceId};
use bowerbird::vsearch::ndarray::ArrayView2;
use bowerbird::vsearch::{FlatIndex, Hits, Metric, SearchParams, VectorIndex as _, VectorKey};
use flate2::read::GzDecoder;
use std::collections::HashSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

#[test]
fn words_that_are_used_alike_lie_alike() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/glove-words");
    let mut text = String::new();
    let file = File::open(folder.join("words.txt.gz")).expect("ships with the repository");
    GzDecoder::new(file)
        .read_to_string(&mut text)
        .expect("gzip of UTF-8");
    let words: Vec<&str> = text.lines().collect();
    assert_eq!(words.len(), 16_000);
    assert_eq!(words.iter().collect::<HashSet<_>>().len(), 16_000);
    assert!(
        words
            .iter()
            .all(|word| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase()))
    );

    let codes = std::fs::read(folder.join("vectors.i8")).expect("ships with the repository");
    assert_eq!(codes.len(), 16_000 * 100);
    let largest = |row: &[u8]| row.iter().map(|code| (*code as i8).unsigned_abs()).max();
    assert!(codes.chunks_exact(100).all(|row| largest(row) == Some(127)));

    let vectors: Vec<f32> = codes.iter().map(|code| f32::from(*code as i8)).collect();
    let keys: Vec<VectorKey> = (0..16_000).map(VectorKey).collect();
    let space = SpaceId::new("glove-6b", 1, 100, Normalization::None);
    let index = FlatIndex::builder(space, Metric::Cosine)
        .build(
            ArrayView2::from_shape((16_000, 100), &vectors).expect("a matrix"),
            &keys,
        )
        .expect("a build");
    let mut hits = Hits::new();
    for (word, near) in [("ocean", "sea"), ("tuesday", "wednesday"), ("piano", "violin")] {
        let row = words
            .iter()
            .position(|known| *known == word)
            .expect("a frequent word");
        index
            .search(&vectors[row * 100..][..100], &SearchParams::new(5), &mut hits)
            .expect("a search");
        let found: Vec<&str> = hits.keys().map(|key| words[key.0 as usize]).collect();
        assert_eq!(found[0], word);
        assert!(found.contains(&near), "{word}: {found:?}");
    }
}
