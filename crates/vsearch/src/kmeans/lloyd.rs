//! Moving the centres.

use super::{Balance, Centres};
use crate::parallel;
use crate::random::Random;

/// Lloyd's iterations over all points.
pub(super) fn full(
    centres: &mut Centres,
    points: &[f32],
    iterations: usize,
    balance: Balance,
    random: &mut Random,
) {
    let clusters = centres.len();
    let mut before: Vec<(u32, f32)> = Vec::new();
    let mut bias = centres.halves.clone();
    let mut usual = vec![points.len() as f64 / centres.width as f64 / clusters.max(1) as f64; clusters];
    let square = mean_square(points, centres.width);
    for _ in 0..iterations {
        let found = centres.assign_by(points, &bias);
        if found.iter().map(|f| f.0).eq(before.iter().map(|f| f.0)) {
            return;
        }
        let members = Members::of(&found, clusters);
        move_to_means(centres, points, &members);
        start_anew(centres, points, &members, random);
        centres.pack();
        bias.clone_from(&centres.halves);
        if let Balance::Penalty(share) = balance {
            let loss: f64 = found.iter().map(|f| f64::from(f.1)).sum();
            // A loss is |c|²/2 − ⟨x, c⟩, half the squared distance without |x|²/2.
            let spread = (square / 2.0 + loss / found.len().max(1) as f64).max(0.0);
            let mean = found.len() as f64 / clusters.max(1) as f64;
            for (c, usual) in usual.iter_mut().enumerate() {
                // Half of the past, so that sizes do not swing.
                *usual = (*usual + members.of_cluster(c).len() as f64) / 2.0;
                bias[c] += (f64::from(share) * spread * (*usual / mean - 1.0)) as f32;
            }
        }
        before = found;
    }
}

/// Mini-batches: each centre moves to the running mean of the points that came to it.
pub(super) fn mini(
    centres: &mut Centres,
    points: &[f32],
    iterations: usize,
    size: usize,
    random: &mut Random,
) {
    let (width, count) = (centres.width, points.len() / centres.width);
    let mut seen = vec![0u64; centres.len()];
    let mut batch = Vec::with_capacity(size.min(count) * width);
    for _ in 0..iterations {
        batch.clear();
        for _ in 0..size.min(count) {
            batch.extend_from_slice(&points[random.below(count) * width..][..width]);
        }
        let found = centres.assign(&batch);
        for (point, (c, _)) in batch.chunks_exact(width).zip(found) {
            let c = c as usize;
            seen[c] += 1;
            let share = 1.0 / seen[c] as f32;
            for (x, y) in centres.rows[c * width..][..width].iter_mut().zip(point) {
                *x += (*y - *x) * share;
            }
        }
        centres.pack();
    }
}

fn mean_square(points: &[f32], width: usize) -> f64 {
    let sum: f64 = points.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
    sum / (points.len() / width).max(1) as f64
}

/// The points of each cluster, in order.
pub(crate) struct Members {
    starts: Vec<usize>,
    points: Vec<u32>,
}

impl Members {
    pub(crate) fn of(found: &[(u32, f32)], clusters: usize) -> Self {
        let mut starts = vec![0; clusters + 1];
        for (c, _) in found {
            starts[*c as usize + 1] += 1;
        }
        for c in 0..clusters {
            starts[c + 1] += starts[c];
        }
        let (mut next, mut points) = (starts.clone(), vec![0; found.len()]);
        for (i, (c, _)) in found.iter().enumerate() {
            points[next[*c as usize]] = i as u32;
            next[*c as usize] += 1;
        }
        Self { starts, points }
    }

    pub(crate) fn of_cluster(&self, c: usize) -> &[u32] {
        &self.points[self.starts[c]..self.starts[c + 1]]
    }
}

fn move_to_means(centres: &mut Centres, points: &[f32], members: &Members) {
    let width = centres.width;
    parallel::for_chunks(&mut centres.rows, width * 16, |i, rows| {
        let mut sum = vec![0.0f64; width];
        for (j, centre) in rows.chunks_exact_mut(width).enumerate() {
            let members = members.of_cluster(i * 16 + j);
            if members.is_empty() {
                continue;
            }
            sum.fill(0.0);
            for point in members {
                let point = &points[*point as usize * width..][..width];
                sum.iter_mut()
                    .zip(point)
                    .for_each(|(sum, x)| *sum += f64::from(*x));
            }
            let share = 1.0 / members.len() as f64;
            centre
                .iter_mut()
                .zip(&sum)
                .for_each(|(x, sum)| *x = (sum * share) as f32);
        }
    });
}

/// Puts each centre without points onto a point of the cluster that is largest when those already split are halved.
fn start_anew(centres: &mut Centres, points: &[f32], members: &Members, random: &mut Random) {
    let (width, clusters) = (centres.width, centres.len());
    let mut sizes: Vec<_> = (0..clusters).map(|c| members.of_cluster(c).len()).collect();
    for empty in 0..clusters {
        if sizes[empty] > 0 {
            continue;
        }
        let largest = (0..clusters).fold(0, |best, c| if sizes[c] > sizes[best] { c } else { best });
        let crowd = members.of_cluster(largest);
        if sizes[largest] < 2 || crowd.is_empty() {
            return;
        }
        let point = crowd[random.below(crowd.len())] as usize;
        centres.rows[empty * width..][..width].copy_from_slice(&points[point * width..][..width]);
        sizes[largest] /= 2;
        sizes[empty] = sizes[largest];
    }
}
