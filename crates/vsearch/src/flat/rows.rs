//! Contiguous rows that start at a cache line.

use std::ops::Range;

/// Floats in a cache line of 64 bytes.
const LINE: usize = 16;

/// `len / dimension` rows, one after another, the first at a multiple of 64 bytes.
#[derive(Debug)]
pub(super) struct Rows {
    data: Vec<f32>,
    start: usize,
    dimension: usize,
}

impl Rows {
    /// Room for `count` rows; [`data`](Self::data) is to be filled with exactly as many.
    pub(super) fn with_capacity(count: usize, dimension: usize) -> Self {
        let mut data: Vec<f32> = Vec::with_capacity(count * dimension + LINE);
        // In units of f32; the allocation is not moved, since its capacity is never exceeded.
        let start = data.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
        data.resize(start, 0.0);
        Self {
            data,
            start,
            dimension,
        }
    }

    /// Where rows are appended.
    pub(super) fn data(&mut self) -> &mut Vec<f32> {
        &mut self.data
    }

    pub(super) fn all(&self) -> &[f32] {
        &self.data[self.start..]
    }

    /// The rows of `range`, contiguous.
    pub(super) fn range(&self, range: Range<usize>) -> &[f32] {
        &self.all()[range.start * self.dimension..range.end * self.dimension]
    }
}

impl Clone for Rows {
    fn clone(&self) -> Self {
        let mut copy = Self::with_capacity(self.all().len() / self.dimension, self.dimension);
        copy.data.extend_from_slice(self.all());
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_start_at_a_cache_line_in_the_original_and_in_a_copy() {
        for count in [0, 1, 7, 1000] {
            let mut rows = Rows::with_capacity(count, 3);
            rows.data().extend((0..count * 3).map(|x| x as f32));
            let copy = rows.clone();
            for rows in [&rows, &copy] {
                assert_eq!(rows.all().as_ptr() as usize % 64, 0);
                assert_eq!(rows.all().len(), count * 3);
            }
            assert_eq!(rows.all(), copy.all());
        }
    }
}
