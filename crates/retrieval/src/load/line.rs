//! One line at a time, of bounded length.

use super::{LoadError, clip};
use std::io::{BufRead, Read};

/// The longest line that is read, in bytes without its end. Default 16 MiB, which is a user with two million items.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct LineLimit(pub usize);

impl Default for LineLimit {
    fn default() -> Self {
        Self(16 << 20)
    }
}

pub(super) struct Lines<'a> {
    reader: &'a mut dyn BufRead,
    buffer: Vec<u8>,
    number: u64,
    limit: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(reader: &'a mut dyn BufRead, limit: LineLimit) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            number: 0,
            limit: limit.0,
        }
    }

    /// The next line that is not blank, with its number, without its end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &str)>, LoadError> {
        loop {
            self.buffer.clear();
            self.number += 1;
            // Room for the line and its end, `\r\n` at most.
            let most = (self.limit as u64).saturating_add(2);
            let read = (&mut *self.reader)
                .take(most)
                .read_until(b'\n', &mut self.buffer)
                .map_err(|source| LoadError::Io {
                    line: self.number,
                    source,
                })?;
            if read == 0 {
                return Ok(None);
            }
            if self.buffer.last() == Some(&b'\n') {
                self.buffer.pop();
            }
            if self.buffer.last() == Some(&b'\r') {
                self.buffer.pop();
            }
            if self.buffer.len() > self.limit {
                return Err(LoadError::LineTooLong {
                    line: self.number,
                    limit: self.limit,
                });
            }
            if !self.buffer.iter().all(u8::is_ascii_whitespace) {
                break;
            }
        }
        let line = std::str::from_utf8(&self.buffer).map_err(|_| LoadError::NotUtf8 { line: self.number })?;
        // A byte order mark is no part of the first column's name.
        let line = if self.number == 1 {
            line.strip_prefix('\u{feff}').unwrap_or(line)
        } else {
            line
        };
        Ok(Some((self.number, line)))
    }

    /// For each of `known`, its place in the header, and the number of columns. A name may be one of several.
    pub(super) fn header(
        &mut self,
        known: &[&[&'static str]],
    ) -> Result<(Vec<Option<usize>>, usize), LoadError> {
        let mut places = vec![None; known.len()];
        let mut columns = 0;
        if let Some((_, line)) = self.next()? {
            for name in line.split('\t') {
                let name = name.trim();
                let free = known
                    .iter()
                    .position(|names| names.contains(&name))
                    .filter(|&i| places[i].is_none());
                let Some(index) = free else {
                    return Err(LoadError::UnexpectedColumn { column: clip(name) });
                };
                places[index] = Some(columns);
                columns += 1;
            }
        }
        Ok((places, columns))
    }
}

/// A row's fields.
pub(super) struct Fields<'a> {
    fields: &'a [&'a str],
    line: u64,
}

impl<'a> Fields<'a> {
    pub(super) const fn new(fields: &'a [&'a str], line: u64) -> Self {
        Self { fields, line }
    }

    pub(super) fn text(&self, place: usize) -> &'a str {
        self.fields[place].trim()
    }

    pub(super) fn parse<T: std::str::FromStr>(
        &self,
        place: usize,
        column: &'static str,
        wanted: &'static str,
    ) -> Result<T, LoadError> {
        let text = self.text(place);
        text.parse()
            .map_err(|_| LoadError::field(self.line, column, text, wanted))
    }
}

/// Runs `row` on every row below the header.
pub(super) fn for_each_row(
    lines: &mut Lines<'_>,
    columns: usize,
    mut row: impl FnMut(u64, Fields<'_>) -> Result<(), LoadError>,
) -> Result<(), LoadError> {
    // A row of nothing but tabs is longer than its header; one field more than expected is enough to refuse it.
    while let Some((line, text)) = lines.next()? {
        let fields: Vec<&str> = text.split('\t').take(columns + 1).collect();
        if fields.len() != columns {
            let found = text.split('\t').count();
            return Err(LoadError::FieldCount {
                line,
                expected: columns,
                found,
            });
        }
        row(line, Fields::new(&fields, line))?;
    }
    Ok(())
}
