//! What was let through already, and what would say it again.

use super::phrase::Phrase;
use super::spelling::is_slip;
use crate::hash::hash;
use rustc_hash::FxHashMap;
use std::fmt;
use std::ops::{BitOr, Range};

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
    /// [known words](Seen::with_known_words) it takes "wedding" for "welding", and far more pairs of words than
    /// misspellings: give it the index's words.
    pub const SPELLING: Self = Self(8);
    /// All of these.
    pub const ALL: Self = Self(15);

    /// This set without the rules of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

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
/// A key of 14 bytes takes about 200 ns, 280 with [`Collapse::SPELLING`], and some hundred bytes. Signatures are 64-bit hashes.
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
