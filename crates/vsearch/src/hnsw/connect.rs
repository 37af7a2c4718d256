//! Mending what choosing links cuts off.
//!
//! A row that all others dropped from their links cannot be found. After the last round such rows are looked for, and
//! the nearest row that a walk finds takes one of them among its links: in a free slot, or in place of a row that others
//! lead to as well.

use super::construct::{Draft, Material, Scratch};
use super::graph::{Links, NONE};
use super::walk::{Free, Layer};
use crate::rows::Rows;

/// Times that the graph is gone through: a link that gave way may have been the only good one.
const PASSES: usize = 3;

/// Links rows of the bottom layer that cannot be reached from row 0, as far as slots allow.
pub(super) fn connect(draft: &mut Draft, material: &Material<'_>, width: usize) {
    let mut scratch = Scratch::default();
    for _ in 0..PASSES {
        let mut seen = vec![false; material.count];
        flood(draft, 0, &mut seen);
        if seen.iter().all(|seen| *seen) {
            return;
        }
        let mut leading = vec![0_u32; material.count];
        for link in draft.base().iter().filter(|link| **link != NONE) {
            leading[*link as usize] += 1;
        }
        for row in 0..material.count as u32 {
            if !seen[row as usize] && adopt(draft, material, width, row, &mut leading, &mut scratch) {
                flood(draft, row, &mut seen);
            }
        }
    }
}

/// Marks all rows that can be reached from `start`, which is not marked yet.
fn flood(draft: &Draft, start: u32, seen: &mut [bool]) {
    let mut open = Vec::new();
    if let Some(first) = seen.get_mut(start as usize) {
        *first = true;
        open.push(start);
    }
    while let Some(row) = open.pop() {
        for link in draft.of(0, row) {
            if *link != NONE && !std::mem::replace(&mut seen[*link as usize], true) {
                open.push(*link);
            }
        }
    }
}

/// Has a row that a walk finds link to `row`. False when none of them has a slot to give.
fn adopt(
    draft: &mut Draft,
    material: &Material<'_>,
    width: usize,
    row: u32,
    leading: &mut [u32],
    scratch: &mut Scratch,
) -> bool {
    let Scratch { walk, query, .. } = scratch;
    material.codes.prepare(material.full.row(row), query);
    let bottom = Layer {
        links: &*draft,
        layer: 0,
        rows: material.count,
    };
    walk.run(&bottom, (material.codes, query), 0, (width, 0), None, &mut Free);
    for (_, parent) in walk.pool.iter() {
        let slots = draft.slots(parent);
        let free = slots.iter().position(|link| *link == NONE);
        let slot = free.or_else(|| slots.iter().rposition(|link| leading[*link as usize] > 1));
        if let Some(slot) = slot {
            if free.is_none() {
                leading[slots[slot] as usize] -= 1;
            }
            slots[slot] = row;
            leading[row as usize] += 1;
            return true;
        }
    }
    false
}
