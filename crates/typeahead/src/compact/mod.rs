//! The compact tier: a finite-state transducer of the keys whose outputs are costs.
//!
//! The cost of a key is its level of weight, 0 for the heaviest. A transducer's builder moves what outputs have in common
//! towards the root, so that the sum of the outputs on the way to a node *is* the cost of the best key below it: a
//! best-first search opens no node in vain (the A\* of Hart, Nilsson & Raphael 1968 with a perfect estimate). About 10
//! bytes a string of 14 bytes, weights included.
//!
//! Entries that are more than a text and a weight have a row of facts, found by the hash of the key ([`rows`](self)):
//! that costs them 10 bytes and all others nothing, where a cost of its own for each entry (its rank) would cost all of
//! them 2.
//!
//! The transducer is built by the `fst` crate and is a file of its format within ours; its nodes are read by
//! [`node`](self), so that damaged bytes end a walk and nothing worse.

mod file;
mod node;
mod rows;
mod top;
mod walk;

use crate::details::Details;
use crate::fast::MANY_HITS;
use crate::fuzzy::{Follow, Pattern, Search, Tree};
use crate::prepare::{MARK, Prepared};
use crate::weights::Levels;
use crate::{BestFirst, BuildError, Entry, Found, Normalizer, Source, TopK, Trail};
use bowerbird_core::container::View;
use fst::raw::Builder;
use node::Node;
use rows::Rows;
use std::fmt;
pub(crate) use top::Frontier;
use top::plus;
use walk::{Seed, Walk};

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
    rows: Rows,
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

impl CompactIndex {
    /// Builds the index from entries in any order. O(n log n); sorts in the caller's current rayon pool.
    ///
    /// Where several entries have the same folded text and kind, their weights add up and the heaviest gives the text as
    /// shown and the facts.
    ///
    /// # Errors
    ///
    /// [`BuildError`] naming the first entry that is refused, or too many of them.
    pub fn build(
        entries: impl IntoIterator<Item = Entry>,
        normalizer: &Normalizer,
    ) -> Result<Self, BuildError> {
        Self::of(&Prepared::new(entries, normalizer)?)
    }

    pub(crate) fn of(set: &Prepared) -> Result<Self, BuildError> {
        let (levels, costs) = Levels::of(set);
        let mut builder = Builder::memory();
        for (row, &cost) in costs.iter().enumerate() {
            builder
                .insert(set.key(row), u64::from(cost))
                .map_err(BuildError::Transducer)?;
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
            rows: Rows::of((0..set.len()).map(|row| (set.key(row), set.extra(row).is_some()))),
            details: Details::of(set, (0..set.len()).filter(|&row| set.extra(row).is_some())),
            keys: set.len(),
            entries: set.len() - set.aliases(),
        })
    }

    /// The best `k` completions of a folded prefix. O(|prefix| + k · depth), whatever the number of entries.
    ///
    /// All kinds, contexts and aliases are mixed, each as it is stored; a
    /// [`Completer`](crate::Completer) tells them apart.
    pub fn top_k(&self, prefix: &str, k: usize, top: &mut TopK) {
        match self.step(self.root(), prefix.as_bytes()) {
            Some(place) if k <= MANY_HITS => self.top_k_at(place, prefix.as_bytes(), k, top),
            Some(place) => {
                let mut walk = Walk::new(self, [Seed::exact(place, prefix.as_bytes())]);
                top.take(&mut walk, k);
            }
            None => top.clear(),
        }
    }

    pub(crate) fn root(&self) -> Place {
        Place {
            node: self.root,
            cost: 0,
        }
    }

    /// The place that reads `bytes` from another one.
    pub(crate) fn step(&self, from: Place, bytes: &[u8]) -> Option<Place> {
        bytes.iter().try_fold(from, |place, &byte| {
            let arc = Node::read(self.fst(), place.node)?.find(byte)?;
            Some(Place {
                node: arc.child,
                cost: plus(place.cost, arc.output),
            })
        })
    }

    /// Bytes held: keys and weights, and apart what else is known of the entries.
    pub fn bytes(&self) -> (usize, usize) {
        (
            self.fst.len() + self.levels.bytes(),
            self.details.bytes() + self.rows.bytes(),
        )
    }

    #[inline]
    fn fst(&self) -> &[u8] {
        &self.fst
    }

    /// What is known of a stored key that costs so much.
    fn found(&self, stored: &[u8], cost: u32) -> Found<'_> {
        let weight = self.levels.weight(cost);
        self.rows.get(stored).map_or(Found::plain(weight), |row| {
            self.details.found(row as usize, weight)
        })
    }
}

impl Source for CompactIndex {
    fn len(&self) -> usize {
        self.entries
    }

    fn best_first<'s>(&'s self, prefix: &str) -> Box<dyn BestFirst + 's> {
        let place = self.step(self.root(), prefix.as_bytes());
        Box::new(Walk::new(
            self,
            place.map(|place| Seed::exact(place, prefix.as_bytes())),
        ))
    }

    fn best_first_on<'s>(&'s self, trail: &mut Trail, prefix: &str) -> Box<dyn BestFirst + 's> {
        let step = |[node, cost, ..]: [u32; 4], byte: u8| {
            let place = self.step(Place { node, cost }, &[byte])?;
            Some([place.node, place.cost, 0, 0])
        };
        let place = trail.seek(prefix.as_bytes(), [self.root, 0, 0, 0], step);
        let seed = place.map(|[node, cost, ..]| Seed::exact(Place { node, cost }, prefix.as_bytes()));
        Box::new(Walk::new(self, seed))
    }

    fn best_with_typos<'s>(&'s self, pattern: &Pattern) -> Box<dyn BestFirst + 's> {
        Box::new(Search::new(self, self.root(), pattern, Walk::new(self, [])))
    }

    fn get(&self, key: &str) -> Option<Found<'_>> {
        let place = self.step(self.root(), key.as_bytes())?;
        let node = Node::read(self.fst(), place.node)?;
        let mut best = node
            .last()
            .map(|last| self.found(key.as_bytes(), plus(place.cost, last)));
        // Other kinds of the same key stand under its mark.
        if let Some(mark) = node.find(MARK) {
            let cost = plus(place.cost, mark.output);
            let kinds = Node::read(self.fst(), mark.child)?;
            for arc in (0..kinds.len()).filter_map(|i| kinds.arc(i)) {
                let Some(last) = Node::read(self.fst(), arc.child).and_then(|node| node.last()) else {
                    continue;
                };
                let stored = [key.as_bytes(), &[MARK, arc.label]].concat();
                let found = self.found(&stored, plus(plus(cost, arc.output), last));
                if best.is_none_or(|best| best.weight < found.weight) {
                    best = Some(found);
                }
            }
        }
        best
    }
}

impl Tree for CompactIndex {
    type Place = Place;

    #[inline]
    fn children(&self, place: Place, mut visit: impl FnMut(u8, Follow, Option<f64>, Place)) {
        let Some(node) = Node::read(self.fst(), place.node) else {
            return;
        };
        for arc in (0..node.len()).filter_map(|i| node.arc(i)) {
            let cost = plus(place.cost, arc.output);
            let child = Place {
                node: arc.child,
                cost,
            };
            visit(arc.label, Follow::ANYTHING, None, child);
        }
    }

    fn bound(&self, place: Place) -> f64 {
        self.levels.score(place.cost)
    }

    #[inline]
    fn read<'r>(&self, place: Place, text: &'r [u8]) -> Option<(Place, &'r [u8])> {
        let (byte, rest) = text.split_first()?;
        Some((self.step(place, std::slice::from_ref(byte))?, rest))
    }

    #[inline]
    fn touch(&self, place: Place) -> u8 {
        self.fst().get(place.node as usize).copied().unwrap_or(0)
    }
}

impl fmt::Debug for CompactIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompactIndex")
            .field("entries", &self.entries)
            .field("bytes", &self.bytes())
            .finish()
    }
}
