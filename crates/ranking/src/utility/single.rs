//! One head as it is.

use crate::stage::{HeadView, Utility};
use bowerbird_retrieval::HeadName;

/// Orders by one head, larger first. A row whose head is NaN has utility NaN and comes last.
#[derive(Clone, Debug)]
pub struct SingleHead {
    head: [HeadName; 1],
}

impl SingleHead {
    /// Orders by `head`.
    pub fn new(head: impl Into<HeadName>) -> Self {
        Self { head: [head.into()] }
    }
}

impl Utility for SingleHead {
    fn heads(&self) -> &[HeadName] {
        &self.head
    }

    fn combine(&self, heads: &HeadView<'_>, out: &mut [f32]) {
        out.copy_from_slice(heads.head(0));
    }
}
