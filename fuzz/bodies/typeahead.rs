//! What the fuzz targets, and typeahead's tests of files, ask a tier: everything.

use bowerbird_core::container::{Container, LoadError};
use bowerbird_typeahead::fuzzy::EditCosts;
use bowerbird_typeahead::{BestFirst, CompactIndex, FastIndex, Pattern, Source, TopK};

/// A tier that lives in files.
pub(crate) trait Filed: Source + Sized {
    /// The tier in a container.
    fn opened(container: &Container) -> Result<Self, LoadError>;
    /// Whether its content is such as a build makes it.
    fn checked(&self) -> Result<(), LoadError>;
    /// The short way to the best.
    fn best(&self, prefix: &str, k: usize, top: &mut TopK);
}

macro_rules! filed {
    ($($tier:ty)*) => {$(
        impl Filed for $tier {
            fn opened(container: &Container) -> Result<Self, LoadError> {
                Self::from_container(container)
            }

            fn checked(&self) -> Result<(), LoadError> {
                self.check_content()
            }

            fn best(&self, prefix: &str, k: usize, top: &mut TopK) {
                self.top_k(prefix, k, top);
            }
        }
    )*};
}

filed! { FastIndex CompactIndex }

/// How far a walk is followed.
const STEPS: usize = 40;

/// Prefixes of what is in the seeds, and others.
const PREFIXES: [&str; 9] = ["", "a", "an", "living", "ro", "б", "日本", "x", "nothing like it"];
/// The same with errors.
const TYPED: [&str; 7] = [
    "livnig",
    "aa",
    "anothre ba",
    "rooom",
    "баб",
    "日木語",
    "nohting like i",
];

/// Walks in every way, and gives all scores but those of weight 0; none is NaN, whatever is in the file.
pub(crate) fn ask<T: Filed>(tier: &T) -> Vec<f32> {
    let (mut scores, mut keys, mut top) = (Vec::new(), Vec::new(), TopK::new());
    for prefix in PREFIXES {
        follow(tier.best_first(prefix).as_mut(), &mut scores, &mut keys);
        for k in [0, 1, 40] {
            tier.best(prefix, k, &mut top);
            assert!(top.len() <= k, "at most as many as asked for");
            scores.extend(top.iter().map(|(_, weight)| weight.ln() as f32));
        }
        let _ = tier.get(prefix);
    }
    for (typed, max_edits) in TYPED.into_iter().flat_map(|typed| [(typed, 1), (typed, 2)]) {
        let pattern = Pattern::new(typed, max_edits, &EditCosts::default()).expect("a short text");
        follow(tier.best_with_typos(&pattern).as_mut(), &mut scores, &mut keys);
    }
    for key in &keys {
        let _ = tier.get(key);
    }
    assert!(!scores.iter().any(|score| score.is_nan()), "a score is a number");
    scores.retain(|score| *score != f32::NEG_INFINITY);
    scores
}

fn follow(walk: &mut dyn BestFirst, scores: &mut Vec<f32>, keys: &mut Vec<String>) {
    for _ in 0..STEPS {
        let Some(score) = walk.advance() else { return };
        let found = walk.found();
        assert!(
            found.weight >= 0.0 && walk.edits() <= 2,
            "a weight is not negative"
        );
        scores.push(score as f32);
        if keys.len() < STEPS {
            keys.push(walk.key().to_owned());
        }
    }
}
