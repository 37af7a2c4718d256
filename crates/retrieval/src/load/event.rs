//! Events as tab-separated values.

use super::line::{LineLimit, Lines, for_each_row};
use super::{LoadError, clip};
use crate::interactions::{Duplicates, Event, Interactions, InteractionsBuilder};
use bowerbird_core::{ItemId, UserId};
use std::io::BufRead;

const ID: &str = "a whole number from 0 to 2^64-1";

/// Reads events into `into` and returns how many there were.
///
/// The first line names the columns, in any order: `user` and `item` (whole numbers from 0 to 2⁶⁴−1), `weight` or
/// `rating` (finite, not negative; 1 if absent) and `timestamp` (seconds since the Unix epoch; the row's position if
/// absent, so that the file's order is the order in time). Blank lines are passed over.
///
/// ```
/// use bowerbird_retrieval::{Duplicates, InteractionsBuilder, load};
///
/// let mut events = InteractionsBuilder::new();
/// let text = "user\titem\trating\ttimestamp\n7\t31\t2.5\t1260759144\n";
/// load::events(&mut text.as_bytes(), load::LineLimit::default(), &mut events)?;
/// assert_eq!(events.build(Duplicates::Latest).len(), 1);
///
/// let bad = "user\titem\n7\t31\n7\tx\n";
/// let error = load::events(&mut bad.as_bytes(), load::LineLimit::default(), &mut InteractionsBuilder::new());
/// assert_eq!(
///     error.unwrap_err().to_string(),
///     "line 3, column `item`: `x` is not a whole number from 0 to 2^64-1"
/// );
/// # Ok::<(), load::LoadError>(())
/// ```
///
/// # Errors
///
/// [`LoadError`] at the first bad line. The rows before it are in `into`.
pub fn events(
    reader: &mut dyn BufRead,
    limit: LineLimit,
    into: &mut InteractionsBuilder,
) -> Result<u64, LoadError> {
    let mut lines = Lines::new(reader, limit);
    let (places, columns) = lines.header(&[&["user"], &["item"], &["weight", "rating"], &["timestamp"]])?;
    let user = places[0].ok_or(LoadError::MissingColumn { column: "user" })?;
    let item = places[1].ok_or(LoadError::MissingColumn { column: "item" })?;
    let mut count = 0_u64;
    for_each_row(&mut lines, columns, |line, fields| {
        let weight = match places[2] {
            Some(place) => {
                let weight: f32 = fields.parse(place, "weight", "a number")?;
                if !(weight.is_finite() && weight >= 0.0) {
                    let found = clip(fields.text(place));
                    return Err(LoadError::Field {
                        line,
                        column: "weight",
                        found,
                        wanted: "finite and zero or more",
                    });
                }
                weight
            }
            None => 1.0,
        };
        let at = match places[3] {
            Some(place) => fields.parse(place, "timestamp", "whole seconds since 1970")?,
            None => i64::try_from(count).unwrap_or(i64::MAX),
        };
        let user = UserId(fields.parse(user, "user", ID)?);
        let item = ItemId(fields.parse(item, "item", ID)?);
        count += 1;
        into.push(Event {
            user,
            item,
            at,
            weight,
        })
        .map_err(|source| LoadError::Event { line, source })
    })?;
    Ok(count)
}

/// [`events`] of one file, with the default limit; of repeated events the latest stays.
///
/// ```
/// let text = "user\titem\n7\t31\n7\t32\n";
/// let events = bowerbird_retrieval::load::interactions(&mut text.as_bytes())?;
/// assert_eq!(events.len(), 2);
/// # Ok::<(), bowerbird_retrieval::LoadError>(())
/// ```
///
/// # Errors
///
/// [`LoadError`] at the first bad line.
pub fn interactions(reader: &mut dyn BufRead) -> Result<Interactions, LoadError> {
    let mut builder = InteractionsBuilder::new();
    events(reader, LineLimit::default(), &mut builder)?;
    Ok(builder.build(Duplicates::Latest))
}
