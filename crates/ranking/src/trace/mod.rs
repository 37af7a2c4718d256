//! What was decided on the way of one request, so that it can be answered again, bit for bit.

mod file;

use crate::cascade::Cascade;
use crate::request::Request;
use bowerbird_core::{Reason, RequestId, Status};
use bowerbird_retrieval::{CandidateSink, SchemaHash};

/// The decisions of one request that depended on time or on the world outside.
///
/// What each source returned, how wide the stages were, where chunks stopped, which stages failed, how many rounds of
/// late filtering there were, the load controller's state and the versions of everything. With the query as its
/// hydrators had left it, [`Cascade::replay`] turns it into the same slate. It can be [saved](Self::save) and
/// replayed elsewhere, by a cascade of the same versions.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DecisionTrace {
    pub(crate) request: RequestId,
    pub(crate) limit: usize,
    pub(crate) schema: SchemaHash,
    pub(crate) quality: f32,
    pub(crate) merge_width: usize,
    pub(crate) sources: Vec<SourceTrace>,
    /// Filters that failed, by number.
    pub(crate) failed_filters: Vec<usize>,
    pub(crate) phases: Vec<PhaseTrace>,
    pub(crate) rounds: Vec<RoundTrace>,
}

/// What one source returned.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct SourceTrace {
    pub(crate) status: Status,
    pub(crate) sink: CandidateSink,
}

/// What one ranking phase did.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct PhaseTrace {
    pub(crate) keep: usize,
    pub(crate) scored: usize,
    /// Rows that hydration had come to, at least those scored.
    pub(crate) hydrated: usize,
    pub(crate) status: Status,
    pub(crate) hydrators: Vec<HydratorTrace>,
}

impl Default for PhaseTrace {
    fn default() -> Self {
        Self {
            keep: 0,
            scored: 0,
            hydrated: 0,
            status: Status::Full,
            hydrators: Vec::new(),
        }
    }
}

/// A hydrator that stopped early, or whose values came from outside.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct HydratorTrace {
    /// Its number.
    pub(crate) at: usize,
    pub(crate) rows: usize,
    pub(crate) stopped: Option<Reason>,
    /// What a detached hydrator answered, row-major.
    pub(crate) values: Option<Vec<f32>>,
}

impl PhaseTrace {
    /// What was recorded of a hydrator in this phase.
    pub(crate) fn hydrator(&self, number: usize) -> Option<&HydratorTrace> {
        self.hydrators.iter().find(|hydrator| hydrator.at == number)
    }

    /// The next row after `row` at which the phase changed what it did.
    pub(crate) fn next_change(&self, row: usize) -> Option<usize> {
        let stops = self
            .hydrators
            .iter()
            .filter(|past| past.stopped.is_some())
            .map(|past| past.rows);
        stops.chain([self.scored]).filter(|&at| at > row).min()
    }
}

/// One round of re-ranking and late filtering.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct RoundTrace {
    /// Rows that the re-ranker picked itself.
    pub(crate) picked: usize,
    pub(crate) status: Status,
    /// Late filters that failed, by number.
    pub(crate) failed: Vec<usize>,
}

impl Default for RoundTrace {
    fn default() -> Self {
        Self {
            picked: 0,
            status: Status::Full,
            failed: Vec::new(),
        }
    }
}

impl DecisionTrace {
    pub(crate) fn begin(request: &Request, schema: SchemaHash, quality: f32) -> Self {
        Self {
            request: request.id,
            limit: request.limit,
            schema,
            quality,
            merge_width: 0,
            sources: Vec::new(),
            failed_filters: Vec::new(),
            phases: Vec::new(),
            rounds: Vec::new(),
        }
    }

    /// The request that was answered.
    pub const fn request(&self) -> RequestId {
        self.request
    }

    /// The schema and versions that it was answered with.
    pub const fn schema(&self) -> SchemaHash {
        self.schema
    }

    /// Whether its shape is that of `cascade`. A trace of a request that failed may have fewer phases.
    pub(crate) fn fits<Q>(&self, cascade: &Cascade<Q>) -> bool {
        self.sources.len() == cascade.parts.sources.len() && self.phases.len() <= cascade.parts.phases.len()
    }
}
