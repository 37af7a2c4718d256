//! The memory of a request, kept for the next.

use super::retrieve::Outcome;
use crate::detached::{Pending, SourceAnswer};
use crate::stage::Selection;
use bowerbird_core::{Deadline, Reason, Status};
use bowerbird_retrieval::{CandidateSink, FilterMask, Merger};
use std::time::Duration;

/// How far a hydrator came.
///
/// The rows that it has done are always the first ones: scoring moves none but rows that it has seen, to the front.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hydrated {
    /// Its first phase has begun.
    pub(crate) asked: bool,
    /// Rows at the front that have its features.
    pub(crate) extent: usize,
    /// Why it is not asked any more.
    pub(crate) stopped: Option<Reason>,
    /// That it stopped has been written down.
    pub(crate) recorded: bool,
    pub(crate) reported: bool,
    pub(crate) elapsed: Duration,
}

/// What a late filter did, all rounds together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Late {
    pub(crate) examined: usize,
    pub(crate) rejected: usize,
    pub(crate) elapsed: Duration,
    pub(crate) status: Status,
}

impl Default for Late {
    fn default() -> Self {
        Self {
            examined: 0,
            rejected: 0,
            elapsed: Duration::ZERO,
            status: Status::Full,
        }
    }
}

/// An answer that a source owes.
#[derive(Debug)]
pub(crate) struct Owed {
    pub(crate) source: usize,
    pub(crate) deadline: Deadline,
    pub(crate) answer: Pending<SourceAnswer>,
}

/// Buffers of all steps.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) sinks: Vec<CandidateSink>,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) owed: Vec<Owed>,
    pub(crate) merger: Merger,
    pub(crate) mask: FilterMask,
    pub(crate) keys: Vec<u64>,
    pub(crate) spare_keys: Vec<u64>,
    pub(crate) order: Vec<u32>,
    /// A chunk of one hydrator's columns.
    pub(crate) chunk: Vec<f32>,
    /// By the hydrators' numbers.
    pub(crate) hydrated: Vec<Hydrated>,
    pub(crate) selection: Selection,
    pub(crate) late: Vec<Late>,
    /// Rows of the merge that late filters left of a selection.
    pub(crate) survivors: Vec<u32>,
    /// Rows that each narrowing stage kept: the merge, then the phases.
    pub(crate) kept: Vec<u32>,
}

impl Workspace {
    pub(crate) fn new(sources: usize, phases: usize) -> Self {
        Self {
            sinks: vec![CandidateSink::default(); sources],
            outcomes: std::iter::repeat_with(Outcome::default).take(sources).collect(),
            owed: Vec::new(),
            merger: Merger::new(),
            mask: FilterMask::default(),
            keys: Vec::new(),
            spare_keys: Vec::new(),
            order: Vec::new(),
            chunk: Vec::new(),
            hydrated: Vec::new(),
            selection: Selection::default(),
            late: Vec::new(),
            survivors: Vec::new(),
            kept: Vec::with_capacity(phases + 1),
        }
    }
}
