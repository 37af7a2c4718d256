//! Embeddings of entries, one byte a number: `docs/formats/embeddings.md` is the byte table.

use super::VectorFault;
use super::taste::check;
use crate::BuildError;
use crate::hash::slot;
use bowerbird_core::SpaceId;
use bowerbird_core::container::{Container, ContainerWriter, Encoder, LoadError, SaveError, Tag, View};
use std::fmt;
use std::path::Path;

/// The largest dimension of a table. Sums of products of a row then fit into 32 bits.
pub const MAX_DIMENSION: usize = 4096;

const KIND: Tag = Tag::new("ta-embed");
const VERSION: u32 = 1;
const IDS: Tag = Tag::new("ids");
const SLOTS: Tag = Tag::new("slots");
const ROWS: Tag = Tag::new("rows");

/// What a slot holds that belongs to no row.
const EMPTY: u32 = u32::MAX;

/// The largest absolute value in a row.
const LEVELS: f64 = 127.0;

/// Directions of entries in an embedding space, by the host's [id](crate::Found::id).
///
/// A number takes a byte, an entry 16 to 24 bytes more; rounding moves a cosine by about 0.003 at 64 dimensions.
/// Finding a row costs a hash and, where the table isn't in the cache, three misses, of which a batch overlaps many.
#[derive(Clone)]
pub struct EmbeddingTable {
    space: SpaceId,
    /// The id of each row.
    ids: View<u64>,
    /// Rows by the hash of their id, with linear probing; at least twice as many as rows.
    slots: View<u32>,
    /// The longest way from an id's slot to where its row is found.
    probes: usize,
    rows: View<i8>,
}

/// Makes an [`EmbeddingTable`], entry by entry.
#[derive(Clone, Debug)]
pub struct EmbeddingBuilder {
    space: SpaceId,
    ids: Vec<u64>,
    known: rustc_hash::FxHashSet<u64>,
    rows: Vec<i8>,
}

impl EmbeddingBuilder {
    /// A builder of a table for `space`.
    ///
    /// # Errors
    ///
    /// [`VectorFault::Dimension`] when the space has no dimension, or more than [`MAX_DIMENSION`].
    pub fn new(space: SpaceId) -> Result<Self, VectorFault> {
        let found = space.dimension as usize;
        if !(1..=MAX_DIMENSION).contains(&found) {
            return Err(VectorFault::Dimension {
                expected: MAX_DIMENSION,
                found,
            });
        }
        Ok(Self {
            space,
            ids: Vec::new(),
            known: rustc_hash::FxHashSet::default(),
            rows: Vec::new(),
        })
    }

    /// Adds the embedding of the entry with this id; only its direction is kept. O(dimension).
    ///
    /// # Errors
    ///
    /// [`VectorFault`], and nothing is added.
    pub fn push(&mut self, id: u64, embedding: &[f32]) -> Result<(), VectorFault> {
        check(embedding, self.space.dimension as usize)?;
        if id == 0 {
            return Err(VectorFault::NoId);
        }
        if !self.known.insert(id) {
            return Err(VectorFault::Twice { id });
        }
        let largest = embedding
            .iter()
            .fold(0.0_f64, |max, &n| max.max(f64::from(n).abs()));
        self.ids.push(id);
        self.rows.extend(
            embedding
                .iter()
                .map(|&n| (f64::from(n) / largest * LEVELS).round() as i8),
        );
        Ok(())
    }

    /// The table. O(entries).
    ///
    /// # Errors
    ///
    /// [`BuildError::TooMany`] from 2³⁰ entries on.
    pub fn build(self) -> Result<EmbeddingTable, BuildError> {
        let found = self.ids.len();
        if found >= 1 << 30 {
            return Err(BuildError::TooMany { found });
        }
        let mut slots = vec![EMPTY; (2 * found).max(1)];
        let mut probes = 0;
        for (row, &id) in (0..).zip(&self.ids) {
            let (mut at, mut steps) = (slot(mix(id), slots.len()), 1);
            while slots[at] != EMPTY {
                at = if at + 1 == slots.len() { 0 } else { at + 1 };
                steps += 1;
            }
            slots[at] = row;
            probes = probes.max(steps);
        }
        Ok(EmbeddingTable {
            space: self.space,
            ids: View::aligned(&self.ids),
            slots: View::aligned(&slots),
            probes,
            rows: View::aligned(&self.rows),
        })
    }
}

impl EmbeddingTable {
    /// The space.
    pub const fn space(&self) -> &SpaceId {
        &self.space
    }

    /// How many entries have an embedding.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Bytes that the table takes.
    pub fn byte_len(&self) -> usize {
        self.rows.len() + 8 * self.ids.len() + 4 * self.slots.len()
    }

    /// The direction of the entry with this id: whole numbers of −127 to 127, or `None` where it has none.
    pub fn get(&self, id: u64) -> Option<&[i8]> {
        self.at(self.row(id)?)
    }

    /// The direction in a row that [`row`](Self::row) gave.
    pub(super) fn at(&self, row: usize) -> Option<&[i8]> {
        let dimension = self.space.dimension as usize;
        self.rows.get(row * dimension..(row + 1) * dimension)
    }

    /// The row of the entry with this id.
    pub(super) fn row(&self, id: u64) -> Option<usize> {
        let start = slot(mix(id), self.slots.len());
        let (after, before) = (self.slots.get(start..)?, self.slots.get(..start)?);
        for &row in after.iter().chain(before).take(self.probes) {
            // No row is numbered as an empty slot is.
            if *self.ids.get(row as usize)? == id {
                return Some(row as usize);
            }
        }
        None
    }

    /// Saves the table at `path`: whole or, whatever happens, not at all. The same table gives the same bytes.
    ///
    /// # Errors
    ///
    /// [`SaveError`]; the file that was there before is kept.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SaveError> {
        self.writer().write_to(path)
    }

    /// The table as [`save`](Self::save) would write it.
    ///
    /// # Errors
    ///
    /// [`SaveError`], for a model name of 4 GiB.
    pub fn to_bytes(&self) -> Result<Vec<u8>, SaveError> {
        self.writer().to_bytes()
    }

    fn writer(&self) -> ContainerWriter<'_> {
        let mut params = Encoder::new();
        params
            .space(&self.space)
            .u32(u32::try_from(self.probes).unwrap_or(u32::MAX));
        let mut writer = ContainerWriter::new(KIND, VERSION);
        writer
            .params(params)
            .elements(IDS, &self.ids[..])
            .elements(SLOTS, &self.slots[..])
            .elements(ROWS, &self.rows[..]);
        writer
    }

    /// Maps the file at `path`. O(header): rows are read when a search comes to them. What the file must not suffer
    /// meanwhile stands at [`Container::open`]. A file that was damaged after it was saved opens if its structure is
    /// sound; it may then give wrong directions, but does nothing worse.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when it is not such a table.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        Self::from_container(&Container::open(path)?)
    }

    /// The table in an open container.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn from_container(container: &Container) -> Result<Self, LoadError> {
        container.expect(KIND, VERSION)?;
        let mut params = container.params();
        let (space, probes) = (params.space()?, params.u32()? as usize);
        params.finish()?;
        let dimension = space.dimension as usize;
        if !(1..=MAX_DIMENSION).contains(&dimension) {
            return Err(LoadError::invalid(KIND, "a dimension is 1 to 4096"));
        }
        let (ids, slots) = (container.view::<u64>(IDS)?, container.view::<u32>(SLOTS)?);
        let rows = container.view::<i8>(ROWS)?;
        if ids.len() >= 1 << 30 {
            return Err(LoadError::invalid(IDS, "fewer than 2^30 entries"));
        }
        if slots.len() != (2 * ids.len()).max(1) {
            return Err(LoadError::invalid(SLOTS, "two slots an entry"));
        }
        if ids.len().checked_mul(dimension) != Some(rows.len()) {
            return Err(LoadError::invalid(ROWS, "one row an id"));
        }
        if probes > slots.len() {
            return Err(LoadError::invalid(KIND, "no more probes than slots"));
        }
        Ok(Self {
            space,
            ids,
            slots,
            probes,
            rows,
        })
    }

    /// Checks what opening does not: that each id is found in its own row, and that no row holds −128. O(file). The
    /// checksums are [`Container::verify`]'s.
    ///
    /// # Errors
    ///
    /// [`LoadError`] naming the section at fault.
    pub fn check_content(&self) -> Result<(), LoadError> {
        if (0..)
            .zip(&self.ids[..])
            .any(|(row, &id)| self.row(id) != Some(row))
        {
            return Err(LoadError::invalid(SLOTS, "each id once, found by its hash"));
        }
        if self.rows.contains(&i8::MIN) {
            return Err(LoadError::invalid(ROWS, "numbers are -127 to 127"));
        }
        Ok(())
    }
}

impl fmt::Debug for EmbeddingTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddingTable")
            .field("space", &self.space)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// Spreads an id over 64 bits: the finaliser of SplitMix64 (Steele, Lea and Flood, 2014). It stands in files.
fn mix(id: u64) -> u64 {
    let id = (id ^ (id >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let id = (id ^ (id >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    id ^ (id >> 31)
}
