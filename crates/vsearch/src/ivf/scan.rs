//! One query's way through a list.

use super::candidates::Candidates;
use super::lists::{Store, block_bytes};
use super::{IvfIndex, refine};
use crate::kernel::fastscan::{self, BLOCK, Found, GROUP, GROUP_BYTES, Scan, TOGETHER};
use crate::kernel::{Tier, prefetch};
use crate::quantize::{CodeBits, ProductQuantizer};
use crate::top::unpack;
use crate::{Hits, KeyFilter, Metric};

/// Most places scanned between two looks at the clock and the bar. A multiple of [`BLOCK`].
pub(super) const CHUNK: usize = 512;

/// Bytes of codes fetched ahead, about a list's. What lies beyond, the machine fetches by itself.
const FETCHED: usize = 4096;

/// Working memory of a search.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    pub(super) work: Work,
    pub(super) lane: Lane,
}

/// Memory that the queries of a group share.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    /// Queries as the codes see them: rotated.
    pub(super) turned: Vec<f32>,
    /// Products with the centres.
    pub(super) products: Vec<f32>,
    pub(super) ranks: Vec<u64>,
    /// Of a batch: turn, list, query, the centre's product.
    pub(super) visits: Vec<(u32, u32, u32, f32)>,
    /// Of a batch: the products of several queries.
    pub(super) many: Vec<f32>,
    pub(super) found: [Found; TOGETHER],
    /// Of the graph over the centres.
    pub(super) centres: Option<Box<Hits>>,
    pub(super) row: Vec<f32>,
    pub(super) codes: Vec<u8>,
}

/// What one query has of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Lane {
    /// Lists to search, nearest first, with the centre's product.
    pub(super) probes: Vec<(u32, f32)>,
    pub(super) candidates: Candidates,
    /// What each code of each piece adds to the loss.
    floats: Vec<f32>,
    /// The same in units of `step`, from the least of each piece: what is looked up in registers.
    table: Vec<u8>,
    step: f32,
    /// The sum of the least of each piece.
    least: f32,
}

impl Lane {
    /// Makes the look-ups of `query`, as the codes see it, to keep `limit` candidates and count those that seem to reach
    /// `bound`; forgets the last query.
    pub(super) fn start(&mut self, index: &IvfIndex, query: &[f32], bound: Option<f32>, limit: usize) {
        let within = match bound {
            None => f32::NEG_INFINITY,
            Some(bound) => index.metric.order().sign() * bound - constant(index, query),
        };
        self.candidates.start(limit, within);
        let Store::Product { quantizer, .. } = &index.store else {
            return;
        };
        quantizer.tables(query, &mut self.floats);
        let factor = factor(index.metric);
        self.floats.iter_mut().for_each(|x| *x *= factor);
        if quantizer.bits() == CodeBits::Four {
            self.quantize(quantizer);
        }
    }

    /// Sets `table` so that each number of `floats` is off by at most half a step.
    fn quantize(&mut self, quantizer: &ProductQuantizer) {
        let groups = quantizer.pieces().div_ceil(GROUP);
        self.table.clear();
        self.table.resize(groups * GROUP_BYTES, 0);
        let (mut widest, mut least) = (0.0f32, 0.0f32);
        for piece in self.floats.chunks_exact(16) {
            let (low, high) = ends(piece);
            widest = widest.max(high - low);
            least += low;
        }
        self.step = widest / 255.0;
        self.least = least;
        let per = if self.step > f32::MIN_POSITIVE {
            1.0 / self.step
        } else {
            0.0
        };
        for (out, piece) in self.table.chunks_exact_mut(16).zip(self.floats.chunks_exact(16)) {
            let (low, _) = ends(piece);
            for (out, x) in out.iter_mut().zip(piece) {
                *out = ((x - low) * per + 0.5) as u8;
            }
        }
    }
}

/// The least and the largest.
fn ends(piece: &[f32]) -> (f32, f32) {
    let mut ends = [(f32::INFINITY, f32::NEG_INFINITY); 4];
    for four in piece.chunks_exact(4) {
        for ((low, high), x) in ends.iter_mut().zip(four) {
            *low = if x < low { *x } else { *low };
            *high = if x > high { *x } else { *high };
        }
    }
    let none = (f32::INFINITY, f32::NEG_INFINITY);
    ends.iter()
        .fold(none, |ends, (low, high)| (ends.0.min(*low), ends.1.max(*high)))
}

/// What the losses of codes leave out, since it is the same for all of a query: under L2, |q|².
fn constant(index: &IvfIndex, query: &[f32]) -> f32 {
    match (index.metric, &index.store) {
        (Metric::L2, Store::Product { .. }) => bowerbird_core::kernel::dot(query, query),
        _ => 0.0,
    }
}

/// What a dot product with the query adds to the loss. Under L2 a loss is |q − x|² without |q|².
fn factor(metric: Metric) -> f32 {
    match metric {
        Metric::L2 => -2.0,
        Metric::InnerProduct | Metric::Cosine => -1.0,
    }
}

impl IvfIndex {
    /// The codes of `list` are wanted next.
    pub(super) fn prefetch(&self, list: usize) {
        let places = self.lists.places(list, 1);
        self.store.prefetch(places.start, FETCHED);
        prefetch(self.lists.ids.get(places).unwrap_or_default(), FETCHED / 4);
    }

    /// Offers the `count` (at most [`CHUNK`]) places from `place` on, of a list whose centre's product is `dot`.
    /// `query` is used for whole vectors. Places that the file does not have are passed over.
    #[expect(
        clippy::too_many_arguments,
        reason = "the inside of the scan, called from two loops"
    )]
    pub(super) fn scan(
        &self,
        place: usize,
        count: usize,
        dot: f32,
        query: &[f32],
        filter: Option<&dyn KeyFilter>,
        work: &mut Work,
        lane: &mut Lane,
    ) {
        let Some(ids) = self.lists.ids.get(place..place + count) else {
            return;
        };
        let allowed = |row: u32| self.allows(row, filter);
        match &self.store {
            Store::Flat { width, rows } => {
                let Some(rows) = rows.get(place * width..(place + count) * width) else {
                    return;
                };
                let sign = self.metric.order().sign();
                for (row, vector) in ids.iter().zip(rows.chunks_exact(*width)) {
                    let loss = sign * refine::compare(self.metric, query, vector);
                    if loss <= lane.candidates.bar() && allowed(*row) {
                        lane.candidates.push(loss, *row);
                    }
                }
            }
            Store::Product { quantizer, .. } if quantizer.bits() == CodeBits::Four => {
                let Some(scan) = self.look_ups(place, count, dot, lane) else {
                    return;
                };
                fastscan::scan(Tier::active(), &scan, &mut work.found[0]);
                self.take(place, &work.found[0], filter, lane);
            }
            Store::Product {
                quantizer,
                codes,
                bias,
                ..
            } => {
                let pieces = quantizer.pieces();
                let Some(codes) = codes.get(place * pieces..(place + count) * pieces) else {
                    return;
                };
                let base = factor(self.metric) * dot;
                for (i, (row, codes)) in ids.iter().zip(codes.chunks_exact(pieces)).enumerate() {
                    let bias = bias.get(place + i).copied().unwrap_or(0.0);
                    let loss = base + bias + looked_up(&lane.floats, codes);
                    if loss <= lane.candidates.bar() && allowed(*row) {
                        lane.candidates.push(loss, *row);
                    }
                }
            }
        }
    }

    /// The look-ups in registers of `count` places from `place` on: none where codes are of another kind, or the file
    /// does not have them.
    pub(super) fn look_ups<'a>(
        &'a self,
        place: usize,
        count: usize,
        dot: f32,
        lane: &'a Lane,
    ) -> Option<Scan<'a>> {
        let Store::Product {
            quantizer,
            codes,
            bias,
            ..
        } = &self.store
        else {
            return None;
        };
        if quantizer.bits() != CodeBits::Four {
            return None;
        }
        let size = block_bytes(quantizer.pieces());
        let (first, blocks) = (place / BLOCK, count.div_ceil(BLOCK));
        Some(Scan {
            table: &lane.table,
            codes: codes.get(first * size..(first + blocks) * size)?,
            bias: bias
                .get(first * BLOCK..(first + blocks) * BLOCK)
                .unwrap_or_default(),
            count,
            step: lane.step,
            base: lane.least + factor(self.metric) * dot,
            bar: lane.candidates.bar(),
        })
    }

    /// Offers what a scan from `place` on has found.
    pub(super) fn take(&self, place: usize, found: &Found, filter: Option<&dyn KeyFilter>, lane: &mut Lane) {
        let ids = self.lists.ids.get(place..).unwrap_or_default();
        for (at, loss) in found.iter() {
            let Some(row) = ids.get(at as usize) else {
                return;
            };
            if loss <= lane.candidates.bar() && self.allows(*row, filter) {
                lane.candidates.push(loss, *row);
            }
        }
    }

    #[inline]
    fn allows(&self, row: u32, filter: Option<&dyn KeyFilter>) -> bool {
        match filter {
            // Only a damaged file has other rows.
            None => (row as usize) < self.keys.len(),
            Some(filter) => self.key_of(row).is_some_and(|key| filter.allows(key)),
        }
    }

    /// The score of `row`, by what is kept of it or by its code; nothing where a damaged file has neither.
    pub(super) fn score(&self, row: u32, query: &[f32], turned: &[f32], work: Room<'_>) -> Option<f32> {
        let Room { row: room, codes } = work;
        room.resize(self.width(), 0.0);
        if let Some(score) = self.rows.score(self.metric, query, row as usize, room) {
            return Some(score);
        }
        let place = *self.places.get(row as usize)?;
        self.store.decode(place as usize, codes, room)?;
        if let Store::Product { .. } = self.store {
            let list = self.lists.list_of(place);
            if list >= self.coarse.lists {
                return None;
            }
            self.coarse.add_centre(list, room);
        }
        Some(refine::compare(self.metric, turned, room))
    }
}

/// Memory that scoring a row needs.
pub(super) struct Room<'a> {
    pub(super) row: &'a mut Vec<f32>,
    pub(super) codes: &'a mut Vec<u8>,
}

/// The sum of what the codes stand for, in four chains.
#[inline]
fn looked_up(floats: &[f32], codes: &[u8]) -> f32 {
    let mut sums = [0.0f32; 4];
    for (m, (piece, code)) in floats.chunks_exact(256).zip(codes).enumerate() {
        sums[m % 4] += piece[usize::from(*code)];
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3])
}

/// The row of a packed candidate.
pub(super) fn row_of(packed: u64) -> u32 {
    unpack(packed).1
}
