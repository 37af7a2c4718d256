//! Many queries at once, in the caller's rayon pool.

use crate::{BatchError, Hits, SearchError, SearchParams, SearchReport, VectorIndex};
use ndarray::ArrayView2;

/// The answers of a batch, in the order of its queries. A buffer that a caller keeps, like [`Hits`].
#[derive(Clone, Debug, Default)]
pub struct BatchHits {
    answers: Vec<Answer>,
    used: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) hits: Hits,
    pub(crate) report: SearchReport,
}

impl BatchHits {
    /// An empty buffer.
    pub const fn new() -> Self {
        Self {
            answers: Vec::new(),
            used: 0,
        }
    }

    /// Queries answered.
    pub fn len(&self) -> usize {
        self.used
    }

    /// True when no query is answered.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// The hits and the report of query `row`.
    pub fn get(&self, row: usize) -> Option<(&Hits, SearchReport)> {
        self.answers[..self.used]
            .get(row)
            .map(|answer| (&answer.hits, answer.report))
    }

    /// The hits and the report of each query in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Hits, SearchReport)> {
        self.answers[..self.used]
            .iter()
            .map(|answer| (&answer.hits, answer.report))
    }

    /// Forgets the answers and keeps the memory.
    pub fn clear(&mut self) {
        self.used = 0;
    }

    /// Room for the answers to `count` queries; those of a buffer that shrinks are kept for later.
    pub(crate) fn prepare(&mut self, count: usize) -> &mut [Answer] {
        if self.answers.len() < count {
            let empty = Answer {
                hits: Hits::new(),
                report: SearchReport::full(0, 0),
            };
            self.answers.resize(count, empty);
        }
        self.used = count;
        &mut self.answers[..count]
    }
}

/// Answers groups of up to `group` queries by `answer(first row, queries, answers)`, in the current rayon pool if
/// there is one. Rows of the answer do not depend on how they are grouped, or else `answer` breaks the seam's promise.
pub(crate) fn in_groups<E: Send>(
    queries: &[f32],
    dimension: usize,
    group: usize,
    answers: &mut [Answer],
    answer: impl Fn(usize, &[f32], &mut [Answer]) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let rows = (group * dimension).max(1);
    #[cfg(feature = "rayon")]
    if rayon::current_thread_index().is_some() {
        use rayon::prelude::*;
        let results: Vec<_> = queries
            .par_chunks(rows)
            .zip(answers.par_chunks_mut(group))
            .enumerate()
            .map(|(i, (queries, answers))| answer(i * group, queries, answers))
            .collect();
        // The first failure in query order, whichever thread met its own first.
        return results.into_iter().collect();
    }
    queries
        .chunks(rows)
        .zip(answers.chunks_mut(group))
        .enumerate()
        .try_for_each(|(i, (queries, answers))| answer(i * group, queries, answers))
}

/// The queries as one slice, refused when they are not one, or have the wrong width.
pub(crate) fn contiguous<'a>(
    queries: &'a ArrayView2<'_, f32>,
    dimension: usize,
) -> Result<&'a [f32], BatchError> {
    let found = queries.ncols();
    if found != dimension && queries.nrows() > 0 {
        let fault = crate::VectorFault::Dimension {
            expected: dimension,
            found,
        };
        return Err(BatchError::Query {
            row: 0,
            source: SearchError::Query(fault),
        });
    }
    queries.as_slice().ok_or(BatchError::NotContiguous)
}

pub(crate) fn one_by_one<I: VectorIndex + ?Sized>(
    index: &I,
    queries: ArrayView2<'_, f32>,
    params: &SearchParams<'_>,
    answers: &mut BatchHits,
) -> Result<(), BatchError> {
    in_turn(index, queries, params, answers, 1)
}

/// Queries that use one working memory after another.
const GROUP: usize = 16;

/// As [`one_by_one`], with the working memory of one answer for a group of them: for an index that needs much.
pub(crate) fn with_shared_memory<I: VectorIndex + ?Sized>(
    index: &I,
    queries: ArrayView2<'_, f32>,
    params: &SearchParams<'_>,
    answers: &mut BatchHits,
) -> Result<(), BatchError> {
    in_turn(index, queries, params, answers, GROUP)
}

/// Groups of `group` queries side by side, those of a group one after another in the memory of the first.
fn in_turn<I: VectorIndex + ?Sized>(
    index: &I,
    queries: ArrayView2<'_, f32>,
    params: &SearchParams<'_>,
    answers: &mut BatchHits,
    group: usize,
) -> Result<(), BatchError> {
    answers.clear();
    let dimension = index.dimension();
    let slice = contiguous(&queries, dimension)?;
    let answer = |first: usize, queries: &[f32], answers: &mut [Answer]| {
        let mut memory = std::mem::take(&mut answers[0].hits.scratch);
        let mut searched = Ok(());
        for (i, (answer, query)) in answers
            .iter_mut()
            .zip(queries.chunks_exact(dimension))
            .enumerate()
        {
            std::mem::swap(&mut memory, &mut answer.hits.scratch);
            let report = index.search(query, params, &mut answer.hits);
            std::mem::swap(&mut memory, &mut answer.hits.scratch);
            match report {
                Ok(report) => answer.report = report,
                Err(source) => {
                    let row = first + i;
                    searched = Err(BatchError::Query { row, source });
                    break;
                }
            }
        }
        answers[0].hits.scratch = memory;
        searched
    };
    let result = in_groups(slice, dimension, group, answers.prepare(queries.nrows()), answer);
    if result.is_err() {
        answers.clear();
    }
    result
}
