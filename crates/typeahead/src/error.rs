//! What can go wrong, one enum an operation.

use crate::MAX_TEXT;

/// Why an entry is refused.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntryFault {
    /// Nothing is left of the text after folding. Leave the entry out.
    #[error("the text is empty after folding")]
    Empty,
    /// The text is longer than [`MAX_TEXT`] bytes. Shorten it: nobody types so much.
    #[error("the text has {found} bytes, at most {MAX_TEXT} are allowed")]
    TooLong {
        /// Its length in bytes.
        found: usize,
    },
    /// The weight is negative, infinite or not a number.
    #[error("the weight {found} is not a finite number of at least 0")]
    Weight {
        /// The weight given.
        found: f64,
    },
    /// The text holds a NUL or another control character that folding does not turn into a space.
    #[error("the text holds a control character at byte {position}")]
    Control {
        /// Where the first one stands.
        position: usize,
    },
}

/// Why an index could not be built. Nothing is built from partly bad input: the first fault is reported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// An entry is refused.
    #[error("entry {position} is refused")]
    Entry {
        /// Its place in the input, from 0.
        position: usize,
        /// Why.
        source: EntryFault,
    },
    /// More entries, or more bytes of text, than an index can number. Split them over several indexes.
    #[error("{found} is more than an index can number")]
    TooMany {
        /// How many there are.
        found: usize,
    },
    /// The transducer's builder refused; the cause says why.
    #[error("the transducer could not be built")]
    Transducer(#[source] fst::Error),
}
