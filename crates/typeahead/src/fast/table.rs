//! Sorted keys in one piece of memory.

use crate::prepare::{Prepared, head};
use bowerbird_core::container::{Container, ContainerWriter, LoadError, Tag, View};

const TEXT: Tag = Tag::new("text");
const BASES: Tag = Tag::new("bases");
const OFFSETS: Tag = Tag::new("offsets");
/// Keys that share a base: 32 keys of at most 1,030 bytes span less than 2^16.
const GROUP: usize = 32;

/// Keys by row, in the order of their bytes: 2 bytes a key and 4 for 32 keys beside the text.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    text: View<u8>,
    bases: View<u32>,
    offsets: View<u16>,
}

impl Table {
    pub(super) fn of(set: &Prepared) -> Self {
        let mut text = Vec::with_capacity(set.key_bytes());
        let (mut bases, mut offsets) = (Vec::new(), Vec::with_capacity(set.len() + 1));
        for row in 0..=set.len() {
            if row % GROUP == 0 {
                bases.push(text.len() as u32);
            }
            offsets.push((text.len() - bases[row / GROUP] as usize) as u16);
            if row < set.len() {
                text.extend_from_slice(set.key(row));
            }
        }
        Self {
            text: View::aligned(&text),
            bases: View::aligned(&bases),
            offsets: View::aligned(&offsets),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    #[inline]
    fn offset(&self, row: usize) -> usize {
        let base = self.bases.get(row / GROUP).copied().unwrap_or(0);
        let offset = self.offsets.get(row).copied().unwrap_or(0);
        base as usize + usize::from(offset)
    }

    /// The key of `row`; empty where a damaged file says nonsense.
    #[inline]
    pub(super) fn key(&self, row: usize) -> &[u8] {
        self.text
            .get(self.offset(row)..self.offset(row + 1))
            .unwrap_or_default()
    }

    /// The byte of `row`'s key at `depth`, or `None` past its end.
    #[inline]
    pub(super) fn byte(&self, row: usize, depth: usize) -> Option<u8> {
        self.key(row).get(depth).copied()
    }

    /// The rows of `lo..hi`, all alike in their first `depth` bytes, that go on with `rest`.
    pub(super) fn narrow(&self, lo: usize, hi: usize, depth: usize, rest: &[u8]) -> (usize, usize) {
        let tail = |row: usize| self.key(row).get(depth..).unwrap_or_default();
        let wanted = head(rest);
        let is_before = |row: usize| {
            let tail = tail(row);
            let found = head(tail);
            if found == wanted {
                rest.len() > 8 && tail < rest
            } else {
                found < wanted
            }
        };
        let start = lo + partition(hi - lo, |i| is_before(lo + i));
        if start == hi || !tail(start).starts_with(rest) {
            return (start, start);
        }
        let length = partition(hi - start, |i| tail(start + i).starts_with(rest));
        (start, start + length)
    }

    pub(super) fn bytes(&self) -> usize {
        self.text.len() + 4 * self.bases.len() + 2 * self.offsets.len()
    }

    pub(super) fn write<'a>(&'a self, writer: &mut ContainerWriter<'a>) {
        writer
            .section(TEXT, &self.text[..])
            .elements(BASES, &self.bases[..])
            .elements(OFFSETS, &self.offsets[..]);
    }

    pub(super) fn read(container: &Container, rows: usize) -> Result<Self, LoadError> {
        let table = Self {
            text: container.view(TEXT)?,
            bases: container.view(BASES)?,
            offsets: container.view(OFFSETS)?,
        };
        if table.offsets.len() != rows + 1 {
            return Err(LoadError::invalid(OFFSETS, "one offset a row and one more"));
        }
        if table.bases.len() != rows / GROUP + 1 {
            return Err(LoadError::invalid(BASES, "one base for 32 rows"));
        }
        Ok(table)
    }

    /// Checks every key. O(text).
    pub(super) fn check(&self) -> Result<(), LoadError> {
        let rows = self.len();
        let ends = (0..=rows).map(|row| self.offset(row));
        if !ends.is_sorted() || self.offset(0) != 0 || self.offset(rows) != self.text.len() {
            return Err(LoadError::invalid(
                OFFSETS,
                "offsets ascend to the end of the text",
            ));
        }
        let mut keys = (0..rows).map(|row| self.key(row));
        if !keys.clone().is_sorted_by(|a, b| a < b) {
            return Err(LoadError::invalid(TEXT, "keys ascend, each once"));
        }
        if !keys.all(|key| std::str::from_utf8(crate::prepare::plain_key(key)).is_ok()) {
            return Err(LoadError::invalid(TEXT, "keys are UTF-8"));
        }
        Ok(())
    }
}

/// The first of `0..length` for which `before` is false, where it is true for all smaller ones.
#[inline]
fn partition(length: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut lo, mut hi) = (0, length);
    while lo < hi {
        let middle = lo + (hi - lo) / 2;
        if before(middle) {
            lo = middle + 1;
        } else {
            hi = middle;
        }
    }
    lo
}
