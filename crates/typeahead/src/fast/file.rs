//! The fast tier in a file: `docs/formats/typeahead-fast.md` is the byte table.

use super::FastIndex;
use super::select::Order;
use super::table::Table;
use super::trie::Trie;
use crate::details::Details;
use crate::weights::Levels;
use bowerbird_core::container::{Container, ContainerWriter, Encoder, LoadError, SaveError, Tag};
use std::path::Path;

const KIND: Tag = Tag::new("ta-fast");
const VERSION: u32 = 1;

impl FastIndex {
    /// Saves the index at `path`: whole or, whatever happens, not at all. The same index gives the same bytes.
    ///
    /// # Errors
    ///
    /// [`SaveError`]; the file that was there before is kept.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SaveError> {
        self.writer().write_to(path)
    }

    /// The index as [`save`](Self::save) would write it.
    ///
    /// # Errors
    ///
    /// [`SaveError`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, SaveError> {
        self.writer().to_bytes()
    }

    /// Maps the file at `path`. O(header). What the file must not suffer meanwhile stands at [`Container::open`].
    ///
    /// A file that was damaged after it was saved opens if its structure is sound; completions may then be wrong, but
    /// nothing worse happens. [`verify`](Self::verify) tells.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when it is not a fast index of this or an older version.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        Self::from_container(&Container::open(path)?)
    }

    /// The index in an open container.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn from_container(container: &Container) -> Result<Self, LoadError> {
        container.expect(KIND, VERSION)?;
        let mut params = container.params();
        let (rows, aliases) = (params.u32()? as usize, params.u32()? as usize);
        params.finish()?;
        if aliases > rows {
            return Err(LoadError::invalid(KIND, "no more aliases than keys"));
        }
        Ok(Self {
            table: Table::read(container, rows)?,
            order: Order::read(container, rows)?,
            trie: Trie::load(container, rows)?,
            levels: Levels::read(container)?,
            details: Details::read(container, rows)?,
            aliases,
        })
    }

    /// Checks every byte of a file's content: checksums, keys in order, minima, trie. O(file).
    ///
    /// # Errors
    ///
    /// [`LoadError`] naming the first section at fault.
    pub fn verify(path: impl AsRef<Path>) -> Result<(), LoadError> {
        let container = Container::open(path)?;
        container.verify()?;
        Self::from_container(&container)?.check_content()
    }

    /// As [`verify`](Self::verify), of an index that is open, without the checksums, which are
    /// [`Container::verify`]'s. O(file).
    ///
    /// # Errors
    ///
    /// [`LoadError`] naming the first section at fault.
    pub fn check_content(&self) -> Result<(), LoadError> {
        self.table.check()?;
        self.levels.check()?;
        self.order.check(self.levels.len())?;
        self.trie
            .check(&self.table, |row| self.levels.score(self.order.level(row)))?;
        self.details.check()?;
        let aliases = (0..self.table.len())
            .filter(|&row| self.found(row).canonical.is_some())
            .count();
        if aliases == self.aliases {
            return Ok(());
        }
        Err(LoadError::invalid(KIND, "as many aliases as the parameters say"))
    }

    fn writer(&self) -> ContainerWriter<'_> {
        let mut params = Encoder::new();
        params.u32(self.table.len() as u32).u32(self.aliases as u32);
        let mut writer = ContainerWriter::new(KIND, VERSION);
        writer.params(params);
        self.table.write(&mut writer);
        self.order.write(&mut writer);
        self.trie.write(&mut writer);
        self.levels.write(&mut writer);
        self.details.write(&mut writer);
        writer
    }
}
