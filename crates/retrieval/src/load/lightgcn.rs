//! The text format of the LightGCN data sets.

use super::LoadError;
use super::line::{LineLimit, Lines};
use crate::interactions::{Event, InteractionsBuilder};
use bowerbird_core::{ItemId, UserId};
use std::io::BufRead;

const ID: &str = "a whole number from 0 to 2^64-1";

/// Reads lines of `user item item …` into `into` and returns how many events there were.
///
/// Numbers are separated by spaces or tabs. There is no header and no time: an event's time is its place in the line, 0
/// for the first, so files whose lines are in time order keep it. A user without items, as some published splits have
/// them, is a valid line of no events.
///
/// # Errors
///
/// [`LoadError`] at the first bad line. The events before the bad number are in `into`.
pub fn lightgcn(
    reader: &mut dyn BufRead,
    limit: LineLimit,
    into: &mut InteractionsBuilder,
) -> Result<u64, LoadError> {
    let mut lines = Lines::new(reader, limit);
    let mut count = 0;
    while let Some((line, text)) = lines.next()? {
        let mut user = None;
        for (at, number) in (-1_i64..).zip(text.split_ascii_whitespace()) {
            let column = if user.is_none() { "user" } else { "item" };
            let id: u64 = number
                .parse()
                .map_err(|_| LoadError::field(line, column, number, ID))?;
            match user {
                None => user = Some(UserId(id)),
                Some(user) => {
                    into.push(Event {
                        user,
                        item: ItemId(id),
                        at,
                        weight: 1.0,
                    })
                    .map_err(|source| LoadError::Event { line, source })?;
                    count += 1;
                }
            }
        }
    }
    Ok(count)
}
