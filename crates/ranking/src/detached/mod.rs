//! Work that may never look at a deadline: started elsewhere, waited for until the deadline, then abandoned.
//!
//! A blocking call runs on a thread of its own [`lane`]; an asynchronous one on a runtime of the host's (feature
//! `tokio`). Either way the pipeline holds a [`Pending`] answer. When it gives up, the call's late answer is dropped
//! and counted.

mod lane;
mod slot;
mod start;

pub(crate) use lane::Lane;
#[cfg(feature = "tokio")]
pub(crate) use slot::pending;
pub(crate) use slot::{Pending, Tally};
#[cfg(feature = "tokio")]
pub(crate) use start::prepare;
pub(crate) use start::{HydratorAnswer, LaneHydrator, LaneSource, SourceAnswer, StartHydrator, StartSource};
