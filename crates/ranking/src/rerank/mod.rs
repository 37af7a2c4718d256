//! Re-rankers, one file an implementation of the role [`Reranker`](crate::Reranker).
//!
//! | re-ranker | what | cost for n rows, k positions |
//! |---|---|---|
//! | [`TopK`] | the ranked order as it is | O(k) |
//! | [`Mmr`] | trades worth against likeness to what is shown already | at most O(n · k · dimension) |
//! | [`Rules`] | spacing and quotas, over the order of another re-ranker | O(n · rules) and k looks for the next row |

mod groups;
mod mmr;
mod rules;
mod top;
mod vectors;

pub use mmr::{Mmr, MmrConfig};
pub use rules::{Rules, RulesBuilder};
pub use top::TopK;
pub use vectors::{ItemVectors, VectorTable, VectorTableError, VectorsFn, vectors_fn};

use bowerbird_core::{Reason, Status};

/// The status of a selection that the deadline stopped at `done` of `wanted` positions.
fn stopped(done: usize, wanted: usize) -> Status {
    Status::Partial {
        fraction: done as f32 / wanted.max(1) as f32,
        reason: Reason::Deadline,
    }
}

#[cfg(test)]
mod tests;
