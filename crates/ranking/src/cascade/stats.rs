//! How the parts of a cascade fare over many requests.

use super::Cascade;
use super::parts::{HydratorSlot, SourceSlot};
use crate::breaker::{Breaker, BreakerState};
use crate::detached::Tally;
use bowerbird_core::Clock;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// One source or waiting hydrator.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CallStats {
    /// The stage's name.
    pub stage: Arc<str>,
    /// What its breaker lets through.
    pub breaker: BreakerState,
    /// Threads that belong to it.
    pub threads: usize,
    /// Calls that were given up on at a deadline.
    pub abandoned: u64,
    /// Answers that came after that and were dropped.
    pub late: u64,
}

/// All parts of a cascade, since it was built.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CascadeStats {
    /// Sources, then hydrators that wait.
    pub calls: Vec<CallStats>,
    /// Threads in all.
    pub threads: usize,
    /// The load controller's quality factor; 1 without one.
    pub quality: f32,
    /// Recorders and side effects that panicked.
    pub effect_panics: u64,
}

fn call(
    stage: &Arc<str>,
    breaker: &Breaker,
    detached: Option<(&Arc<Tally>, usize)>,
    clock: &dyn Clock,
) -> CallStats {
    let (abandoned, late) = detached.map_or((0, 0), |(tally, _)| (tally.abandoned(), tally.late()));
    let threads = detached.map_or(0, |(_, threads)| threads);
    CallStats {
        stage: Arc::clone(stage),
        breaker: breaker.state(clock),
        threads,
        abandoned,
        late,
    }
}

pub(super) fn of<Q>(cascade: &Cascade<Q>) -> CascadeStats {
    let clock = cascade.clock();
    let source = |slot: &SourceSlot<Q>| call(&slot.name, &slot.breaker, slot.kind.tally(), clock);
    let hydrator = |slot: &HydratorSlot<Q>| {
        let (tally, threads, breaker) = slot.kind.tally()?;
        Some(call(&slot.name, breaker, Some((tally, threads)), clock))
    };
    let sources = cascade.parts.sources.iter().map(source);
    let calls: Vec<_> = sources
        .chain(cascade.parts.hydrators.iter().filter_map(hydrator))
        .collect();
    CascadeStats {
        threads: calls.iter().map(|call| call.threads).sum(),
        calls,
        quality: cascade
            .controller
            .as_ref()
            .map_or(1.0, |controller| controller.quality()),
        effect_panics: cascade.effect_panics.load(Ordering::Relaxed),
    }
}
