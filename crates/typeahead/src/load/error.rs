//! What can go wrong while reading.

use crate::EntryFault;
use std::io;
use std::path::PathBuf;

/// Why a file, or a line of it, could not be read. Lines count from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file could not be opened. The cause says why.
    #[error("{} could not be opened", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The file is compressed with gzip, and this build cannot unpack it. Turn on the feature `gzip`, or unpack the file.
    #[error("{} is compressed; reading it takes the feature `gzip`", path.display())]
    Compressed {
        /// The file.
        path: PathBuf,
    },
    /// Reading failed, or a compressed file is damaged or cut short. Ends the reading whatever the policy.
    #[error("reading failed in line {line}")]
    Read {
        /// The line that was being read.
        line: u64,
        /// The system's, or the unpacker's, answer.
        source: io::Error,
    },
    /// The line is longer than the limit. Raise the limit if such lines are meant.
    #[error("line {line} is longer than {limit} bytes")]
    LineTooLong {
        /// The line.
        line: u64,
        /// The limit in bytes.
        limit: usize,
    },
    /// The line is not UTF-8. Convert the file.
    #[error("line {line} is not UTF-8 from its byte {position} on")]
    NotUtf8 {
        /// The line.
        line: u64,
        /// The first byte that is wrong, from 0.
        position: usize,
    },
    /// A column that must be there is not.
    #[error("line {line} has no column {column}")]
    MissingColumn {
        /// The line.
        line: u64,
        /// The column, from 1.
        column: u8,
    },
    /// The weight is no number.
    #[error("line {line}: the weight is not a number")]
    NotANumber {
        /// The line.
        line: u64,
    },
    /// The kind is neither `query`, `board`, `person`, `product` nor a number from 0 to 255.
    #[error("line {line}: the kind is neither a known name nor a number from 0 to 255")]
    UnknownKind {
        /// The line.
        line: u64,
    },
    /// The text or the weight is not fit for an entry.
    #[error("line {line} is refused")]
    Entry {
        /// The line.
        line: u64,
        /// Why.
        source: EntryFault,
    },
    /// The line is not the JSON object that is expected. The cause says where.
    #[cfg(feature = "amazon-qac")]
    #[error("line {line} is not the JSON that is expected")]
    Json {
        /// The line.
        line: u64,
        /// The parser's answer.
        source: serde_json::Error,
    },
}
