//! The folder of a log and the files in it.

use super::LogError;
use super::segment::{self, Header};
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const ENDING: &str = ".log";
const LOCK: &str = "lock";

pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> LogError {
    let path = path.to_path_buf();
    move |source| LogError::Io { path, source }
}

pub(super) fn path_of(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:020}{ENDING}"))
}

pub(super) fn lock(folder: &Path) -> Result<File, LogError> {
    let path = folder.join(LOCK);
    let open = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path);
    let file = open.map_err(at(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LogError::InUse { path: folder.into() }),
        Err(TryLockError::Error(source)) => Err(LogError::Io { path, source }),
    }
}

/// The numbers of the segments, ascending and without a gap.
pub(super) fn numbers(folder: &Path) -> Result<Vec<u64>, LogError> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let name = entry.map_err(at(folder))?.file_name();
        let name = name.to_str().and_then(|name| name.strip_suffix(ENDING));
        let number: Option<u64> = name
            .filter(|name| name.len() == 20)
            .and_then(|name| name.parse().ok());
        numbers.extend(number.filter(|number| *number > 0));
    }
    numbers.sort_unstable();
    let gap = numbers.windows(2).find(|pair| pair[0] + 1 != pair[1]);
    match gap {
        Some(pair) => Err(LogError::Missing { number: pair[0] + 1 }),
        None => Ok(numbers),
    }
}

pub(super) fn check(path: &Path, header: Option<Header>, number: u64, stamp: u64) -> Result<(), LogError> {
    let header = header.ok_or_else(|| LogError::NotALog { path: path.into() })?;
    if header.version == 0 || header.version > segment::VERSION {
        return Err(LogError::Version {
            supported: segment::VERSION,
            found: header.version,
        });
    }
    if header.number != number {
        return Err(LogError::NotALog { path: path.into() });
    }
    if header.stamp != stamp {
        return Err(LogError::Secret);
    }
    Ok(())
}

/// Opens a segment to append at `end`, where it is cut.
pub(super) fn cut(path: &Path, end: u64) -> io::Result<File> {
    let file = File::options().append(true).open(path)?;
    if file.metadata()?.len() != end {
        file.set_len(end)?;
        file.sync_all()?;
    }
    Ok(file)
}

/// Begins a segment, which is there after a crash.
pub(super) fn create(folder: &Path, number: u64, stamp: u64) -> Result<(PathBuf, File), LogError> {
    let path = path_of(folder, number);
    let header = Header {
        version: segment::VERSION,
        number,
        stamp,
    };
    let make = || {
        let mut file = File::options().append(true).create_new(true).open(&path)?;
        file.write_all(&header.encode())?;
        file.sync_all()?;
        sync_folder(folder)?;
        Ok(file)
    };
    let file = make().map_err(at(&path))?;
    Ok((path, file))
}

/// Makes a new or deleted name last. Only Unix can sync a folder; elsewhere it is left to the file system's journal.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}
