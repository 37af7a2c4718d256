//! A flat index in a file: `docs/formats/flat.md` is the byte table.

use super::FlatIndex;
use crate::{VectorIndex, check_vector, header};
use bowerbird_core::container::{Container, ContainerWriter, Encoder, LoadError, SaveError, Tag};
use std::path::Path;

const KIND: Tag = Tag::new("vs-flat");
const VERSION: u32 = 1;
const KEYS: Tag = Tag::new("keys");
const ROWS: Tag = Tag::new("rows");

impl FlatIndex {
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
    /// [`SaveError`], for a model name of 4 GiB.
    pub fn to_bytes(&self) -> Result<Vec<u8>, SaveError> {
        self.writer().to_bytes()
    }

    /// Maps the file at `path`. O(header): vectors and keys are read when a search comes to them. What the file must
    /// not suffer meanwhile stands at [`Container::open`].
    ///
    /// The structure is checked here, the content by [`verify`](Self::verify). A file that was damaged after it was
    /// saved opens if its structure is sound; searching it may then give wrong hits, but does nothing worse.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when it is not a flat index of this or an older version.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        Self::from_container(&Container::open(path)?)
    }

    /// The index in an open container: one that was read into memory, or came from elsewhere.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn from_container(container: &Container) -> Result<Self, LoadError> {
        container.expect(KIND, VERSION)?;
        let mut params = container.params();
        let (space, metric) = header::decode(&mut params, KIND)?;
        params.finish()?;
        let (keys, rows) = (container.view::<u64>(KEYS)?, container.view::<f32>(ROWS)?);
        if u32::try_from(keys.len()).is_err() {
            return Err(LoadError::invalid(KEYS, "fewer than 2^32 vectors"));
        }
        if keys.len().checked_mul(space.dimension as usize) != Some(rows.len()) {
            return Err(LoadError::invalid(ROWS, "one row a key"));
        }
        Ok(Self {
            space,
            metric,
            keys,
            rows,
            metadata: header::read_metadata(container)?,
        })
    }

    /// Checks every byte of a file's content: checksums, keys ascending, all vectors such as a build lets in. O(file).
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
        if !self.keys.is_sorted_by(|a, b| a < b) {
            return Err(LoadError::invalid(KEYS, "keys ascend, each once"));
        }
        let dimension = self.dimension();
        let good = |row: &[f32]| check_vector(row, dimension, self.metric).is_ok();
        if !self.rows.chunks_exact(dimension).all(good) {
            return Err(LoadError::invalid(
                ROWS,
                "vectors are finite and, under cosine, not zero",
            ));
        }
        Ok(())
    }

    fn writer(&self) -> ContainerWriter<'_> {
        let mut params = Encoder::new();
        header::encode(&mut params, &self.space, self.metric);
        let mut writer = ContainerWriter::new(KIND, VERSION);
        writer
            .params(params)
            .elements(KEYS, &self.keys[..])
            .elements(ROWS, &self.rows[..]);
        header::write_metadata(&mut writer, &self.metadata);
        writer
    }
}
