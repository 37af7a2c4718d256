//! The alternation.

use super::AlsConfig;
use super::solve::{Solver, gram};
use crate::interactions::Interactions;
use crate::parallel;
use crate::scratch::ScratchPool;
use crate::source::ActionWeight;
use bowerbird_core::Progress;

/// Rows solved one after another by one thread.
const CHUNK: usize = 64;

/// User and item vectors.
pub(super) fn factors(
    interactions: &Interactions,
    config: &AlsConfig,
    progress: &mut dyn FnMut(Progress),
) -> (Vec<f32>, Vec<f32>) {
    let width = config.factors;
    let mut users = vec![0.0; interactions.users().len() * width];
    let mut items = start(interactions.items().len() * width, config);
    let total = config.iterations as u64;
    let weight = |event: usize| match config.event_weight {
        ActionWeight::Ignored => 1.0,
        ActionWeight::Multiplies => interactions.event(event).2.min(1e6),
    };
    for pass in 1..=total {
        half(&mut users, &items, config, |user, solver| {
            let range = interactions.user_range(user);
            for event in range.clone() {
                let item = interactions.event(event).0 as usize;
                solver.observe(&items[item * width..(item + 1) * width], weight(event));
            }
            range.len()
        });
        half(&mut items, &users, config, |item, solver| {
            let events = interactions.item(item);
            for (&user, &event) in events.users.iter().zip(events.events) {
                let user = user as usize;
                solver.observe(&users[user * width..(user + 1) * width], weight(event as usize));
            }
            events.users.len()
        });
        progress(Progress::of("als", pass, total));
    }
    (users, items)
}

/// Solves every row of `target` against the fixed `other`. `observe` adds a row's events and returns how many.
fn half(
    target: &mut [f32],
    other: &[f32],
    config: &AlsConfig,
    observe: impl Fn(u32, &mut Solver) -> usize + Sync,
) {
    let width = config.factors;
    let gram = gram(other, width, config.unobserved_weight);
    let solvers = ScratchPool::<Solver>::new();
    parallel::for_each_chunk(target, width, CHUNK, |first, rows| {
        let mut solver = solvers.take();
        for (row, vector) in (first as u32..).zip(rows.chunks_exact_mut(width)) {
            solver.start(&gram, width);
            let events = observe(row, &mut solver);
            solver.solve(config.ridge(events, other.len() / width), vector);
        }
    });
}

/// Small numbers around zero that depend on the seed and their place only.
fn start(length: usize, config: &AlsConfig) -> Vec<f32> {
    let spread = 0.1 / (config.factors as f32).sqrt();
    (0..length as u64)
        .map(|place| (uniform(config.seed, place) - 0.5) * 12_f32.sqrt() * spread)
        .collect()
}

/// A number in `0..1` (SplitMix64).
fn uniform(seed: u64, place: u64) -> f32 {
    let mut bits = seed
        .wrapping_mul(0xd134_2543_de82_ef95)
        .wrapping_add(place.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    (bits >> 40) as f32 / (1_u32 << 24) as f32
}
