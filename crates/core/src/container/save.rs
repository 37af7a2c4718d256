//! Replacing a file whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::SaveError;

/// Bytes collected before they are written.
const BUFFER: usize = 1 << 20;

/// Replaces the file at `path` by what `write` writes: into a temporary file in the same folder, which is synced and
/// renamed, whereupon the folder is synced.
///
/// A process that is killed on the way leaves a `.NAME.*.tmp` behind, which may be removed.
pub(super) fn replace(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), SaveError>,
) -> Result<(), SaveError> {
    let at = |path: &Path| {
        let path = path.to_path_buf();
        move |source| SaveError::Io { path, source }
    };
    let name = path
        .file_name()
        .ok_or_else(|| at(path)(io::ErrorKind::InvalidInput.into()))?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let (file, mut temporary) = create(folder, name).map_err(at(path))?;
    let mut out = BufWriter::with_capacity(BUFFER, file);
    write(&mut out)?;
    out.flush().map_err(at(&temporary.path))?;
    out.get_ref().sync_all().map_err(at(&temporary.path))?;
    drop(out);
    fs::rename(&temporary.path, path).map_err(at(path))?;
    temporary.renamed = true;
    sync_folder(folder).map_err(at(folder))
}

/// Removed when dropped, unless it has been renamed.
struct Temporary {
    path: PathBuf,
    renamed: bool,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.renamed {
            // The save has failed already, with a better reason than this could give.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A new file in `folder` with a name that nobody else uses.
fn create(folder: &Path, name: &std::ffi::OsStr) -> io::Result<(File, Temporary)> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    loop {
        let mut unique = OsString::from(".");
        unique.push(name);
        unique.push(format!(
            ".{}-{}.tmp",
            std::process::id(),
            COUNTER.fetch_add(1, Ordering::Relaxed)
        ));
        let path = folder.join(unique);
        match File::options().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, Temporary { path, renamed: false })),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Makes the rename last. Only Unix can sync a folder; elsewhere the rename is left to the file system's journal.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}
