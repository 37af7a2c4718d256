//! Brute force in f64, and the judgement of an answer by it.

use super::{Corpus, Expect};
use crate::{Hits, Metric, ScoreOrder, VectorKey};
use std::cmp::Ordering;
use std::collections::HashMap;

/// Every allowed vector of `corpus` with its exact score, best first, ties by key. O(n · dimension + n log n).
///
/// # Panics
///
/// Panics if the query is not as long as the vectors are.
pub fn brute_force(
    corpus: &Corpus,
    query: &[f32],
    allows: impl Fn(VectorKey) -> bool,
) -> Vec<(VectorKey, f64)> {
    assert_eq!(
        query.len(),
        corpus.vectors.ncols(),
        "a query as long as the vectors"
    );
    let mut scored: Vec<_> = corpus
        .keys
        .iter()
        .zip(corpus.vectors.rows())
        .filter(|(key, _)| allows(**key))
        .map(|(key, row)| (*key, exact(corpus.metric, query, &row.to_vec())))
        .collect();
    scored.sort_by(|a, b| compare(corpus.metric.order(), a.1, b.1).then(a.0.cmp(&b.0)));
    scored
}

fn compare(order: ScoreOrder, a: f64, b: f64) -> Ordering {
    match order {
        ScoreOrder::Ascending => a.total_cmp(&b),
        ScoreOrder::Descending => b.total_cmp(&a),
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
}

fn exact(metric: Metric, a: &[f32], b: &[f32]) -> f64 {
    let score: f64 = match metric {
        Metric::InnerProduct => dot(a, b),
        Metric::Cosine => dot(a, b) / (dot(a, a) * dot(b, b)).sqrt(),
        Metric::L2 => a
            .iter()
            .zip(b)
            .map(|(x, y)| (f64::from(*x) - f64::from(*y)).powi(2))
            .sum(),
    };
    score + 0.0 // both zeros tie
}

/// The largest error of a score that `expect` forgives.
fn tolerance(corpus: &Corpus, query: &[f32], expect: Expect) -> f64 {
    let longest = corpus
        .vectors
        .rows()
        .into_iter()
        .map(|row| dot(&row.to_vec(), &row.to_vec()));
    let (longest, own) = (longest.fold(0.0, f64::max).sqrt(), dot(query, query).sqrt());
    let scale = match corpus.metric {
        Metric::Cosine => 1.0,
        Metric::InnerProduct => longest * own,
        Metric::L2 => (longest + own).powi(2),
    };
    expect.score_error * scale + f64::MIN_POSITIVE
}

/// One answer held against the truth.
pub(super) struct Judge<'a> {
    pub(super) corpus: &'a Corpus,
    pub(super) query: &'a [f32],
    pub(super) expect: Expect,
    /// The allowed vectors with their scores, best first.
    pub(super) truth: Vec<(VectorKey, f64)>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        corpus: &'a Corpus,
        query: &'a [f32],
        expect: Expect,
        allows: impl Fn(VectorKey) -> bool,
    ) -> Self {
        Self {
            corpus,
            query,
            expect,
            truth: brute_force(corpus, query, allows),
        }
    }

    /// Checks order, uniqueness, the filter and the scores of `hits`; returns the share of the best
    /// `min(k, allowed)` that it has. A hit counts when its true score reaches that of the last of them, within the
    /// tolerance.
    pub(super) fn recall(&self, hits: &Hits, k: usize, case: &str) -> f64 {
        let (corpus, order) = (self.corpus, self.corpus.metric.order());
        let slack = tolerance(corpus, self.query, self.expect);
        let scores: HashMap<_, _> = self.truth.iter().copied().collect();
        assert!(
            hits.len() <= k,
            "{corpus}: {case}: {} hits where {k} were asked for",
            hits.len()
        );
        for pair in hits.as_slice().windows(2) {
            let ordered = order
                .compare(pair[0].score, pair[1].score)
                .then(pair[0].key.cmp(&pair[1].key));
            assert_eq!(
                ordered,
                Ordering::Less,
                "{corpus}: {case}: {:?} before {:?} (order: best first, ties by key, no key twice)",
                pair[0],
                pair[1]
            );
        }
        let wanted = k.min(self.truth.len());
        let Some(last) = wanted.checked_sub(1).map(|last| self.truth[last].1) else {
            assert!(hits.is_empty(), "{corpus}: {case}: hits where none are allowed");
            return 1.0;
        };
        let mut seen = std::collections::HashSet::new();
        let mut right = 0;
        for hit in hits {
            assert!(seen.insert(hit.key), "{corpus}: {case}: key {} twice", hit.key);
            let Some(score) = scores.get(&hit.key) else {
                panic!(
                    "{corpus}: {case}: key {} is not in the index or not allowed",
                    hit.key
                );
            };
            let error = (f64::from(hit.score) - score).abs();
            assert!(
                error <= slack,
                "{corpus}: {case}: {hit:?} but the exact score is {score} (± {slack:e})"
            );
            let behind = f64::from(order.sign()) * (score - last);
            right += usize::from(behind <= slack);
        }
        right as f64 / wanted as f64
    }
}
