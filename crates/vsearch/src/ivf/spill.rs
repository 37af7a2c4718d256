//! A second list for every vector.
//!
//! The score of a code is off most for queries along the residual x − c. A second centre whose residual points
//! elsewhere is off for other queries: so the second list is the one with the least |x − c′|² plus λ times the square of
//! the part of x − c′ that lies along the first residual (Sun and others, 2023).

use crate::kernel::{Tier, panel};
use crate::kmeans::Centres;
use crate::parallel;

/// How much the part along the first residual weighs.
const LAMBDA: f32 = 1.0;
/// Rows of one task.
const CHUNK: usize = 48;

/// The second list of each row, after the `first`; that itself where there is no other.
pub(super) fn second(centres: &Centres, rows: &[f32], first: &[(u32, f32)]) -> Vec<u32> {
    let (width, panels, halves) = (centres.width(), centres.panels(), centres.halves());
    let (columns, tier) = (halves.len(), Tier::active());
    let mut found: Vec<u32> = first.iter().map(|(list, _)| *list).collect();
    parallel::for_chunks(&mut found, CHUNK, |i, found| {
        let rows = &rows[i * CHUNK * width..][..found.len() * width];
        let mut residuals = rows.to_vec();
        for (row, list) in residuals.chunks_exact_mut(width).zip(&*found) {
            let centre = &centres.rows()[*list as usize * width..][..width];
            row.iter_mut().zip(centre).for_each(|(x, c)| *x -= c);
        }
        let mut products = vec![0.0; 2 * found.len() * columns];
        let (near, along) = products.split_at_mut(found.len() * columns);
        panel::scores(tier, rows, width, panels, near);
        panel::scores(tier, &residuals, width, panels, along);
        for (r, list) in found.iter_mut().enumerate() {
            let (row, residual) = (&rows[r * width..][..width], &residuals[r * width..][..width]);
            let square = bowerbird_core::kernel::dot(residual, residual);
            let own = bowerbird_core::kernel::dot(residual, row);
            let weight = if square > f32::MIN_POSITIVE {
                LAMBDA / square
            } else {
                0.0
            };
            let first = *list as usize;
            let mut best = (f32::INFINITY, first);
            let near = &near[r * columns..][..centres.len()];
            let along = &along[r * columns..][..centres.len()];
            for (c, ((near, along), half)) in near.iter().zip(along).zip(halves).enumerate() {
                let part = own - along;
                let loss = 2.0 * (half - near) + part * (part * weight);
                if loss < best.0 && c != first {
                    best = (loss, c);
                }
            }
            *list = best.1 as u32;
        }
    });
    found
}
