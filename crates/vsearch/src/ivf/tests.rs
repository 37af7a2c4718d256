use super::*;
use bowerbird_core::Normalization;
use ndarray::Array2;

#[test]
fn the_buffer_stops_growing() {
    let vectors = Array2::from_shape_fn((3000, 6), |(row, column)| {
        ((row * 31 + column * 7) % 97) as f32 + 1.0
    });
    let keys: Vec<_> = (0..3000).map(VectorKey).collect();
    let space = SpaceId::new("grid", 1, 6, Normalization::None);
    let index = IvfIndex::builder(space, Metric::Cosine)
        .with_rotation(Rotate::Optimized)
        .build(vectors.view(), &keys)
        .expect("a build");
    let mut hits = Hits::new();
    let mut memory = Vec::new();
    for _ in 0..3 {
        for query in vectors.rows().into_iter().take(200) {
            let query = query.to_vec();
            index
                .search(&query, &SearchParams::new(50), &mut hits)
                .expect("a search");
        }
        let Scratch { work, lane } = &hits.scratch.ivf;
        memory.push((
            work.turned.as_ptr(),
            work.products.as_ptr(),
            work.ranks.as_ptr(),
            work.row.as_ptr(),
            lane.probes.as_ptr(),
        ));
    }
    assert!(
        memory.iter().all(|place| *place == memory[0]),
        "memory was moved after the first searches"
    );
}
