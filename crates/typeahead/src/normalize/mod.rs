//! Folding: what is matched, and where it stands in what is shown.
//!
//! People type without accents, in any case, with whatever spaces, quotes and dashes their keyboard gives. So both what
//! can be suggested and what is typed go through one [`Normalizer`], and only the folded forms meet. The text that is
//! shown stays as it was; [`Normalizer::highlight`] leads back to it.
//!
//! # What folding does, in this order
//!
//! 1. Characters without a shape of their own are dropped: zero-width and bidi marks, variation selectors, soft hyphens,
//!    tatweel, control characters. Tabs and line ends become spaces.
//! 2. Compatibility decomposition (NFKD): full-width forms, ligatures, superscripts, presentation forms.
//! 3. Lower case, with the parts of full case folding that change letters: ß → ss, ς → σ, and every Turkish i (İ, I, ı)
//!    → i. Curly quotes become `'` and `"`, all dashes `-`.
//! 4. With [`Diacritics::Fold`], accents of Latin, Greek and Cyrillic go, Hebrew points and Arabic vowel signs go, and
//!    letters that Unicode does not decompose lose their strokes (ø → o, ł → l, đ → d, æ → ae, þ → th …). Arabic alef
//!    loses its hamza; Persian ye and kaf, and alef maksura, become the Arabic letters.
//!    *Kept* are marks that make another letter: й, ў, ї, ѓ, ќ (ё → е, as Russians type it), the voicing of kana, hamza
//!    on other letters than alef, and every vowel sign of the Indic, Thai and other Asian scripts.
//! 5. Runs of white space become one space; none leads, and none trails except one in typed text.
//! 6. Canonical composition (NFC): kana and Hangul syllables are whole characters again.
//!
//! The result is the same when it is folded again. It has no control character, no double space and no character that
//! lower-casing would change. (🅰 and its kin count as upper case in Unicode but have no lower case; they stay.)
//!
//! # Prefixes
//!
//! A typed part of a text folds to a prefix of the folded text, unless the cut falls inside a character that is composed
//! of several: a half-typed Hangul syllable (하 of 한), か of が, an Indic vowel sign in two parts. For those, give an
//! entry an alias in jamo or kana.
//!
//! # Cost
//!
//! Lower-case ASCII: one scan and one copy (about 20 ns for 20 bytes). Letters of Latin, Greek, Cyrillic, Hebrew, Arabic,
//! kana, Han and Hangul that are one character each: a few ns a character. A text with anything else (marks of their own,
//! Indic scripts, Thai, full-width forms, emoji) goes through decomposition: some 50–100 ns a character. No allocation
//! other than the output's growth, as long as no character carries more than three marks.

mod fold;
mod highlight;
mod script;
mod simple;
mod tables;
mod words;

pub use highlight::{Folded, Highlight};
pub use script::{Script, script};
pub use words::{Words, words};

use crate::{EntryFault, MAX_TEXT};
use fold::Ending;
use std::ops::Range;

/// What becomes of accents and their like.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Diacritics {
    /// They go: `café` and `cafe` are one key.
    #[default]
    Fold,
    /// They stay: `café` and `cafe` are two keys. Case, width and spaces are still folded.
    Keep,
}

/// Folds texts to keys. See the [module](self) for what that does.
///
/// Entries and typed text must be folded by equal normalisers: keep it with the index.
///
/// ```
/// use bowerbird_typeahead::normalize::Normalizer;
///
/// let normalizer = Normalizer::default();
/// assert_eq!(normalizer.fold("  Crème  BRÛLÉE "), "creme brulee");
/// assert_eq!(normalizer.fold_prefix("Crème "), "creme ");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Normalizer {
    diacritics: Diacritics,
}

impl Normalizer {
    /// The default: everything is folded.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says what becomes of accents.
    #[must_use]
    pub fn with_diacritics(mut self, diacritics: Diacritics) -> Self {
        self.diacritics = diacritics;
        self
    }

    /// What becomes of accents.
    pub fn diacritics(&self) -> Diacritics {
        self.diacritics
    }

    /// The key of a text, however long; control characters are dropped. Empty if nothing is left. O(length).
    pub fn fold(&self, text: &str) -> String {
        let mut key = String::new();
        self.fold_into(text, &mut key);
        key
    }

    /// [`fold`](Self::fold) that replaces what is in `key`.
    pub fn fold_into(&self, text: &str, key: &mut String) {
        fold::write(text, self.diacritics, Ending::Trim, key);
    }

    /// The key of an entry's text.
    ///
    /// # Errors
    /// [`EntryFault::TooLong`] if the text or its key has more than [`MAX_TEXT`] bytes, [`EntryFault::Control`] if the
    /// text holds a control character that is not white space, [`EntryFault::Empty`] if nothing is left.
    pub fn fold_entry(&self, text: &str) -> Result<String, EntryFault> {
        let mut key = String::new();
        self.fold_entry_into(text, &mut key).map(|()| key)
    }

    /// [`fold_entry`](Self::fold_entry) that replaces what is in `key`; after an error `key` holds nothing of use.
    ///
    /// # Errors
    /// As [`fold_entry`](Self::fold_entry).
    pub fn fold_entry_into(&self, text: &str, key: &mut String) -> Result<(), EntryFault> {
        if text.len() > MAX_TEXT {
            return Err(EntryFault::TooLong { found: text.len() });
        }
        if let Some(position) = text.find(|c: char| c.is_control() && !c.is_whitespace()) {
            return Err(EntryFault::Control { position });
        }
        self.fold_into(text, key);
        match key.len() {
            0 => Err(EntryFault::Empty),
            found if found > MAX_TEXT => Err(EntryFault::TooLong { found }),
            _ => Ok(()),
        }
    }

    /// The prefix that a typed text means: one space at the end is kept, since it says that the word is finished.
    /// Text beyond [`MAX_TEXT`] bytes, typed or folded, is cut off at a character's boundary.
    pub fn fold_prefix(&self, typed: &str) -> String {
        let mut prefix = String::new();
        self.fold_prefix_into(typed, &mut prefix);
        prefix
    }

    /// [`fold_prefix`](Self::fold_prefix) that replaces what is in `prefix`.
    pub fn fold_prefix_into(&self, typed: &str, prefix: &mut String) {
        let typed = &typed[..boundary_at_most(typed, MAX_TEXT)];
        fold::write(typed, self.diacritics, Ending::KeepSpace, prefix);
        prefix.truncate(boundary_at_most(prefix, MAX_TEXT));
    }

    /// The key of a text together with where each of its bytes came from.
    pub fn fold_mapped<'t>(&self, display: &'t str) -> Folded<'t> {
        Folded::new(display, self.diacritics)
    }

    /// Where the byte ranges `matched` of the key of `display` stand in `display` itself.
    ///
    /// The ranges must be of `display`'s own key; for an entry that was found under an alias there is nothing to show.
    /// What lies beyond the key is ignored. O(length + ranges).
    pub fn highlight(&self, display: &str, matched: &[Range<usize>]) -> Highlight {
        self.fold_mapped(display).highlight(matched)
    }
}

/// The last character boundary of `text` that is not behind `limit`.
fn boundary_at_most(text: &str, limit: usize) -> usize {
    if text.len() <= limit {
        return text.len();
    }
    (0..=limit)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}
