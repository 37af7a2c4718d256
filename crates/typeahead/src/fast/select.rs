//! The best rows of an interval, by two levels of minima above the rows.
//!
//! The `k` best rows of an interval lie in the `k` of its blocks whose minima are best, and those in the `k` best groups of
//! blocks. So three short scans choose them, each over numbers that lie side by side.

use bowerbird_core::container::{Container, ContainerWriter, LoadError, Tag, View};
use std::ops::Range;

const LEVEL: Tag = Tag::new("level");
const BLOCK_MIN: Tag = Tag::new("blockmin");
const GROUP_MIN: Tag = Tag::new("groupmin");
/// Rows in a block, and blocks in a group.
const FAN: usize = 64;
/// Numbers that one comparison of many looks at.
const LANES: usize = 16;

/// A row with its level: the order of rows, best first.
pub(super) type Ranked = u64;

#[inline]
pub(super) const fn ranked(level: u32, row: usize) -> Ranked {
    (level as u64) << 32 | row as u64
}

/// The row in a [`Ranked`].
#[inline]
pub(super) const fn row_of(ranked: Ranked) -> usize {
    (ranked & 0xFFFF_FFFF) as usize
}

/// The level in a [`Ranked`].
#[inline]
pub(super) const fn level_of(ranked: Ranked) -> u32 {
    (ranked >> 32) as u32
}

/// A level a row, and the least of each 64, and of each 4,096.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    levels: View<u32>,
    blocks: View<u32>,
    groups: View<u32>,
}

/// Memory of a selection, for use again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chosen {
    rows: Vec<Ranked>,
    blocks: Vec<Ranked>,
    groups: Vec<Ranked>,
}

impl Chosen {
    /// The chosen rows, best first.
    #[inline]
    pub(super) fn rows(&self) -> &[Ranked] {
        &self.rows
    }
}

impl Order {
    pub(super) fn of(levels: Vec<u32>) -> Self {
        let minima = |values: &[u32]| -> Vec<u32> {
            values
                .chunks(FAN)
                .map(|chunk| chunk.iter().copied().min().unwrap_or(u32::MAX))
                .collect()
        };
        let blocks = minima(&levels);
        let groups = minima(&blocks);
        Self {
            levels: View::aligned(&levels),
            blocks: blocks.into(),
            groups: groups.into(),
        }
    }

    #[inline]
    pub(super) fn level(&self, row: usize) -> u32 {
        self.levels.get(row).copied().unwrap_or(u32::MAX)
    }

    /// The best row of a non-empty interval.
    pub(super) fn best(&self, rows: Range<usize>) -> Ranked {
        if rows.len() == 1 {
            return ranked(self.level(rows.start), rows.start);
        }
        if rows.len() <= 4 * FAN {
            return least(&self.levels, rows);
        }
        let inner = rows.start.div_ceil(FAN)..rows.end / FAN;
        let edges = least(&self.levels, rows.start..inner.start * FAN)
            .min(least(&self.levels, inner.end * FAN..rows.end));
        let block = if inner.len() <= 4 * FAN {
            least(&self.blocks, inner)
        } else {
            let middle = inner.start.div_ceil(FAN)..inner.end / FAN;
            let sides = least(&self.blocks, inner.start..middle.start * FAN)
                .min(least(&self.blocks, middle.end * FAN..inner.end));
            let group = least(&self.groups, middle);
            if level_of(sides) < level_of(group)
                || (level_of(sides) == level_of(group) && row_of(sides) < row_of(group) * FAN)
            {
                sides
            } else {
                first(&self.blocks, row_of(group) * FAN, level_of(group))
            }
        };
        if level_of(edges) < level_of(block)
            || (level_of(edges) == level_of(block) && row_of(edges) < row_of(block) * FAN)
        {
            return edges;
        }
        first(&self.levels, row_of(block) * FAN, level_of(block))
    }

    /// The best `k` rows of an interval, best first.
    pub(super) fn select(&self, rows: Range<usize>, k: usize, chosen: &mut Chosen) {
        chosen.rows.clear();
        if k == 0 {
            return;
        }
        if rows.len() <= 8 * FAN {
            return scan(&self.levels, rows, k, &mut chosen.rows);
        }
        let inner = rows.start.div_ceil(FAN)..rows.end / FAN;
        scan(&self.levels, rows.start..inner.start * FAN, k, &mut chosen.rows);
        scan(&self.levels, inner.end * FAN..rows.end, k, &mut chosen.rows);
        chosen.blocks.clear();
        if inner.len() <= 8 * FAN {
            scan(&self.blocks, inner, k, &mut chosen.blocks);
        } else {
            let middle = inner.start.div_ceil(FAN)..inner.end / FAN;
            scan(
                &self.blocks,
                inner.start..middle.start * FAN,
                k,
                &mut chosen.blocks,
            );
            scan(&self.blocks, middle.end * FAN..inner.end, k, &mut chosen.blocks);
            chosen.groups.clear();
            scan(&self.groups, middle, k, &mut chosen.groups);
            descend(&self.blocks, &chosen.groups, k, &mut chosen.blocks);
        }
        descend(&self.levels, &chosen.blocks, k, &mut chosen.rows);
    }

    pub(super) fn bytes(&self) -> usize {
        4 * (self.levels.len() + self.blocks.len() + self.groups.len())
    }

    pub(super) fn write<'a>(&'a self, writer: &mut ContainerWriter<'a>) {
        writer
            .elements(LEVEL, &self.levels[..])
            .elements(BLOCK_MIN, &self.blocks[..])
            .elements(GROUP_MIN, &self.groups[..]);
    }

    pub(super) fn read(container: &Container, rows: usize) -> Result<Self, LoadError> {
        let order = Self {
            levels: container.view(LEVEL)?,
            blocks: container.view(BLOCK_MIN)?,
            groups: container.view(GROUP_MIN)?,
        };
        let blocks = rows.div_ceil(FAN);
        for (tag, found, wanted) in [
            (LEVEL, order.levels.len(), rows),
            (BLOCK_MIN, order.blocks.len(), blocks),
            (GROUP_MIN, order.groups.len(), blocks.div_ceil(FAN)),
        ] {
            if found != wanted {
                return Err(LoadError::invalid(tag, "as long as the number of rows says"));
            }
        }
        Ok(order)
    }

    /// Checks levels and minima. O(rows).
    pub(super) fn check(&self, distinct: usize) -> Result<(), LoadError> {
        if self.levels.iter().any(|&level| level as usize >= distinct) {
            return Err(LoadError::invalid(LEVEL, "levels number the distinct weights"));
        }
        let fresh = Self::of(self.levels.to_vec());
        if fresh.blocks[..] != self.blocks[..] || fresh.groups[..] != self.groups[..] {
            return Err(LoadError::invalid(BLOCK_MIN, "minima of the levels"));
        }
        Ok(())
    }
}

/// The least value of a range, the first where several are; greater than all where the range is empty.
fn least(values: &[u32], range: Range<usize>) -> Ranked {
    let start = range.start;
    let Some(values) = values.get(range) else {
        return Ranked::MAX;
    };
    let least = values.iter().copied().min();
    least.map_or(Ranked::MAX, |least| {
        ranked(
            least,
            start + values.iter().position(|&value| value == least).unwrap_or(0),
        )
    })
}

/// The first place from `start` on, within one fan, that holds `value`.
fn first(values: &[u32], start: usize, value: u32) -> Ranked {
    let end = (start + FAN).min(values.len());
    let found = values
        .get(start..end)
        .and_then(|fan| fan.iter().position(|&other| other == value));
    ranked(value, start + found.unwrap_or(0))
}

/// The best of what lies below the given minima, which are best first.
fn descend(values: &[u32], above: &[Ranked], k: usize, best: &mut Vec<Ranked>) {
    for &minimum in above {
        let start = row_of(minimum) * FAN;
        if best.len() == k && best[k - 1] < ranked(level_of(minimum), start) {
            return;
        }
        scan(values, start..(start + FAN).min(values.len()), k, best);
    }
}

/// Adds the values of a range to the `k` best, which stay sorted.
#[inline]
fn scan(values: &[u32], range: Range<usize>, k: usize, best: &mut Vec<Ranked>) {
    let mut start = range.start;
    let Some(values) = values.get(range) else { return };
    for lanes in values.chunks(LANES) {
        let bound = if best.len() < k {
            u32::MAX
        } else {
            level_of(best[k - 1])
        };
        if any_at_most(lanes, bound) {
            for (i, &value) in lanes.iter().enumerate() {
                insert(best, k, ranked(value, start + i));
            }
        }
        start += LANES;
    }
}

#[inline]
fn any_at_most(lanes: &[u32], bound: u32) -> bool {
    // Levels are below 2^31, so they compare as signed numbers, which every vector unit can do.
    let bound = bound as i32 & i32::MAX;
    if let Ok(lanes) = <&[u32; LANES]>::try_from(lanes) {
        let mut found = 0_i32;
        for &value in lanes {
            found |= i32::from(value as i32 <= bound);
        }
        return found != 0;
    }
    lanes.iter().any(|&value| value as i32 <= bound)
}

#[inline]
fn insert(best: &mut Vec<Ranked>, k: usize, new: Ranked) {
    if best.len() == k {
        if best[k - 1] <= new {
            return;
        }
        best.pop();
    }
    let mut at = best.len();
    best.push(new);
    while at > 0 && best[at - 1] > new {
        best[at] = best[at - 1];
        at -= 1;
    }
    best[at] = new;
}
