//! What was typed and what was meant.

use super::lines::{Lines, line_loader};
use super::{LoadError, MAX_LINE};
use std::io::BufRead;

/// A typed text and, where it is known, what the typist was after.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Typed {
    /// What was typed, a space at the end included. Not folded.
    pub prefix: String,
    /// What was meant. Not folded.
    pub target: Option<String>,
}

/// Keystrokes or typing errors from lines of prefix \[TAB target\]; further columns are ignored.
///
/// An empty target is none. Texts are not checked: any typed text is a legal request.
#[derive(Debug)]
pub struct Pairs<R> {
    lines: Lines<R>,
}

line_loader!(Pairs);

impl<R: BufRead> Pairs<R> {
    /// What reads pairs from `reader`.
    pub fn new(reader: R) -> Self {
        Self {
            lines: Lines::new(reader, MAX_LINE),
        }
    }
}

impl<R: BufRead> Iterator for Pairs<R> {
    type Item = Result<Typed, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.lines.next_with(|text, _| {
            let mut columns = text.split('\t');
            let prefix = columns.next().unwrap_or_default().to_owned();
            let target = columns.next().filter(|target| !target.is_empty());
            Ok(Some(Typed {
                prefix,
                target: target.map(str::to_owned),
            }))
        })
    }
}
