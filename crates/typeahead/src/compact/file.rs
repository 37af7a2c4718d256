//! The compact tier in a file: `docs/formats/typeahead-compact.md` is the byte table.

use super::CompactIndex;
use super::node::Node;
use super::rows::Rows;
use super::top::plus;
use crate::MAX_TEXT;
use crate::details::Details;
use crate::prepare::plain_key;
use crate::weights::Levels;
use bowerbird_core::container::{Container, ContainerWriter, Encoder, LoadError, SaveError, Tag, View};
use std::path::Path;

const KIND: Tag = Tag::new("ta-fst");
const VERSION: u32 = 1;
const FST: Tag = Tag::new("fst");
/// Bytes of the transducer's own header, below which no node lies.
const FST_HEADER: u32 = 16;
/// Bytes of the longest key with its mark.
const LONGEST: usize = MAX_TEXT + 6;

impl CompactIndex {
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
    /// [`LoadError`] when it is not a compact index of this or an older version.
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
        let (keys, entries, root) = (params.u32()?, params.u32()?, params.u32()?);
        let (facts, seed) = (params.u32()? as usize, params.u64()?);
        params.finish()?;
        let fst: View<u8> = container.view(FST)?;
        if entries > keys {
            return Err(LoadError::invalid(KIND, "no more entries than keys"));
        }
        let is_node = root == 0 || (FST_HEADER..u32::MAX).contains(&root);
        if u32::try_from(fst.len()).is_err() || !is_node || root as usize >= fst.len() {
            return Err(LoadError::invalid(
                FST,
                "the root lies in a transducer of less than 4 GiB",
            ));
        }
        Ok(Self {
            fst,
            root,
            levels: Levels::read(container)?,
            rows: Rows::read(container, seed)?,
            details: Details::read(container, facts)?,
            keys: keys as usize,
            entries: entries as usize,
        })
    }

    /// Checks every byte of a file's content: checksums, and that the transducer's keys are UTF-8 and have weights.
    /// O(file).
    ///
    /// # Errors
    ///
    /// [`LoadError`] naming the first section at fault.
    pub fn verify(path: impl AsRef<Path>) -> Result<(), LoadError> {
        let container = Container::open(path)?;
        container.verify()?;
        Self::from_container(&container)?.check_content()
    }

    /// As [`verify`](Self::verify), of an index that is open, without the checksums of the container, which are
    /// [`Container::verify`]'s. O(file).
    ///
    /// # Errors
    ///
    /// [`LoadError`] naming the first section at fault.
    pub fn check_content(&self) -> Result<(), LoadError> {
        self.levels.check()?;
        self.details.check()?;
        self.rows.check(self.details.len())?;
        let invalid = || LoadError::invalid(FST, "a transducer of keys to costs");
        let fst = fst::raw::Fst::new(&self.fst[..]).map_err(|_| invalid())?;
        fst.verify().map_err(|_| invalid())?;
        let mut census = Census {
            index: self,
            key: Vec::new(),
            keys: 0,
            entries: 0,
            facts: 0,
        };
        census.count(self.root, 0).ok_or_else(invalid)?;
        if (census.keys, census.entries, census.facts) == (self.keys, self.entries, self.details.len()) {
            return Ok(());
        }
        Err(LoadError::invalid(
            KIND,
            "as many keys, entries and facts as the parameters say",
        ))
    }

    fn writer(&self) -> ContainerWriter<'_> {
        let mut params = Encoder::new();
        params
            .u32(self.keys as u32)
            .u32(self.entries as u32)
            .u32(self.root);
        params.u32(self.details.len() as u32).u64(self.rows.seed());
        let mut writer = ContainerWriter::new(KIND, VERSION);
        writer.params(params).section(FST, &self.fst[..]);
        self.rows.write(&mut writer);
        self.levels.write(&mut writer);
        self.details.write(&mut writer);
        writer
    }
}

/// Keys counted on a way through the whole transducer.
struct Census<'s> {
    index: &'s CompactIndex,
    key: Vec<u8>,
    keys: usize,
    entries: usize,
    facts: usize,
}

impl Census<'_> {
    /// Counts the keys below a node; `None` where something is wrong with them.
    fn count(&mut self, address: u32, cost: u32) -> Option<()> {
        let node = Node::read(self.index.fst(), address)?;
        if let Some(last) = node.last() {
            self.end(plus(cost, last))?;
        }
        // An empty transducer is a node without keys; any other has keys below it.
        let is_dead = node.last().is_none() && node.len() == 0;
        if self.key.len() > LONGEST || (is_dead && !self.key.is_empty()) {
            return None;
        }
        for arc in (0..node.len()).map(|i| node.arc(i)) {
            let arc = arc?;
            self.key.push(arc.label);
            self.count(arc.child, plus(cost, arc.output))?;
            self.key.pop();
        }
        Some(())
    }

    fn end(&mut self, cost: u32) -> Option<()> {
        std::str::from_utf8(plain_key(&self.key)).ok()?;
        // Facts are in the order of their keys.
        if let Some(row) = self.index.rows.get(&self.key) {
            if row as usize != self.facts {
                return None;
            }
            self.facts += 1;
        }
        let is_entry = self.index.found(&self.key, cost).canonical.is_none();
        self.keys += 1;
        self.entries += usize::from(is_entry);
        (self.keys <= self.index.keys && (cost as usize) < self.index.levels.len()).then_some(())
    }
}
