//! A key as near-duplicates look at it: its words, in hashes.

use super::Collapse;
use super::english::{LONGEST, Small, Stem, hash_stem, is_generic, small, stem};
use super::spelling::SHORTEST;
use crate::hash::hash;
use crate::normalize::words;

/// Keys of more words are compared whole.
const MAX_WORDS: usize = 16;

const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

/// A key, cut into words.
pub(super) struct Phrase<'k> {
    key: &'k str,
    collapse: Collapse,
    all: [Word; MAX_WORDS],
    count: usize,
    /// The words that say something, as places in `all`.
    content: [u8; MAX_WORDS],
    content_count: usize,
    /// True when the order of the words says nothing; they are sorted by their hashes then.
    unordered: bool,
    /// Symbols that are no punctuation, in order.
    symbols: u64,
}

#[derive(Clone, Copy)]
struct Word {
    start: u32,
    end: u32,
    hash: u64,
    /// What stands between it and the word before it.
    gap: Gap,
    small: Small,
    has_number: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// Nothing, as between characters of Chinese.
    None,
    /// Punctuation without a space.
    Mark,
    Space,
}

impl<'k> Phrase<'k> {
    /// `None` when the key has no words, or too many.
    pub(super) fn of(key: &'k str, collapse: Collapse) -> Option<Self> {
        const NO_WORD: Word = Word {
            start: 0,
            end: 0,
            hash: 0,
            gap: Gap::None,
            small: Small::No,
            has_number: false,
        };
        u32::try_from(key.len()).ok()?;
        let mut phrase = Self {
            key,
            collapse,
            all: [NO_WORD; MAX_WORDS],
            count: 0,
            content: [0; MAX_WORDS],
            content_count: 0,
            unordered: false,
            symbols: 0,
        };
        let mut end = 0;
        for range in words(key) {
            let between = &key[end..range.start];
            let gap = phrase.gap(between);
            let text = &key[range.clone()];
            end = range.end;
            // A possessive is no word.
            if text == "s" && matches!(between, "'" | "’") && phrase.count > 0 {
                continue;
            }
            *phrase.all.get_mut(phrase.count)? = Word {
                start: range.start as u32,
                end: range.end as u32,
                hash: hash_stem(phrase.stem(text)),
                gap,
                small: small(text),
                has_number: has_number(text),
            };
            phrase.count += 1;
        }
        phrase.gap(&key[end..]);
        if phrase.count == 0 {
            return None;
        }
        phrase.pick_content();
        Some(phrase)
    }

    fn words(&self) -> &[Word] {
        &self.all[..self.count]
    }

    fn text(&self, word: &Word) -> &'k str {
        &self.key[word.start as usize..word.end as usize]
    }

    pub(super) fn stem<'t>(&self, text: &'t str) -> Stem<'t> {
        if self.collapse.contains(Collapse::PLURAL) {
            stem(text)
        } else {
            Stem::whole(text)
        }
    }

    /// Says what kind of gap it is, and takes note of its symbols.
    fn gap(&mut self, between: &str) -> Gap {
        match between {
            "" => return Gap::None,
            " " => return Gap::Space,
            _ => {}
        }
        let mut gap = Gap::Mark;
        for c in between.chars() {
            if c.is_whitespace() {
                gap = Gap::Space;
            } else if !is_punctuation(c) {
                self.symbols = hash(&u32::from(c).to_le_bytes(), self.symbols);
            }
        }
        gap
    }

    fn pick_content(&mut self) {
        let says_something = |word: &Word| word.small != Small::Filler;
        let drops_fillers = self.words().iter().filter(|word| says_something(word)).count() >= 2;
        for (place, word) in (0..).zip(&self.all[..self.count]) {
            if !drops_fillers || says_something(word) {
                self.content[self.content_count] = place;
                self.content_count += 1;
            }
        }
        let content = || {
            self.content[..self.content_count]
                .iter()
                .map(|&at| &self.all[usize::from(at)])
        };
        let is_generic = |word: &Word| is_generic(stem(self.text(word)));
        self.unordered = self.collapse.contains(Collapse::ORDER)
            && self.words()[1..].iter().all(|word| word.gap != Gap::None)
            && self.words().iter().all(|word| word.small != Small::Direction)
            && content().filter(|word| word.has_number).count() < 2
            && (self.content_count != 2 || content().any(is_generic));
        if self.unordered {
            let all = &self.all;
            self.content[..self.content_count].sort_unstable_by_key(|&at| all[usize::from(at)].hash);
        }
    }

    /// The words that say something.
    fn content(&self) -> impl ExactSizeIterator<Item = &Word> {
        self.content[..self.content_count]
            .iter()
            .map(|&at| &self.all[usize::from(at)])
    }

    /// The words as one hash; all of them, or all but one, of which only the first letter counts.
    pub(super) fn bag(&self, but: Option<usize>) -> u64 {
        let mut state = self.symbols ^ if self.unordered { 2 } else { 3 };
        let mut step = |hash: u64| state = (state.rotate_left(23) ^ hash).wrapping_mul(MULTIPLIER);
        for (at, word) in self.content().enumerate() {
            if but != Some(at) {
                step(word.hash);
            } else if !self.unordered {
                step(5);
            }
        }
        if let Some(word) = but.and_then(|at| self.content().nth(at)) {
            step(u64::from(self.key.as_bytes()[word.start as usize]) | 1 << 32);
        }
        state ^ state >> 29
    }

    /// The letters as one hash, and after how many bytes of them there was a space that may be left out. `None` when
    /// there are more bytes than a mask has bits.
    pub(super) fn letters(&self) -> Option<(u64, u128)> {
        let (mut state, mut length, mut spaces) = (self.symbols ^ 7, 0, 0_u128);
        let mut step = |byte: u8| state = (state ^ u64::from(byte)).wrapping_mul(MULTIPLIER).rotate_left(29);
        for (at, word) in self.words().iter().enumerate() {
            if let Some(before) = at.checked_sub(1).map(|at| &self.all[at]) {
                match word.gap {
                    _ if self.are_digits(before, word) => step(b' '),
                    Gap::Space if !self.may_join(before, word) => step(b' '),
                    Gap::Space => spaces |= 1 << length,
                    Gap::None | Gap::Mark => {}
                }
            }
            let text = self.text(word);
            let part = if at + 1 == self.count {
                self.stem(text)
            } else {
                Stem::whole(text)
            };
            length += text.len();
            if length >= 128 {
                return None;
            }
            part.bytes().for_each(&mut step);
        }
        Some((state ^ state >> 29, spaces))
    }

    /// True when two words would run into one number.
    fn are_digits(&self, before: &Word, after: &Word) -> bool {
        before.has_number
            && after.has_number
            && self.text(before).ends_with(char::is_numeric)
            && self.text(after).starts_with(char::is_numeric)
    }

    /// True when the space between two words may be left out without making another word, as far as can be told.
    fn may_join(&self, before: &Word, after: &Word) -> bool {
        if before.small != Small::No || after.small != Small::No {
            return false;
        }
        let (a, b) = (self.text(before), self.text(after));
        let is_letter = |word: &str| word.len() <= 4 && word.chars().nth(1).is_none();
        if before.has_number || after.has_number || is_letter(a) || is_letter(b) {
            return true;
        }
        a.len() >= 3 && b.len() >= 3 && a.len() + b.len() >= 8
    }

    /// The content words that may be misspelt, with their places.
    pub(super) fn spellable(&self) -> impl Iterator<Item = (usize, &'k str)> {
        let words = self
            .content()
            .map(|word| (word.has_number, self.text(word)))
            .enumerate();
        words.filter_map(|(at, (has_number, text))| {
            let long = !has_number && (SHORTEST..=LONGEST).contains(&text.len());
            (long && self.stem(text).len() >= SHORTEST).then_some((at, text))
        })
    }
}

fn has_number(word: &str) -> bool {
    if word.is_ascii() {
        return word.bytes().any(|byte| byte.is_ascii_digit());
    }
    word.chars().any(char::is_numeric)
}

fn is_punctuation(c: char) -> bool {
    matches!(
        c,
        '-' | '\'' | '.' | ',' | '/' | ':' | ';' | '!' | '?' | '"' | '(' | ')' | '[' | ']' | '_' | '|'
            | '‘'..='‟' | '‐'..='―' | '…' | '、' | '。' | '・' | '，' | '：' | '？' | '！'
    )
}
