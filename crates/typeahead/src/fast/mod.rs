//! The fast tier: sorted keys, a level of weight for each, and the upper part of their trie.
//!
//! A prefix is an interval of the sorted keys. The trie finds it in a step a byte; minima over blocks of rows give its best
//! rows without looking at the others (range minimum, as in Hsu & Ottaviano, "Space-efficient data structures for top-k
//! completion", WWW 2013). About 24 bytes a string of 14 bytes, weights included.

mod file;
mod select;
mod table;
mod trie;
mod walk;

use crate::details::Details;
use crate::fuzzy::{Follow, Pattern, Search, Tree};
use crate::prepare::{MARK, Prepared, plain_key};
use crate::weights::Levels;
use crate::{BestFirst, BuildError, Entry, Found, MAX_TEXT, Normalizer, Source, TopK, Trail};
pub(crate) use select::Chosen;
use select::{Order, level_of, row_of};
use std::fmt;
use table::Table;
pub(crate) use trie::Place;
use trie::Trie;
use walk::Walk;

/// The fast tier: exact top-k completion in about a microsecond.
///
/// Immutable. Saved with [`save`](Self::save), mapped with [`open`](Self::open).
///
/// ```
/// use bowerbird_typeahead::{Entry, FastIndex, Normalizer, TopK};
///
/// let entries = [Entry::new("living room", 90.0), Entry::new("Living colour", 20.0), Entry::new("lamp", 70.0)];
/// let index = FastIndex::build(entries, &Normalizer::default())?;
/// let mut top = TopK::new();
/// index.top_k("liv", 10, &mut top);
/// assert_eq!(top.iter().collect::<Vec<_>>(), [("living room", 90.0), ("living colour", 20.0)]);
/// # Ok::<(), bowerbird_typeahead::BuildError>(())
/// ```
#[derive(Clone)]
pub struct FastIndex {
    table: Table,
    order: Order,
    trie: Trie,
    levels: Levels,
    details: Details,
    aliases: usize,
}

/// Hits beyond which a heap is faster than keeping them sorted.
pub(crate) const MANY_HITS: usize = 256;

impl FastIndex {
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
        let set = Prepared::new(entries, normalizer)?;
        Ok(Self::of(&set))
    }

    pub(crate) fn of(set: &Prepared) -> Self {
        let table = Table::of(set);
        let (levels, of_row) = Levels::of(set);
        let trie = Trie::of(&table, |row| levels.score(of_row[row]));
        Self {
            order: Order::of(of_row),
            details: Details::of(set, 0..set.len()),
            aliases: set.aliases(),
            table,
            trie,
            levels,
        }
    }

    /// The best `k` completions of a folded prefix. O(|prefix| + k log k), whatever the number of entries.
    ///
    /// All kinds, contexts and aliases are mixed, each as it is stored; a
    /// [`Completer`](crate::Completer) tells them apart.
    pub fn top_k(&self, prefix: &str, k: usize, top: &mut TopK) {
        match self.find(prefix.as_bytes()) {
            Some(place) => self.top_k_at(place, k, top),
            None => top.clear(),
        }
    }

    pub(crate) fn top_k_at(&self, place: Place, k: usize, top: &mut TopK) {
        if k > MANY_HITS {
            let mut walk = Walk::new(self);
            walk.push(place.rows(), 0.0, 0);
            return top.take(&mut walk, k);
        }
        top.clear();
        let mut chosen = std::mem::take(&mut top.chosen);
        self.order.select(place.rows(), k, &mut chosen);
        for &ranked in chosen.rows() {
            top.push(
                plain_key(self.table.key(row_of(ranked))),
                self.levels.weight(level_of(ranked)),
            );
        }
        top.chosen = chosen;
    }

    /// Calls `visit(prefix, place)` for each prefix that at least `least` keys share, the empty one first.
    pub(crate) fn visit_prefixes(&self, least: usize, mut visit: impl FnMut(&str, Place)) {
        let mut stack = vec![(self.trie.root(), Vec::new())];
        while let Some((place, prefix)) = stack.pop() {
            // A prefix may end within a character; nobody types that.
            if let Ok(prefix) = std::str::from_utf8(&prefix) {
                visit(prefix, place);
            }
            self.trie.children(&self.table, place, |byte, _, _, child| {
                let is_hot = child.rows().len() >= least.max(1) && prefix.len() < MAX_TEXT;
                if is_hot && byte != MARK {
                    stack.push((child, [&prefix[..], &[byte]].concat()));
                }
            });
        }
    }

    pub(crate) fn find(&self, prefix: &[u8]) -> Option<Place> {
        self.trie.descend(&self.table, self.trie.root(), prefix)
    }

    /// Bytes held: keys and weights, and apart what else is known of the entries.
    pub fn bytes(&self) -> (usize, usize) {
        let keys = self.table.bytes() + self.order.bytes() + self.trie.bytes() + self.levels.bytes();
        (keys, self.details.bytes())
    }
}

impl Source for FastIndex {
    fn len(&self) -> usize {
        self.table.len() - self.aliases
    }

    fn best_first<'s>(&'s self, prefix: &str) -> Box<dyn BestFirst + 's> {
        let mut walk = Walk::new(self);
        if let Some(place) = self.find(prefix.as_bytes()) {
            walk.push(place.rows(), 0.0, 0);
        }
        Box::new(walk)
    }

    fn best_first_on<'s>(&'s self, trail: &mut Trail, prefix: &str) -> Box<dyn BestFirst + 's> {
        let step = |from: [u32; 4], byte: u8| {
            let place = self.trie.descend(&self.table, Place::from(from), &[byte])?;
            Some(place.into())
        };
        let mut walk = Walk::new(self);
        let found = trail.seek(prefix.as_bytes(), self.trie.root().into(), step);
        // A trail of another source may lead beyond the rows of this one.
        if let Some(place) = found
            .map(Place::from)
            .filter(|place| place.rows().end <= self.table.len())
        {
            walk.push(place.rows(), 0.0, 0);
        }
        Box::new(walk)
    }

    fn best_with_typos<'s>(&'s self, pattern: &Pattern) -> Box<dyn BestFirst + 's> {
        Box::new(Search::new(self, self.trie.root(), pattern, Walk::new(self)))
    }

    fn get(&self, key: &str) -> Option<Found<'_>> {
        let place = self.find(key.as_bytes())?;
        let rows = place
            .rows()
            .take_while(|&row| plain_key(self.table.key(row)) == key.as_bytes());
        let found = rows
            .map(|row| self.found(row))
            .filter(|found| found.canonical.is_none());
        found.reduce(|best, other| if other.weight > best.weight { other } else { best })
    }
}

impl FastIndex {
    fn found(&self, row: usize) -> Found<'_> {
        self.details.found(row, self.levels.weight(self.order.level(row)))
    }
}

impl Tree for FastIndex {
    type Place = Place;

    #[inline]
    fn children(&self, place: Place, mut visit: impl FnMut(u8, Follow, Option<f64>, Place)) {
        self.trie
            .children(&self.table, place, |byte, follow, step, child| {
                visit(byte, follow, step.map(trie::bound), child);
            });
    }

    fn bound(&self, place: Place) -> f64 {
        self.levels.score(level_of(self.order.best(place.rows())))
    }

    #[inline]
    fn read<'r>(&self, place: Place, text: &'r [u8]) -> Option<(Place, &'r [u8])> {
        self.trie.read(&self.table, place, text)
    }

    #[inline]
    fn touch(&self, place: Place) -> u8 {
        self.trie.touch(&self.table, place)
    }
}

impl fmt::Debug for FastIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FastIndex")
            .field("entries", &self.len())
            .field("bytes", &self.bytes())
            .finish()
    }
}
