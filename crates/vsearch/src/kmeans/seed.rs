//! Seeds that lie apart.

use super::sample;
use crate::parallel;
use crate::random::Random;
use bowerbird_core::kernel;

/// Vectors a seed is drawn from: k-means++ looks at each of them once a seed.
const POINTS_A_SEED: usize = 4;
/// The least sample: with few seeds there is no reason to be sparing.
const LEAST: usize = 2048;
/// Points of one task.
const CHUNK: usize = 2048;

/// `count` of the points (at least as many), each drawn with odds in proportion to its squared distance from the
/// nearest one drawn before. O(count² · width).
pub(super) fn plus_plus(points: &[f32], width: usize, count: usize, random: &mut Random) -> Vec<f32> {
    let drawn = sample(points, width, (count * POINTS_A_SEED).max(LEAST), random);
    let points = drawn.as_deref().unwrap_or(points);
    let total = points.len() / width;
    let mut seeds = Vec::with_capacity(count * width);
    // Squared length and squared distance of each point.
    let mut state: Vec<_> = points
        .chunks_exact(width)
        .map(|x| (kernel::dot(x, x), f32::INFINITY))
        .collect();
    for i in 0..count {
        let next = if i == 0 {
            random.below(total)
        } else {
            draw(&state, random)
        };
        let seed = &points[next * width..][..width];
        let square = state[next].0;
        parallel::for_chunks(&mut state, CHUNK, |at, state| {
            let mut dots = [0.0; CHUNK];
            let dots = &mut dots[..state.len()];
            kernel::dot_rows(seed, &points[at * CHUNK * width..][..state.len() * width], dots);
            for ((own, distance), dot) in state.iter_mut().zip(dots) {
                *distance = distance.min((*own + square - 2.0 * *dot).max(0.0));
            }
        });
        state[next].1 = 0.0;
        seeds.extend_from_slice(seed);
    }
    seeds
}

fn draw(state: &[(f32, f32)], random: &mut Random) -> usize {
    let sum: f64 = state.iter().map(|(_, distance)| f64::from(*distance)).sum();
    let mut left = sum * random.unit();
    if sum > 0.0 {
        for (i, (_, distance)) in state.iter().enumerate() {
            left -= f64::from(*distance);
            if left < 0.0 {
                return i;
            }
        }
    }
    // All points coincide with seeds.
    random.below(state.len())
}
