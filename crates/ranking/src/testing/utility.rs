//! The kit of utilities.

use super::bits;
use crate::stage::{HeadView, Utility};
use std::collections::BTreeSet;

/// Checks `utility` on `columns`: one column for each of its heads, all as long, NaN where a head is missing.
///
/// - Its heads have names of their own, and there is one.
/// - Every row is filled; a row's value depends on its own heads only, and is the same bits in every run.
/// - A row without any head has utility NaN, so that it comes last.
///
/// # Panics
///
/// When any of it does not hold, or `columns` does not fit the utility.
pub fn utility(utility: &dyn Utility, columns: &[Vec<f32>]) {
    let names: BTreeSet<_> = utility.heads().iter().collect();
    assert_eq!(names.len(), utility.heads().len(), "a head is named twice");
    assert!(!names.is_empty(), "no head");
    assert_eq!(columns.len(), names.len(), "one column for each head");
    let rows = columns[0].len();
    assert!(
        columns.iter().all(|column| column.len() == rows),
        "columns of different lengths"
    );

    let wired: Vec<usize> = (0..columns.len()).collect();
    let run = |columns: &[Vec<f32>], rows: usize, beneath: f32| {
        let mut out = vec![beneath; rows];
        utility.combine(&HeadView::new(columns, &wired, rows), &mut out);
        out
    };
    let whole = bits(&run(columns, rows, 0.25));
    for few in 0..=rows {
        assert_eq!(
            bits(&run(columns, few, 0.75)),
            whole[..few],
            "the first {few} rows alone, or a row never set"
        );
    }
    for row in 0..rows {
        let alone: Vec<Vec<f32>> = columns.iter().map(|column| vec![column[row]]).collect();
        assert_eq!(bits(&run(&alone, 1, 0.5))[0], whole[row], "row {row} alone");
    }
    let missing = vec![vec![f32::NAN]; columns.len()];
    assert!(
        run(&missing, 1, 0.5)[0].is_nan(),
        "a row without any head has a utility"
    );
}
