//! The compact tier: a finite-state transducer of the keys whose outputs are costs.
//!
//! The cost of a key is its level of weight, 0 for the heaviest. A transducer's builder moves what outputs have in common
//! towards the root, so that the sum of the outputs on the way to a node *is* the cost of the best key below it: a
//! best-first search opens no node in vain (the A\* of Hart, Nilsson & Raphael 1968 with a perfect estimate). About 10
//! bytes a string of 14 bytes, weights included.
//!
//! Where entries carry more than a text and a weight, the cost is the rank instead, each its own, and leads to the facts.
//!
//! The transducer is built by the `fst` crate and is a file of its format within ours; its nodes are read by
//! [`node`](self), so that damaged bytes end a walk and nothing worse.

mod file;
mod node;
mod top;
mod walk;

use crate::details::Details;
use crate::prepare::Prepared;
use crate::weights::Levels;
use crate::{BestFirst, BuildError, Entry, Found, Normalizer, Source, TopK};
use bowerbird_core::container::View;
use fst::raw::Builder;
use node::Node;
use std::fmt;
use top::plus;
pub(crate) use top::Frontier;
use walk::Walk;

/// The compact tier: exact top-k completion from about 10 bytes a string.
///
/// Immutable. Saved with [`save`](Self::save), mapped with [`open`](Self::open).
///
/// ```
/// use bowerbird_typeahead::{CompactIndex, Entry, Normalizer, TopK};
///
/// let entries = [Entry::new("living room", 90.0), Entry::new("Living colour", 20.0), Entry::new("lamp", 70.0)];
/// let index = CompactIndex::build(entries, &Normalizer::default())?;
/// let mut top = TopK::new();
/// index.top_k("l", 2, &mut top);
/// assert_eq!(top.iter().collect::<Vec<_>>(), [("living room", 90.0), ("lamp", 70.0)]);
/// # Ok::<(), bowerbird_typeahead::BuildError>(())
/// ```
#[derive(Clone)]
pub struct CompactIndex {
    fst: View<u8>,
    root: u32,
    levels: Levels,
    /// The level of a rank; empty where costs are levels.
    ranks: View<u32>,
    details: Details,
    keys: usize,
    entries: usize,
}

/// A node and the cost of the best key below it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    node: u32,
    cost: u32,
}

const NO_ROW: u32 = u32::MAX;

impl CompactIndex {
    /// Builds the index from entries in any order. O(n log n); sorts in the caller's current rayon pool.
    ///
    /// Where several entries have the same folded text and kind, their weights add up and the heaviest gives the text as
    /// shown and the facts.
    ///
    /// # Errors
    ///
    /// [`BuildError`] naming the first entry that is refused, or too many of them.
    pub fn build(entries: impl IntoIterator<Item = Entry>, normalizer: &Normalizer) -> Result<Self, BuildError> {
        Self::of(&Prepared::new(entries, |text, key| normalizer.fold_entry_into(text, key))?)
    }

    pub(crate) fn of(set: &Prepared) -> Result<Self, BuildError> {
        let (levels, of_row) = Levels::of(set);
        let mut order: Vec<u32> = Vec::new();
        let mut costs = of_row;
        let mut ranks = Vec::new();
        if set.has_extras() {
            order = (0..set.len() as u32).collect();
            order.sort_by_key(|&row| costs[row as usize]);
            ranks = order.iter().map(|&row| costs[row as usize]).collect();
            for (rank, &row) in order.iter().enumerate() {
                costs[row as usize] = rank as u32;
            }
        }
        let mut builder = Builder::memory();
        for (row, &cost) in costs.iter().enumerate() {
            builder.insert(set.key(row), u64::from(cost)).map_err(BuildError::Transducer)?;
        }
        let fst = builder.into_fst();
        let root = fst.root().addr() as u32;
        let fst = fst.into_inner();
        if u32::try_from(fst.len()).is_err() {
            return Err(BuildError::TooMany { found: fst.len() });
        }
        Ok(Self {
            fst: fst.into(),
            root,
            levels,
            ranks: ranks.into(),
            details: Details::of(set, order.iter().map(|&row| row as usize)),
            keys: set.len(),
            entries: set.len() - set.aliases(),
        })
    }

    /// The best `k` completions of a folded prefix. O(|prefix| + k · depth), whatever the number of entries.
    ///
    /// All kinds, contexts and aliases are mixed, each as it is stored; a
    /// [`Completer`](crate::Completer) tells them apart.
    pub fn top_k(&self, prefix: &str, k: usize, top: &mut TopK) {
        match self.descend(self.root(), prefix.as_bytes()) {
            Some(place) => self.top_k_at(place, prefix.as_bytes(), k, top),
            None => top.clear(),
        }
    }

    pub(crate) fn root(&self) -> Place {
        Place { node: self.root, cost: 0 }
    }

    /// The place that reads `bytes` from another one.
    pub(crate) fn descend(&self, from: Place, bytes: &[u8]) -> Option<Place> {
        bytes.iter().try_fold(from, |place, &byte| {
            let arc = Node::read(self.fst(), place.node)?.find(byte)?;
            Some(Place { node: arc.child, cost: plus(place.cost, arc.output) })
        })
    }

    /// Bytes held: keys and weights, and apart what else is known of the entries.
    pub fn bytes(&self) -> (usize, usize) {
        (self.fst.len() + self.levels.bytes(), self.details.bytes() + 4 * self.ranks.len())
    }

    #[inline]
    fn fst(&self) -> &[u8] {
        &self.fst
    }

    fn level(&self, cost: u32) -> u32 {
        if self.ranks.is_empty() { cost } else { self.ranks.get(cost as usize).copied().unwrap_or(u32::MAX) }
    }

    /// The weight of a key with this cost, and its row where it has one.
    fn weight(&self, cost: u32) -> (f64, u32) {
        let row = if self.ranks.is_empty() { NO_ROW } else { cost };
        (self.levels.weight(self.level(cost)), row)
    }

    fn score(&self, cost: u32) -> f64 {
        self.levels.score(self.level(cost))
    }

    fn found(&self, cost: u32) -> Found<'_> {
        let (weight, row) = self.weight(cost);
        self.details.found(row as usize, weight)
    }
}

impl Source for CompactIndex {
    fn len(&self) -> usize {
        self.entries
    }

    fn best_first<'s>(&'s self, prefix: &str) -> Box<dyn BestFirst + 's> {
        let place = self.descend(self.root(), prefix.as_bytes());
        Box::new(Walk::new(self, place.map(|place| (place, prefix.as_bytes(), 0.0, 0))))
    }

    fn get(&self, key: &str) -> Option<Found<'_>> {
        let place = self.descend(self.root(), key.as_bytes())?;
        let node = Node::read(self.fst(), place.node)?;
        let mut best = node.last().map(|last| self.found(plus(place.cost, last)));
        // Other kinds of the same key stand under its mark.
        if let Some(mark) = node.find(crate::prepare::MARK) {
            let place = Place { node: mark.child, cost: plus(place.cost, mark.output) };
            let mut walk = Walk::new(self, [(place, &[][..], 0.0, 0)]);
            while walk.advance().is_some() {
                let found = self.found(walk.cost());
                if found.canonical.is_none() && best.is_none_or(|best| best.weight < found.weight) {
                    best = Some(found);
                }
            }
        }
        best
    }
}

impl fmt::Debug for CompactIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompactIndex").field("entries", &self.entries).field("bytes", &self.bytes()).finish()
    }
}
