//! What was observed, on disk: appended before it counts, read again after a crash.
//!
//! A folder of numbered segments, each a header and records with checksums; the byte table is in
//! `docs/formats/typeahead-log.md`. A record that [`Log::append`] has returned for is there after the process is killed;
//! after a loss of power, as [`Durability`] says.

mod files;
mod record;
mod segment;

use super::user::Secret;
use files::{at, check, create, cut, lock, numbers, path_of, sync_folder};
use segment::{HEADER, Header};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub use record::Record;

/// When a record is safe from a loss of power.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Durability {
    /// When [`append`](Log::append) returns: one sync for each batch.
    #[default]
    EachBatch,
    /// After so many records more, at the latest: up to that many may be lost, though not by a killed process.
    Every(u32),
}

/// How a log is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogOptions {
    durability: Durability,
    segment_bytes: u64,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            durability: Durability::EachBatch,
            segment_bytes: 64 << 20,
        }
    }
}

impl LogOptions {
    /// When records are synced; [`Durability::EachBatch`] by default.
    #[must_use]
    pub const fn with_durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Bytes after which another segment is begun, a batch more at most: 64 MiB by default, at least 64 KiB, at most
    /// 1 GiB. Reading a log takes as much memory as its largest segment.
    #[must_use]
    pub fn with_segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = bytes.clamp(64 << 10, 1 << 30);
        self
    }
}

/// What was found when a log was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Replayed {
    /// Records that were read.
    pub records: u64,
    /// Damaged places that were skipped; 0 unless the disk or somebody else changed the files.
    pub damaged: u64,
    /// Bytes cut off at the end: records that were being written when the process stopped, and not acknowledged.
    pub torn: u64,
}

/// Why a log could not be opened or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The operating system refused. Look at the path, its permissions and the space left.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process, or another part of this one, has the log open. Close it there.
    #[error("{} is in use", path.display())]
    InUse {
        /// The log's folder.
        path: PathBuf,
    },
    /// A file with a segment's name is none. Move it away; if it was one, its records are lost.
    #[error("{} is not a log", path.display())]
    NotALog {
        /// The file.
        path: PathBuf,
    },
    /// It was written by a later version of this library. Update.
    #[error("log version {found} is newer than {supported}")]
    Version {
        /// The newest version that is read.
        supported: u32,
        /// The file's.
        found: u32,
    },
    /// Its users were hashed with another [`Secret`]: they would be counted twice. Use the same.
    #[error("the log was written with another secret")]
    Secret,
    /// A segment between others is missing. Restore it.
    #[error("segment {number} is missing")]
    Missing {
        /// Its number.
        number: u64,
    },
    /// A segment is damaged beyond reading. Restore it, or move it and those before it away.
    #[error("{} is damaged at too many places", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// An earlier write failed, after which nobody knows what the disk has. Open the log again.
    #[error("an earlier write failed")]
    Broken,
}

/// An open log: one at a time for a folder.
#[derive(Debug)]
pub struct Log {
    folder: PathBuf,
    options: LogOptions,
    stamp: u64,
    first: u64,
    number: u64,
    path: PathBuf,
    file: File,
    length: u64,
    unsynced: u64,
    broken: bool,
    buffer: Vec<u8>,
    /// Locked as long as the log is open.
    _lock: File,
}

impl Log {
    /// Opens the log in `folder`, or begins one, and hands its records to `replay` in the order in which they were
    /// appended. The secret must be that with which the log was begun. Cuts off an end that was not written whole.
    /// O(bytes); memory for one segment.
    ///
    /// # Errors
    ///
    /// Any but [`LogError::Broken`].
    pub fn open(
        folder: impl AsRef<Path>,
        secret: &Secret,
        options: LogOptions,
        mut replay: impl FnMut(Record<'_>),
    ) -> Result<(Self, Replayed), LogError> {
        let (folder, stamp) = (folder.as_ref(), secret.stamp());
        fs::create_dir_all(folder).map_err(at(folder))?;
        let lock = lock(folder)?;
        let numbers = numbers(folder)?;
        let mut replayed = Replayed::default();
        let mut last = None;
        for (place, &number) in numbers.iter().enumerate() {
            let is_last = place + 1 == numbers.len();
            let path = path_of(folder, number);
            let bytes = fs::read(&path).map_err(at(&path))?;
            if is_last && bytes.len() <= HEADER && Header::decode(&bytes).is_none() {
                replayed.torn += bytes.len() as u64;
                fs::remove_file(&path).map_err(at(&path))?;
                continue;
            }
            check(&path, Header::decode(&bytes), number, stamp)?;
            let found = segment::scan(&bytes, &mut replay).ok_or(LogError::Damaged { path })?;
            replayed.records += found.records;
            replayed.damaged += found.damaged;
            let rest = bytes.len() - found.end;
            if is_last {
                replayed.torn += rest as u64;
                last = Some((number, found.end as u64));
            } else {
                replayed.damaged += u64::from(rest > 0);
            }
        }
        let first = numbers.first().copied().unwrap_or(1);
        let (number, path, file, length) = match last {
            Some((number, end)) => {
                let path = path_of(folder, number);
                let file = cut(&path, end).map_err(at(&path))?;
                (number, path, file, end)
            }
            None => {
                let number = numbers.last().copied().unwrap_or(1);
                let (path, file) = create(folder, number, stamp)?;
                (number, path, file, HEADER as u64)
            }
        };
        let log = Self {
            folder: folder.into(),
            options,
            stamp,
            first,
            number,
            path,
            file,
            length,
            unsynced: 0,
            broken: false,
            buffer: Vec::new(),
            _lock: lock,
        };
        Ok((log, replayed))
    }

    /// Appends a batch, and returns when it is as safe as the [`Durability`] says.
    ///
    /// # Errors
    ///
    /// [`LogError::Io`], after which each of the records may or may not be there when the log is opened again, and
    /// every other append fails with [`LogError::Broken`].
    pub fn append(&mut self, records: &[Record<'_>]) -> Result<(), LogError> {
        self.append_unsynced(records)?;
        let due = match self.options.durability {
            Durability::EachBatch => 1,
            Durability::Every(records) => u64::from(records.max(1)),
        };
        if self.unsynced >= due { self.sync() } else { Ok(()) }
    }

    /// As [`append`](Self::append), but safe from a loss of power only after the next [`sync`](Self::sync).
    pub(super) fn append_unsynced(&mut self, records: &[Record<'_>]) -> Result<(), LogError> {
        if self.broken {
            return Err(LogError::Broken);
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        records
            .iter()
            .for_each(|record| segment::append(record, &mut buffer));
        let written = self.write(&buffer, records.len() as u64);
        buffer.shrink_to(1 << 20);
        self.buffer = buffer;
        self.broken = written.is_err();
        written
    }

    fn write(&mut self, bytes: &[u8], records: u64) -> Result<(), LogError> {
        let fits = self.length + bytes.len() as u64 <= self.options.segment_bytes;
        if !fits && self.length > HEADER as u64 {
            self.begin_segment()?;
        }
        self.file.write_all(bytes).map_err(at(&self.path))?;
        self.length += bytes.len() as u64;
        self.unsynced += records;
        Ok(())
    }

    /// Makes everything appended safe from a loss of power.
    ///
    /// # Errors
    ///
    /// As [`append`](Self::append).
    pub fn sync(&mut self) -> Result<(), LogError> {
        if self.broken {
            return Err(LogError::Broken);
        }
        let flushed = self.flush();
        self.broken = flushed.is_err();
        flushed
    }

    /// Begins another segment and returns its number.
    ///
    /// # Errors
    ///
    /// As [`append`](Self::append).
    pub fn rotate(&mut self) -> Result<u64, LogError> {
        if self.broken {
            return Err(LogError::Broken);
        }
        let begun = self.begin_segment();
        self.broken = begun.is_err();
        begun.map(|()| self.number)
    }

    /// Deletes the segments before the one with this number, and returns how many. The current one stays.
    ///
    /// # Errors
    ///
    /// [`LogError::Io`]; the log can be written all the same.
    pub fn prune(&mut self, before: u64) -> Result<u64, LogError> {
        let mut gone = 0;
        while self.first < before.min(self.number) {
            let path = path_of(&self.folder, self.first);
            fs::remove_file(&path).map_err(at(&path))?;
            self.first += 1;
            gone += 1;
        }
        if gone > 0 {
            sync_folder(&self.folder).map_err(at(&self.folder))?;
        }
        Ok(gone)
    }

    /// True when the log's beginning was deleted.
    pub(super) const fn is_pruned(&self) -> bool {
        self.first > 1
    }

    fn flush(&mut self) -> Result<(), LogError> {
        if self.unsynced > 0 {
            self.file.sync_data().map_err(at(&self.path))?;
            self.unsynced = 0;
        }
        Ok(())
    }

    fn begin_segment(&mut self) -> Result<(), LogError> {
        self.flush()?;
        (self.path, self.file) = create(&self.folder, self.number + 1, self.stamp)?;
        self.number += 1;
        self.length = HEADER as u64;
        Ok(())
    }
}
