//! Small graph index files, one in each form.

use bowerbird_core::{Normalization, SpaceId};
use bowerbird_vsearch::testing::Corpus;
use bowerbird_vsearch::{HnswIndex, Metric, Vectors};

/// The forms, and what they are called.
pub(crate) const ALL: [(Vectors, &str); 4] = [
    (Vectors::F32, "f32"),
    (Vectors::F16, "f16"),
    (Vectors::Sq8, "sq8"),
    (Vectors::Sq8Exact, "sq8-exact"),
];

/// A few rows, but more than a search for one looks at, in more than one layer.
pub(crate) fn small(metric: Metric, vectors: Vectors, count: usize) -> Vec<u8> {
    let mut corpus = Corpus::clustered(metric, count, 3, 2);
    corpus.space = SpaceId::new("fixture", 7, 3, Normalization::None);
    let mut index = HnswIndex::builder(corpus.space.clone(), metric)
        .with_vectors(vectors)
        .with_links(2)
        .with_build_width(8)
        .with_width(2)
        .build(corpus.vectors.view(), &corpus.keys)
        .expect("a build");
    index.set_metadata(*b"card");
    index.to_bytes().expect("bytes")
}
