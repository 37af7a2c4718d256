//! Texts with weights: the bundled ones, or a host's own.

use crate::support::{Failure, read};
use bowerbird::typeahead::Entry;
use bowerbird::typeahead::load::Tsv;
use std::path::Path;

/// The bundled texts.
pub(crate) const BUNDLED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/completions/entries.tsv.gz");

/// Reads entries: text TAB weight, plain or compressed. At least one.
pub(crate) fn entries(path: &Path) -> Result<Vec<Entry>, Failure> {
    let entries = Tsv::new(read(path)?).collect::<Result<Vec<_>, _>>();
    let entries = entries.map_err(|error| Failure::about(path.display(), &error))?;
    if entries.is_empty() {
        return Err(Failure(format!("{}: has no entries", path.display())));
    }
    Ok(entries)
}
