//! The definition of every kernel, one number at a time. The other files must give its bits.

use super::LANES;

pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    for (i, (x, y)) in a.iter().zip(b).enumerate() {
        let lane = &mut lanes[i % LANES];
        *lane = x.mul_add(*y, *lane);
    }
    fold(lanes)
}

pub(super) fn squared_l2(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    for (i, (x, y)) in a.iter().zip(b).enumerate() {
        let (lane, difference) = (&mut lanes[i % LANES], x - y);
        *lane = difference.mul_add(difference, *lane);
    }
    fold(lanes)
}

/// Folds the lanes in halves. Adding `+0.0` last turns `-0.0` into `+0.0`, so that it does not matter whether a lane
/// without an element was left alone or took a product of zeros.
fn fold(mut lanes: [f32; LANES]) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0] + 0.0
}

#[inline(always)]
pub(super) fn hamming(a: &[u64], b: &[u64]) -> u32 {
    a.iter().zip(b).map(|(x, y)| (x ^ y).count_ones()).sum()
}

pub(super) fn dot_rows(query: &[f32], rows: &[f32], out: &mut [f32]) {
    each_row(query, rows, out, dot);
}

pub(super) fn squared_l2_rows(query: &[f32], rows: &[f32], out: &mut [f32]) {
    each_row(query, rows, out, squared_l2);
}

pub(super) fn dot_at(query: &[f32], rows: &[f32], ids: &[u32], out: &mut [f32]) {
    each_of(query, rows, ids, out, dot);
}

pub(super) fn squared_l2_at(query: &[f32], rows: &[f32], ids: &[u32], out: &mut [f32]) {
    each_of(query, rows, ids, out, squared_l2);
}

fn each_of(query: &[f32], rows: &[f32], ids: &[u32], out: &mut [f32], kernel: fn(&[f32], &[f32]) -> f32) {
    let width = query.len();
    for (id, score) in ids.iter().zip(out) {
        *score = kernel(query, &rows[*id as usize * width..][..width]);
    }
}

pub(super) use dot_rows as dot_cached_rows;
pub(super) use squared_l2_rows as squared_l2_cached_rows;

#[inline(always)]
pub(super) fn hamming_rows(query: &[u64], rows: &[u64], out: &mut [u32]) {
    each_row(query, rows, out, hamming);
}

/// `rows.len() == query.len() * out.len()` is the caller's.
#[inline(always)]
fn each_row<T, R>(query: &[T], rows: &[T], out: &mut [R], kernel: impl Fn(&[T], &[T]) -> R) {
    let width = query.len();
    for (i, score) in out.iter_mut().enumerate() {
        *score = kernel(query, &rows[i * width..(i + 1) * width]);
    }
}
