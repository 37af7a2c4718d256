//! What is asked of a cascade besides the query.

use bowerbird_core::{Clock, Deadline, RequestId};
use std::time::Duration;

/// How many candidates the stages keep.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Widths {
    /// What they were built with, narrowed by the load controller.
    #[default]
    Built,
    /// All of them: the last ranker sees everything that was retrieved. For audits of what narrowing loses.
    Full,
}

/// One request.
#[derive(Clone, Copy, PartialEq, Debug)]
#[must_use]
pub struct Request {
    pub(crate) id: RequestId,
    pub(crate) limit: usize,
    pub(crate) deadline: Deadline,
    pub(crate) widths: Widths,
    pub(crate) traced: bool,
}

impl Request {
    /// A request for `limit` items, without a deadline.
    pub const fn new(limit: usize) -> Self {
        Self {
            id: RequestId(0),
            limit,
            deadline: Deadline::NEVER,
            widths: Widths::Built,
            traced: false,
        }
    }

    /// Its id, which also seeds what is random in it. Default 0.
    pub const fn id(mut self, id: RequestId) -> Self {
        self.id = id;
        self
    }

    /// When the answer is wanted.
    pub const fn deadline(mut self, deadline: Deadline) -> Self {
        self.deadline = deadline;
        self
    }

    /// When the answer is wanted, from now.
    pub fn within(self, clock: &dyn Clock, span: Duration) -> Self {
        self.deadline(Deadline::after(clock, span))
    }

    /// How many candidates the stages keep.
    pub const fn widths(mut self, widths: Widths) -> Self {
        self.widths = widths;
        self
    }

    /// Records a [`DecisionTrace`](crate::DecisionTrace), from which the answer can be replayed. Allocates.
    pub const fn traced(mut self) -> Self {
        self.traced = true;
        self
    }

    /// A well-mixed seed for what is random in the request.
    pub(crate) const fn seed(&self) -> u64 {
        let mut z = self.id.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
