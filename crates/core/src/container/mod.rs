//! The one file container: everything that the suite keeps on disk is in it.
//!
//! A file says what it holds (a [`Tag`] and a payload version), carries every parameter in its header, and holds named
//! sections: little-endian, 64-byte aligned, each with a checksum. The byte table is in `docs/formats/container.md`.
//!
//! - **Saved whole or not at all.** [`ContainerWriter::write_to`] writes a temporary file beside the target, syncs it,
//!   renames it and syncs the folder: a crash leaves the old file or the new one.
//! - **Opened in O(header).** [`Container::open`] maps the file and checks everything about its shape: magic, versions,
//!   the header's checksum, that the sections follow each other inside the file. No count in a file is believed before
//!   it fits into the file, so memory is bounded by the file's size.
//! - **Verified on request.** [`Container::verify`] reads every byte. A container that opened *and* verified is, bit
//!   for bit, one that was written: every byte, padding too, is under a checksum or must be zero.
//! - **Owned views.** A [`Container`] is a cheap clone of one map; a [`View`] is a `&[T]` that keeps its map alive, so an
//!   index can hold mapped arrays without a lifetime.
//!
//! Checksums are CRC-32: they find accidents, not forgers. What a payload means (an offset that must lie inside another
//! section, a graph's degree) its own loader checks, and reports as [`LoadError::invalid`].
//!
//! ```
//! use bowerbird_core::container::{Container, ContainerWriter, Encoder, Tag};
//!
//! const KIND: Tag = Tag::new("demo");
//! const ROWS: Tag = Tag::new("rows");
//!
//! let mut params = Encoder::new();
//! params.u32(2).text("unit");
//! let mut writer = ContainerWriter::new(KIND, 1);
//! writer.params(params).elements(ROWS, &[0.6_f32, 0.8, 1.0, 0.0]);
//! let bytes = writer.to_bytes()?;
//!
//! let container = Container::from_bytes(&bytes)?;
//! container.verify()?;
//! assert_eq!(container.expect(KIND, 1)?, 1);
//! let mut params = container.params();
//! assert_eq!((params.u32()?, params.text()?), (2, "unit"));
//! params.finish()?;
//! let rows = container.view::<f32>(ROWS)?;
//! drop(container);
//! assert_eq!(rows[..2], [0.6, 0.8]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod codec;
mod error;
mod layout;
mod mmap;
mod save;
mod tag;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

pub use codec::{Decoder, Encoder};
pub use error::{Fault, LoadError, Part, SaveError};
pub use layout::{ALIGNMENT, FORMAT_VERSION, MAX_SECTIONS};
use layout::{Entry, Header};
use mmap::Storage;
pub use mmap::{Element, View};
pub use tag::Tag;
pub use writer::ContainerWriter;

/// An open container. Cloning shares the map.
#[derive(Clone)]
pub struct Container(Arc<Open>);

struct Open {
    storage: Storage,
    header: Header,
}

impl Container {
    /// Maps the file at `path` and checks its structure; the sections are read when they are used.
    ///
    /// As with every memory map, nobody may shorten or overwrite the file while it is open: the process would be
    /// stopped by a signal or see numbers change. Replacing it by a rename, as [`ContainerWriter::write_to`] does, is
    /// safe: whoever has the old file open keeps it. Where others may write to the file, use [`read`](Self::read).
    ///
    /// # Errors
    ///
    /// [`LoadError::Io`] when the file cannot be opened or mapped, otherwise what is wrong with its structure.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let path = path.as_ref();
        Self::check(Storage::map(path).map_err(|source| LoadError::Io {
            path: path.into(),
            source,
        })?)
    }

    /// As [`open`](Self::open), but reads the file into memory, after which it may change.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn read(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let path = path.as_ref();
        Self::check(Storage::read(path).map_err(|source| LoadError::Io {
            path: path.into(),
            source,
        })?)
    }

    /// A container in memory. Copies the bytes, so that sections are aligned.
    ///
    /// # Errors
    ///
    /// What is wrong with the structure.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LoadError> {
        Self::check(Storage::copy(bytes))
    }

    fn check(storage: Storage) -> Result<Self, LoadError> {
        let header = Header::parse(storage.bytes())?;
        Ok(Self(Arc::new(Open { storage, header })))
    }

    /// What the file holds.
    pub fn kind(&self) -> Tag {
        self.0.header.kind
    }

    /// The version of the payload's format.
    pub fn version(&self) -> u32 {
        self.0.header.version
    }

    /// Checks that the file holds `kind` in a version from 1 to `newest`, and returns the version.
    ///
    /// # Errors
    ///
    /// [`LoadError::Kind`] or [`LoadError::Version`].
    pub fn expect(&self, kind: Tag, newest: u32) -> Result<u32, LoadError> {
        if self.kind() != kind {
            return Err(LoadError::Kind {
                expected: kind,
                found: self.kind(),
            });
        }
        if !(1..=newest).contains(&self.version()) {
            return Err(LoadError::Version {
                supported: newest,
                found: self.version(),
            });
        }
        Ok(self.version())
    }

    /// The parameters, to be decoded in the order in which they were encoded.
    pub fn params(&self) -> Decoder<'_> {
        Decoder::new(&self.0.storage.bytes()[self.0.header.params.clone()])
    }

    /// The sections' names, in file order.
    pub fn tags(&self) -> impl Iterator<Item = Tag> + '_ {
        self.0.header.entries.iter().map(|entry| entry.tag)
    }

    /// Bytes in the file.
    pub fn byte_len(&self) -> usize {
        self.0.storage.bytes().len()
    }

    /// The bytes of a section. They start at a multiple of [`ALIGNMENT`].
    ///
    /// # Errors
    ///
    /// [`LoadError::MissingSection`].
    pub fn section(&self, tag: Tag) -> Result<&[u8], LoadError> {
        let entry = self.entry(tag)?;
        Ok(&self.0.storage.bytes()[entry.range()])
    }

    /// A section as an array, in place.
    ///
    /// # Errors
    ///
    /// [`LoadError::MissingSection`], or [`LoadError::Corrupt`] with [`Fault::Length`] when its length is no multiple of
    /// the element's size.
    pub fn elements<T: Element>(&self, tag: Tag) -> Result<&[T], LoadError> {
        let bytes = self.section(tag)?;
        mmap::elements(bytes).ok_or(LoadError::Corrupt {
            part: Part::Section(tag),
            fault: Fault::Length {
                length: bytes.len() as u64,
                element: size_of::<T>() as u64,
            },
        })
    }

    /// A section as an array that keeps this container alive.
    ///
    /// # Errors
    ///
    /// As [`elements`](Self::elements).
    pub fn view<T: Element>(&self, tag: Tag) -> Result<View<T>, LoadError> {
        View::of(self, tag)
    }

    /// Reads every byte and checks it. O(file), at the speed of CRC-32 or of the disk.
    ///
    /// # Errors
    ///
    /// [`LoadError::Corrupt`] naming the first bad section.
    pub fn verify(&self) -> Result<(), LoadError> {
        let bytes = self.0.storage.bytes();
        self.0
            .header
            .entries
            .iter()
            .try_for_each(|entry| entry.verify(bytes))
    }

    fn entry(&self, tag: Tag) -> Result<&Entry, LoadError> {
        let found = self.0.header.entries.iter().find(|entry| entry.tag == tag);
        found.ok_or(LoadError::MissingSection { tag })
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Container")
            .field("kind", &self.kind())
            .field("version", &self.version())
            .field("bytes", &self.byte_len())
            .field("sections", &self.tags().collect::<Vec<_>>())
            .finish()
    }
}
