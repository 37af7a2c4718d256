//! Items as tab-separated values.

use super::LoadError;
use super::line::{LineLimit, Lines, for_each_row};
use crate::catalogue::Item;
use bowerbird_core::ItemId;
use rustc_hash::FxHashSet;
use std::io::BufRead;

/// Reads items.
///
/// The first line names the columns, in any order: `item` (a whole number from 0 to 2⁶⁴−1), and optionally `title`,
/// `year` (may be empty) and `genres` (separated by `|`, may be empty). Blank lines are passed over.
///
/// # Errors
///
/// [`LoadError`] at the first bad line; an item that stands there twice is one.
pub fn items(reader: &mut dyn BufRead, limit: LineLimit) -> Result<Vec<Item>, LoadError> {
    let mut lines = Lines::new(reader, limit);
    let (places, columns) = lines.header(&[&["item"], &["title"], &["year"], &["genres"]])?;
    let id = places[0].ok_or(LoadError::MissingColumn { column: "item" })?;
    let mut seen = FxHashSet::default();
    let mut items = Vec::new();
    for_each_row(&mut lines, columns, |line, fields| {
        let id = ItemId(fields.parse(id, "item", "a whole number from 0 to 2^64-1")?);
        if !seen.insert(id) {
            return Err(LoadError::DuplicateItem { line, item: id });
        }
        let year = match places[2] {
            Some(place) if !fields.text(place).is_empty() => {
                Some(fields.parse(place, "year", "a year from -32768 to 32767")?)
            }
            _ => None,
        };
        let genres = places[3].map_or("", |place| fields.text(place));
        items.push(Item {
            id,
            title: places[1].map_or("", |place| fields.text(place)).to_owned(),
            year,
            genres: genres
                .split('|')
                .map(str::trim)
                .filter(|genre| !genre.is_empty())
                .map(str::to_owned)
                .collect(),
        });
        Ok(())
    })?;
    Ok(items)
}
