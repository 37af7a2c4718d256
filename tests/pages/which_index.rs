//! The code of `docs/guide/which-index.md`.

use bowerbird::core::{Normalization, SpaceId};
use bowerbird::vsearch::ndarray::Array2;
use bowerbird::vsearch::{Hits, HnswIndex, Metric, SearchParams, Tuner, VectorIndex, VectorKey, Vectors};
use std::error::Error;

#[test]
fn the_page_runs() -> Result<(), Box<dyn Error>> {
    let vectors = Array2::from_shape_fn((3000, 12), |(row, column)| {
        ((row * row + 7) as f32 * 0.013 * (column + 1) as f32).sin()
    });
    let queries = Array2::from_shape_fn((200, 12), |(row, column)| {
        ((row * row + 5) as f32 * 0.011 * (column + 1) as f32).sin()
    });
    let keys: Vec<VectorKey> = (0..3000).map(VectorKey).collect();
    let space = SpaceId::new("waves", 1, 12, Normalization::None);

    let mut index = HnswIndex::builder(space, Metric::Cosine)
        .with_vectors(Vectors::Sq8)
        .build(vectors.view(), &keys)?;

    let tuned = Tuner::new(&index).k(10).run(queries.view(), 0.95)?;
    println!(
        "width {} has recall {:.3} on queries that did not choose it",
        tuned.width, tuned.recall
    );
    index.set_width(tuned.width);

    let mut hits = Hits::new();
    index.search(
        queries.row(0).as_slice().unwrap(),
        &SearchParams::new(10),
        &mut hits,
    )?;
    assert_eq!(hits.len(), 10);
    Ok(())
}
