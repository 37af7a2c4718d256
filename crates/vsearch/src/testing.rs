//! The conformance kit of the seam: what every implementation of [`VectorIndex`] and [`RangeSearch`] is held to.
//!
//! Each function builds indexes through a closure, asks them, and panics with a line that says which promise was
//! broken. Brute force in f64 is the judge.
//!
//! ```
//! use bowerbird_vsearch::testing::{self, Expect};
//! use bowerbird_vsearch::FlatIndex;
//!
//! testing::vector_index(Expect::EXACT, &|corpus| {
//!     FlatIndex::builder(corpus.space.clone(), corpus.metric).build(corpus.vectors.view(), &corpus.keys)
//! });
//! ```

mod cases;
mod corpus;
mod oracle;
mod range;
mod refusals;

pub use corpus::Corpus;
pub use oracle::brute_force;

use crate::{BuildError, Hits, Metric, RangeSearch, SearchParams, SearchReport, VectorIndex};

/// What an index under test claims of itself.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Expect {
    /// The least mean recall, in `0.0..=1.0`, that a search with default effort reaches on the kit's corpora (some
    /// hundred vectors, up to 40 dimensions). At 1.0 every answer must be exact, and complete for any `k`.
    pub recall: f64,
    /// The most by which a score may be off, relative to the product of the two lengths (for
    /// [`Metric::L2`], to the square of their sum).
    pub score_error: f64,
}

impl Expect {
    /// An exact index that computes in f32.
    pub const EXACT: Self = Self {
        recall: 1.0,
        score_error: 1e-5,
    };

    fn is_exact(&self) -> bool {
        self.recall >= 1.0
    }
}

/// How the kit gets an index of a corpus.
pub type Make<'a, I> = &'a dyn Fn(&Corpus) -> Result<I, BuildError>;

/// Holds an index to every promise of [`VectorIndex`] and [`BuildIndex`](crate::BuildIndex).
///
/// # Panics
///
/// At the first promise that is broken.
pub fn vector_index<I: VectorIndex>(expect: Expect, make: Make<'_, I>) {
    for metric in Metric::ALL {
        cases::finds_the_nearest(metric, expect, make);
        cases::answers_the_same_every_time(metric, make);
        cases::a_batch_is_many_searches(metric, make);
        cases::a_used_buffer_is_as_good_as_a_new_one(metric, make);
        cases::any_number_of_hits_may_be_asked_for(metric, expect, make);
        cases::a_filter_is_never_broken(metric, expect, make);
        cases::ties_go_by_key(metric, expect, make);
        cases::a_deadline_ends_the_search(metric, make);
        cases::a_budget_ends_the_search(metric, make);
        refusals::bad_vectors_are_not_built(metric, make);
        refusals::bad_shapes_and_keys_are_not_built(metric, make);
        refusals::bad_queries_are_not_answered(metric, make);
    }
    refusals::zero_vectors_have_no_cosine(make);
}

/// Holds an index to every promise of [`RangeSearch`].
///
/// # Panics
///
/// At the first promise that is broken.
pub fn range_search<I: RangeSearch>(expect: Expect, make: Make<'_, I>) {
    for metric in Metric::ALL {
        range::lists_what_reaches_the_bound(metric, expect, make);
        range::odd_bounds_have_an_answer(metric, expect, make);
    }
}

fn built<I>(corpus: &Corpus, make: Make<'_, I>) -> I {
    match make(corpus) {
        Ok(index) => index,
        Err(error) => panic!("{corpus}: a good corpus was refused: {error:?}"),
    }
}

fn searched<I: VectorIndex>(
    index: &I,
    query: &[f32],
    params: &SearchParams<'_>,
    hits: &mut Hits,
) -> SearchReport {
    match index.search(query, params, hits) {
        Ok(report) => report,
        Err(error) => panic!("{}: a good query was refused: {error:?}", index.metric()),
    }
}
