//! What the fuzz targets, and vsearch's tests of files, ask an index: everything.

use bowerbird_core::container::{Container, LoadError};
use bowerbird_vsearch::ndarray::Array2;
use bowerbird_vsearch::{
    AllowList, BatchHits, Effort, FlatIndex, Hits, HnswIndex, IvfIndex, RangeSearch, ScoreOrder,
    SearchParams, VectorIndex, VectorKey,
};

/// An index that lives in files.
pub(crate) trait Filed: RangeSearch + Sized {
    /// The index in a container.
    fn opened(container: &Container) -> Result<Self, LoadError>;
    /// Whether its content is such as a build makes it.
    fn checked(&self) -> Result<(), LoadError>;
    /// Its keys.
    fn all_keys(&self) -> Vec<VectorKey>;
    /// Looks a vector up.
    fn look_up(&self, key: VectorKey);
}

macro_rules! filed {
    ($($index:ty => $look_up:expr;)*) => {$(
        impl Filed for $index {
            fn opened(container: &Container) -> Result<Self, LoadError> {
                Self::from_container(container)
            }

            fn checked(&self) -> Result<(), LoadError> {
                self.check_content()
            }

            fn all_keys(&self) -> Vec<VectorKey> {
                self.keys().collect()
            }

            fn look_up(&self, key: VectorKey) {
                let look_up: fn(&Self, VectorKey) = $look_up;
                look_up(self, key);
            }
        }
    )*};
}

filed! {
    FlatIndex => |index, key| assert!(index.vector(key).is_none_or(|vector| vector.len() == index.dimension()));
    HnswIndex => |index, key| assert!(index.vector(key).is_none_or(|vector| vector.len() == index.dimension()));
    IvfIndex => |_, _| ();
}

/// Searches in every way, and gives all scores, none of which is NaN, whatever is in the file.
pub(crate) fn ask<I: Filed>(index: &I) -> Vec<f32> {
    let query: Vec<f32> = (0..index.dimension()).map(|i| (i % 5) as f32 - 1.8).collect();
    let keys = index.all_keys();
    assert_eq!(keys.len(), index.len());
    let ends = keys.iter().take(2).chain(keys.last());
    ends.clone().for_each(|key| index.look_up(*key));
    index.look_up(VectorKey(u64::MAX / 3));

    let few: AllowList = ends.copied().chain([VectorKey(5)]).collect();
    let odd = |key: VectorKey| key.0 % 2 == 1;
    let plain = SearchParams::new(4).with_effort(Effort::Width(2));
    // So few open places that even a small file fills them.
    let narrow = SearchParams::new(1).with_effort(Effort::Width(1));
    let (mut hits, mut scores) = (Hits::new(), Vec::new());
    for params in [
        plain,
        narrow,
        narrow.with_filter(&odd),
        SearchParams::new(usize::MAX),
        plain.with_filter(&few),
        plain.with_filter(&odd),
        plain.with_distance_budget(7),
    ] {
        index.search(&query, &params, &mut hits).expect("a good query");
        scores.extend(hits.iter().map(|hit| hit.score));
    }
    let everything = match index.metric().order() {
        ScoreOrder::Ascending => f32::INFINITY,
        ScoreOrder::Descending => f32::NEG_INFINITY,
    };
    for (bound, k) in [(everything, usize::MAX), (0.5, 3)] {
        let params = SearchParams::new(k).with_effort(Effort::Width(2));
        index
            .search_range(&query, bound, &params, &mut hits)
            .expect("a good query");
        scores.extend(hits.iter().map(|hit| hit.score));
    }
    let two = Array2::from_shape_fn((2, query.len()), |(row, at)| query[at] + row as f32 / 2.0);
    let mut answers = BatchHits::default();
    index
        .search_batch(two.view(), &plain, &mut answers)
        .expect("good queries");
    assert!(!scores.iter().any(|score| score.is_nan()), "a score is a number");
    scores
}
