//! The model as sections of a file.

use super::NextWords;
use crate::terms::{Dictionary, Tags};
use bowerbird_core::container::{Container, ContainerWriter, LoadError, SaveError, Tag};
use std::path::Path;

const KIND: Tag = Tag::new("ta-next");
const VERSION: u32 = 1;
const TOTAL: Tag = Tag::new("nw-total");
const WEIGHTS: Tag = Tag::new("nw-wght");
const SINGLE_ENDS: Tag = Tag::new("nw-ones");
const PAIRS: Tag = Tag::new("nw-pairs");
const PAIR_ENDS: Tag = Tag::new("nw-twos");
const FOLLOWERS: Tag = Tag::new("nw-next");
const CODES: Tag = Tag::new("nw-codes");
const DICTIONARY: Tags = [Tag::new("nw-heads"), Tag::new("nw-offs"), Tag::new("nw-words")];

impl NextWords {
    /// Saves the model at `path`: whole or, whatever happens, not at all. The same model gives the same bytes.
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

    /// Adds the model to a file of the host's, as sections whose names start with `nw-`.
    pub fn write_into<'a>(&'a self, writer: &mut ContainerWriter<'a>) {
        writer.section(TOTAL, self.total.to_le_bytes().to_vec());
        self.dictionary.write_into(DICTIONARY, writer);
        writer
            .elements(WEIGHTS, &self.weights[..])
            .elements(SINGLE_ENDS, &self.single_ends[..])
            .elements(PAIRS, &self.pairs[..])
            .elements(PAIR_ENDS, &self.pair_ends[..])
            .elements(FOLLOWERS, &self.followers[..])
            .elements(CODES, &self.codes[..]);
    }

    /// The model in an open file. Checks that the sections fit together; a damaged file gives wrong or fewer
    /// continuations, and does nothing worse.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when a section is missing or does not fit to the others.
    pub fn from_container(container: &Container) -> Result<Self, LoadError> {
        let total = match container.elements::<f64>(TOTAL)? {
            [total] => *total,
            _ => return Err(LoadError::invalid(TOTAL, "one number")),
        };
        let weights = container.view::<f32>(WEIGHTS)?;
        let Ok(words) = u32::try_from(weights.len()) else {
            return Err(LoadError::invalid(WEIGHTS, "fewer than 2^32 words"));
        };
        let found = Self {
            dictionary: Dictionary::from_container(words, DICTIONARY, container)?,
            weights,
            total,
            single_ends: container.view(SINGLE_ENDS)?,
            pairs: container.view(PAIRS)?,
            pair_ends: container.view(PAIR_ENDS)?,
            followers: container.view(FOLLOWERS)?,
            codes: container.view(CODES)?,
        };
        if found.single_ends.len() != found.weights.len() {
            return Err(LoadError::invalid(SINGLE_ENDS, "one end a word"));
        }
        if found.pair_ends.len() != found.pairs.len() {
            return Err(LoadError::invalid(PAIR_ENDS, "one end a pair"));
        }
        if found.codes.len() != found.followers.len() {
            return Err(LoadError::invalid(CODES, "one probability a follower"));
        }
        Ok(found)
    }
}
