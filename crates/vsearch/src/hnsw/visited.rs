//! Which rows a search has seen: one bit a row.

/// Up to so many words are cleared faster than remembered.
const FEW: usize = 1 << 14;

/// A set of rows that is emptied in the time that it took to fill.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visited {
    bits: Vec<u64>,
    /// Words that are not 0, where there are more than a few.
    touched: Vec<u32>,
}

impl Visited {
    /// Empties the set and makes room for rows below `rows`.
    pub(super) fn reset(&mut self, rows: usize) {
        if self.bits.len() <= FEW {
            self.bits.fill(0);
        }
        for word in self.touched.drain(..) {
            self.bits[word as usize] = 0;
        }
        self.bits.resize(rows.div_ceil(64), 0);
    }

    /// True when `row`, which there is room for, was not in the set; now it is.
    #[inline(always)]
    pub(super) fn insert(&mut self, row: u32) -> bool {
        let many = self.bits.len() > FEW;
        let word = &mut self.bits[row as usize / 64];
        let bit = 1 << (row % 64);
        if *word & bit != 0 {
            return false;
        }
        if many && *word == 0 {
            self.touched.push(row / 64);
        }
        *word |= bit;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_forgets_few_rows_and_many() {
        let mut visited = Visited::default();
        for (rows, step) in [
            (1000, 1),
            (1000, 999),
            (70, 3),
            (5000, 7),
            (3 << 20, 1001),
            (64, 1),
            (3 << 20, 77),
        ] {
            visited.reset(rows);
            for row in (0..rows as u32).step_by(step) {
                assert!(visited.insert(row) && !visited.insert(row));
            }
        }
    }
}
