//! What can go wrong with a file.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::Tag;

/// Why a file could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The operating system refused. Look at the path and its permissions.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It does not start like a container, so it is some other file. Look at the path.
    #[error("not a bowerbird file")]
    NotAContainer,
    /// It is a container of a later format. Update this library.
    #[error("container format {found} is newer than {supported}")]
    FormatVersion {
        /// The newest format that this library reads.
        supported: u32,
        /// The file's.
        found: u32,
    },
    /// It is a good file of another kind. Look at the path.
    #[error("expected a file of kind {expected}, found {found}")]
    Kind {
        /// The kind that was asked for.
        expected: Tag,
        /// The file's.
        found: Tag,
    },
    /// Its payload is of a version that this library does not read. Update this library, or build the file anew.
    #[error("payload version {found} is not among 1 to {supported}")]
    Version {
        /// The newest version that is read.
        supported: u32,
        /// The file's.
        found: u32,
    },
    /// It ends too early: an interrupted copy, most likely. Copy it again.
    #[error("truncated: {found} of {expected} bytes")]
    Truncated {
        /// Bytes that there should be, at least.
        expected: u64,
        /// Bytes that there are.
        found: u64,
    },
    /// Its bytes are not those that were written. Restore it, or build it anew.
    #[error("corrupt {part}: {fault}")]
    Corrupt {
        /// Where.
        part: Part,
        /// What is wrong there.
        fault: Fault,
    },
    /// A section is not there. A file of the right kind and version has it: report a bug in its writer.
    #[error("no section {tag}")]
    MissingSection {
        /// The section that was asked for.
        tag: Tag,
    },
}

impl LoadError {
    /// A payload whose checksums are right and whose meaning is not: `rule`, in a few words, is what section `tag`
    /// breaks. For the loaders of payloads.
    pub const fn invalid(tag: Tag, rule: &'static str) -> Self {
        Self::Corrupt {
            part: Part::Section(tag),
            fault: Fault::Invalid { rule },
        }
    }
}

/// A part of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// The fixed fields and the table of sections.
    Header,
    /// The parameters, which lie in the header.
    Params,
    /// A section.
    Section(Tag),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => f.write_str("header"),
            Self::Params => f.write_str("parameters"),
            Self::Section(tag) => write!(f, "section {tag}"),
        }
    }
}

/// What is wrong with a part.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Its bytes do not give its checksum.
    #[error("checksum {computed:08x} instead of {stored:08x}")]
    Checksum {
        /// The checksum in the file.
        stored: u32,
        /// The checksum of the bytes.
        computed: u32,
    },
    /// A place or length does not fit to the others, or into the file.
    #[error("misplaced")]
    Layout,
    /// A filling byte is not zero.
    #[error("padding is not zero")]
    Padding,
    /// A name is not a [`Tag`].
    #[error("bad name")]
    Name,
    /// Two sections have one name.
    #[error("more than one section {tag}")]
    Duplicate {
        /// The name.
        tag: Tag,
    },
    /// More sections than [`MAX_SECTIONS`](super::MAX_SECTIONS).
    #[error("{count} sections are too many")]
    TooManySections {
        /// How many the file claims.
        count: u32,
    },
    /// It is not a whole number of elements.
    #[error("{length} bytes are no multiple of {element}")]
    Length {
        /// Bytes in the section.
        length: u64,
        /// Bytes in an element.
        element: u64,
    },
    /// A value was to be decoded and there were not enough bytes.
    #[error("ends inside a value")]
    Ended,
    /// Values were left over after the last that was to be decoded.
    #[error("{count} bytes left over")]
    LeftOver {
        /// Bytes not decoded.
        count: u64,
    },
    /// The bytes are not a value of their type, or break a rule of the payload.
    #[error("{rule}")]
    Invalid {
        /// The rule that is broken.
        rule: &'static str,
    },
}

/// Why a container could not be saved. The file that was there before, if any, is untouched, save for a failure to
/// sync the folder, after which it is the old file or the new one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The operating system refused. Look at the path, its permissions and the space left.
    #[error("cannot write {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Writing a part failed: no space left, or the function that makes the section failed.
    #[error("cannot write {part}")]
    Write {
        /// The part.
        part: Part,
        /// Why.
        source: io::Error,
    },
    /// Two sections have one name. Give each its own.
    #[error("more than one section {tag}")]
    Duplicate {
        /// The name.
        tag: Tag,
    },
    /// More sections than [`MAX_SECTIONS`](super::MAX_SECTIONS). Put arrays of one type into one section.
    #[error("{count} sections are too many")]
    TooManySections {
        /// How many there are.
        count: usize,
    },
    /// The parameters take 4 GiB or more. Put arrays into sections.
    #[error("{length} bytes of parameters are too many")]
    ParamsTooLong {
        /// Their length in bytes.
        length: usize,
    },
}
