//! Stage loss: what narrowing throws away of what the last ranker would have shown.
//!
//! A cascade is only as good as its narrowest early stage. An audit answers some requests twice, once as built and once
//! with
//! [`Widths::Full`](crate::Widths::Full), where the last ranker sees everything that was retrieved, and asks where the
//! items of the second answer got lost in the first.

use crate::cascade::Cascade;
use crate::fate::Fate;
use crate::slate::Slate;
use std::sync::Arc;

/// The loss of one stage.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StageLoss {
    /// The stage.
    pub stage: Arc<str>,
    /// Items of full-width slates that it narrowed away.
    pub lost: u64,
    /// The share of all items of full-width slates that these are, 0 to 1.
    pub share: f64,
}

/// Collects pairs of answers.
#[derive(Clone, Debug)]
pub struct Audit {
    stages: Vec<Arc<str>>,
    lost: Vec<u64>,
    wanted: u64,
}

impl Audit {
    /// An audit of `cascade`, without answers yet.
    pub fn of<Q>(cascade: &Cascade<Q>) -> Self {
        let stages: Vec<_> = cascade.narrowing_stages().cloned().collect();
        Self {
            lost: vec![0; stages.len()],
            stages,
            wanted: 0,
        }
    }

    /// Adds one request, answered as built and at full width. O(candidates).
    ///
    /// # Panics
    ///
    /// When `built` is a slate of another cascade.
    pub fn add(&mut self, built: &Slate, full: &Slate) {
        let fates = built.fates().by_item();
        for item in full.items() {
            self.wanted += 1;
            if let Some(Fate::Narrowed { stage, .. }) = fates.get(&item) {
                self.lost[usize::from(*stage)] += 1;
            }
        }
    }

    /// The loss of each narrowing stage, in order: the merge, then the ranking phases.
    pub fn losses(&self) -> impl Iterator<Item = StageLoss> + '_ {
        let wanted = self.wanted.max(1) as f64;
        self.stages
            .iter()
            .zip(&self.lost)
            .map(move |(stage, &lost)| StageLoss {
                stage: Arc::clone(stage),
                lost,
                share: lost as f64 / wanted,
            })
    }

    /// Items of full-width slates seen so far.
    pub const fn wanted(&self) -> u64 {
        self.wanted
    }
}
