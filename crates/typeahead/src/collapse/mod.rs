//! Near-duplicates among suggestions: plural, word order, spacing, spelling.
//!
//! "living room idea", "living room ideas" and "ideas for living room" are one wish; a list of ten suggestions should
//! spend one place on it. [`Seen`] walks along with a best-first search and lets through what is new, so that the
//! heaviest of each group stays and the search goes on until enough different things were found.
//!
//! Two keys are duplicates when they agree in one of these, by the rules that a [`Collapse`] switches on:
//!
//! - **The words.** Punctuation separates words; articles, and prepositions without a direction, are left out where at
//!   least two words stay; English plurals are taken back ([`Collapse::PLURAL`]); order does not matter
//!   ([`Collapse::ORDER`]).
//! - **The letters**, spaces left out ([`Collapse::SPACING`]).
//! - **All words but one**, and that one differs by a slip of the hand ([`Collapse::SPELLING`]).
//!
//! What is different stays different: numbers are never changed, joined or reordered against each other ("iphone 5" and
//! "iphone 6", "2 bed 3 bath" and "3 bed 2 bath"); a direction keeps the order ("paris to london"); of two words the
//! order counts unless one is of the "ideas" kind ("chocolate milk" is not "milk chocolate"); two words are not joined
//! where that makes another word ("every day" and "everyday"). The rules for plurals and small words are English, and
//! touch only words of ASCII letters; order and spacing work on all scripts that [`words`](crate::normalize::words)
//! cuts. Rules without a dictionary err: they take "sun rise" for "sunrise", and leave "geese" and "goose" apart.

mod english;
mod phrase;
mod seen;
mod spelling;

pub(crate) use english::{hash_stem, stem};
pub use seen::{Collapse, Seen};
