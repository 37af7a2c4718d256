//! Plain files in: events, items, and the user–item lists of recommender benchmarks.
//!
//! A bad row is refused with its line and column. Nothing is skipped in silence: an example that quietly drops a tenth
//! of its rows measures something else. Decompress `.gz` outside and hand over a reader.
//!
//! | format | function | a line |
//! |---|---|---|
//! | events | [`events`], [`interactions`] | header with `user`, `item` and optionally `weight` (or `rating`) and `timestamp`; then tab-separated values |
//! | items | [`items`] | header with `item` and optionally `title`, `year`, `genres`; then tab-separated values |
//! | LightGCN text | [`lightgcn`] | `user item item …`, separated by spaces or tabs |

mod event;
mod item;
mod lightgcn;
mod line;

use crate::interactions::InteractionsError;
use bowerbird_core::ItemId;

pub use event::{events, interactions};
pub use item::items;
pub use lightgcn::lightgcn;
pub use line::LineLimit;

/// Why a file was refused. Lines count from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The reader failed. The cause tells why; a broken archive shows up here.
    #[error("line {line}: can't read")]
    Io {
        /// The line that was being read.
        line: u64,
        /// The cause.
        source: std::io::Error,
    },
    /// A line is longer than allowed. Raise the limit if the file is sound.
    #[error("line {line}: longer than {limit} bytes")]
    LineTooLong {
        /// Where.
        line: u64,
        /// The limit, in bytes.
        limit: usize,
    },
    /// A line is not UTF-8 text. Convert the file; a compressed one must be decompressed first.
    #[error("line {line}: not UTF-8")]
    NotUtf8 {
        /// Where.
        line: u64,
    },
    /// The header lacks a column that is needed. Add it; the names are those of the format's table.
    #[error("line 1: no column `{column}`")]
    MissingColumn {
        /// The column.
        column: &'static str,
    },
    /// The header has a column that is not known, or one twice. Drop or rename it.
    #[error("line 1: unexpected column `{column}`")]
    UnexpectedColumn {
        /// The column, cut to 40 characters.
        column: String,
    },
    /// A row has too few or too many fields. Look for a tab inside a field, or for a cut-off line.
    #[error("line {line}: {found} fields instead of {expected}")]
    FieldCount {
        /// Where.
        line: u64,
        /// Fields in the header.
        expected: usize,
        /// Fields in the row.
        found: usize,
    },
    /// A field can't be read as what its column holds.
    #[error("line {line}, column `{column}`: `{found}` is not {wanted}")]
    Field {
        /// Where.
        line: u64,
        /// The column.
        column: &'static str,
        /// The field, cut to 40 characters.
        found: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// An item stands in the file twice. Keep one of the rows.
    #[error("line {line}: item {item} was there before")]
    DuplicateItem {
        /// Where the second one is.
        line: u64,
        /// The item.
        item: ItemId,
    },
    /// An event was read but can't be taken.
    #[error("line {line}")]
    Event {
        /// Where.
        line: u64,
        /// The cause.
        source: InteractionsError,
    },
}

impl LoadError {
    pub(crate) fn field(line: u64, column: &'static str, found: &str, wanted: &'static str) -> Self {
        Self::Field {
            line,
            column,
            found: clip(found),
            wanted,
        }
    }
}

/// The first 40 characters: enough to find the place, and a bound on what a hostile file puts into a log.
fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}
