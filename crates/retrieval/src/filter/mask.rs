//! Which rows go on, and who stopped those that don't.

/// The mark of a row that filters aren't asked about.
const EXCLUDED: u16 = u16::MAX;

/// One mark a row: kept, rejected by which filter, or not asked about.
#[derive(Clone, Debug, Default)]
pub struct FilterMask {
    /// 0 = kept, `EXCLUDED`, otherwise 1 + the filter's index.
    marks: Vec<u16>,
    current: u16,
    rejected: usize,
}

impl FilterMask {
    /// A mask of `rows` kept rows.
    pub fn new(rows: usize) -> Self {
        let mut mask = Self::default();
        mask.reset(rows);
        mask
    }

    /// Keeps every one of `rows` rows; memory is reused.
    pub fn reset(&mut self, rows: usize) {
        self.marks.clear();
        self.marks.resize(rows, 0);
        self.current = 0;
        self.rejected = 0;
    }

    /// Makes filter number `filter` the author of the marks that follow.
    ///
    /// # Panics
    ///
    /// When `filter` is 65,534 or more; a pipeline with so many filters is refused when it is built.
    pub fn begin(&mut self, filter: usize) {
        self.current = u16::try_from(filter + 1).expect("fewer than 65,534 filters");
        assert!(self.current != EXCLUDED, "fewer than 65,534 filters");
    }

    /// Marks `row` as not going on. A row that is marked already keeps its first mark.
    ///
    /// # Panics
    ///
    /// When there is no such row, or outside of a filter.
    pub fn reject(&mut self, row: usize) {
        assert!(
            self.current > 0,
            "rows are rejected by a filter: call `begin` first"
        );
        if self.marks[row] == 0 {
            self.marks[row] = self.current;
            self.rejected += 1;
        }
    }

    /// Takes `row` out of the question: no filter is asked about it, and none has rejected it.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn exclude(&mut self, row: usize) {
        if self.marks[row] == 0 {
            self.marks[row] = EXCLUDED;
        }
    }

    /// Takes back all marks of the current filter.
    pub fn undo(&mut self) {
        for mark in &mut self.marks {
            if *mark == self.current {
                *mark = 0;
                self.rejected -= 1;
            }
        }
    }

    /// True when filters are asked about `row` and none has rejected it.
    pub fn is_kept(&self, row: usize) -> bool {
        self.marks[row] == 0
    }

    /// The filter that rejected `row`.
    pub fn rejected_by(&self, row: usize) -> Option<usize> {
        let mark = Some(self.marks[row]).filter(|&mark| mark != EXCLUDED)?;
        mark.checked_sub(1).map(usize::from)
    }

    /// Rows rejected so far.
    pub const fn rejected(&self) -> usize {
        self.rejected
    }

    /// Rows in all.
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    /// True for a mask of no rows.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_filter_to_reject_a_row_is_remembered() {
        let mut mask = FilterMask::new(3);
        mask.begin(0);
        mask.reject(1);
        mask.begin(1);
        mask.reject(1);
        mask.reject(2);
        assert_eq!(mask.rejected_by(1), Some(0));
        assert_eq!(mask.rejected(), 2);
        mask.undo();
        assert_eq!(mask.rejected_by(2), None);
        assert_eq!(mask.rejected(), 1);
        assert!(mask.is_kept(0) && !mask.is_kept(1));
        mask.exclude(0);
        mask.reject(0);
        assert_eq!(
            (mask.is_kept(0), mask.rejected_by(0), mask.rejected()),
            (false, None, 1)
        );
    }
}
