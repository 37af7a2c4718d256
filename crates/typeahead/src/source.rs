//! The seam: whatever can give its entries under a prefix best first is a [`Source`].

use crate::fuzzy::Pattern;
use crate::terms::Respaced;
use crate::{Context, Intent, Kind};
use std::fmt;

/// Entries that can be walked best first under a prefix. Immutable; a live index swaps whole sources.
///
/// A *key* is a folded text ([`normalize`](crate::normalize)): UTF-8 without control characters. A source has at most
/// one entry for a pair of key and [`Kind`].
pub trait Source: Send + Sync + fmt::Debug {
    /// How many entries there are, aliases not counted.
    fn len(&self) -> usize;

    /// True when there is no entry.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries whose key starts with `prefix`, best first: weights descend; equal weights come in the order of their
    /// keys' bytes. Lazy: what is not asked for is not computed.
    fn best_first<'s>(&'s self, prefix: &str) -> Box<dyn BestFirst + 's>;

    /// The entries whose key starts with something that may have been meant by what was typed, best first by `ln(weight)`
    /// less what the errors cost. Those that need no error are left out. A source may forgive nothing: the default.
    fn best_with_typos<'s>(&'s self, pattern: &Pattern) -> Box<dyn BestFirst + 's> {
        let _ = pattern;
        Box::new(Nothing)
    }

    /// As [`best_first`](Self::best_first), going on from the prefix that the trail was left at: for whoever types a
    /// character after the other. A trail belongs to one source; [clear](Trail::clear) it before another one uses it.
    fn best_first_on<'s>(&'s self, trail: &mut Trail, prefix: &str) -> Box<dyn BestFirst + 's> {
        trail.clear();
        self.best_first(prefix)
    }

    /// The entries of two words and more that hold the words of `text` in any order, the last one perhaps half typed, best
    /// first. A source may know no words: the default.
    fn best_any_order<'s>(&'s self, text: &str) -> Box<dyn BestFirst + 's> {
        let _ = text;
        Box::new(Nothing)
    }

    /// As [`best_any_order`](Self::best_any_order), with typing errors, each at `penalty`.
    fn best_any_order_with_typos<'s>(&'s self, text: &str, penalty: f64) -> Box<dyn BestFirst + 's> {
        let _ = (text, penalty);
        Box::new(Nothing)
    }

    /// The best `k` texts that differ from `text` by one space and under which there are entries. A source may know none:
    /// the default.
    fn respaced(&self, text: &str, k: usize) -> Vec<Respaced> {
        let _ = (text, k);
        Vec::new()
    }

    /// The entry with exactly this key; the heaviest where several kinds share it, of equally
    /// heavy ones the lowest kind.
    fn get(&self, key: &str) -> Option<Found<'_>>;
}

/// A walk over entries, best first. It lends: what the accessors return is the entry that [`advance`](Self::advance)
/// came to last.
pub trait BestFirst: Send {
    /// Goes to the next entry and returns its score, or `None` when there is no more. Scores never rise.
    ///
    /// The score of an exact match is `ln(weight)` (−∞ for weight 0); other matches pay for their errors.
    fn advance(&mut self) -> Option<f64>;

    /// The entry's key, or the alias that matched.
    fn key(&self) -> &str;

    /// The entry.
    fn found(&self) -> Found<'_>;

    /// Typing errors that the match takes: 0 for an exact one.
    fn edits(&self) -> u8 {
        0
    }
}

/// An entry in a source.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Found<'s> {
    /// How often it is wanted.
    pub weight: f64,
    /// The text as it is shown, where that is not the key.
    pub display: Option<&'s str>,
    /// The key of the entry itself, where it was found under an alias.
    pub canonical: Option<&'s str>,
    /// What it is.
    pub kind: Kind,
    /// Where it may be shown.
    pub context: Context,
    /// What people do after choosing it.
    pub intent: Intent,
    /// The host's own number; 0 where it has none.
    pub id: u64,
    /// Reachable by an exact prefix only.
    pub sensitive: bool,
}

impl Found<'_> {
    /// A plain query of this weight.
    pub const fn plain(weight: f64) -> Self {
        Self {
            weight,
            display: None,
            canonical: None,
            kind: Kind::QUERY,
            context: Context::ALL,
            intent: Intent {
                visual: 0,
                aspirational: 0,
                specific: 0,
                broad: 0,
            },
            id: 0,
            sensitive: false,
        }
    }

    /// The score of an exact match.
    pub fn score(&self) -> f64 {
        self.weight.ln()
    }
}

/// Where a source stands after each byte of a prefix, so that one more character is one step and not a search.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    prefix: Vec<u8>,
    places: Vec<[u32; 4]>,
}

impl Trail {
    /// A trail that leads nowhere yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets the way.
    pub fn clear(&mut self) {
        self.prefix.clear();
        self.places.clear();
    }

    /// Goes to a prefix from what it has in common with the last one; `step` reads one byte from a place.
    pub(crate) fn seek(
        &mut self,
        prefix: &[u8],
        root: [u32; 4],
        step: impl Fn([u32; 4], u8) -> Option<[u32; 4]>,
    ) -> Option<[u32; 4]> {
        let common = self.prefix.iter().zip(prefix).take_while(|(a, b)| a == b).count();
        let known = common.min(self.places.len());
        self.places.truncate(known);
        self.prefix.clear();
        self.prefix.extend_from_slice(prefix);
        for &byte in &prefix[known..] {
            let from = self.places.last().copied().unwrap_or(root);
            self.places.push(step(from, byte)?);
        }
        Some(self.places.last().copied().unwrap_or(root))
    }
}

/// A walk over no entries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nothing;

impl BestFirst for Nothing {
    fn advance(&mut self) -> Option<f64> {
        None
    }

    fn key(&self) -> &str {
        ""
    }

    fn found(&self) -> Found<'_> {
        Found::plain(0.0)
    }
}
