//! The bytes of a header: written, and read with suspicion.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Fault, LoadError, Part, Tag};

/// The version of the container itself.
pub const FORMAT_VERSION: u32 = 1;

/// Every section starts at a multiple of this many bytes: a cache line, and the widest vector load.
pub const ALIGNMENT: usize = 64;

/// Most sections that a container may have.
pub const MAX_SECTIONS: usize = 1024;

/// Not text, and damaged by anything that takes it for text.
const MAGIC: [u8; 8] = *b"\x89BOWER\r\n";

/// Bytes of the fixed fields.
const FIXED: usize = 64;

/// Bytes of a section's entry in the table.
const ENTRY: usize = 32;

/// Where the header's checksum lies: the last four bytes of the fixed fields.
const CHECKSUM: usize = FIXED - 4;

/// What a header says.
pub(super) struct Header {
    pub(super) kind: Tag,
    pub(super) version: u32,
    /// Where the parameters lie in the file.
    pub(super) params: Range<usize>,
    pub(super) entries: Vec<Entry>,
}

/// A section as the table has it.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) tag: Tag,
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) checksum: u32,
}

/// `length` rounded up to the alignment, `None` past the end of numbers.
pub(super) fn aligned(length: u64) -> Option<u64> {
    length.checked_next_multiple_of(ALIGNMENT as u64)
}

/// Bytes of a header with so many sections and bytes of parameters, filled up to the alignment.
pub(super) fn header_len(sections: usize, params: usize) -> usize {
    (FIXED + sections * ENTRY + params).next_multiple_of(ALIGNMENT)
}

/// A header's bytes. The sections lie where [`Entry::offset`] says, the last one's padding ends the file.
pub(super) fn encode(kind: Tag, version: u32, params: &[u8], entries: &[Entry], file_len: u64) -> Vec<u8> {
    let length = header_len(entries.len(), params.len());
    let mut bytes = Vec::with_capacity(length);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes.extend_from_slice(&version.to_le_bytes());
    bytes.extend_from_slice(&kind.to_bytes());
    bytes.extend_from_slice(&(length as u64).to_le_bytes());
    bytes.extend_from_slice(&file_len.to_le_bytes());
    bytes.extend_from_slice(&(params.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&(entries.len() as u32).to_le_bytes());
    bytes.resize(FIXED, 0);
    for entry in entries {
        bytes.extend_from_slice(&entry.tag.to_bytes());
        bytes.extend_from_slice(&entry.offset.to_le_bytes());
        bytes.extend_from_slice(&entry.length.to_le_bytes());
        bytes.extend_from_slice(&entry.checksum.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
    }
    bytes.extend_from_slice(params);
    bytes.resize(length, 0);
    let checksum = header_checksum(&bytes);
    bytes[CHECKSUM..FIXED].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// The checksum of a header: all of it but the checksum itself.
fn header_checksum(header: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&header[..CHECKSUM]);
    hasher.update(&header[FIXED..]);
    hasher.finalize()
}

impl Header {
    /// Reads the header of `file` and checks it against the file's length. O(header).
    pub(super) fn parse(file: &[u8]) -> Result<Self, LoadError> {
        let found = file.len() as u64;
        let start = &file[..file.len().min(MAGIC.len())];
        if !MAGIC.starts_with(start) {
            return Err(LoadError::NotAContainer);
        }
        let Some((fixed, _)) = file.split_first_chunk::<FIXED>() else {
            return Err(LoadError::Truncated {
                expected: FIXED as u64,
                found,
            });
        };
        let format = u32_at(fixed, 8);
        if format != FORMAT_VERSION {
            return Err(LoadError::FormatVersion {
                supported: FORMAT_VERSION,
                found: format,
            });
        }
        let (params, sections) = (u32_at(fixed, 40), u32_at(fixed, 44));
        if sections as usize > MAX_SECTIONS {
            return Err(bad(Fault::TooManySections { count: sections }));
        }
        let table_end = FIXED as u64 + u64::from(sections) * ENTRY as u64;
        let params_end = table_end + u64::from(params);
        let length = aligned(params_end).ok_or(bad(Fault::Layout))?;
        if u64_at(fixed, 24) != length {
            return Err(bad(Fault::Layout));
        }
        if length > found {
            return Err(LoadError::Truncated {
                expected: length,
                found,
            });
        }
        // From here on `length`, `table_end` and `params_end` are at most the file's length, which is a `usize`.
        let (table_end, params_end) = (table_end as usize, params_end as usize);
        let header = &file[..length as usize];
        let (stored, computed) = (u32_at(fixed, CHECKSUM), header_checksum(header));
        if stored != computed {
            return Err(bad(Fault::Checksum { stored, computed }));
        }
        if fixed[48..CHECKSUM]
            .iter()
            .chain(&header[params_end..])
            .any(|byte| *byte != 0)
        {
            return Err(bad(Fault::Padding));
        }
        let kind = tag_at(fixed, 16)?;
        let entries = header[FIXED..table_end].chunks_exact(ENTRY).map(Entry::parse);
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        let end = follow(&entries, length)?;
        if end != u64_at(fixed, 32) {
            return Err(bad(Fault::Layout));
        }
        if end > found {
            return Err(LoadError::Truncated { expected: end, found });
        }
        if end < found {
            return Err(bad(Fault::LeftOver { count: found - end }));
        }
        Ok(Self {
            kind,
            version: u32_at(fixed, 12),
            params: table_end..params_end,
            entries,
        })
    }
}

/// Checks that the sections have names of their own and lie one after another from `start`, and returns where the
/// last one's padding ends.
fn follow(entries: &[Entry], start: u64) -> Result<u64, LoadError> {
    let mut names = BTreeSet::new();
    let mut end = start;
    for entry in entries {
        if !names.insert(entry.tag) {
            return Err(bad(Fault::Duplicate { tag: entry.tag }));
        }
        let next = entry.offset.checked_add(entry.length).and_then(aligned);
        match next {
            Some(next) if entry.offset == end => end = next,
            _ => {
                return Err(LoadError::Corrupt {
                    part: Part::Section(entry.tag),
                    fault: Fault::Layout,
                });
            }
        }
    }
    Ok(end)
}

impl Entry {
    fn parse(bytes: &[u8]) -> Result<Self, LoadError> {
        if u32_at(bytes, 28) != 0 {
            return Err(bad(Fault::Padding));
        }
        Ok(Self {
            tag: tag_at(bytes, 0)?,
            offset: u64_at(bytes, 8),
            length: u64_at(bytes, 16),
            checksum: u32_at(bytes, 24),
        })
    }

    /// Where the section lies in a file that [`Header::parse`] accepted.
    pub(super) fn range(&self) -> Range<usize> {
        self.offset as usize..(self.offset + self.length) as usize
    }

    /// Checks the section's bytes and the padding after them.
    pub(super) fn verify(&self, file: &[u8]) -> Result<(), LoadError> {
        let corrupt = |fault| {
            Err(LoadError::Corrupt {
                part: Part::Section(self.tag),
                fault,
            })
        };
        let range = self.range();
        let computed = crc32fast::hash(&file[range.clone()]);
        if computed != self.checksum {
            return corrupt(Fault::Checksum {
                stored: self.checksum,
                computed,
            });
        }
        let padding = range.end..range.end.next_multiple_of(ALIGNMENT);
        if file[padding].iter().any(|byte| *byte != 0) {
            return corrupt(Fault::Padding);
        }
        Ok(())
    }
}

const fn bad(fault: Fault) -> LoadError {
    LoadError::Corrupt {
        part: Part::Header,
        fault,
    }
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[at..at + N]);
    array
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, at))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array_at(bytes, at))
}

fn tag_at(bytes: &[u8], at: usize) -> Result<Tag, LoadError> {
    Tag::from_bytes(array_at(bytes, at)).ok_or(bad(Fault::Name))
}
