//! What is learnt from and what is asked: files into splits, and a split's own validation part.

use crate::args::Data;
use crate::support::{Failure, read};
use bowerbird::core::{ItemId, UserId};
use bowerbird::retrieval::{Duplicates, Event, FeedQuery, Interactions, InteractionsBuilder, load};
use std::path::Path;

/// Most users whose held-out items parameters are chosen on.
const SAMPLE: usize = 4_000;
/// The share of such a user's items that is held out of a plain split.
const HELD_OUT: f64 = 0.1;

/// One request and what it should have found.
pub(crate) struct Case {
    pub(crate) query: FeedQuery,
    /// Ascending.
    pub(crate) relevant: Vec<ItemId>,
}

/// What to fit on and what to ask then. The history of a case is its user's events in `train`.
pub(crate) struct Split {
    pub(crate) train: Interactions,
    pub(crate) cases: Vec<Case>,
    /// Whether the order of a history means anything.
    pub(crate) ordered: bool,
    /// Whether one item is sought, the next.
    pub(crate) last_out: bool,
}

impl Split {
    /// Reads what the arguments name.
    pub(crate) fn open(data: &Data) -> Result<Self, Failure> {
        match data {
            Data::Bundled => {
                let ratings =
                    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/movielens-small/ratings.tsv.gz");
                Self::leave_last_out(&ratings)
            }
            Data::LeaveLastOut(path) => Self::leave_last_out(path),
            Data::Split { train, test } => {
                let ((train, times), (test, _)) = (events(train)?, events(test)?);
                let relevant = |row| {
                    let mut relevant: Vec<ItemId> = test
                        .user(row)
                        .items
                        .iter()
                        .map(|&item| test.items().id(item))
                        .collect();
                    relevant.sort_unstable();
                    relevant
                };
                let cases = test.users().ids().iter().zip(0..);
                let cases = cases
                    .map(|(&user, row)| case(&train, user, relevant(row)))
                    .collect();
                Ok(Self {
                    train,
                    cases,
                    ordered: times == Times::Stamps,
                    last_out: false,
                })
            }
        }
    }

    fn leave_last_out(path: &Path) -> Result<Self, Failure> {
        let (all, times) = events(path)?;
        let known = match times {
            // Of a user on two lines nobody knows which came first.
            Times::Places => (0..all.users().len() as u32)
                .find(|&row| all.user(row).at.windows(2).any(|pair| pair[0] == pair[1]))
                .map(|row| format!("user {} stands on two lines", all.users().id(row))),
            Times::Stamps => None,
            Times::None => Some("the order is not known: no column `timestamp`".into()),
        };
        match known {
            Some(fault) => Err(Failure(format!("{}: {fault}", path.display()))),
            None => hold_out(&all, true, true, |len| usize::from(len >= 3)),
        }
    }

    /// A split of the train part alone, for choosing parameters, made as the test was: the last item of each user held
    /// out, or a tenth of each user's in a plain split, the newest if the order is known, otherwise drawn by a hash. At
    /// most [`SAMPLE`] users, drawn by a hash too, are asked for.
    ///
    /// Held out of all users, not of those alone: what others did at the same time would give too much away.
    pub(crate) fn validation(&self) -> Result<Self, Failure> {
        let count = |len: usize| match (len, self.last_out) {
            (0 | 1, _) => 0,
            (_, true) => 1,
            (_, false) => ((len as f64 * HELD_OUT).round() as usize).max(1),
        };
        let mut split = hold_out(&self.train, self.ordered, self.last_out, count)?;
        // Ids often follow time or activity; in a drawn order any part of the cases is like any other.
        split.cases.sort_by_key(|case| mix(case.query.user.0));
        split.cases.truncate(SAMPLE);
        Ok(split)
    }
}

/// Holds `count(events)` of each user's items out: the newest if they are in order, otherwise by a hash.
fn hold_out(
    all: &Interactions,
    ordered: bool,
    last_out: bool,
    count: impl Fn(usize) -> usize,
) -> Result<Split, Failure> {
    let mut train = InteractionsBuilder::new();
    let mut held: Vec<(UserId, Vec<ItemId>)> = Vec::new();
    for &user in all.users().ids() {
        let mut own: Vec<Event> = all
            .history(user)
            .into_iter()
            .map(|action| Event {
                user,
                item: action.item,
                at: action.at,
                weight: action.weight,
            })
            .collect();
        if !ordered {
            own.sort_unstable_by_key(|event| (mix(user.0 ^ mix(event.item.0)), event.item));
        }
        let out = own.split_off(own.len() - count(own.len()).min(own.len()));
        for event in own {
            train.push(event)?;
        }
        if !out.is_empty() {
            let mut relevant: Vec<ItemId> = out.iter().map(|event| event.item).collect();
            relevant.sort_unstable();
            held.push((user, relevant));
        }
    }
    let train = train.build(Duplicates::Latest);
    let cases = held
        .into_iter()
        .map(|(user, relevant)| case(&train, user, relevant))
        .collect();
    Ok(Split {
        train,
        cases,
        ordered,
        last_out,
    })
}

fn case(train: &Interactions, user: UserId, relevant: Vec<ItemId>) -> Case {
    let history = train.history(user);
    let asked_at = history.last().map_or(0, |action| action.at);
    Case {
        query: FeedQuery {
            user,
            asked_at,
            history,
        },
        relevant,
    }
}

/// What the times of a file's events are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Times {
    /// Seconds, from a column.
    Stamps,
    /// Places in the user's line.
    Places,
    /// Nothing.
    None,
}

/// Reads a file in the format that its first line shows: a number begins `user item item …`, anything else a header.
fn events(path: &Path) -> Result<(Interactions, Times), Failure> {
    let mut reader = read(path)?;
    let start = reader
        .fill_buf()
        .map_err(|error| Failure::about(path.display(), &error))?;
    let first = start.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let listed = first.trim_ascii_start().first().is_some_and(u8::is_ascii_digit);
    let times = match listed {
        true => Times::Places,
        false if first.windows(9).any(|word| word == b"timestamp") => Times::Stamps,
        false => Times::None,
    };
    let mut builder = InteractionsBuilder::new();
    let count = match listed {
        true => load::lightgcn(&mut *reader, load::LineLimit::default(), &mut builder),
        false => load::events(&mut *reader, load::LineLimit::default(), &mut builder),
    }
    .map_err(|error| Failure::about(path.display(), &error))?;
    match count {
        0 => Err(Failure(format!("{}: no events", path.display()))),
        _ => Ok((builder.build(Duplicates::Latest), times)),
    }
}

/// A number that looks drawn by chance, the same in every run (the finalizer of SplitMix64).
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
