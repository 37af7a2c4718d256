//! What a search may cost, and what it did.

use super::walk::Control;
use crate::{KeyFilter, SearchParams, VectorKey};
use bowerbird_core::Reason;

/// Rows scored between two looks at the clock.
const STEP: usize = 256;

/// Counts distances and looks at the clock.
#[derive(Debug)]
pub(super) struct Meter<'a, 'b> {
    params: &'a SearchParams<'b>,
    pub(super) distances: u64,
    since_clock: usize,
    /// Why the search must stop.
    pub(super) stopped: Option<Reason>,
}

impl<'a, 'b> Meter<'a, 'b> {
    pub(super) const fn new(params: &'a SearchParams<'b>) -> Self {
        Self {
            params,
            distances: 0,
            since_clock: 0,
            stopped: None,
        }
    }
}

impl Control for Meter<'_, '_> {
    const CHOOSES: bool = false;

    #[inline]
    fn grant(&mut self, wanted: usize) -> usize {
        self.since_clock += wanted;
        if self.since_clock >= STEP {
            self.since_clock = 0;
            if self.params.is_late() {
                self.stopped = Some(Reason::Deadline);
                return 0;
            }
        }
        let left = match self.params.distance_budget {
            Some(budget) => budget.saturating_sub(self.distances),
            None => u64::MAX,
        };
        let granted = if left < wanted as u64 {
            self.stopped = Some(Reason::Limit);
            left as usize
        } else {
            wanted
        };
        self.distances += granted as u64;
        granted
    }

    #[inline(always)]
    fn admits(&self, _: u32) -> bool {
        true
    }
}

/// A meter with a filter.
pub(super) struct Chooser<'m, 'a, 'b> {
    pub(super) meter: &'m mut Meter<'a, 'b>,
    pub(super) filter: &'a dyn KeyFilter,
    pub(super) keys: &'a [u64],
}

impl Control for Chooser<'_, '_, '_> {
    const CHOOSES: bool = true;

    fn grant(&mut self, wanted: usize) -> usize {
        self.meter.grant(wanted)
    }

    fn admits(&self, row: u32) -> bool {
        self.filter.allows(VectorKey(self.keys[row as usize]))
    }
}
