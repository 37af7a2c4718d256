//! What an entry consists of: its words, and what stands between them.

use crate::MAX_TEXT;
use bowerbird_core::container::{Container, ContainerWriter, LoadError, Tag, View};

const TOKENS: Tag = Tag::new("tm-token");
const LAST: Tag = Tag::new("tm-last");
const STARTS: Tag = Tag::new("tm-start");
const SHAPES: Tag = Tag::new("tm-shape");
const RARE: Tag = Tag::new("tm-rare");
const FORMS: Tag = Tag::new("tm-forms");

/// Entries whose start is found from one stored start.
const BLOCK: usize = 8;
/// Entry's shape that says: look among the rare ones.
const ELSEWHERE: u8 = 255;

/// The words of all entries, in the entries' order, and the entries' shapes: a key is its words set into its shape.
#[derive(Clone, Debug, Default)]
pub(super) struct Forward {
    /// Words' numbers, `bits` bits each, lowest first, and eight bytes more, so that any can be read as eight bytes.
    tokens: View<u8>,
    bits: u32,
    /// A bit a token: set at the last one of an entry.
    last: View<u64>,
    /// Where every eighth entry starts, in tokens.
    starts: View<u32>,
    /// Number of each entry's shape; the frequent ones come first.
    shapes: View<u8>,
    /// The other shapes: pairs of entry and shape, ascending.
    rare: View<u32>,
    /// The shapes one after another. See [`Shape`].
    forms: View<u8>,
    /// Where each shape starts in `forms`. Made anew when a file is opened.
    form_starts: Vec<u32>,
}

/// What a key is but for its words: the texts before, between and after them.
///
/// Written as the texts in turn, each ended by a byte 0; the last one between two words stands for those that follow it
/// up to the last word; a byte 1 ends the shape.
pub(super) fn write_shape(separators: &[&str], out: &mut Vec<u8>) {
    let (Some((before, rest)), Some((after, _))) = (separators.split_first(), separators.split_last()) else {
        return;
    };
    let between = &rest[..rest.len().saturating_sub(1)];
    let repeated = between
        .iter()
        .rev()
        .take_while(|text| Some(*text) == between.last())
        .count();
    let distinct = between.len() - repeated.saturating_sub(1);
    for text in [after, before].into_iter().chain(&between[..distinct]) {
        out.extend_from_slice(text.as_bytes());
        out.push(0);
    }
    out.push(1);
}

impl Forward {
    /// From the entries' words and shapes, best entry first. `shapes` are numbers into `forms`, the most frequent first.
    pub(super) fn build(
        words: usize,
        entries: &[(std::ops::Range<usize>, u32)],
        tokens: &[u32],
        forms: &[Vec<u8>],
    ) -> Self {
        let bits = u32::BITS - (words.saturating_sub(1) as u32).leading_zeros();
        let total: usize = entries.iter().map(|(range, _)| range.len()).sum();
        let mut packed = vec![0_u8; (total * bits as usize).div_ceil(8) + 8];
        let mut last = vec![0_u64; total.div_ceil(64)];
        let (mut starts, mut shapes, mut rare) = (Vec::new(), Vec::new(), Vec::new());
        let mut at = 0;
        for (rank, (range, shape)) in entries.iter().enumerate() {
            if rank.is_multiple_of(BLOCK) {
                starts.push(at as u32);
            }
            for token in &tokens[range.clone()] {
                let (byte, shift) = (at * bits as usize / 8, at * bits as usize % 8);
                let value = u64::from(*token) << shift;
                for (slot, part) in packed[byte..].iter_mut().zip(value.to_le_bytes()) {
                    *slot |= part;
                }
                at += 1;
            }
            last[(at - 1) / 64] |= 1 << ((at - 1) % 64);
            match u8::try_from(*shape) {
                Ok(shape) if shape != ELSEWHERE => shapes.push(shape),
                _ => {
                    shapes.push(ELSEWHERE);
                    rare.extend([rank as u32, *shape]);
                }
            }
        }
        let forms = forms.concat();
        Self {
            tokens: packed.into(),
            bits,
            last: last.into(),
            starts: starts.into(),
            shapes: shapes.into(),
            rare: rare.into(),
            form_starts: form_starts(&forms),
            forms: forms.into(),
        }
    }

    pub(super) fn byte_len(&self) -> usize {
        self.tokens.len()
            + size_of_val(&self.last[..])
            + size_of_val(&self.starts[..])
            + self.shapes.len()
            + size_of_val(&self.rare[..])
            + self.forms.len()
            + self.form_starts.len() * 4
    }

    /// The words of an entry.
    #[inline]
    pub(super) fn tokens(&self, rank: u32) -> Tokens<'_> {
        let (start, end) = self.span(rank as usize);
        Tokens {
            bytes: &self.tokens,
            at: start * self.bits as usize,
            left: end - start,
            bits: self.bits,
        }
    }

    /// Where the words of an entry start and end.
    #[inline]
    fn span(&self, rank: usize) -> (usize, usize) {
        let Some(start) = self.starts.get(rank / BLOCK) else {
            return (0, 0);
        };
        let mut start = *start as usize;
        let mut skip = rank % BLOCK;
        let mut at = start / 64;
        let limit = at + MAX_TEXT * BLOCK / 64;
        let Some(mut word) = self.last.get(at).copied() else {
            return (0, 0);
        };
        word &= u64::MAX << (start % 64);
        loop {
            while word == 0 {
                at += 1;
                match self.last.get(at) {
                    Some(next) if at <= limit => word = *next,
                    _ => return (0, 0),
                }
            }
            let end = at * 64 + word.trailing_zeros() as usize + 1;
            if skip == 0 {
                return (start, end);
            }
            start = end;
            skip -= 1;
            word &= word - 1;
        }
    }

    fn shape(&self, rank: u32) -> Option<&[u8]> {
        let mut shape = u32::from(*self.shapes.get(rank as usize)?);
        if shape == u32::from(ELSEWHERE) {
            let (pairs, _) = self.rare.as_chunks::<2>();
            let at = pairs.binary_search_by_key(&rank, |pair| pair[0]).ok()?;
            shape = pairs[at][1];
        }
        let start = *self.form_starts.get(shape as usize)? as usize;
        self.forms.get(start..)
    }

    /// Writes an entry's key to `out`; `word` appends a word. `false` when the entry is broken.
    pub(super) fn key(
        &self,
        rank: u32,
        out: &mut Vec<u8>,
        mut word: impl FnMut(u32, &mut Vec<u8>) -> bool,
    ) -> bool {
        let Some(shape) = self.shape(rank) else {
            return false;
        };
        let mut texts = shape.split(|byte| *byte == 0).peekable();
        let (Some(after), Some(before)) = (texts.next(), texts.next()) else {
            return false;
        };
        out.extend_from_slice(before);
        let mut between: &[u8] = &[];
        for (i, token) in self.tokens(rank).enumerate() {
            if i > 0 {
                if let Some(text) = texts.next_if(|text| text.first() != Some(&1)) {
                    between = text;
                }
                out.extend_from_slice(between);
            }
            if !word(token, out) || out.len() > MAX_TEXT {
                return false;
            }
        }
        out.extend_from_slice(after);
        true
    }

    pub(super) fn write_into<'a>(&'a self, writer: &mut ContainerWriter<'a>) {
        writer
            .elements(TOKENS, &self.tokens[..])
            .elements(LAST, &self.last[..])
            .elements(STARTS, &self.starts[..])
            .elements(SHAPES, &self.shapes[..])
            .elements(RARE, &self.rare[..])
            .elements(FORMS, &self.forms[..]);
    }

    pub(super) fn from_container(
        words: usize,
        entries: u32,
        container: &Container,
    ) -> Result<Self, LoadError> {
        let forms = container.view::<u8>(FORMS)?;
        let found = Self {
            tokens: container.view(TOKENS)?,
            bits: u32::BITS - (words.saturating_sub(1) as u32).leading_zeros(),
            last: container.view(LAST)?,
            starts: container.view(STARTS)?,
            shapes: container.view(SHAPES)?,
            rare: container.view(RARE)?,
            form_starts: form_starts(&forms),
            forms,
        };
        if found.starts.len() != (entries as usize).div_ceil(BLOCK) {
            return Err(LoadError::invalid(STARTS, "one start every eight entries"));
        }
        if found.shapes.len() != entries as usize {
            return Err(LoadError::invalid(SHAPES, "one shape an entry"));
        }
        if !found.rare.len().is_multiple_of(2) {
            return Err(LoadError::invalid(RARE, "pairs of entry and shape"));
        }
        Ok(found)
    }
}

fn form_starts(forms: &[u8]) -> Vec<u32> {
    let ends = forms.iter().enumerate().filter(|(_, byte)| **byte == 1);
    let mut starts: Vec<u32> = std::iter::once(0).chain(ends.map(|(at, _)| at as u32 + 1)).collect();
    starts.pop();
    starts
}

/// The numbers of an entry's words.
#[derive(Clone, Debug)]
pub(super) struct Tokens<'a> {
    bytes: &'a [u8],
    at: usize,
    left: usize,
    bits: u32,
}

impl Iterator for Tokens<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        let byte = self.at / 8;
        let word = self.bytes.get(byte..byte + 8)?.first_chunk()?;
        let value = u64::from_le_bytes(*word) >> (self.at % 8);
        self.at += self.bits as usize;
        Some((value & ((1 << self.bits) - 1)) as u32)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}
impl Forward { pub(super) fn sizes(&self) -> [usize; 6] { [self.tokens.len(), self.last.len() * 8, self.starts.len() * 4, self.shapes.len(), self.rare.len() * 4, self.forms.len()] } }
