//! Walking the graph: greedily through the layers above, with a pool of open places at the bottom.
//!
//! A step takes the two nearest open rows, gathers those of their links that were not seen, asks the memory for all of
//! them, and scores them with one call of a kernel: one row at a time would wait for memory twice as often. The links of
//! the row that will probably be next are asked for meanwhile.
//!
//! # When a walk ends
//!
//! With a pool of a fixed width every query costs the same, and those in sparse regions find less for it. A
//! [`Horizon`] ends the walk when the nearest open row is farther than the *k*-th best by a factor: queries in dense
//! regions, where much is about equally near, go on for longer (Al-Jazzazi et al., *Distance adaptive beam search for
//! provably accurate graph-based nearest neighbor search*, 2025). What lies beyond the horizon never enters the pool.

use super::graph::Links;
use super::pool::Pool;
use super::visited::Visited;
use crate::kernel::prefetch_slice;
use crate::rows::Rows;

/// Working memory of a walk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Walk {
    /// The open places.
    pub(super) pool: Pool,
    /// The best rows that were admitted, where not all are.
    pub(super) admitted: Pool,
    visited: Visited,
    fresh: Vec<u32>,
    losses: Vec<f32>,
    /// Rows that were expanded.
    pub(super) steps: usize,
}

/// How far beyond the *k*-th best a walk looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Horizon {
    /// *k*, at least 1.
    pub(super) rank: usize,
    /// The square of the factor.
    pub(super) square: f32,
    /// What makes a squared distance, up to a factor, of a loss.
    pub(super) offset: f32,
}

impl Horizon {
    /// The loss at the horizon, when the *k*-th best has loss `kth`.
    #[inline]
    fn bar(self, kth: f32) -> f32 {
        // Not below the k-th best itself, whatever rounding makes of it.
        (self.square * (self.offset + kth) - self.offset).max(kth)
    }
}

/// One layer of a graph, as far as it may be seen.
#[derive(Debug)]
pub(super) struct Layer<'a, L> {
    pub(super) links: &'a L,
    pub(super) layer: usize,
    /// Only rows below it are there.
    pub(super) rows: usize,
}

impl<L: Links> Layer<'_, L> {
    #[inline]
    fn links(&self, row: u32) -> &[u32] {
        self.links.of(self.layer, row)
    }
}

/// What a walk may cost, and which rows may be found.
pub(super) trait Control {
    /// True when only some rows are admitted.
    const CHOOSES: bool;

    /// How many of `wanted` distances may be computed now; fewer when the walk must stop.
    fn grant(&mut self, wanted: usize) -> usize;

    /// True when `row` may be found. It is passed through either way.
    fn admits(&self, row: u32) -> bool;
}

/// No limit, all rows.
pub(super) struct Free;

impl Control for Free {
    const CHOOSES: bool = false;

    #[inline(always)]
    fn grant(&mut self, wanted: usize) -> usize {
        wanted
    }

    #[inline(always)]
    fn admits(&self, _: u32) -> bool {
        true
    }
}

impl Walk {
    /// Fills the pool (and [`admitted`](Self::admitted), with `keep` places, where the control chooses) with the
    /// nearest rows that a walk from `entry` with `width` open places comes by. True when it ran to its end.
    pub(super) fn run<R: Rows, L: Links, C: Control>(
        &mut self,
        layer: &Layer<'_, L>,
        (rows, query): (&R, &R::Query),
        entry: u32,
        (width, keep): (usize, usize),
        horizon: Option<Horizon>,
        control: &mut C,
    ) -> bool {
        self.pool.reset(width);
        self.admitted.reset(keep);
        self.visited.reset(layer.rows);
        self.steps = 0;
        self.fresh.clear();
        if (entry as usize) < layer.rows && self.visited.insert(entry) {
            self.fresh.push(entry);
        }
        while self.take_in(rows, query, horizon, control) {
            let open = [self.pool.next(), self.pool.next()];
            if open[0].is_none() {
                return true;
            }
            // The first one's links were asked for as those of the probable next.
            for row in open[1].into_iter().chain(self.pool.peek()) {
                prefetch_slice(layer.links(row));
            }
            self.fresh.clear();
            for row in open.into_iter().flatten() {
                self.steps += 1;
                for link in layer.links(row) {
                    if (*link as usize) < layer.rows && self.visited.insert(*link) {
                        rows.prefetch(*link);
                        self.fresh.push(*link);
                    }
                }
            }
        }
        false
    }

    /// Scores the fresh rows and offers them to the pool. False when the control stops it.
    #[inline]
    fn take_in<R: Rows, C: Control>(
        &mut self,
        rows: &R,
        query: &R::Query,
        horizon: Option<Horizon>,
        control: &mut C,
    ) -> bool {
        let granted = self.score(rows, query, control);
        for (row, loss) in self.fresh[..granted].iter().zip(&self.losses) {
            let place = if C::CHOOSES {
                let passes = *loss < self.admitted.bar() && control.admits(*row);
                self.pool.offer(*loss, *row);
                if passes {
                    self.admitted.offer(*loss, *row)
                } else {
                    None
                }
            } else {
                self.pool.offer(*loss, *row)
            };
            if let (Some(horizon), Some(place)) = (horizon, place)
                && place < horizon.rank
            {
                let best = if C::CHOOSES { &self.admitted } else { &self.pool };
                if let Some(kth) = best.loss_at(horizon.rank - 1) {
                    self.pool.lower_bar(horizon.bar(kth));
                }
            }
        }
        granted == self.fresh.len()
    }

    /// Scores as many of the fresh rows as are granted.
    #[inline]
    fn score<R: Rows, C: Control>(&mut self, rows: &R, query: &R::Query, control: &mut C) -> usize {
        let granted = control.grant(self.fresh.len());
        self.losses.clear();
        self.losses.resize(granted, 0.0);
        rows.losses(query, &self.fresh[..granted], &mut self.losses);
        granted
    }

    /// From `from` to a row of `layer` with no nearer neighbour there; none when the control stops it.
    pub(super) fn descend<R: Rows, L: Links, C: Control>(
        &mut self,
        layer: &Layer<'_, L>,
        (rows, query): (&R, &R::Query),
        from: (f32, u32),
        control: &mut C,
    ) -> Option<(f32, u32)> {
        let mut best = from;
        loop {
            let here = best.1;
            self.fresh.clear();
            let there = |link: &&u32| (**link as usize) < layer.rows;
            self.fresh.extend(layer.links(here).iter().filter(there));
            for row in &self.fresh {
                rows.prefetch(*row);
            }
            if self.score(rows, query, control) < self.fresh.len() {
                return None;
            }
            for (row, loss) in self.fresh.iter().zip(&self.losses) {
                if *loss < best.0 {
                    best = (*loss, *row);
                }
            }
            if best.1 == here {
                return Some(best);
            }
        }
    }
}
