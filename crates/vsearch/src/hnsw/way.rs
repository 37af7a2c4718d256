//! Which rows a search looks at.

use super::HnswIndex;
use crate::{KeyFilter, VectorIndex, VectorKey};

/// Rows of which a filter is asked to learn how many it lets pass.
const SAMPLE: usize = 256;
/// Asking a filter about a row costs this share of a distance.
const ASKED: usize = 8;

/// Which rows are looked at.
pub(super) enum Way<'a> {
    /// Those that a walk comes by.
    Walk,
    /// All, or those that pass the filter.
    Scan,
    /// The listed ones.
    List(&'a [VectorKey]),
}

impl<'a> Way<'a> {
    /// The cheapest way to the nearest of `index` that pass `filter`, for a walk of `width`.
    pub(super) fn choose(index: &HnswIndex, filter: Option<&'a dyn KeyFilter>, width: usize) -> Self {
        let count = index.len();
        if width >= count {
            return Self::Scan;
        }
        let Some(filter) = filter else {
            return Self::Walk;
        };
        // Of the links of a row that is expanded, about half were not seen before.
        let walk = width * index.graph.base_degree / 2;
        if let Some(list) = filter.allow_list()
            && list.keys().len() <= walk
        {
            return Self::List(list.keys());
        }
        let step = count.div_ceil(SAMPLE);
        let (asked, passed) = (0..count).step_by(step).fold((0, 0), |(asked, passed), row| {
            let allowed = filter.allows(VectorKey(index.keys[row]));
            (asked + 1, passed + usize::from(allowed))
        });
        // Rows that pass are that much rarer along a walk; a scan asks about all rows and scores those that pass.
        let scan = count / ASKED + count * passed / asked;
        if scan * passed <= walk * asked {
            Self::Scan
        } else {
            Self::Walk
        }
    }
}
