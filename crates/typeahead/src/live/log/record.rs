//! What one record says, and its bytes.

use super::super::admission::MAX_USERS;
use super::super::rules::{MAX_RULES, Rule};
use super::super::user::UserHash;
use crate::MAX_TEXT;
use std::borrow::Cow;

/// Bytes that a payload takes at most: a candidate with all its users.
pub(super) const MAX_PAYLOAD: usize = 64 + 8 * MAX_USERS as usize + MAX_TEXT;

/// Something that happened.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Record<'a> {
    /// Somebody chose or typed a key.
    Observed {
        /// When, in seconds.
        at: f64,
        /// How much it counts.
        weight: f64,
        /// Who, as one of the key's users.
        user: UserHash,
        /// What.
        key: Cow<'a, str>,
    },
    /// A key was removed.
    Removed {
        /// The key.
        key: Cow<'a, str>,
    },
    /// A removed key was let in again.
    Restored {
        /// The key.
        key: Cow<'a, str>,
    },
    /// One of a list of rules, which come one after another and count when the last is there.
    Rule {
        /// Its place in the list.
        index: u32,
        /// Rules in the list.
        count: u32,
        /// The rule.
        rule: Rule,
    },
    /// The list of rules became empty.
    NoRules,
    /// Everything before was merged into a base whose weights hold at this time; what stays in force follows.
    Mark {
        /// The time, in seconds.
        at: f64,
    },
    /// A key that waits for more users: as it was at a mark, or once a base came into use that does not have it.
    Candidate {
        /// The latest time at which it was observed, in seconds.
        last: f64,
        /// Its decayed weight at that time.
        weight: f64,
        /// Its users so far.
        users: Cow<'a, [UserHash]>,
        /// The key.
        key: Cow<'a, str>,
    },
}

const OBSERVED: u8 = 1;
const REMOVED: u8 = 2;
const RESTORED: u8 = 3;
const RULE: u8 = 4;
const NO_RULES: u8 = 5;
const MARK: u8 = 6;
const CANDIDATE: u8 = 7;

impl Record<'_> {
    /// Appends the payload's bytes.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Observed {
                at,
                weight,
                user,
                key,
            } => {
                out.push(OBSERVED);
                out.extend(at.to_le_bytes());
                out.extend(weight.to_le_bytes());
                out.extend(user.to_le_bytes());
                out.extend(key.as_bytes());
            }
            Self::Removed { key } => {
                out.push(REMOVED);
                out.extend(key.as_bytes());
            }
            Self::Restored { key } => {
                out.push(RESTORED);
                out.extend(key.as_bytes());
            }
            Self::Rule { index, count, rule } => {
                out.push(RULE);
                out.extend(index.to_le_bytes());
                out.extend(count.to_le_bytes());
                out.push(match rule {
                    Rule::Key(_) => 0,
                    Rule::Substring(_) => 1,
                    Rule::Words(_) => 2,
                    Rule::Pattern(_) => 3,
                    Rule::Except(_) => 4,
                });
                out.extend(rule.text().as_bytes());
            }
            Self::NoRules => out.push(NO_RULES),
            Self::Mark { at } => {
                out.push(MARK);
                out.extend(at.to_le_bytes());
            }
            Self::Candidate {
                last,
                weight,
                users,
                key,
            } => {
                out.push(CANDIDATE);
                out.extend(last.to_le_bytes());
                out.extend(weight.to_le_bytes());
                out.extend((users.len() as u32).to_le_bytes());
                users.iter().for_each(|user| out.extend(user.to_le_bytes()));
                out.extend(key.as_bytes());
            }
        }
    }

    /// What a payload says, or `None` when it is none of ours.
    pub(super) fn decode(payload: &[u8]) -> Option<Record<'_>> {
        let (&kind, rest) = payload.split_first()?;
        let mut bytes = Bytes(rest);
        Some(match kind {
            OBSERVED => Record::Observed {
                at: bytes.finite()?,
                weight: bytes.finite().filter(|weight| *weight >= 0.0)?,
                user: u64::from_le_bytes(bytes.array()?),
                key: bytes.key()?,
            },
            REMOVED => Record::Removed { key: bytes.key()? },
            RESTORED => Record::Restored { key: bytes.key()? },
            RULE => {
                let index = u32::from_le_bytes(bytes.array()?);
                let count = u32::from_le_bytes(bytes.array()?);
                let [kind] = bytes.array()?;
                if index >= count || count as usize > MAX_RULES {
                    return None;
                }
                let text = bytes.key()?.into_owned();
                let rule = match kind {
                    0 => Rule::Key(text),
                    1 => Rule::Substring(text),
                    2 => Rule::Words(text),
                    3 => Rule::Pattern(text),
                    4 => Rule::Except(text),
                    _ => return None,
                };
                Record::Rule { index, count, rule }
            }
            NO_RULES if rest.is_empty() => Record::NoRules,
            MARK => {
                let at = bytes.finite()?;
                bytes.0.is_empty().then_some(Record::Mark { at })?
            }
            CANDIDATE => {
                let last = bytes.finite()?;
                let weight = bytes.finite().filter(|weight| *weight >= 0.0)?;
                let count = u32::from_le_bytes(bytes.array()?);
                if count > MAX_USERS {
                    return None;
                }
                let users: Option<Vec<u64>> = (0..count)
                    .map(|_| bytes.array().map(u64::from_le_bytes))
                    .collect();
                Record::Candidate {
                    last,
                    weight,
                    users: users?.into(),
                    key: bytes.key()?,
                }
            }
            _ => return None,
        })
    }
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn finite(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes).filter(|x| x.is_finite())
    }

    /// The rest, as a key.
    fn key(&mut self) -> Option<Cow<'a, str>> {
        let text = std::str::from_utf8(std::mem::take(&mut self.0)).ok()?;
        (1..=MAX_TEXT)
            .contains(&text.len())
            .then_some(Cow::Borrowed(text))
    }
}
