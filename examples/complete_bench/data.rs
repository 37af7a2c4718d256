//! Entries and keystrokes.

use crate::args::Args;
use crate::support::{Failure, read};
use bowerbird::typeahead::load::{Pairs, Tsv};
use bowerbird::typeahead::normalize::words;
use bowerbird::typeahead::{Entry, Normalizer};
use std::path::{Path, PathBuf};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/completions");

/// What was typed, folded, and what was meant.
pub(crate) struct Keystroke {
    pub(crate) prefix: String,
    pub(crate) target: Option<String>,
}

pub(crate) struct Data {
    pub(crate) entries: Vec<Entry>,
    pub(crate) keystrokes: Vec<Keystroke>,
}

impl Data {
    pub(crate) fn open(args: &Args) -> Result<Self, Failure> {
        let (entries, prefixes) = args.files.clone().unwrap_or_else(|| bundled(args.fuzzy));
        let data = Self {
            entries: entries_of(&entries)?,
            keystrokes: {
                let typed = keystrokes_of(&prefixes)?;
                let typed = if args.any_order { shuffled(&typed) } else { typed };
                spread(typed, args.limit)
            },
        };
        for (path, is_empty, what) in [
            (&entries, data.entries.is_empty(), "entries"),
            (&prefixes, data.keystrokes.is_empty(), "keystrokes"),
        ] {
            if is_empty {
                return Err(Failure(format!("{}: there are no {what}", path.display())));
            }
        }
        Ok(data)
    }
}

fn bundled(fuzzy: u8) -> (PathBuf, PathBuf) {
    let file = |name| Path::new(FOLDER).join(name);
    let typed = if fuzzy > 0 {
        "typos.tsv.gz"
    } else {
        "keystrokes.tsv.gz"
    };
    (file("entries.tsv.gz"), file(typed))
}

fn entries_of(path: &Path) -> Result<Vec<Entry>, Failure> {
    Tsv::new(read(path)?)
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::about(path.display(), &error))
}

fn keystrokes_of(path: &Path) -> Result<Vec<Keystroke>, Failure> {
    let normalizer = Normalizer::default();
    let typed = Pairs::new(read(path)?).map(|typed| {
        typed.map(|typed| Keystroke {
            prefix: normalizer.fold_prefix(&typed.prefix),
            target: typed.target.map(|target| normalizer.fold(&target)),
        })
    });
    typed
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::about(path.display(), &error))
}

/// Everything of two words and more that was meant, its words in another order, the last one half typed.
fn shuffled(keystrokes: &[Keystroke]) -> Vec<Keystroke> {
    let mut targets: Vec<&str> = keystrokes
        .iter()
        .filter_map(|typed| typed.target.as_deref())
        .collect();
    targets.dedup();
    let mut state = 1_u64;
    let mut below = |bound: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    let mut typed = Vec::new();
    for target in targets {
        let mut parts: Vec<&str> = words(target).map(|span| &target[span]).collect();
        if parts.len() < 2 {
            continue;
        }
        for last in (1..parts.len()).rev() {
            parts.swap(last, below(last + 1));
        }
        if let Some(last) = parts.last_mut() {
            let half = last.chars().count().div_ceil(2);
            *last = last
                .char_indices()
                .nth(half)
                .map_or(*last, |(end, _)| &last[..end]);
        }
        typed.push(Keystroke {
            prefix: parts.join(" "),
            target: Some(target.to_owned()),
        });
    }
    typed
}

/// At most `limit` of the rows, evenly spread.
pub(crate) fn spread<T>(rows: Vec<T>, limit: usize) -> Vec<T> {
    let count = rows.len();
    if count <= limit {
        return rows;
    }
    let is_next = |place: usize, taken: &mut usize| {
        let wanted = place == *taken * count / limit;
        *taken += usize::from(wanted);
        wanted
    };
    let mut taken = 0;
    let numbered = rows.into_iter().enumerate();
    numbered
        .filter(|(place, _)| is_next(*place, &mut taken))
        .map(|(_, row)| row)
        .collect()
}
