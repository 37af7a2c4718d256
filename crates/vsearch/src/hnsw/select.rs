//! Which of many near rows a row is linked to.
//!
//! Nearest first, a candidate is taken unless a row already taken is nearer to it than the row that is being linked:
//! it will be reached through that one (Malkov and Yashunin 2018, algorithm 4).
use crate::rows::FloatRows;

/// Taken rows that are compared with a candidate by one call.
const CALL: usize = 8;

/// Puts up to `limit` of `candidates`, which ascend by loss, into `taken`.
pub(super) fn select(rows: &FloatRows, candidates: &[(f32, u32)], limit: usize, taken: &mut Vec<u32>) {
    taken.clear();
    let mut losses = [0.0; CALL];
    for (loss, candidate) in candidates {
        if taken.len() == limit {
            break;
        }
        let query = rows.padded(*candidate);
        let hidden = taken.chunks(CALL).any(|others| {
            let losses = &mut losses[..others.len()];
            rows.losses_of(query, others, losses);
            losses.iter().any(|other| other < loss)
        });
        if !hidden {
            taken.push(*candidate);
        }
    }
}
