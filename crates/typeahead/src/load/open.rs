//! Opening a file, packed or not.

use super::LoadError;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// The two bytes with which every gzip file starts.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Opens a file for a loader. Whether it is gzip is seen from its first bytes, not from its name.
///
/// # Errors
/// [`LoadError::Open`] if it cannot be opened or its start cannot be read, [`LoadError::Compressed`] if it is gzip and
/// the feature `gzip` is off.
pub fn open(path: impl AsRef<Path>) -> Result<Box<dyn BufRead + Send>, LoadError> {
    let path = path.as_ref();
    let fault = |source| LoadError::Open {
        path: path.to_owned(),
        source,
    };
    let mut reader = BufReader::with_capacity(64 << 10, File::open(path).map_err(fault)?);
    if reader.fill_buf().map_err(fault)?.starts_with(&GZIP) {
        return unpack(reader, path);
    }
    Ok(Box::new(reader))
}

#[cfg(feature = "gzip")]
fn unpack(packed: BufReader<File>, _path: &Path) -> Result<Box<dyn BufRead + Send>, LoadError> {
    // A file may hold several members one after another.
    let plain = flate2::bufread::MultiGzDecoder::new(packed);
    Ok(Box::new(BufReader::with_capacity(64 << 10, plain)))
}

#[cfg(not(feature = "gzip"))]
fn unpack(_packed: BufReader<File>, path: &Path) -> Result<Box<dyn BufRead + Send>, LoadError> {
    Err(LoadError::Compressed {
        path: path.to_owned(),
    })
}
