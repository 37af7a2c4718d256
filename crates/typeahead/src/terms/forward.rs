//! What an entry consists of: its words, and what stands between them.

use crate::MAX_TEXT;
use bowerbird_core::container::{Container, ContainerWriter, LoadError, Tag, View};

const BLOCKS: Tag = Tag::new("tm-block");
const STARTS: Tag = Tag::new("tm-start");
const LONG: Tag = Tag::new("tm-long");
const FAR: Tag = Tag::new("tm-far");
const SHAPES: Tag = Tag::new("tm-shape");
const RARE: Tag = Tag::new("tm-rare");
const FORMS: Tag = Tag::new("tm-forms");

/// Entries in a block.
const BLOCK: usize = 8;
/// Entries that are looked at together.
pub(super) const BATCH: usize = 8;
/// Bytes at the head of a block.
const HEAD: usize = 4;
/// Fewest words of a long entry.
const LONG_ENTRY: usize = 16;
/// Widest number of a word of which three can be read at once, from any bit of a byte.
const THREE: u32 = 19;
/// Entry's shape that says: look among the rare ones.
const ELSEWHERE: u8 = 255;

/// The words and shapes of all entries, in the entries' order: a key is its words set into its shape.
#[derive(Clone, Debug, Default)]
pub(super) struct Forward {
    /// Blocks of eight entries: how many words each has, four bits each, 0 for a long entry; then the words' numbers,
    /// `bits` bits each, lowest first; then up to a whole byte. At the end eight bytes more, so that any number can be
    /// read as eight bytes.
    blocks: View<u8>,
    bits: u32,
    /// Where each block starts.
    starts: View<u32>,
    /// The long entries: pairs of rank and the end of the words in `far`, ascending.
    long: View<u32>,
    /// The words of the long entries.
    far: View<u32>,
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
    ) -> Option<Self> {
        let bits = u32::BITS - (words.saturating_sub(1) as u32).leading_zeros();
        let mut blocks = Packer::default();
        let (mut starts, mut long, mut far) = (Vec::new(), Vec::new(), Vec::new());
        let (mut shapes, mut rare) = (Vec::new(), Vec::new());
        for (block, ranks) in entries.chunks(BLOCK).zip((0_u32..).step_by(BLOCK)) {
            starts.push(u32::try_from(blocks.bytes.len()).ok()?);
            let lengths = || block.iter().map(|(range, _)| range.len() as u32);
            for length in lengths().chain(std::iter::repeat(0)).take(BLOCK) {
                blocks.push(if length < LONG_ENTRY as u32 { length } else { 0 }, 4);
            }
            for (rank, (range, shape)) in (ranks..).zip(block) {
                let words = &tokens[range.clone()];
                if words.len() < LONG_ENTRY {
                    words.iter().for_each(|word| blocks.push(*word, bits));
                } else {
                    far.extend_from_slice(words);
                    long.extend([rank, far.len() as u32]);
                }
                match u8::try_from(*shape) {
                    Ok(shape) if shape != ELSEWHERE => shapes.push(shape),
                    _ => {
                        shapes.push(ELSEWHERE);
                        rare.extend([rank, *shape]);
                    }
                }
            }
            blocks.fill_byte();
        }
        blocks.bytes.extend([0; 8]);
        let forms = forms.concat();
        Some(Self {
            blocks: blocks.bytes.into(),
            bits,
            starts: starts.into(),
            long: long.into(),
            far: far.into(),
            shapes: shapes.into(),
            rare: rare.into(),
            form_starts: form_starts(&forms),
            forms: forms.into(),
        })
    }

    pub(super) fn byte_len(&self) -> usize {
        self.blocks.len()
            + size_of_val(&self.starts[..])
            + size_of_val(&self.long[..])
            + size_of_val(&self.far[..])
            + self.shapes.len()
            + size_of_val(&self.rare[..])
            + self.forms.len()
            + self.form_starts.len() * 4
    }

    /// The words of an entry.
    #[inline]
    pub(super) fn tokens(&self, rank: u32) -> Tokens<'_> {
        let (at, left) = self.head(rank, self.start(rank));
        let far = if left == 0 { self.far_words(rank) } else { &[] };
        Tokens {
            bytes: &self.blocks,
            at,
            left,
            bits: self.bits,
            far,
        }
    }

    /// Which of these entries have at least `need` of the `width` words from `low` on; a bit an entry.
    ///
    /// Many at once, step by step, so that the waits for memory overlap.
    #[inline]
    pub(super) fn having(&self, ranks: &[u32; BATCH], low: u32, width: u32, need: usize) -> u32 {
        let starts = ranks.map(|rank| self.start(rank));
        let mut heads = [(0, 0); BATCH];
        for ((head, rank), start) in heads.iter_mut().zip(ranks).zip(starts) {
            *head = self.head(*rank, start);
        }
        let mask = (1_u64 << self.bits) - 1;
        let inside = |token: u64| usize::from(((token & mask) as u32).wrapping_sub(low) < width);
        let (mut have, mut open) = (0, 0);
        for (i, (at, count)) in heads.iter().enumerate() {
            let three = self.read(*at);
            let found = inside(three) & usize::from(*count > 0)
                | inside(three >> self.bits) & usize::from(*count > 1)
                | inside(three.unbounded_shr(2 * self.bits)) & usize::from(*count > 2);
            have |= (found as u32) << i;
            open |= u32::from(count.wrapping_sub(1) > 2) << i;
        }
        if need == 1 && self.bits <= THREE {
            open &= !have;
        } else {
            (have, open) = (0, (1 << BATCH) - 1);
        }
        while open != 0 {
            let i = open.trailing_zeros();
            let mut need = need;
            let good = self.tokens(ranks[i as usize]).any(|token| {
                need -= usize::from(token.wrapping_sub(low) < width);
                need == 0
            });
            have |= u32::from(good) << i;
            open &= open - 1;
        }
        have
    }

    /// Where the block of an entry starts; the end of all for one that there is not.
    #[inline]
    fn start(&self, rank: u32) -> usize {
        let start = self.starts.get(rank as usize / BLOCK);
        start
            .map_or(usize::MAX, |start| *start as usize)
            .min(self.blocks.len())
    }

    /// At which bit an entry's words start, and how many there are; none of a long entry.
    #[inline]
    fn head(&self, rank: u32, start: usize) -> (usize, usize) {
        let head = self.blocks.get(start..).and_then(|rest| rest.first_chunk());
        let lengths = u32::from_le_bytes(*head.unwrap_or(&[0; HEAD]));
        let place = 4 * (rank % BLOCK as u32);
        let before = lengths & ((1 << place) - 1);
        // Two lengths a byte; then all of them into the highest byte.
        let pairs = (before & 0x0f0f_0f0f) + (before >> 4 & 0x0f0f_0f0f);
        let skipped = pairs.wrapping_mul(0x0101_0101) >> 24;
        let at = 8 * (start + HEAD) + skipped as usize * self.bits as usize;
        (at, (lengths >> place & 15) as usize)
    }

    /// The bits from one on: 57 at least.
    #[inline]
    fn read(&self, at: usize) -> u64 {
        let bytes = self.blocks.get(at / 8..).and_then(|rest| rest.first_chunk());
        u64::from_le_bytes(*bytes.unwrap_or(&[0; 8])) >> (at % 8)
    }

    #[cold]
    fn far_words(&self, rank: u32) -> &[u32] {
        let (pairs, _) = self.long.as_chunks::<2>();
        let Ok(at) = pairs.binary_search_by_key(&rank, |pair| pair[0]) else {
            return &[];
        };
        let start = at.checked_sub(1).map_or(0, |before| pairs[before][1]);
        let words = self
            .far
            .get(start as usize..pairs[at][1] as usize)
            .unwrap_or_default();
        &words[..words.len().min(MAX_TEXT)]
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
            .elements(BLOCKS, &self.blocks[..])
            .elements(STARTS, &self.starts[..])
            .elements(LONG, &self.long[..])
            .elements(FAR, &self.far[..])
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
            blocks: container.view(BLOCKS)?,
            bits: u32::BITS - (words.saturating_sub(1) as u32).leading_zeros(),
            starts: container.view(STARTS)?,
            long: container.view(LONG)?,
            far: container.view(FAR)?,
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
        if !found.long.len().is_multiple_of(2) {
            return Err(LoadError::invalid(LONG, "pairs of entry and end"));
        }
        if !found.rare.len().is_multiple_of(2) {
            return Err(LoadError::invalid(RARE, "pairs of entry and shape"));
        }
        Ok(found)
    }
}

fn form_starts(forms: &[u8]) -> Vec<u32> {
    let ends = forms.iter().enumerate().filter(|(_, byte)| **byte == 1);
    let mut starts: Vec<u32> = std::iter::once(0)
        .chain(ends.map(|(at, _)| at as u32 + 1))
        .collect();
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
    far: &'a [u32],
}

impl Iterator for Tokens<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.left == 0 {
            let (token, rest) = self.far.split_first()?;
            self.far = rest;
            return Some(*token);
        }
        self.left -= 1;
        let word = self.bytes.get(self.at / 8..)?.first_chunk()?;
        let value = u64::from_le_bytes(*word) >> (self.at % 8);
        self.at += self.bits as usize;
        Some((value & ((1 << self.bits) - 1)) as u32)
    }
}

/// Puts numbers of a few bits into bytes, lowest first.
#[derive(Default)]
struct Packer {
    bytes: Vec<u8>,
    pending: u64,
    filled: u32,
}

impl Packer {
    fn push(&mut self, value: u32, bits: u32) {
        self.pending |= u64::from(value) << self.filled;
        self.filled += bits;
        while self.filled >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.filled -= 8;
        }
    }

    fn fill_byte(&mut self) {
        if self.filled > 0 {
            self.bytes.push(self.pending as u8);
            (self.pending, self.filled) = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_width_are_found_again() {
        let tokens: Vec<u32> = (0..40_u32).map(|i| i.wrapping_mul(0x9e37_79b9)).collect();
        for bits in [1, 7, 18, 19, 20, 25, 32] {
            let most = u32::MAX >> (32 - bits);
            let tokens: Vec<u32> = tokens.iter().map(|token| token & most).collect();
            let mut entries = Vec::new();
            let mut start = 0;
            for length in [2, 3, 5, 2, 16, 4, 2, 2, 4] {
                entries.push((start..start + length, 0));
                start += length;
            }
            let forward = Forward::build(most as usize + 1, &entries, &tokens, &[vec![1]]).unwrap();
            let ranks = [0, 1, 2, 4, 5, 7, 8, 8];
            for (rank, (range, _)) in entries.iter().enumerate() {
                let words = &tokens[range.clone()];
                assert!(
                    forward.tokens(rank as u32).eq(words.iter().copied()),
                    "{bits} {rank}"
                );
                for need in [1, 2] {
                    let (low, width) = (words[1], 1);
                    let have = forward.having(&ranks, low, width, need);
                    for (i, rank) in ranks.iter().enumerate() {
                        let words = &tokens[entries[*rank as usize].0.clone()];
                        let count = words.iter().filter(|word| **word == low).count();
                        assert_eq!(have >> i & 1 == 1, count >= need, "{bits} {rank} {need}");
                    }
                }
            }
        }
    }
}
