//! Where every candidate ended: shown, filtered, narrowed away or not selected, and nowhere else.

use bowerbird_core::ItemId;
use rustc_hash::FxHashMap;
use std::fmt;
use std::sync::Arc;

/// Where a merged candidate ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Fate {
    /// In the slate.
    Shown {
        /// Its position, 0 being the first.
        position: u32,
    },
    /// Rejected by a filter.
    Filtered {
        /// The filter's number: early filters first, then late ones.
        filter: u16,
    },
    /// Cut off when a stage kept only its best.
    Narrowed {
        /// 0 for the merge, otherwise 1 + the ranking phase.
        stage: u16,
        /// Its rank there, 0 being the best.
        rank: u32,
    },
    /// Ranked to the end and left out of the slate.
    NotSelected {
        /// Its rank after the last phase, 0 being the best.
        rank: u32,
    },
}

/// The fates of all merged candidates of a request, by the row that each had when the sources were merged.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Fates {
    items: Vec<ItemId>,
    fates: Vec<Fate>,
}

impl Fates {
    /// Every item of `items` starts as selected last of all.
    pub(crate) fn begin(&mut self, items: &[ItemId]) {
        self.items.clear();
        self.items.extend_from_slice(items);
        self.fates.clear();
        self.fates
            .resize(items.len(), Fate::NotSelected { rank: u32::MAX });
    }

    pub(crate) fn set(&mut self, origin: u32, fate: Fate) {
        self.fates[origin as usize] = fate;
    }

    /// Candidates in all.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True when nothing was retrieved.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Every candidate with its fate, in merged order.
    pub fn iter(&self) -> impl Iterator<Item = (ItemId, Fate)> + '_ {
        self.items.iter().copied().zip(self.fates.iter().copied())
    }

    /// The fate of `item`; `None` if it was not retrieved. O(candidates).
    pub fn of(&self, item: ItemId) -> Option<Fate> {
        let row = self.items.iter().position(|&other| other == item)?;
        Some(self.fates[row])
    }

    /// All fates by item, for many questions to one answer.
    pub fn by_item(&self) -> FxHashMap<ItemId, Fate> {
        self.iter().collect()
    }
}

/// Why an item is in the answer, or why it isn't.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Verdict {
    /// No source gave it.
    NotRetrieved {
        /// Sources that did less than all of their work, and so might have.
        degraded: Vec<Arc<str>>,
    },
    /// Another item stands for it.
    Duplicate {
        /// That item.
        of: ItemId,
        /// What became of that one.
        verdict: Box<Verdict>,
    },
    /// A filter rejected it.
    Filtered {
        /// The filter.
        by: Arc<str>,
    },
    /// A stage kept only its best, and it was not among them.
    Narrowed {
        /// The stage.
        at: Arc<str>,
        /// Its rank there, 0 being the best.
        rank: u32,
        /// How many were kept.
        cutoff: u32,
    },
    /// It ranked high enough, and the re-ranker put others in its place.
    Displaced {
        /// Its rank before re-ranking, 0 being the best.
        rank: u32,
    },
    /// It was ranked, too low.
    NotSelected {
        /// Its rank before re-ranking, 0 being the best.
        rank: u32,
    },
    /// It is in the slate.
    Shown {
        /// Its position, 0 being the first.
        position: u32,
        /// Its rank before re-ranking, 0 being the best.
        rank: u32,
    },
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRetrieved { degraded } if degraded.is_empty() => f.write_str("no source found it"),
            Self::NotRetrieved { degraded } => {
                write!(f, "no source found it; degraded: {}", degraded.join(", "))
            }
            Self::Duplicate { of, verdict } => write!(f, "item {of} stands for it: {verdict}"),
            Self::Filtered { by } => write!(f, "rejected by the filter {by}"),
            Self::Narrowed { at, rank, cutoff } => {
                write!(
                    f,
                    "narrowed away at {at}: rank {}, {cutoff} kept",
                    rank.saturating_add(1)
                )
            }
            Self::Displaced { rank } => {
                write!(f, "ranked {}, displaced by the re-ranker", rank.saturating_add(1))
            }
            Self::NotSelected { rank } => write!(f, "ranked {}", rank.saturating_add(1)),
            Self::Shown { position, rank } => {
                write!(f, "shown at {}, ranked {}", position + 1, rank.saturating_add(1))
            }
        }
    }
}
