//! The names of a batch's columns, and one number that identifies them.

use std::fmt;
use std::sync::Arc;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<S: Into<Arc<str>>> From<S> for $name {
            fn from(name: S) -> Self {
                Self(name.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// The name of a feature, such as `genre_match`.
    FeatureName
}
name! {
    /// The name of a head: one quantity that a scorer predicts, such as `p_save`.
    HeadName
}

/// The version of one component: a snapshot, a model, a hydrator.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Version {
    /// The component's name.
    pub component: Arc<str>,
    /// Its version; any change of behaviour is a new one.
    pub version: u64,
}

/// Identifies an ordered list of feature names and the versions of what computes them.
///
/// FNV-1a over names and versions: stable between releases, so a model may be stored with the hash that it was
/// trained on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct SchemaHash(pub u64);

impl SchemaHash {
    /// The hash of named columns, each with the version of the component that computes it. O(bytes).
    pub fn of<'a>(columns: impl IntoIterator<Item = (&'a str, u64)>) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut eat = |bytes: &[u8]| {
            for &byte in bytes {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        };
        for (name, version) in columns {
            eat(&(name.len() as u64).to_le_bytes());
            eat(name.as_bytes());
            eat(&version.to_le_bytes());
        }
        Self(hash)
    }
}

impl fmt::Debug for SchemaHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SchemaHash({:016x})", self.0)
    }
}

impl fmt::Display for SchemaHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What the columns of a [`CandidateBatch`](super::CandidateBatch) are.
#[derive(Clone, PartialEq, Debug)]
pub struct BatchSchema {
    sources: Vec<Arc<str>>,
    features: Vec<FeatureName>,
    heads: Vec<HeadName>,
    phases: usize,
    versions: Vec<Version>,
    hash: SchemaHash,
}

impl BatchSchema {
    /// A schema of named sources, features and heads, `phases` ranking phases, and the versions of all components.
    pub fn new(
        sources: Vec<Arc<str>>,
        features: Vec<FeatureName>,
        heads: Vec<HeadName>,
        phases: usize,
        versions: Vec<Version>,
    ) -> Self {
        let kind = |kind| move |name| (name, kind);
        let columns = features.iter().map(FeatureName::as_str).map(kind(0));
        let columns = columns.chain(heads.iter().map(HeadName::as_str).map(kind(1)));
        let columns = columns.chain(sources.iter().map(|name| &**name).map(kind(2)));
        let stages = versions
            .iter()
            .map(|version| (&*version.component, version.version));
        let hash = SchemaHash::of(columns.chain([("phases", phases as u64)]).chain(stages));
        Self {
            sources,
            features,
            heads,
            phases,
            versions,
            hash,
        }
    }

    /// The sources' names; their positions are the source numbers of [`Provenance`](super::Provenance).
    pub fn sources(&self) -> &[Arc<str>] {
        &self.sources
    }

    /// The features' names, in column order.
    pub fn features(&self) -> &[FeatureName] {
        &self.features
    }

    /// The heads' names, in column order.
    pub fn heads(&self) -> &[HeadName] {
        &self.heads
    }

    /// Ranking phases.
    pub const fn phases(&self) -> usize {
        self.phases
    }

    /// The versions of all components.
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// One number for all of the above.
    pub const fn hash(&self) -> SchemaHash {
        self.hash
    }

    /// The column of a feature.
    pub fn feature(&self, name: &str) -> Option<usize> {
        self.features.iter().position(|feature| feature.as_str() == name)
    }

    /// The column of a head.
    pub fn head(&self, name: &str) -> Option<usize> {
        self.heads.iter().position(|head| head.as_str() == name)
    }

    /// The number of a source.
    pub fn source(&self, name: &str) -> Option<usize> {
        self.sources.iter().position(|source| &**source == name)
    }
}
