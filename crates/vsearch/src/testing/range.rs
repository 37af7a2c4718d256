//! The promises about range search.

use super::oracle::Judge;
use super::{Corpus, Expect, Make, built, searched};
use crate::{Hits, Metric, RangeSearch, ScoreOrder, SearchError, SearchParams, SearchReport, VectorKey};

fn ranged<I: RangeSearch>(
    index: &I,
    query: &[f32],
    bound: f32,
    params: &SearchParams<'_>,
    hits: &mut Hits,
) -> SearchReport {
    match index.search_range(query, bound, params, hits) {
        Ok(report) => report,
        Err(error) => panic!("{}: a good range search was refused: {error:?}", index.metric()),
    }
}

pub(super) fn lists_what_reaches_the_bound<I: RangeSearch>(
    metric: Metric,
    expect: Expect,
    make: Make<'_, I>,
) {
    let corpus = Corpus::clustered(metric, 400, 9, 21);
    let index = built(&corpus, make);
    let queries = corpus.queries(12, 22);
    let even = |key: VectorKey| key.0.is_multiple_of(2);
    let mut hits = Hits::new();
    let mut shares = Vec::new();
    for query in queries.rows() {
        let query = query.to_vec();
        let judge = Judge::new(&corpus, &query, expect, even);
        for rank in [0, 5, 150] {
            // Halfway between two scores, so that rounding decides nothing.
            let bound = ((judge.truth[rank].1 + judge.truth[rank + 1].1) / 2.0) as f32;
            let params = SearchParams::new(usize::MAX).with_filter(&even);
            ranged(&index, &query, bound, &params, &mut hits);
            let reach = hits.iter().all(|hit| metric.order().reaches(hit.score, bound));
            assert!(reach, "{corpus}: a hit beyond the bound {bound}");
            judge.recall(&hits, usize::MAX, "range");
            shares.push(hits.len() as f64 / (rank + 1) as f64);

            ranged(&index, &query, bound, &SearchParams { k: 3, ..params }, &mut hits);
            let mut best = Hits::new();
            searched(
                &index,
                &query,
                &SearchParams {
                    k: 3.min(rank + 1),
                    ..params
                },
                &mut best,
            );
            if expect.is_exact() {
                assert_eq!(
                    hits.as_slice(),
                    best.as_slice(),
                    "{corpus}: k = 3 in a range is not the 3 best"
                );
            }
        }
    }
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    assert!(
        mean >= expect.recall,
        "{corpus}: recall {mean:.4} in a range, below {}",
        expect.recall
    );
}

pub(super) fn odd_bounds_have_an_answer<I: RangeSearch>(metric: Metric, expect: Expect, make: Make<'_, I>) {
    let corpus = Corpus::clustered(metric, 60, 4, 23);
    let index = built(&corpus, make);
    let query = corpus.queries(1, 24).row(0).to_vec();
    let (all, none) = match metric.order() {
        ScoreOrder::Ascending => (f32::INFINITY, -1.0),
        ScoreOrder::Descending => (f32::NEG_INFINITY, f32::INFINITY),
    };
    let params = SearchParams::new(usize::MAX);
    let mut hits = Hits::new();
    ranged(&index, &query, all, &params, &mut hits);
    assert!(
        hits.len() as f64 >= 60.0 * expect.recall,
        "{corpus}: {} hits without a bound",
        hits.len()
    );
    let refused = index.search_range(&query, f32::NAN, &params, &mut hits);
    assert!(
        matches!(refused, Err(SearchError::Bound)),
        "{corpus}: a bound of NaN gave {refused:?}"
    );
    assert!(hits.is_empty(), "{corpus}: hits of a range that was refused");
    ranged(&index, &query, none, &params, &mut hits);
    assert!(hits.is_empty(), "{corpus}: hits beyond every score");
    ranged(&index, &query, all, &SearchParams::new(0), &mut hits);
    assert!(hits.is_empty(), "{corpus}: k = 0 in a range");
}
