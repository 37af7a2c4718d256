//! Words in byte order, numbered from 0: blocks of sixteen, each word but a block's first cut to what differs from the
//! word before it.

use crate::MAX_TEXT;
use crate::prepare::head;
use bowerbird_core::container::{Container, ContainerWriter, LoadError, Tag, View};
use std::cmp::Ordering;
use std::ops::Range;

/// Words in a block.
const BLOCK: usize = 16;

/// A set of words. A word's number is its place in byte order.
///
/// About 5 bytes a word for the words of a query log. Looking up a word, a prefix or a number takes a binary search over
/// the blocks and a walk through one: O(log n).
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    length: u32,
    /// A block's first eight bytes of its first word, big-endian: most comparisons end here.
    heads: View<u64>,
    /// Where a block starts in `bytes`.
    offsets: View<u32>,
    /// A block's first word: its length, its bytes. Another: what it shares with the word before, the length of the rest,
    /// the rest.
    bytes: View<u8>,
}

/// The names of a dictionary's sections in a file: heads, offsets, bytes.
pub(crate) type Tags = [Tag; 3];

impl Dictionary {
    /// The dictionary of `words`, which ascend, each once. `None` when their bytes need more than 32 bits.
    pub(crate) fn build<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let (mut heads, mut offsets, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
        let (mut length, mut last) = (0_u32, "");
        for word in words {
            if (length as usize).is_multiple_of(BLOCK) {
                heads.push(head(word.as_bytes()));
                offsets.push(u32::try_from(bytes.len()).ok()?);
                write_varint(&mut bytes, word.len());
                bytes.extend_from_slice(word.as_bytes());
            } else {
                let shared = shared(last.as_bytes(), word.as_bytes());
                write_varint(&mut bytes, shared);
                write_varint(&mut bytes, word.len() - shared);
                bytes.extend_from_slice(&word.as_bytes()[shared..]);
            }
            length = length.checked_add(1)?;
            last = word;
        }
        u32::try_from(bytes.len()).ok()?;
        Some(Self {
            length,
            heads: heads.into(),
            offsets: offsets.into(),
            bytes: bytes.into(),
        })
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.length as usize
    }

    /// True when there is no word.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Bytes in memory or in the file.
    pub fn byte_len(&self) -> usize {
        size_of_val(&self.heads[..]) + size_of_val(&self.offsets[..]) + self.bytes.len()
    }

    /// The number of `word`.
    pub fn get(&self, word: &str) -> Option<u32> {
        let (number, found) = self.locate(word.as_bytes());
        found.then_some(number)
    }

    /// The numbers of the words that start with `prefix`.
    pub fn starting_with(&self, prefix: &str) -> Range<u32> {
        let low = self.locate(prefix.as_bytes()).0;
        let mut end = prefix.as_bytes().to_vec();
        match end.last_mut() {
            // No byte of UTF-8 is 255.
            Some(byte) => *byte = byte.saturating_add(1),
            None => return 0..self.length,
        }
        low..self.locate(&end).0.max(low)
    }

    /// Appends the word of a number to `out`, and says whether there is one.
    pub fn append(&self, number: u32, out: &mut Vec<u8>) -> bool {
        if number >= self.length {
            return false;
        }
        let base = out.len();
        let mut walk = self.walk(number as usize / BLOCK);
        for _ in 0..=number as usize % BLOCK {
            if walk.next(out, base).is_none() {
                out.truncate(base);
                return false;
            }
        }
        true
    }

    /// The word of a number.
    pub fn word(&self, number: u32) -> Option<String> {
        let mut bytes = Vec::new();
        self.append(number, &mut bytes)
            .then_some(bytes)
            .and_then(|bytes| String::from_utf8(bytes).ok())
    }

    /// A walk through the words from the first one on; `None` when there is none.
    pub(super) fn cursor(&self) -> Option<Cursor<'_>> {
        let mut cursor = Cursor {
            dictionary: self,
            walk: self.walk(0),
            number: 0,
            word: Vec::new(),
            before: Vec::new(),
        };
        (!self.is_empty()).then_some(())?;
        cursor.walk.next(&mut cursor.word, 0)?;
        Some(cursor)
    }

    /// How many words come before `target`, and whether the next one is `target`.
    fn locate(&self, target: &[u8]) -> (u32, bool) {
        let key = head(target);
        let low = self.heads.partition_point(|head| *head < key);
        let high = low + self.heads[low..].partition_point(|head| *head == key);
        // Blocks whose first word is at most the target.
        let mut blocks = low;
        let (mut from, mut to) = (low, high);
        let mut word = Vec::with_capacity(64);
        while from < to {
            let middle = usize::midpoint(from, to);
            word.clear();
            let first = self.walk(middle).next(&mut word, 0);
            if first.is_some() && word.as_slice() <= target {
                from = middle + 1;
                blocks = from;
            } else {
                to = middle;
            }
        }
        let Some(block) = blocks.checked_sub(1) else {
            return (0, false);
        };
        self.locate_in(block, target, &mut word)
    }

    fn locate_in(&self, block: usize, target: &[u8], word: &mut Vec<u8>) -> (u32, bool) {
        let start = block * BLOCK;
        let end = (start + BLOCK).min(self.len());
        let mut walk = self.walk(block);
        word.clear();
        // How much of the target the last word shares; a word that shares less with its forerunner comes after it.
        let mut common = 0;
        for number in start..end {
            let Some(kept) = walk.next(word, 0) else {
                return (number as u32, false);
            };
            if number > start {
                match kept.cmp(&common) {
                    Ordering::Less => return (number as u32, false),
                    Ordering::Greater => continue,
                    Ordering::Equal => {}
                }
            }
            common += shared(&word[common.min(word.len())..], &target[common..]);
            match word.as_slice().cmp(target) {
                Ordering::Less => {}
                Ordering::Equal => return (number as u32, true),
                Ordering::Greater => return (number as u32, false),
            }
        }
        (end as u32, false)
    }

    fn walk(&self, block: usize) -> Walk<'_> {
        let start = self
            .offsets
            .get(block)
            .map_or(usize::MAX, |offset| *offset as usize);
        Walk {
            bytes: self.bytes.get(start..).unwrap_or_default(),
            first: true,
        }
    }

    pub(crate) fn write_into<'a>(&'a self, tags: Tags, writer: &mut ContainerWriter<'a>) {
        writer
            .elements(tags[0], &self.heads[..])
            .elements(tags[1], &self.offsets[..])
            .elements(tags[2], &self.bytes[..]);
    }

    pub(crate) fn from_container(length: u32, tags: Tags, container: &Container) -> Result<Self, LoadError> {
        let found = Self {
            length,
            heads: container.view(tags[0])?,
            offsets: container.view(tags[1])?,
            bytes: container.view(tags[2])?,
        };
        let blocks = found.len().div_ceil(BLOCK);
        if found.heads.len() != blocks {
            return Err(LoadError::invalid(tags[0], "one head a block of words"));
        }
        if found.offsets.len() != blocks {
            return Err(LoadError::invalid(tags[1], "one offset a block of words"));
        }
        Ok(found)
    }
}

/// A place among the words.
pub(super) struct Cursor<'a> {
    dictionary: &'a Dictionary,
    walk: Walk<'a>,
    number: u32,
    word: Vec<u8>,
    before: Vec<u8>,
}

impl Cursor<'_> {
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn word(&self) -> &[u8] {
        &self.word
    }

    /// Goes to the next word; returns how many bytes it shares with this one.
    #[inline]
    pub(super) fn advance(&mut self) -> Option<usize> {
        self.number += 1;
        if self.number >= self.dictionary.length {
            return None;
        }
        if !(self.number as usize).is_multiple_of(BLOCK) {
            return self.walk.next(&mut self.word, 0);
        }
        self.enter(self.number as usize / BLOCK)
    }

    /// Goes to the first word that does not share this one's first `length` bytes, of which there is at least one; returns
    /// how many they share.
    pub(super) fn skip(&mut self, length: usize) -> Option<usize> {
        let length = length.min(self.word.len()).max(1);
        let dictionary = self.dictionary;
        loop {
            while !(self.number as usize + 1).is_multiple_of(BLOCK) && self.number + 1 < dictionary.length {
                self.number += 1;
                if let Some(kept) = self.walk.pass(&mut self.word, length)? {
                    return Some(kept);
                }
            }
            let next = self.number as usize / BLOCK + 1;
            let heads = dictionary.heads.get(next..).unwrap_or_default();
            // The last block that may start with a word to pass; those between pass whole.
            let passed = if length <= 8 {
                let shift = 64 - 8 * length;
                let prefix = head(&self.word) >> shift;
                heads.partition_point(|head| head >> shift <= prefix)
            } else {
                0
            };
            let block = next + passed.saturating_sub(1);
            if block * BLOCK >= dictionary.len() {
                self.number = dictionary.length;
                return None;
            }
            self.number = (block * BLOCK) as u32;
            let kept = self.enter(block)?;
            if kept < length {
                return Some(kept);
            }
        }
    }

    /// Goes to the first word of a block.
    fn enter(&mut self, block: usize) -> Option<usize> {
        std::mem::swap(&mut self.word, &mut self.before);
        self.word.clear();
        self.walk = self.dictionary.walk(block);
        self.walk.next(&mut self.word, 0)?;
        Some(shared(&self.word, &self.before))
    }
}

/// Goes through a block.
struct Walk<'a> {
    bytes: &'a [u8],
    first: bool,
}

impl Walk<'_> {
    /// Turns the word that starts at `base` in `word` into the next one; returns how much of it stayed.
    #[inline]
    fn next(&mut self, word: &mut Vec<u8>, base: usize) -> Option<usize> {
        let kept = if self.first {
            0
        } else {
            read_varint(&mut self.bytes)?
        };
        self.first = false;
        let length = read_varint(&mut self.bytes)?;
        let (rest, after) = self.bytes.split_at_checked(length)?;
        if kept > word.len() - base || kept + length > MAX_TEXT {
            return None;
        }
        word.truncate(base + kept);
        word.extend_from_slice(rest);
        self.bytes = after;
        Some(kept)
    }

    /// Goes past the next word of a block if it shares `length` bytes with `word`. Otherwise turns `word` into it and
    /// returns how much of it stayed.
    #[inline]
    fn pass(&mut self, word: &mut Vec<u8>, length: usize) -> Option<Option<usize>> {
        let kept = read_varint(&mut self.bytes)?;
        let size = read_varint(&mut self.bytes)?;
        let (rest, after) = self.bytes.split_at_checked(size)?;
        self.bytes = after;
        if kept >= length {
            return Some(None);
        }
        word.truncate(kept);
        word.extend_from_slice(rest);
        Some(Some(kept))
    }
}

/// How many bytes the beginnings share.
fn shared(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// Appends a number, seven bits a byte, the lowest first.
pub(super) fn write_varint(out: &mut Vec<u8>, value: usize) {
    let mut value = value;
    while value >= 128 {
        out.push(value as u8 | 128);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes a number of at most 35 bits off the front.
#[inline]
pub(super) fn read_varint(bytes: &mut &[u8]) -> Option<usize> {
    let (first, rest) = bytes.split_first()?;
    *bytes = rest;
    if *first < 128 {
        return Some(usize::from(*first));
    }
    let mut value = usize::from(first & 127);
    for shift in [7, 14, 21, 28] {
        let (next, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= usize::from(next & 127) << shift;
        if *next < 128 {
            return Some(value);
        }
    }
    None
}
