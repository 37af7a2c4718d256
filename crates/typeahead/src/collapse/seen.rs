//! What was let through already, and what would say it again.

use super::english::{LONGEST, Small, Stem, is_generic, small, stem};
use super::spelling::{SHORTEST, is_slip};
use crate::hash::hash;
use crate::normalize::words;
use rustc_hash::FxHashMap;
use std::fmt;
use std::ops::{BitOr, Range};

/// Keys of more words are compared whole.
const MAX_WORDS: usize = 16;

const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

/// Which differences don't count: a set of rules, joined by `|`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Collapse(u8);

impl Collapse {
    /// No rule: keys are duplicates when they are the same.
    pub const NONE: Self = Self(0);
    /// "idea" and "ideas".
    pub const PLURAL: Self = Self(1);
    /// "living room ideas" and "ideas living room".
    pub const ORDER: Self = Self(2);
    /// "living room" and "livingroom".
    pub const SPACING: Self = Self(4);
    /// "kitchen" and "kithcen": one slip in one word of six letters or more, the first letter right. Without
    /// [known words](Seen::with_known_words) it takes "wedding" for "welding".
    pub const SPELLING: Self = Self(8);
    /// All of these.
    pub const ALL: Self = Self(15);

    /// True when all rules of `other` are in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Collapse {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Plural, order and spacing.
impl Default for Collapse {
    fn default() -> Self {
        Self::PLURAL | Self::ORDER | Self::SPACING
    }
}

/// The keys that were let through: a filter for a walk that goes best first.
///
/// What [`admits`](Self::admits) lets through is no duplicate of anything that it let through before; so the first,
/// heaviest key of each group stays, and a walk that goes on until it has `k` keys gets them wherever they exist.
/// Duplicates are not passed on: of three keys, the first and the third may both stay though each is a duplicate of the
/// second, if the second is not there. Kinds are not told apart; take one `Seen` for each where a board and a query of
/// the same words should both show.
///
/// A key takes some hundred nanoseconds and some hundred bytes. Signatures are 64-bit hashes.
///
/// ```
/// use bowerbird_typeahead::collapse::{Collapse, Seen};
///
/// let mut seen = Seen::new(Collapse::default());
/// assert_eq!(seen.admits("living room ideas"), Ok(()));
/// assert_eq!(seen.admits("living room paint"), Ok(()));
/// assert_eq!(seen.admits("ideas for living rooms"), Err(0));
/// ```
#[derive(Clone)]
pub struct Seen<'w> {
    collapse: Collapse,
    known: Option<&'w (dyn Fn(&str) -> bool + Sync)>,
    admitted: usize,
    /// Whole keys and bags of words, by hash.
    same: FxHashMap<u64, usize>,
    /// Letters without spaces, by hash: who has them, and where the spaces stood.
    letters: FxHashMap<u64, (usize, u128)>,
    /// Keys with one word left out, by hash: the last of a chain in `slips`.
    slots: FxHashMap<u64, usize>,
    slips: Vec<Slip>,
    text: String,
}

/// A word that may have been misspelt.
#[derive(Clone, Debug)]
struct Slip {
    admitted: usize,
    word: Range<usize>,
    before: Option<usize>,
}

impl<'w> Seen<'w> {
    /// Nothing let through yet.
    pub fn new(collapse: Collapse) -> Self {
        Self {
            collapse,
            known: None,
            admitted: 0,
            same: FxHashMap::default(),
            letters: FxHashMap::default(),
            slots: FxHashMap::default(),
            slips: Vec::new(),
            text: String::new(),
        }
    }

    /// Tells words from misspellings: two words that are both `known` are two things, however alike.
    #[must_use]
    pub fn with_known_words(mut self, known: &'w (dyn Fn(&str) -> bool + Sync)) -> Self {
        self.known = Some(known);
        self
    }

    /// How many keys were let through.
    pub const fn len(&self) -> usize {
        self.admitted
    }

    /// True when none was.
    pub const fn is_empty(&self) -> bool {
        self.admitted == 0
    }

    /// Forgets all keys and keeps the memory.
    pub fn clear(&mut self) {
        self.admitted = 0;
        self.same.clear();
        self.letters.clear();
        self.slots.clear();
        self.slips.clear();
        self.text.clear();
    }

    /// Lets `key` through, unless it is a duplicate. O(length), and with [`Collapse::SPELLING`] as much again for each
    /// key that differs in one word of the same first letter.
    ///
    /// # Errors
    ///
    /// The place, from 0, of the key that it duplicates, among those let through.
    pub fn admits(&mut self, key: &str) -> Result<(), usize> {
        let phrase = match self.collapse {
            Collapse::NONE => None,
            collapse => Phrase::of(key, collapse),
        };
        let Some(phrase) = phrase else {
            let whole = hash(key.as_bytes(), 1);
            return match self.same.get(&whole) {
                Some(&at) => Err(at),
                None => {
                    self.same.insert(whole, self.admitted);
                    self.admitted += 1;
                    Ok(())
                }
            };
        };
        let bag = phrase.bag(None);
        if let Some(&at) = self.same.get(&bag) {
            return Err(at);
        }
        let letters = self
            .collapse
            .contains(Collapse::SPACING)
            .then(|| phrase.letters())
            .flatten();
        if let Some((letters, spaces)) = letters
            && let Some(&(at, others)) = self.letters.get(&letters)
            && (spaces & others == spaces || spaces & others == others)
        {
            return Err(at);
        }
        if self.collapse.contains(Collapse::SPELLING) {
            if let Some(at) = self.misspelt(&phrase) {
                return Err(at);
            }
            self.remember(&phrase);
        }
        self.same.insert(bag, self.admitted);
        if let Some((letters, spaces)) = letters {
            self.letters.entry(letters).or_insert((self.admitted, spaces));
        }
        self.admitted += 1;
        Ok(())
    }

    /// The first key that has the same words but for a slip in one.
    fn misspelt(&self, phrase: &Phrase<'_>) -> Option<usize> {
        let mut first: Option<usize> = None;
        for (at, word) in phrase.spellable() {
            let mut next = self.slots.get(&phrase.bag(Some(at))).copied();
            while let Some(slip) = next.and_then(|at| self.slips.get(at)) {
                let other = &self.text[slip.word.clone()];
                let both_known = self.known.is_some_and(|known| known(word) && known(other));
                if !both_known && is_slip(phrase.stem(word), phrase.stem(other)) {
                    first = Some(first.map_or(slip.admitted, |at| at.min(slip.admitted)));
                }
                next = slip.before;
            }
        }
        first
    }

    fn remember(&mut self, phrase: &Phrase<'_>) {
        for (at, word) in phrase.spellable() {
            let start = self.text.len();
            self.text.push_str(word);
            let before = self.slots.insert(phrase.bag(Some(at)), self.slips.len());
            self.slips.push(Slip {
                admitted: self.admitted,
                word: start..self.text.len(),
                before,
            });
        }
    }
}

impl fmt::Debug for Seen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen")
            .field("collapse", &self.collapse)
            .field("admitted", &self.admitted)
            .finish_non_exhaustive()
    }
}

/// A key, cut into words.
struct Phrase<'k> {
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
    fn of(key: &'k str, collapse: Collapse) -> Option<Self> {
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

    fn stem<'t>(&self, text: &'t str) -> Stem<'t> {
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
    fn bag(&self, but: Option<usize>) -> u64 {
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
    fn letters(&self) -> Option<(u64, u128)> {
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
    fn spellable(&self) -> impl Iterator<Item = (usize, &'k str)> {
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

fn hash_stem(Stem { head, tail }: Stem<'_>) -> u64 {
    if tail.is_empty() {
        return hash(head.as_bytes(), 0);
    }
    let mut whole = [0; LONGEST + 1];
    let length = head.len() + tail.len();
    for (slot, byte) in whole.iter_mut().zip(head.bytes().chain(tail.bytes())) {
        *slot = byte;
    }
    hash(&whole[..length.min(whole.len())], 0)
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
