//! Entries from tab-separated values.

use super::lines::{Lines, line_loader};
use super::{LoadError, MAX_LINE};
use crate::{Entry, EntryFault, Kind, Normalizer};
use std::io::BufRead;

/// Whether the first line names the columns.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Header {
    /// It is an entry.
    #[default]
    Absent,
    /// It names the columns and is left out.
    Present,
}

/// Entries from lines of text TAB weight \[TAB kind\].
///
/// The weight is a decimal number (`12`, `0.5`, `1e6`). The kind is `query`, `board`, `person`, `product` or a number
/// from 0 to 255; an empty one is `query`. Further columns are ignored. Each text is checked under the default
/// [`Normalizer`], so that an index takes every entry that comes out.
#[derive(Debug)]
pub struct Tsv<R> {
    lines: Lines<R>,
    header: Header,
    check: Check,
}

line_loader!(Tsv);

impl<R: BufRead> Tsv<R> {
    /// What reads entries from `reader`.
    pub fn new(reader: R) -> Self {
        Self {
            lines: Lines::new(reader, MAX_LINE),
            header: Header::Absent,
            check: Check::default(),
        }
    }

    /// Says whether the first line names the columns.
    #[must_use]
    pub fn with_header(mut self, header: Header) -> Self {
        self.header = header;
        self
    }
}

impl<R: BufRead> Iterator for Tsv<R> {
    type Item = Result<Entry, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { lines, header, check } = self;
        lines.next_with(|text, line| {
            if std::mem::take(header) == Header::Present {
                return Ok(None);
            }
            entry(text, line, check).map(Some)
        })
    }
}

fn entry(text: &str, line: u64, check: &mut Check) -> Result<Entry, LoadError> {
    let mut columns = text.split('\t');
    let text = columns.next().unwrap_or_default();
    let weight = columns
        .next()
        .ok_or(LoadError::MissingColumn { line, column: 2 })?;
    let weight = weight
        .trim()
        .parse()
        .map_err(|_| LoadError::NotANumber { line })?;
    let kind = kind(columns.next().unwrap_or_default().trim(), line)?;
    check
        .text(text)
        .and_then(|()| check_weight(weight))
        .map(|weight| Entry::new(text, weight).with_kind(kind))
        .map_err(|source| LoadError::Entry { line, source })
}

fn kind(name: &str, line: u64) -> Result<Kind, LoadError> {
    Ok(match name {
        "" | "query" => Kind::QUERY,
        "board" => Kind::BOARD,
        "person" => Kind::PERSON,
        "product" => Kind::PRODUCT,
        number => Kind(number.parse().map_err(|_| LoadError::UnknownKind { line })?),
    })
}

/// The weight if it is fit for an entry.
pub(super) fn check_weight(weight: f64) -> Result<f64, EntryFault> {
    if weight.is_finite() && weight >= 0.0 {
        // So that a weight of -0 sorts as 0.
        Ok(weight.abs())
    } else {
        Err(EntryFault::Weight { found: weight })
    }
}

/// Looks whether an index would take a text.
#[derive(Debug, Default)]
pub(super) struct Check {
    key: String,
}

impl Check {
    pub(super) fn text(&mut self, text: &str) -> Result<(), EntryFault> {
        Normalizer::default().fold_entry_into(text, &mut self.key)
    }
}
