//! From item to row: open addressing over row numbers, cleared by one fill.

use bowerbird_core::ItemId;

const EMPTY: u32 = u32::MAX;

#[derive(Debug, Default)]
pub(super) struct Table {
    slots: Vec<u32>,
    shift: u32,
}

impl Table {
    /// Empties the table and makes room for `items` at a load of at most one half.
    pub(super) fn reset(&mut self, items: usize) {
        let size = (items * 2).next_power_of_two().max(16);
        self.slots.clear();
        self.slots.resize(size, EMPTY);
        self.shift = 64 - size.trailing_zeros();
    }

    /// The row of `item`, or the vacant slot in which its row number belongs.
    pub(super) fn find_or_reserve(&self, item: ItemId, items: &[ItemId]) -> Result<usize, usize> {
        let mut slot = (item.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize;
        loop {
            match self.slots[slot] {
                EMPTY => return Err(slot),
                row if items[row as usize] == item => return Ok(row as usize),
                _ => slot = (slot + 1) & (self.slots.len() - 1),
            }
        }
    }

    pub(super) fn fill(&mut self, slot: usize, row: usize) {
        self.slots[slot] = row as u32;
    }
}
