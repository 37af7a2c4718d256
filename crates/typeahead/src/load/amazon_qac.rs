//! AmazonQAC's columns, from JSON lines.

use super::lines::{Lines, line_loader};
use super::tsv::{Check, check_weight};
use super::{LoadError, Typed};
use crate::Entry;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::io::BufRead;

/// Longest line unless another limit is set: 1 MiB. A line holds every prefix of a session.
const MAX_LINE: usize = 1 << 20;

/// One search with the prefixes that led to it.
#[derive(Clone, PartialEq, Debug)]
pub struct QacSession {
    /// The session's name; several searches may share it. Empty where the line has none.
    pub session: String,
    /// What was typed, in order.
    pub prefixes: Vec<String>,
    /// What was searched for.
    pub target: String,
    /// How often the target was searched for in the whole collection; 1 where the line does not say.
    pub popularity: f64,
}

impl QacSession {
    /// One pair a keystroke.
    pub fn pairs(&self) -> impl Iterator<Item = Typed> + '_ {
        self.prefixes.iter().map(|prefix| Typed {
            prefix: prefix.clone(),
            target: Some(self.target.clone()),
        })
    }
}

/// Searches of [AmazonQAC](https://arxiv.org/abs/2411.04129) (EMNLP 2024), exported as one JSON object a line with the
/// collection's columns `session_id`, `prefixes` (in the test set: `prefix`), `final_search_term` and `popularity`;
/// others are ignored.
///
/// `final_search_term` must be there and fit for an entry, `popularity` finite and not negative.
#[derive(Debug)]
pub struct AmazonQac<R> {
    lines: Lines<R>,
    check: Check,
}

line_loader!(AmazonQac);

impl<R: BufRead> AmazonQac<R> {
    /// What reads searches from `reader`.
    pub fn new(reader: R) -> Self {
        Self {
            lines: Lines::new(reader, MAX_LINE),
            check: Check::default(),
        }
    }
}

impl<R: BufRead> Iterator for AmazonQac<R> {
    type Item = Result<QacSession, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { lines, check } = self;
        lines.next_with(|text, line| {
            let row: Row = serde_json::from_str(text).map_err(|source| LoadError::Json { line, source })?;
            let popularity = check
                .text(&row.final_search_term)
                .and_then(|()| check_weight(row.popularity.unwrap_or(1.0)))
                .map_err(|source| LoadError::Entry { line, source })?;
            Ok(Some(QacSession {
                session: row.session_id.map_or_else(String::new, Id::into_name),
                prefixes: row.prefixes.unwrap_or_else(|| row.prefix.into_iter().collect()),
                target: row.final_search_term,
                popularity,
            }))
        })
    }
}

/// One entry for each target, sorted by text.
///
/// Its weight is the *largest* popularity that a line gives it: popularity is already a total over the collection, so a
/// sum over the lines would count each search as often as there are lines.
///
/// # Errors
/// The first error that `sessions` gives.
pub fn qac_entries(
    sessions: impl IntoIterator<Item = Result<QacSession, LoadError>>,
) -> Result<Vec<Entry>, LoadError> {
    let mut weights = FxHashMap::<String, f64>::default();
    for session in sessions {
        let session = session?;
        let weight = weights.entry(session.target).or_default();
        *weight = weight.max(session.popularity);
    }
    let mut entries: Vec<_> = weights
        .into_iter()
        .map(|(text, weight)| Entry::new(text, weight))
        .collect();
    entries.sort_unstable_by(|a, b| a.text.cmp(&b.text));
    Ok(entries)
}

#[derive(Deserialize)]
struct Row {
    session_id: Option<Id>,
    prefixes: Option<Vec<String>>,
    prefix: Option<String>,
    final_search_term: String,
    popularity: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Name(String),
    Number(u64),
}

impl Id {
    fn into_name(self) -> String {
        match self {
            Self::Name(name) => name,
            Self::Number(number) => number.to_string(),
        }
    }
}
