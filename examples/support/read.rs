//! Plain and compressed files alike.

use super::Failure;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Opens a file for reading line by line. Whether it is gzip is told by its first bytes, not by its name.
pub(crate) fn read(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    let failed = |error: std::io::Error| Failure::about(path.display(), &error);
    let mut plain = BufReader::new(File::open(path).map_err(failed)?);
    let start = plain.fill_buf().map_err(failed)?;
    Ok(if start.starts_with(&GZIP) {
        Box::new(BufReader::new(MultiGzDecoder::new(plain)))
    } else {
        Box::new(plain)
    })
}
