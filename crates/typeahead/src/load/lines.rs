//! Lines of bounded length, and what becomes of bad ones.

use super::LoadError;
use std::io::{self, BufRead};

/// What a loader does with a bad line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum OnFault {
    /// Gives the error and then nothing more.
    #[default]
    Stop,
    /// Leaves the line out and counts it. Only a failure to read still ends the reading.
    Skip,
}

/// What all loaders share: a reader, a policy, a count.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: R,
    limit: usize,
    on_fault: OnFault,
    buffer: Vec<u8>,
    /// The number of the line that was read last.
    line: u64,
    skipped: u64,
    first_fault: Option<LoadError>,
    done: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R, limit: usize) -> Self {
        Self {
            reader,
            limit,
            on_fault: OnFault::Stop,
            buffer: Vec::new(),
            line: 0,
            skipped: 0,
            first_fault: None,
            done: false,
        }
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    pub(super) fn set_on_fault(&mut self, on_fault: OnFault) {
        self.on_fault = on_fault;
    }

    pub(super) fn skipped(&self) -> u64 {
        self.skipped
    }

    pub(super) fn first_fault(&self) -> Option<&LoadError> {
        self.first_fault.as_ref()
    }

    /// The next line that `parse` makes something of. `parse` gets the text and the line's number; where it answers
    /// `None`, the line is passed over.
    pub(super) fn next_with<T>(
        &mut self,
        mut parse: impl FnMut(&str, u64) -> Result<Option<T>, LoadError>,
    ) -> Option<Result<T, LoadError>> {
        while !self.done {
            let line = self.line + 1;
            let outcome = match self.read() {
                Ok(Some("")) => continue,
                Ok(Some(text)) => parse(text, line),
                Ok(None) => break,
                Err(fault) => Err(fault),
            };
            match (outcome, self.on_fault) {
                (Ok(Some(found)), _) => return Some(Ok(found)),
                (Ok(None), _) => {}
                (Err(fault), OnFault::Skip) if !matches!(fault, LoadError::Read { .. }) => {
                    self.skipped += 1;
                    self.first_fault.get_or_insert(fault);
                }
                (Err(fault), _) => {
                    self.done = true;
                    return Some(Err(fault));
                }
            }
        }
        self.done = true;
        None
    }

    /// The next line without its end, or `None` after the last.
    fn read(&mut self) -> Result<Option<&str>, LoadError> {
        self.line += 1;
        let line = self.line;
        self.buffer.clear();
        let (bytes, over) = match self.fill() {
            Ok(found) => found,
            Err(source) => return Err(LoadError::Read { line, source }),
        };
        if bytes == 0 {
            return Ok(None);
        }
        if over {
            let limit = self.limit;
            return Err(LoadError::LineTooLong { line, limit });
        }
        let mut text = self.buffer.as_slice();
        text = text.strip_suffix(b"\n").unwrap_or(text);
        text = text.strip_suffix(b"\r").unwrap_or(text);
        if line == 1 {
            text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        }
        match std::str::from_utf8(text) {
            Ok(text) => Ok(Some(text)),
            Err(fault) => Err(LoadError::NotUtf8 {
                line,
                position: fault.valid_up_to(),
            }),
        }
    }

    /// Reads to the end of the line and keeps it if it is within the limit. Says how many bytes it has, end included,
    /// and whether that is too many.
    fn fill(&mut self) -> io::Result<(u64, bool)> {
        let mut bytes = 0;
        loop {
            let available = match self.reader.fill_buf() {
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            let end = available.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(available.len(), |at| at + 1);
            bytes += used as u64;
            // A line's end does not count.
            let over = bytes > self.limit as u64 + 2;
            if over {
                self.buffer.clear();
            } else {
                self.buffer.extend_from_slice(&available[..used]);
            }
            self.reader.consume(used);
            if end.is_some() || used == 0 {
                let text = bytes - u64::from(end.is_some());
                let returns = u64::from(self.buffer.ends_with(b"\r\n"));
                return Ok((bytes, text - returns > self.limit as u64));
            }
        }
    }
}

/// The builder methods and counts that every loader has.
macro_rules! line_loader {
    ($loader:ident) => {
        impl $loader<Box<dyn std::io::BufRead + Send>> {
            /// Opens a file; see [`open`](super::open).
            ///
            /// # Errors
            /// As [`open`](super::open).
            pub fn open(path: impl AsRef<std::path::Path>) -> Result<Self, super::LoadError> {
                super::open(path).map(Self::new)
            }
        }

        impl<R: std::io::BufRead> $loader<R> {
            /// Says what happens at a bad line.
            #[must_use]
            pub fn with_on_fault(mut self, on_fault: super::OnFault) -> Self {
                self.lines.set_on_fault(on_fault);
                self
            }

            /// Sets the longest line in bytes, its end not counted.
            #[must_use]
            pub fn with_line_limit(mut self, limit: usize) -> Self {
                self.lines.set_limit(limit);
                self
            }

            /// Bad lines left out so far.
            pub fn skipped(&self) -> u64 {
                self.lines.skipped()
            }

            /// The first bad line that was left out.
            pub fn first_fault(&self) -> Option<&super::LoadError> {
                self.lines.first_fault()
            }
        }
    };
}
pub(super) use line_loader;
