//! The index as sections of a file.

use super::TermIndex;
use super::dictionary::{Dictionary, Tags};
use super::forward::Forward;
use super::postings::Postings;
use super::ranks::Ranks;
use bowerbird_core::container::{Container, ContainerWriter, LoadError, SaveError, Tag};
use std::path::Path;

const KIND: Tag = Tag::new("ta-terms");
const VERSION: u32 = 1;
const COUNTS: Tag = Tag::new("tm-count");
const ROWS: Tag = Tag::new("tm-rows");
const DICTIONARY: Tags = [Tag::new("tm-heads"), Tag::new("tm-offs"), Tag::new("tm-words")];

impl TermIndex {
    /// Saves the index at `path`: whole or, whatever happens, not at all. The same index gives the same bytes.
    ///
    /// # Errors
    ///
    /// [`SaveError`]; the file that was there before is kept.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SaveError> {
        let mut writer = ContainerWriter::new(KIND, VERSION);
        self.write_into(&mut writer);
        writer.write_to(path)
    }

    /// Maps the file at `path`. What the file must not suffer meanwhile stands at [`Container::open`];
    /// [`Container::verify`] checks its bytes.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when it is not a file of this kind and of this or an older version.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let container = Container::open(path)?;
        container.expect(KIND, VERSION)?;
        Self::from_container(&container)
    }

    /// Adds the index to a file of the host's, as sections whose names start with `tm-`.
    pub fn write_into<'a>(&'a self, writer: &mut ContainerWriter<'a>) {
        writer.section(COUNTS, (self.dictionary.len() as u32).to_le_bytes().to_vec());
        self.dictionary.write_into(DICTIONARY, writer);
        self.postings.write_into(writer);
        self.forward.write_into(writer);
        self.ranks.write_into(writer);
        writer.elements(ROWS, &self.rows[..]);
    }

    /// The index in an open file. O(words): checks that the sections fit together, and that lists do not overlap. What is
    /// inside them is checked when a search comes to it: a damaged file gives wrong or fewer hits, and does nothing
    /// worse.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when a section is missing or does not fit to the others.
    pub fn from_container(container: &Container) -> Result<Self, LoadError> {
        let words = match container.elements::<u32>(COUNTS)? {
            [words] => *words,
            _ => return Err(LoadError::invalid(COUNTS, "one number")),
        };
        let ranks = Ranks::from_container(container)?;
        let entries = ranks.len();
        let rows = container.view::<u32>(ROWS)?;
        if !rows.is_empty() && rows.len() != entries as usize {
            return Err(LoadError::invalid(ROWS, "none, or one an entry"));
        }
        Ok(Self {
            dictionary: Dictionary::from_container(words, DICTIONARY, container)?,
            postings: Postings::from_container(words as usize, entries, container)?,
            forward: Forward::from_container(words as usize, entries, container)?,
            ranks,
            rows,
        })
    }
}
