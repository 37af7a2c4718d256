//! The memory of a request, kept for the next.

use super::retrieve::Outcome;
use crate::detached::{Pending, SourceAnswer};
use crate::stage::Selection;
use bowerbird_core::{Deadline, Reason};
use bowerbird_retrieval::{CandidateSink, FilterMask, Merger};
use std::time::Duration;

/// How far a hydrator came in a phase.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hydrated {
    /// Rows done.
    pub(crate) rows: usize,
    /// Why it stopped.
    pub(crate) stopped: Option<Reason>,
    pub(crate) elapsed: Duration,
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
    pub(crate) hydrated: Vec<Hydrated>,
    pub(crate) selection: Selection,
    /// Rows examined and rejected by each late filter.
    pub(crate) late: Vec<(usize, usize)>,
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
            kept: Vec::with_capacity(phases + 1),
        }
    }
}
