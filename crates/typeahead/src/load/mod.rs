//! Reading entries from the field's plain formats.
//!
//! | what | gives | a line |
//! |---|---|---|
//! | [`Tsv`] | [`Entry`](crate::Entry) | text TAB weight \[TAB kind\] |
//! | [`Pairs`] | [`Typed`]: what was typed and what was meant | prefix \[TAB target\] |
//! | `AmazonQac` (feature `amazon-qac`) | `QacSession`: a search with the prefixes that led to it | a JSON object |
//!
//! All read any `BufRead`, one line at a time and never more of a line than the limit, so that a hostile file costs no
//! more memory than an honest one. [`open`] opens a file, unpacking `.gz` (feature `gzip`).
//!
//! # Bad lines
//!
//! A bad line is a [`LoadError`] with the line's number. What happens then is [`OnFault`]'s choice. Lines with nothing
//! in them are passed over; line ends may be `\n` or `\r\n`; a byte order mark at the start is dropped. Texts are given
//! as they stand, spaces included. A text that comes twice is given twice.
//!
//! ```
//! use bowerbird_typeahead::load::{OnFault, Tsv};
//!
//! let file = "living room\t120\nliving\t-3\nkitchen\t80\tboard\n";
//! let mut tsv = Tsv::new(file.as_bytes()).with_on_fault(OnFault::Skip);
//! let entries = tsv.by_ref().collect::<Result<Vec<_>, _>>()?;
//! assert_eq!(entries.len(), 2);
//! assert_eq!(tsv.skipped(), 1); // line 2: a negative weight
//! # Ok::<(), bowerbird_typeahead::load::LoadError>(())
//! ```

#[cfg(feature = "amazon-qac")]
mod amazon_qac;
mod error;
mod lines;
mod open;
mod pairs;
mod tsv;

#[cfg(feature = "amazon-qac")]
pub use amazon_qac::{AmazonQac, QacSession, qac_entries};
pub use error::LoadError;
pub use lines::OnFault;
pub use open::open;
pub use pairs::{Pairs, Typed};
pub use tsv::{Header, Tsv};

/// Longest line of [`Tsv`] and [`Pairs`] unless another limit is set: 64 KiB.
pub const MAX_LINE: usize = 64 << 10;
