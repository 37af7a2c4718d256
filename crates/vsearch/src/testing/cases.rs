//! The promises about answers.

use super::oracle::Judge;
use super::{Corpus, Expect, Make, built, searched};
use crate::{AllowList, BatchHits, DenyList, Hits, KeyFilter, Metric, SearchParams, VectorIndex, VectorKey};
use bowerbird_core::{Deadline, ManualClock, Reason, Status};
use ndarray::Array2;
use std::time::Duration;

const QUERIES: usize = 24;

fn row(queries: &Array2<f32>, row: usize) -> Vec<f32> {
    queries.row(row).to_vec()
}

fn assert_recall(corpus: &Corpus, case: &str, shares: &[f64], expect: Expect) {
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    assert!(
        mean >= expect.recall,
        "{corpus}: {case}: recall {mean:.4} is below {}",
        expect.recall
    );
}

pub(super) fn finds_the_nearest<I: VectorIndex>(metric: Metric, expect: Expect, make: Make<'_, I>) {
    for (count, dimension) in [(1, 5), (2, 1), (500, 19), (300, 40)] {
        let corpus = Corpus::clustered(metric, count, dimension, 1);
        let index = built(&corpus, make);
        assert_eq!(index.len(), count, "{corpus}: len");
        assert_eq!(index.is_empty(), count == 0, "{corpus}: is_empty");
        assert_eq!(index.dimension(), dimension, "{corpus}: dimension");
        assert_eq!(index.metric(), metric, "{corpus}: metric");
        assert_eq!(index.space(), &corpus.space, "{corpus}: space");

        let queries = corpus.queries(QUERIES, 2);
        let mut hits = Hits::new();
        let shares: Vec<_> = (0..QUERIES)
            .map(|i| {
                let query = row(&queries, i);
                let report = searched(&index, &query, &SearchParams::new(10), &mut hits);
                assert!(
                    report.is_full(),
                    "{corpus}: unlimited search reports {}",
                    report.status
                );
                assert!(report.distances > 0, "{corpus}: a search without a distance");
                Judge::new(&corpus, &query, expect, |_| true).recall(&hits, 10, "nearest")
            })
            .collect();
        assert_recall(&corpus, "10 nearest", &shares, expect);
    }
}

pub(super) fn answers_the_same_every_time<I: VectorIndex>(metric: Metric, make: Make<'_, I>) {
    let corpus = Corpus::clustered(metric, 400, 16, 3);
    let (one, two) = (built(&corpus, make), built(&corpus, make));
    let queries = corpus.queries(QUERIES, 4);
    let (mut first, mut other) = (Hits::new(), Hits::new());
    for i in 0..QUERIES {
        let query = row(&queries, i);
        let report = searched(&one, &query, &SearchParams::new(7), &mut first);
        for index in [&one, &two] {
            let again = searched(index, &query, &SearchParams::new(7), &mut other);
            assert_eq!(
                first.as_slice(),
                other.as_slice(),
                "{corpus}: the same search, other hits"
            );
            assert_eq!(report, again, "{corpus}: the same search, another report");
        }
    }
}

pub(super) fn a_batch_is_many_searches<I: VectorIndex>(metric: Metric, make: Make<'_, I>) {
    let corpus = Corpus::clustered(metric, 400, 16, 5);
    let index = built(&corpus, make);
    let odd = |key: VectorKey| key.0 % 2 == 1;
    let mut answers = BatchHits::new();
    for (count, params) in [
        (QUERIES, SearchParams::new(9)),
        (3, SearchParams::new(5).with_filter(&odd)),
        (0, SearchParams::new(1)),
    ] {
        let queries = corpus.queries(count, 6);
        if let Err(error) = index.search_batch(queries.view(), &params, &mut answers) {
            panic!("{corpus}: a good batch was refused: {error:?}");
        }
        assert_eq!(answers.len(), count, "{corpus}: answers of a batch");
        let mut hits = Hits::new();
        for (i, (found, report)) in answers.iter().enumerate() {
            let single = searched(&index, &row(&queries, i), &params, &mut hits);
            let same = found
                .iter()
                .zip(&hits)
                .all(|(a, b)| a.score.to_bits() == b.score.to_bits());
            assert_eq!(
                found.as_slice(),
                hits.as_slice(),
                "{corpus}: query {i} of a batch is not the search"
            );
            assert!(same, "{corpus}: query {i} of a batch has other bits");
            assert_eq!(report, single, "{corpus}: query {i} of a batch, another report");
        }
    }
}

pub(super) fn a_used_buffer_is_as_good_as_a_new_one<I: VectorIndex>(metric: Metric, make: Make<'_, I>) {
    let (large, small) = (
        Corpus::clustered(metric, 300, 24, 7),
        Corpus::clustered(metric, 3, 2, 8),
    );
    let (big, little) = (built(&large, make), built(&small, make));
    let mut used = Hits::new();
    searched(
        &big,
        &row(&large.queries(1, 9), 0),
        &SearchParams::new(200),
        &mut used,
    );
    let query = row(&small.queries(1, 10), 0);
    let mut fresh = Hits::new();
    let report = searched(&little, &query, &SearchParams::new(2), &mut fresh);
    let again = searched(&little, &query, &SearchParams::new(2), &mut used);
    assert_eq!(
        (fresh.as_slice(), report),
        (used.as_slice(), again),
        "{small}: the buffer's past shows"
    );
}

pub(super) fn any_number_of_hits_may_be_asked_for<I: VectorIndex>(
    metric: Metric,
    expect: Expect,
    make: Make<'_, I>,
) {
    for count in [0, 1, 50] {
        let mut corpus = Corpus::clustered(metric, count, 6, 11);
        corpus.space.dimension = 6;
        let index = built(&corpus, make);
        let query = row(&corpus.queries(1, 12), 0);
        let mut hits = Hits::new();
        let report = searched(&index, &query, &SearchParams::new(0), &mut hits);
        assert!(
            hits.is_empty() && report.is_full(),
            "{corpus}: k = 0 gave {} hits, {report:?}",
            hits.len()
        );
        for k in [count, count + 1, 1_000_000, usize::MAX] {
            let report = searched(&index, &query, &SearchParams::new(k), &mut hits);
            assert!(report.is_full(), "{corpus}: k = {k} reports {}", report.status);
            let share = Judge::new(&corpus, &query, expect, |_| true).recall(&hits, k, "many hits");
            assert_recall(&corpus, "k at or above the number of vectors", &[share], expect);
        }
    }
}

pub(super) fn a_filter_is_never_broken<I: VectorIndex>(metric: Metric, expect: Expect, make: Make<'_, I>) {
    let corpus = Corpus::clustered(metric, 500, 12, 13);
    let index = built(&corpus, make);
    let third = |key: VectorKey| key.0.is_multiple_of(3);
    let (nothing, everything) = (|_: VectorKey| false, |_: VectorKey| true);
    let some = || corpus.keys.iter().step_by(3).copied();
    let few: AllowList = corpus
        .keys
        .iter()
        .step_by(60)
        .copied()
        .chain([VectorKey(1)])
        .collect();
    let (allow, deny): (AllowList, DenyList) = (some().collect(), some().collect());
    let filters: [(&str, &dyn KeyFilter); 6] = [
        ("closure", &third),
        ("nothing", &nothing),
        ("everything", &everything),
        ("allow list", &allow),
        ("short allow list with a key that is not there", &few),
        ("deny list", &deny),
    ];
    let queries = corpus.queries(QUERIES, 14);
    let mut hits = Hits::new();
    for (name, filter) in filters {
        let params = SearchParams::new(10).with_filter(filter);
        let shares: Vec<_> = (0..QUERIES)
            .map(|i| {
                let query = row(&queries, i);
                let report = searched(&index, &query, &params, &mut hits);
                assert!(
                    report.is_full(),
                    "{corpus}: filter {name} reports {}",
                    report.status
                );
                Judge::new(&corpus, &query, expect, |key| filter.allows(key)).recall(&hits, 10, name)
            })
            .collect();
        assert_recall(&corpus, name, &shares, expect);
    }
}

pub(super) fn ties_go_by_key<I: VectorIndex>(metric: Metric, expect: Expect, make: Make<'_, I>) {
    let corpus = Corpus::equal(metric, 90, 3);
    let index = built(&corpus, make);
    let mut hits = Hits::new();
    searched(&index, &[0.25, -0.5, 1.0], &SearchParams::new(20), &mut hits);
    assert!(!hits.is_empty(), "{corpus}: equal vectors are not found");
    assert!(
        hits.as_slice().windows(2).all(|pair| pair[0].key < pair[1].key),
        "{corpus}: ties not by key"
    );
    if expect.is_exact() {
        let mut keys = corpus.keys.clone();
        keys.sort_unstable();
        assert!(
            hits.keys().eq(keys[..20].iter().copied()),
            "{corpus}: of equal vectors not the smallest keys"
        );
    }
}

pub(super) fn a_deadline_ends_the_search<I: VectorIndex>(metric: Metric, make: Make<'_, I>) {
    let corpus = Corpus::clustered(metric, 400, 8, 15);
    let index = built(&corpus, make);
    let query = row(&corpus.queries(1, 16), 0);
    let clock = ManualClock::new();
    let deadline = Deadline::after(&clock, Duration::from_millis(1));
    let params = SearchParams::new(5).with_deadline(deadline, &clock);
    let (mut timely, mut late) = (Hits::new(), Hits::new());
    let report = searched(&index, &query, &params, &mut timely);
    assert!(
        report.is_full(),
        "{corpus}: in time, but reports {}",
        report.status
    );
    assert!(!timely.is_empty(), "{corpus}: in time, but nothing found");

    clock.advance(Duration::from_millis(1));
    searched(&index, &query, &SearchParams::new(5), &mut late);
    let report = searched(&index, &query, &params, &mut late);
    assert!(
        late.is_empty(),
        "{corpus}: {} hits after a deadline that was past",
        late.len()
    );
    let status = Status::Partial {
        fraction: 0.0,
        reason: Reason::Deadline,
    };
    assert_eq!(report.status, status, "{corpus}: a deadline that was past");
}

pub(super) fn a_budget_ends_the_search<I: VectorIndex>(metric: Metric, make: Make<'_, I>) {
    let corpus = Corpus::clustered(metric, 500, 8, 17);
    let index = built(&corpus, make);
    let query = row(&corpus.queries(1, 18), 0);
    let (mut free, mut hits) = (Hits::new(), Hits::new());
    let unlimited = searched(&index, &query, &SearchParams::new(5), &mut free);
    for budget in [0, 1, unlimited.distances / 2, unlimited.distances - 1] {
        let params = SearchParams::new(5).with_distance_budget(budget);
        let report = searched(&index, &query, &params, &mut hits);
        assert!(
            report.distances <= budget,
            "{corpus}: {} distances of {budget} allowed",
            report.distances
        );
        assert!(
            matches!(report.status, Status::Partial { reason: Reason::Limit, fraction } if fraction < 1.0),
            "{corpus}: a budget of {budget} of {} reports {}",
            unlimited.distances,
            report.status
        );
    }
    let params = SearchParams::new(5).with_distance_budget(unlimited.distances);
    let report = searched(&index, &query, &params, &mut hits);
    assert_eq!(
        report, unlimited,
        "{corpus}: a budget that suffices changes the search"
    );
    assert_eq!(
        hits.as_slice(),
        free.as_slice(),
        "{corpus}: a budget that suffices changes the hits"
    );
}
