//! Which factory strings are let through to faiss, which trusts them.

use crate::Metric;

/// What a factory string may be made of; nothing that faiss knows is longer or has other letters.
const MAX_LENGTH: usize = 256;

/// Why faiss could not build or search an index: the cause in [`BuildError::Backend`](crate::BuildError::Backend) and
/// [`SearchError::Backend`](crate::SearchError::Backend).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaissFault {
    /// A number of the factory string is 0, or *M* of a graph is 1, which faiss meets with an endless loop or the end
    /// of the process; or the string is longer than 256 bytes or not printable ASCII. Correct the string.
    #[error("the factory string {factory:?} is refused at byte {position}")]
    Factory {
        /// The string.
        factory: String,
        /// Where the fault is.
        position: usize,
    },
    /// A part of the factory string makes faiss measure something else than the metric: bits (`LSH`), or vectors that
    /// it has normalized or whitened (`ITQ`, `PCAW`, and `L2norm` but under cosine). Leave the part out.
    #[error("the part {part} of a factory string gives scores that are not {metric}")]
    OtherMeasure {
        /// The part.
        part: String,
        /// The metric asked for.
        metric: Metric,
    },
    /// faiss refused: an unknown string, too few vectors to train on, a dimension that does not divide, no memory. Its
    /// own words are in the cause.
    #[error("faiss failed to {step}")]
    Native {
        /// What it was asked to do.
        step: &'static str,
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// faiss answered in a form that it does not document. The version it was built from is not the expected one.
    #[error("faiss failed to {step}: {found} where {expected} were expected")]
    Shape {
        /// What it was asked to do.
        step: &'static str,
        /// How many numbers should be there.
        expected: usize,
        /// How many are.
        found: usize,
    },
}

impl FaissFault {
    pub(super) fn native(step: &'static str) -> impl Fn(::faiss::error::Error) -> Self {
        move |source| Self::Native {
            step,
            source: Box::new(source),
        }
    }
}

/// Refuses what would end the process or break the meaning of scores. faiss itself refuses what it does not know.
pub(super) fn check(factory: &str, metric: Metric) -> Result<(), FaissFault> {
    if let Some(position) = bad_position(factory) {
        let factory = factory.chars().take(MAX_LENGTH).collect();
        return Err(FaissFault::Factory { factory, position });
    }
    for part in factory.split([',', '(', ')']) {
        let normalizes = part.eq_ignore_ascii_case("L2norm") && metric != Metric::Cosine;
        if normalizes || ["LSH", "ITQ", "PCAW"].iter().any(|start| part.starts_with(start)) {
            return Err(FaissFault::OtherMeasure {
                part: part.to_owned(),
                metric,
            });
        }
    }
    Ok(())
}

fn bad_position(factory: &str) -> Option<usize> {
    let bytes = factory.as_bytes();
    if bytes.len() > MAX_LENGTH {
        return Some(MAX_LENGTH);
    }
    let strange = bytes.iter().position(|byte| !byte.is_ascii_graphic());
    strange.or_else(|| numbers(bytes).find(|at| !is_sound(factory, *at)))
}

/// Where the numbers start.
fn numbers(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    (0..bytes.len()).filter(|at| bytes[*at].is_ascii_digit() && (*at == 0 || !bytes[at - 1].is_ascii_digit()))
}

fn is_sound(factory: &str, start: usize) -> bool {
    let digits = factory[start..].split(|c: char| !c.is_ascii_digit()).next();
    let value = digits.unwrap_or_default().trim_start_matches('0');
    let of_graph = ["NSG", "HNSW"]
        .iter()
        .any(|name| factory[..start].ends_with(name));
    !(value.is_empty() || of_graph && value == "1")
}

/// True when vectors are inserted into a graph one by one, which faiss does in parallel when it gets many.
pub(super) fn inserts_into_a_graph(factory: &str) -> bool {
    factory
        .split([',', '(', ')'])
        .any(|part| part.starts_with("HNSW"))
}

/// True when everything has to be added in one call.
pub(super) fn adds_only_once(factory: &str) -> bool {
    factory.split([',', '(', ')']).any(|part| part.starts_with("NSG"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_strings_pass() {
        for factory in [
            "Flat",
            "HNSW",
            "HNSW32_PQ16x8",
            "OPQ16_64,IVF1024,PQ32x4fs,RFlat",
            "PCAR64,IVF4k_HNSW32,SQ8",
            "IVF16(PQ2x2),Flat",
            "IVF10,RaBitQ",
            "PQ10x10",
        ] {
            assert!(check(factory, Metric::L2).is_ok(), "{factory}");
        }
        assert!(check("L2norm,Flat", Metric::Cosine).is_ok());
    }

    #[test]
    fn what_would_end_the_process_is_refused_with_its_place() {
        for (factory, wanted) in [
            ("HNSW0", 4),
            ("IVF0,Flat", 3),
            ("PQ4x0", 4),
            ("OPQ00,Flat", 3),
            ("IVF8,PQ4+0", 9),
            ("IVF16_HNSW0,Flat", 10),
            ("NSG1", 3),
            ("Flat\0", 4),
            ("Flat, RFlat", 5),
        ] {
            let refused = check(factory, Metric::L2);
            let named = matches!(refused, Err(FaissFault::Factory { position, .. }) if position == wanted);
            assert!(named, "{factory:?}: {refused:?}");
        }
        let long = "Flat,".repeat(100);
        assert!(matches!(
            check(&long, Metric::L2),
            Err(FaissFault::Factory { position: 256, .. })
        ));
    }

    #[test]
    fn what_measures_something_else_is_refused() {
        for factory in [
            "LSH",
            "PCA8,LSH16",
            "ITQ16,Flat",
            "PCAWR8,Flat",
            "L2norm,Flat",
            "IDMap,LSHrt",
        ] {
            let refused = check(factory, Metric::InnerProduct);
            assert!(
                matches!(refused, Err(FaissFault::OtherMeasure { .. })),
                "{factory}: {refused:?}"
            );
        }
    }
}
