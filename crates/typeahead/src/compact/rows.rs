//! From a key to the row of its facts, for those keys that have any.
//!
//! A hash table with open addressing that stores 32 bits of the hash and no keys. Only keys of the index are looked up,
//! and the builder tries seeds until no other key of the index has the place and the bits of one with facts: what is
//! found is always right.

use crate::hash::{hash, slot};
use bowerbird_core::container::{Container, ContainerWriter, LoadError, Tag, View};

const SLOTS: Tag = Tag::new("rowslots");
const EMPTY: u64 = u64::MAX;

/// Hash bits and row, by place; five places for four rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    seed: u64,
    slots: View<u64>,
}

impl Rows {
    /// Rows 0, 1, … for the keys that `has_row` says, in the order of `keys`.
    pub(super) fn of<'k>(keys: impl Iterator<Item = (&'k [u8], bool)> + Clone) -> Self {
        let count = keys.clone().filter(|(_, has_row)| *has_row).count();
        if count == 0 {
            return Self::default();
        }
        let mut seed = 0;
        loop {
            let rows = Self::seeded(keys.clone(), count, seed);
            let mut next = 0..;
            let is_right =
                |(key, has_row): (&[u8], bool)| rows.get(key) == if has_row { next.next() } else { None };
            if keys.clone().all(is_right) {
                return rows;
            }
            seed += 1;
        }
    }

    fn seeded<'k>(keys: impl Iterator<Item = (&'k [u8], bool)>, count: usize, seed: u64) -> Self {
        let mut slots = vec![EMPTY; count + count / 4 + 1];
        for (row, (key, _)) in keys.filter(|(_, has_row)| *has_row).enumerate() {
            let hash = hash(key, seed);
            let mut at = slot(hash, slots.len());
            while slots[at] != EMPTY {
                at = (at + 1) % slots.len();
            }
            slots[at] = hash << 32 | row as u64;
        }
        Self {
            seed,
            slots: slots.into(),
        }
    }

    /// The row of a key of the index.
    #[inline]
    pub(super) fn get(&self, key: &[u8]) -> Option<u32> {
        let length = self.slots.len();
        if length == 0 {
            return None;
        }
        let hash = hash(key, self.seed);
        let start = slot(hash, length);
        let places = self.slots[start..].iter().chain(&self.slots[..start]);
        let found = places
            .take_while(|slot| **slot != EMPTY)
            .find(|slot| **slot >> 32 == hash & 0xFFFF_FFFF);
        found.map(|slot| *slot as u32)
    }

    pub(super) fn bytes(&self) -> usize {
        8 * self.slots.len()
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    pub(super) fn write<'a>(&'a self, writer: &mut ContainerWriter<'a>) {
        if !self.slots.is_empty() {
            writer.elements(SLOTS, &self.slots[..]);
        }
    }

    pub(super) fn read(container: &Container, seed: u64) -> Result<Self, LoadError> {
        if !container.tags().any(|tag| tag == SLOTS) {
            return Ok(Self::default());
        }
        Ok(Self {
            seed,
            slots: container.view(SLOTS)?,
        })
    }

    /// Checks that the rows are 0 to `count`, each once. O(rows).
    pub(super) fn check(&self, count: usize) -> Result<(), LoadError> {
        let mut rows: Vec<u64> = self
            .slots
            .iter()
            .filter(|slot| **slot != EMPTY)
            .map(|slot| slot & 0xFFFF_FFFF)
            .collect();
        rows.sort_unstable();
        if rows.len() == count && rows.iter().zip(0..).all(|(row, expected)| *row == expected) {
            return Ok(());
        }
        Err(LoadError::invalid(SLOTS, "each row of the facts once"))
    }
}
