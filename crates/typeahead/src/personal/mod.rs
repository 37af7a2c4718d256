//! A person's own history and taste.
//!
//! - [`History`] remembers what one person chose, a bounded list that fades; [`History::source`] joins it to an index
//!   as one more [`Source`](crate::Source), so that what the person typed before comes up first.
//! - [`Taste`] is a direction in an embedding space, learnt from what the person chose; a [`Rescorer`] moves the best
//!   100 suggestions towards it, under a deadline, by an [`EmbeddingTable`] that the host fills.
//!
//! Nothing here knows who the person is, keeps anything on disk, or reaches another person's suggestions. Where history
//! and taste are kept, for how long, and what is deleted at the person's wish is the host's to decide:
//! [`History::forget`], [`History::clear`] and [`Taste::clear`] leave nothing behind in memory that is reachable.

mod history;
mod recall;
mod rescore;
mod table;
mod taste;

pub use history::{History, HistoryFault, MAX_HISTORY, Past};
pub use recall::{HistorySource, Recall};
pub use rescore::{Candidate, MAX_RESCORED, Ranked, Rescored, Rescorer};
pub use table::{EmbeddingBuilder, EmbeddingTable, MAX_DIMENSION};
pub use taste::{Taste, VectorFault};
