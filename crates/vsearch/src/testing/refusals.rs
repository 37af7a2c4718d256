//! The promises about wrong input.

use super::{Corpus, Make, built, searched};
use crate::{
    BatchError, BatchHits, BuildError, Hits, MAX_DIMENSION, MAX_MAGNITUDE, Metric, SearchError, SearchParams,
    VectorFault, VectorIndex,
};
use ndarray::{Array2, Axis, ShapeBuilder, Slice};

fn refused<I>(corpus: &Corpus, what: &str, make: Make<'_, I>) -> BuildError {
    match make(corpus) {
        Ok(_) => panic!("{corpus}: {what} was built"),
        Err(error) => error,
    }
}

/// Values that no vector may hold, and the fault that names them at position 2.
fn bad_values() -> [(f32, VectorFault); 5] {
    let (broken, large) = (
        VectorFault::NotFinite { position: 2 },
        VectorFault::TooLarge { position: 2 },
    );
    [
        (f32::NAN, broken),
        (f32::INFINITY, broken),
        (f32::NEG_INFINITY, broken),
        (MAX_MAGNITUDE.next_up(), large),
        (f32::MIN, large),
    ]
}

pub(super) fn bad_vectors_are_not_built<I>(metric: Metric, make: Make<'_, I>) {
    let good = Corpus::clustered(metric, 40, 5, 31);
    for (value, fault) in bad_values() {
        let mut corpus = good.clone();
        corpus.vectors[[17, 2]] = value;
        match refused(&corpus, "a vector with a bad component", make) {
            BuildError::Vector { row: 17, source } if source == fault => {}
            error => panic!("{corpus}: {value} in row 17 is refused as {error:?}"),
        }
    }
}

pub(super) fn bad_shapes_and_keys_are_not_built<I>(metric: Metric, make: Make<'_, I>) {
    let good = Corpus::clustered(metric, 40, 5, 32);

    let mut corpus = good.clone();
    corpus.keys[30] = corpus.keys[4];
    let error = refused(&corpus, "a duplicate key", make);
    let named =
        matches!(error, BuildError::DuplicateKey { key, first: 4, second: 30 } if key == good.keys[4]);
    assert!(
        named,
        "{corpus}: key {} in rows 4 and 30 is refused as {error:?}",
        good.keys[4]
    );

    let mut corpus = good.clone();
    corpus.keys.pop();
    let error = refused(&corpus, "a vector without a key", make);
    assert!(
        matches!(
            error,
            BuildError::KeyCount {
                vectors: 40,
                keys: 39
            }
        ),
        "{corpus}: {error:?}"
    );

    let mut corpus = good.clone();
    corpus.space.dimension = 6;
    let error = refused(&corpus, "vectors of another dimension", make);
    let fault = VectorFault::Dimension {
        expected: 6,
        found: 5,
    };
    assert!(
        matches!(error, BuildError::Vector { source, .. } if source == fault),
        "{corpus}: {error:?}"
    );

    let mut corpus = good.clone();
    corpus.vectors = Array2::from_shape_fn((40, 5).f(), |at| good.vectors[at]);
    let error = refused(&corpus, "a matrix in column order", make);
    assert!(matches!(error, BuildError::NotContiguous), "{corpus}: {error:?}");

    for dimension in [0, MAX_DIMENSION + 1] {
        let mut corpus = good.clone();
        corpus.space.dimension = dimension;
        corpus.vectors = Array2::ones((40, dimension as usize));
        let error = refused(&corpus, "a dimension out of range", make);
        let named = matches!(error, BuildError::SpaceDimension { found } if found == dimension);
        assert!(named, "{corpus}: dimension {dimension} is refused as {error:?}");
    }
}

pub(super) fn bad_queries_are_not_answered<I: VectorIndex>(metric: Metric, make: Make<'_, I>) {
    let corpus = Corpus::clustered(metric, 40, 5, 33);
    let index = built(&corpus, make);
    let good = corpus.queries(6, 34);
    let params = SearchParams::new(3);
    let mut hits = Hits::new();
    let mut answers = BatchHits::new();

    let mut bad: Vec<(Vec<f32>, VectorFault)> = Vec::new();
    for (value, fault) in bad_values() {
        let mut query = good.row(0).to_vec();
        query[2] = value;
        bad.push((query, fault));
    }
    if metric == Metric::Cosine {
        bad.push((vec![0.0; 5], VectorFault::Zero));
    }
    for (query, fault) in &bad {
        let mut batch = good.clone();
        batch
            .row_mut(4)
            .iter_mut()
            .zip(query)
            .for_each(|(slot, x)| *slot = *x);
        match index.search_batch(batch.view(), &params, &mut answers) {
            Err(BatchError::Query {
                row: 4,
                source: SearchError::Query(found),
            }) if found == *fault => {}
            other => panic!("{corpus}: query 4 of a batch, {fault:?}, gave {other:?}"),
        }
        assert!(
            answers.is_empty(),
            "{corpus}: answers of a batch that was refused"
        );
    }
    for length in [0, 4, 6] {
        bad.push((
            vec![1.0; length],
            VectorFault::Dimension {
                expected: 5,
                found: length,
            },
        ));
    }
    for (query, fault) in &bad {
        searched(&index, &good.row(1).to_vec(), &params, &mut hits);
        match index.search(query, &params, &mut hits) {
            Err(SearchError::Query(found)) if found == *fault => {}
            other => panic!("{corpus}: query {query:?} ({fault:?}) gave {other:?}"),
        }
        assert!(hits.is_empty(), "{corpus}: hits of a query that was refused");
    }

    let strided = Array2::<f32>::ones((6, 10));
    let refused = index.search_batch(
        strided.slice_axis(Axis(1), Slice::from(..5)),
        &params,
        &mut answers,
    );
    let named = matches!(refused, Err(BatchError::NotContiguous));
    assert!(named, "{corpus}: a batch that is not contiguous gave {refused:?}");
    let refused = index.search_batch(strided.view(), &params, &mut answers);
    let named = matches!(refused, Err(BatchError::Query { row: 0, .. }));
    assert!(named, "{corpus}: a batch of the wrong width gave {refused:?}");
}

pub(super) fn zero_vectors_have_no_cosine<I: VectorIndex>(make: Make<'_, I>) {
    for metric in Metric::ALL {
        let mut corpus = Corpus::clustered(metric, 40, 5, 35);
        corpus.vectors.row_mut(8).fill(0.0);
        if metric != Metric::Cosine {
            let index = built(&corpus, make);
            searched(&index, &[0.0; 5], &SearchParams::new(3), &mut Hits::new());
            continue;
        }
        match refused(&corpus, "a zero vector under cosine", make) {
            BuildError::Vector {
                row: 8,
                source: VectorFault::Zero,
            } => {}
            error => panic!("{corpus}: a zero vector in row 8 is refused as {error:?}"),
        }
    }
}
