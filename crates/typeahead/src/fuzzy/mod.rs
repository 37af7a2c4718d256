//! Typing errors forgiven, without harming those who type correctly.
//!
//! A [`Pattern`] is the typed text as a non-deterministic automaton of Damerau–Levenshtein distance on a prefix
//! (substitution, omission, surplus, transposition of neighbours; each one edit), whose states carry a *penalty*: errors
//! that happen often cost less. It runs over the tree of keys character by character. Where no edit is left it asks for
//! the one or two bytes that can still match, rather than for all children; in the middle of a character of several bytes
//! only those that lead to a possible one are followed. So the search visits the live pairs of place and state, and what
//! is left of a key after the typed text costs nothing.
//!
//! Matches are ranked by `ln(weight) − penalty`, the noisy channel of Kernighan, Church & Gale (1990): the best first walk
//! over them stays exact, since what is below a match has its penalty. A completer gives exact matches first, and these
//! only where k of them are not reached.
//!
//! # Limits
//!
//! At most 2 edits, in texts of at most [`MAX_PATTERN`] characters. A wrong letter is looked for within the scripts of the typed
//! text, ASCII digits and punctuation, and its own characters. With 2 edits, an error in the first letter is forgiven only where it is the only one.

mod align;
mod cost;
mod expand;
mod follow;
mod pattern;
mod search;
mod states;

pub(crate) use align::{is_near, matched};
pub use cost::{EditCosts, Keyboard};
pub(crate) use follow::Follow;
pub use pattern::{MAX_PATTERN, Pattern};
pub(crate) use search::{Match, Matches, Search, Tree};

/// How many edits a typed text of some length may have, and what they cost.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Typos {
    /// Characters from which on one edit is forgiven. Default 3; 255 is never.
    pub one_from: u8,
    /// Characters from which on one more is. Default 6; 255 is never.
    pub two_from: u8,
    /// What they cost.
    pub costs: EditCosts,
}

impl Typos {
    /// No errors are forgiven.
    pub const NONE: Self = Self {
        one_from: u8::MAX,
        two_from: u8::MAX,
        costs: ZERO,
    };

    /// At most one edit, from 3 characters on.
    pub fn one() -> Self {
        Self {
            two_from: u8::MAX,
            ..Self::default()
        }
    }

    /// The edits that a typed text of so many characters may have: 0 to 2.
    pub fn edits(&self, characters: usize) -> u8 {
        u8::from(characters >= usize::from(self.one_from) && self.one_from < u8::MAX)
            + u8::from(characters >= usize::from(self.two_from) && self.two_from < u8::MAX)
    }
}

impl Default for Typos {
    fn default() -> Self {
        Self {
            one_from: 3,
            two_from: 6,
            costs: EditCosts::default(),
        }
    }
}

const ZERO: EditCosts = EditCosts {
    substitution: 0.0,
    neighbour: 0.0,
    omission: 0.0,
    surplus: 0.0,
    repeat: 0.0,
    transposition: 0.0,
    first: 0.0,
    second: 0.0,
    keyboard: Keyboard::None,
};
