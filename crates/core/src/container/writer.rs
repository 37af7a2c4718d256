//! Putting a container together.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Cursor, Seek, SeekFrom, Write};
use std::path::Path;

use super::layout::{self, Entry, MAX_SECTIONS};
use super::{Element, Part, SaveError, Tag, mmap, save};

/// Makes a container: what it holds, its parameters, its sections in the order in which they are added.
///
/// The same content gives the same bytes.
#[derive(Debug)]
pub struct ContainerWriter<'a> {
    kind: Tag,
    version: u32,
    params: Vec<u8>,
    sections: Vec<(Tag, Content<'a>)>,
}

enum Content<'a> {
    Bytes(Cow<'a, [u8]>),
    Stream(Box<Stream<'a>>),
}

type Stream<'a> = dyn Fn(&mut dyn Write) -> io::Result<()> + 'a;

impl fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Stream(_) => f.write_str("stream"),
        }
    }
}

impl<'a> ContainerWriter<'a> {
    /// A container of `kind` whose payload has format `version`, counted from 1.
    pub const fn new(kind: Tag, version: u32) -> Self {
        Self {
            kind,
            version,
            params: Vec::new(),
            sections: Vec::new(),
        }
    }

    /// Sets the parameters: everything that is needed to make sense of the sections.
    pub fn params(&mut self, params: impl Into<Vec<u8>>) -> &mut Self {
        self.params = params.into();
        self
    }

    /// Adds a section of bytes.
    pub fn section(&mut self, tag: Tag, bytes: impl Into<Cow<'a, [u8]>>) -> &mut Self {
        self.sections.push((tag, Content::Bytes(bytes.into())));
        self
    }

    /// Adds a section that is an array.
    pub fn elements<T: Element>(&mut self, tag: Tag, elements: &'a [T]) -> &mut Self {
        self.section(tag, mmap::bytes(elements))
    }

    /// Adds a section that `write` writes, piece by piece, so that it need not be in memory as a whole. It is called
    /// once for each time that the container is written, and must write the same each time.
    pub fn stream(&mut self, tag: Tag, write: impl Fn(&mut dyn Write) -> io::Result<()> + 'a) -> &mut Self {
        self.sections.push((tag, Content::Stream(Box::new(write))));
        self
    }

    /// Saves the container at `path`, replacing what is there: whoever opens the path, during this, after it or after
    /// a crash at any moment, finds the old file or the new one, whole. A link at `path` is replaced, not followed.
    ///
    /// # Errors
    ///
    /// Why it could not be saved; see [`SaveError`].
    pub fn write_to(&self, path: impl AsRef<Path>) -> Result<(), SaveError> {
        self.check()?;
        save::replace(path.as_ref(), |file| self.write(file))
    }

    /// The container as it would stand in a file.
    ///
    /// # Errors
    ///
    /// All of [`SaveError`] but [`SaveError::Io`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, SaveError> {
        self.check()?;
        let mut bytes = Cursor::new(Vec::new());
        self.write(&mut bytes)?;
        Ok(bytes.into_inner())
    }

    fn check(&self) -> Result<(), SaveError> {
        if self.sections.len() > MAX_SECTIONS {
            return Err(SaveError::TooManySections {
                count: self.sections.len(),
            });
        }
        if u32::try_from(self.params.len()).is_err() {
            return Err(SaveError::ParamsTooLong {
                length: self.params.len(),
            });
        }
        let mut names = BTreeSet::new();
        match self.sections.iter().find(|(tag, _)| !names.insert(*tag)) {
            Some((tag, _)) => Err(SaveError::Duplicate { tag: *tag }),
            None => Ok(()),
        }
    }

    /// Room for the header, the sections, and then the header, which needs their lengths and checksums.
    fn write(&self, out: &mut (impl Write + Seek)) -> Result<(), SaveError> {
        let failed = |part| move |source| SaveError::Write { part, source };
        let mut entries = Vec::with_capacity(self.sections.len());
        let mut end = layout::header_len(self.sections.len(), self.params.len()) as u64;
        out.seek(SeekFrom::Start(end)).map_err(failed(Part::Header))?;
        for (tag, content) in &self.sections {
            let (length, checksum) = write_section(out, content).map_err(failed(Part::Section(*tag)))?;
            entries.push(Entry {
                tag: *tag,
                offset: end,
                length,
                checksum,
            });
            end = (end + length).next_multiple_of(layout::ALIGNMENT as u64);
        }
        let header = layout::encode(self.kind, self.version, &self.params, &entries, end);
        out.seek(SeekFrom::Start(0))
            .and_then(|_| out.write_all(&header))
            .map_err(failed(Part::Header))
    }
}

/// Writes a section and its padding; returns its length and checksum.
fn write_section(out: &mut impl Write, content: &Content<'_>) -> io::Result<(u64, u32)> {
    let mut summed = Summed {
        out,
        hasher: crc32fast::Hasher::new(),
        length: 0,
    };
    match content {
        Content::Bytes(bytes) => summed.write_all(bytes)?,
        Content::Stream(write) => write(&mut summed)?,
    }
    let Summed { out, hasher, length } = summed;
    let padding = length.next_multiple_of(layout::ALIGNMENT as u64) - length;
    out.write_all(&[0; layout::ALIGNMENT][..padding as usize])?;
    Ok((length, hasher.finalize()))
}

/// Counts and sums what passes through.
struct Summed<'w, W> {
    out: &'w mut W,
    hasher: crc32fast::Hasher,
    length: u64,
}

impl<W: Write> Write for Summed<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
