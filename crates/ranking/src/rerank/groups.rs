//! One rule, and what it forbids at the next position.

use bowerbird_core::ItemId;

pub(super) type GroupOf = Box<dyn Fn(ItemId) -> Option<u64> + Send + Sync>;

/// What a rule limits. `Selection` positions count from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Limit {
    /// At most `most` of a group in any `window` consecutive positions.
    Spacing { most: usize, window: usize },
    /// At most `most` of a group in the first `first` positions.
    AtMost { most: usize, first: usize },
    /// At least `least` rows that have a group in the first `first` positions.
    AtLeast { least: usize, first: usize },
}

pub(super) struct Rule {
    pub(super) limit: Limit,
    pub(super) group: GroupOf,
}

/// A rule's view of one request.
#[derive(Default)]
pub(super) struct Ledger {
    /// The group of each row.
    groups: Vec<Option<u64>>,
    /// Rows that have a group.
    members: usize,
    /// Groups that may not be picked next, sorted.
    blocked: Vec<u64>,
    /// No row that has a group may be picked next.
    all_blocked: bool,
    /// The next pick has to be a member.
    forced: bool,
    /// Members still wanted, and the position by which.
    wanted: usize,
    due: usize,
}

impl Ledger {
    pub(super) fn clear(&mut self) {
        self.groups.clear();
        self.members = 0;
    }

    /// Notes the groups of the next rows.
    pub(super) fn extend(&mut self, rule: &Rule, items: &[ItemId]) {
        for &item in items {
            let group = (rule.group)(item);
            self.members += usize::from(group.is_some());
            self.groups.push(group);
        }
    }

    fn group(&self, row: u32) -> Option<u64> {
        self.groups.get(row as usize).copied().flatten()
    }

    /// Works out what the rule forbids after `picked`, in a selection of `limit`.
    fn update(&mut self, rule: Limit, picked: &[u32], limit: usize) {
        self.forced = false;
        self.wanted = 0;
        self.all_blocked = false;
        self.blocked.clear();
        match rule {
            Limit::Spacing { most, window } => {
                self.block(&picked[picked.len().saturating_sub(window - 1)..], most);
            }
            Limit::AtMost { most, first } if picked.len() < first => {
                self.all_blocked = most == 0;
                self.block(picked, most);
            }
            Limit::AtLeast { least, first } if picked.len() < first => {
                let have = picked.iter().filter(|&&row| self.group(row).is_some()).count();
                self.wanted = least.saturating_sub(have).min(self.members - have);
                self.due = first.min(limit);
            }
            Limit::AtMost { .. } | Limit::AtLeast { .. } => {}
        }
    }

    /// Blocks the groups that `history` has `most` rows of.
    fn block(&mut self, history: &[u32], most: usize) {
        let mut groups = std::mem::take(&mut self.blocked);
        groups.extend(history.iter().filter_map(|&row| self.group(row)));
        groups.sort_unstable();
        let (mut kept, mut run) = (0, 0);
        for at in 0..groups.len() {
            run = if at > 0 && groups[at] == groups[at - 1] {
                run + 1
            } else {
                1
            };
            if run == most {
                groups[kept] = groups[at];
                kept += 1;
            }
        }
        groups.truncate(kept);
        self.blocked = groups;
    }
}

/// Works out what all rules together forbid after `picked`.
///
/// Members that are wanted by a position are scheduled as jobs with a due date: as soon as the jobs due by some position
/// take all positions up to it, the next pick has to be one of them.
pub(super) fn update(rules: &[Rule], ledgers: &mut [Ledger], picked: &[u32], limit: usize) {
    for (rule, ledger) in rules.iter().zip(&mut *ledgers) {
        ledger.update(rule.limit, picked, limit);
    }
    let due_by = |ledgers: &[Ledger], due: usize| -> usize {
        ledgers
            .iter()
            .filter(|ledger| ledger.due <= due)
            .map(|ledger| ledger.wanted)
            .sum()
    };
    let wanting = ledgers.iter().filter(|ledger| ledger.wanted > 0);
    let tight = wanting
        .map(|ledger| ledger.due)
        .filter(|&due| due_by(ledgers, due) + picked.len() >= due)
        .min();
    if let Some(due) = tight {
        for ledger in ledgers {
            ledger.forced = ledger.wanted > 0 && ledger.due <= due;
        }
    }
}

/// Rules that picking `row` next would break; the wanted members together count as one.
pub(super) fn broken(ledgers: &[Ledger], row: u32) -> usize {
    let (mut broken, mut forced, mut serves) = (0, false, false);
    for ledger in ledgers {
        let group = ledger.group(row);
        forced |= ledger.forced;
        serves |= ledger.forced && group.is_some();
        if let Some(group) = group {
            broken += usize::from(ledger.all_blocked || ledger.blocked.binary_search(&group).is_ok());
        }
    }
    broken + usize::from(forced && !serves)
}
