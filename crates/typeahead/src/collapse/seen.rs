//! What was let through already, and what would say it again.

use super::english::{LONGEST, Stem, is_direction, is_filler, is_generic, is_particle, stem};
use super::spelling::{SHORTEST, is_slip};
use crate::hash::hash;
use crate::normalize::words;
use rustc_hash::FxHashMap;
use std::fmt;
use std::ops::{BitOr, Range};

/// Keys of more words are compared whole.
const MAX_WORDS: usize = 16;

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

    /// The key that has the same words but for a slip in one.
    fn misspelt(&self, phrase: &Phrase<'_>) -> Option<usize> {
        for at in phrase.spellable() {
            let word = &phrase.content()[at];
            let mut next = self.slots.get(&phrase.bag(Some(at))).copied();
            while let Some(slip) = next.and_then(|at| self.slips.get(at)) {
                let other = &self.text[slip.word.clone()];
                let both_known = self.known.is_some_and(|known| known(word.text) && known(other));
                if !both_known && is_slip(word.stem, phrase.stem(other)) {
                    return Some(slip.admitted);
                }
                next = slip.before;
            }
        }
        None
    }

    fn remember(&mut self, phrase: &Phrase<'_>) {
        for at in phrase.spellable() {
            let start = self.text.len();
            self.text.push_str(phrase.content()[at].text);
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

#[derive(Clone, Copy)]
struct Word<'k> {
    text: &'k str,
    stem: Stem<'k>,
    hash: u64,
    /// What stands between it and the word before it.
    gap: Gap,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// Nothing, as between characters of Chinese.
    None,
    /// Punctuation without a space.
    Mark,
    Space,
}

/// A key, cut into words.
struct Phrase<'k> {
    collapse: Collapse,
    all: [Word<'k>; MAX_WORDS],
    count: usize,
    /// The words that say something.
    content: [Word<'k>; MAX_WORDS],
    content_count: usize,
    /// True when the order of the words says nothing; their hashes are sorted then.
    unordered: bool,
    /// Symbols that are no punctuation, in order.
    symbols: u64,
}

impl<'k> Phrase<'k> {
    /// `None` when the key has no words, or too many.
    fn of(key: &'k str, collapse: Collapse) -> Option<Self> {
        const NO_WORD: Word<'_> = Word {
            text: "",
            stem: Stem::whole(""),
            hash: 0,
            gap: Gap::None,
        };
        let mut phrase = Self {
            collapse,
            all: [NO_WORD; MAX_WORDS],
            count: 0,
            content: [NO_WORD; MAX_WORDS],
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
            let stem = phrase.stem(text);
            *phrase.all.get_mut(phrase.count)? = Word {
                text,
                stem,
                hash: hash_stem(stem),
                gap,
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
        let all = &self.all[..self.count];
        let says_something = |word: &&Word<'_>| !is_filler(word.text);
        let drops_fillers = all.iter().filter(says_something).count() >= 2;
        for word in all {
            if !drops_fillers || says_something(&word) {
                self.content[self.content_count] = *word;
                self.content_count += 1;
            }
        }
        let content = &self.content[..self.content_count];
        self.unordered = self.collapse.contains(Collapse::ORDER)
            && all[1..].iter().all(|word| word.gap != Gap::None)
            && !all.iter().any(|word| is_direction(word.text))
            && content.iter().filter(|word| has_number(word.text)).count() < 2
            && (content.len() != 2 || content.iter().any(|word| is_generic(word.stem)));
        if self.unordered {
            self.content[..self.content_count].sort_unstable_by_key(|word| word.hash);
        }
    }

    fn content(&self) -> &[Word<'k>] {
        &self.content[..self.content_count]
    }

    /// The words as one hash; all of them, or all but one, of which only the first letter counts.
    fn bag(&self, but: Option<usize>) -> u64 {
        let mut state = self.symbols ^ if self.unordered { 2 } else { 3 };
        let mut step = |hash: u64| state = (state.rotate_left(23) ^ hash).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for (at, word) in self.content().iter().enumerate() {
            if but != Some(at) {
                step(word.hash);
            } else if !self.unordered {
                step(5);
            }
        }
        if let Some(word) = but.and_then(|at| self.content().get(at)) {
            step(u64::from(word.text.as_bytes()[0]) | 1 << 32);
        }
        state ^ state >> 29
    }

    /// The letters as one hash, and after how many bytes of them there was a space that may be left out. `None` when
    /// there are more bytes than a mask has bits.
    fn letters(&self) -> Option<(u64, u128)> {
        let all = &self.all[..self.count];
        let (mut state, mut length, mut spaces) = (self.symbols ^ 7, 0, 0_u128);
        let mut step = |byte: u8| {
            state = (state ^ u64::from(byte))
                .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .rotate_left(29)
        };
        for (at, word) in all.iter().enumerate() {
            if let Some(before) = at.checked_sub(1).map(|at| &all[at]) {
                match word.gap {
                    _ if are_digits(before.text, word.text) => step(b' '),
                    Gap::Space if !may_join(before.text, word.text) => step(b' '),
                    Gap::Space => spaces |= 1 << length,
                    Gap::None | Gap::Mark => {}
                }
            }
            let last = at + 1 == all.len();
            let part = if last { word.stem } else { Stem::whole(word.text) };
            part.bytes().for_each(&mut step);
            length += word.text.len();
            if length >= 128 {
                return None;
            }
        }
        Some((state ^ state >> 29, spaces))
    }

    /// The content words that may be misspelt.
    fn spellable(&self) -> impl Iterator<Item = usize> {
        let content = self.content();
        (0..content.len()).filter(|&at| {
            let Word { text, stem, .. } = content[at];
            (SHORTEST..=LONGEST).contains(&stem.len()) && !has_number(text)
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
    word.chars().any(char::is_numeric)
}

/// True when two words would run into one number.
fn are_digits(before: &str, after: &str) -> bool {
    before.ends_with(char::is_numeric) && after.starts_with(char::is_numeric)
}

/// True when the space between two words may be left out without making another word, as far as can be told.
fn may_join(before: &str, after: &str) -> bool {
    let letter = |word: &str| word.chars().nth(1).is_none();
    if is_particle(before) || is_particle(after) {
        return false;
    }
    if has_number(before) || has_number(after) || letter(before) || letter(after) {
        return true;
    }
    before.len() >= 3 && after.len() >= 3 && before.len() + after.len() >= 8
}

fn is_punctuation(c: char) -> bool {
    matches!(
        c,
        '-' | '\'' | '.' | ',' | '/' | ':' | ';' | '!' | '?' | '"' | '(' | ')' | '[' | ']' | '_' | '|'
            | '‘'..='‟' | '‐'..='―' | '…' | '、' | '。' | '・' | '，' | '：' | '？' | '！'
    )
}
