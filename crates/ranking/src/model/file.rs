//! Linear models on disk. The byte table is in `docs/formats/linear-model.md`.

use super::linear::{LinearHead, LinearModel, Link, Term};
use bowerbird_core::container::{
    Container, ContainerWriter, Encoder, Fault, LoadError, Part, SaveError, Tag,
};
use bowerbird_retrieval::{FeatureName, SchemaHash};
use std::path::Path;

/// The kind of the files.
const KIND: Tag = Tag::new("linear");

/// Means, scales and weights.
const TERMS: Tag = Tag::new("terms");

/// The newest version of the payload, and the one that is written.
const VERSION: u32 = 1;

/// Numbers in a term.
const WIDTH: usize = 3;

impl LinearModel {
    /// Saves the model at `path`. Whoever opens it finds the old file or the new one, whole.
    ///
    /// # Errors
    ///
    /// Why it could not be saved.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SaveError> {
        let terms = self.numbers();
        self.writer(&terms).write_to(path)
    }

    /// The model as it would stand in a file.
    ///
    /// # Errors
    ///
    /// When the names take 4 GiB or more.
    pub fn to_bytes(&self) -> Result<Vec<u8>, SaveError> {
        let terms = self.numbers();
        self.writer(&terms).to_bytes()
    }

    /// Loads a model, checking every byte and every number. Nothing stays mapped.
    ///
    /// # Errors
    ///
    /// [`LoadError`] for a file that is not there, not a linear model, damaged, or not a model that
    /// [`new`](Self::new) would have made.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        Self::from_container(&Container::read(path)?)
    }

    /// A model from the bytes of a file.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LoadError> {
        Self::from_container(&Container::from_bytes(bytes)?)
    }

    fn numbers(&self) -> Vec<f64> {
        let terms = self.heads.iter().flat_map(|head| &head.terms);
        terms
            .flat_map(|term| [term.mean, term.scale, term.weight])
            .collect()
    }

    fn writer<'a>(&self, terms: &'a [f64]) -> ContainerWriter<'a> {
        let mut params = Encoder::new();
        params.u64(self.version).flag(self.trained_on.is_some());
        params.u64(self.trained_on.map_or(0, |hash| hash.0));
        params
            .u32(self.features.len() as u32)
            .u32(self.heads.len() as u32);
        for feature in &self.features {
            params.text(feature.as_str());
        }
        for head in &self.heads {
            params.text(head.name.as_str()).u8(code(head.link)).f64(head.bias);
        }
        let mut writer = ContainerWriter::new(KIND, VERSION);
        writer.params(params).elements(TERMS, terms);
        writer
    }

    fn from_container(container: &Container) -> Result<Self, LoadError> {
        container.expect(KIND, VERSION)?;
        container.verify()?;
        let mut params = container.params();
        let version = params.u64()?;
        let (is_trained, hash) = (params.flag()?, SchemaHash(params.u64()?));
        if !is_trained && hash.0 != 0 {
            return Err(invalid("without a schema its hash is 0"));
        }
        let (features, heads) = (params.u32()?, params.u32()?);
        let numbers = container.elements::<f64>(TERMS)?;
        let wanted = (features as usize)
            .checked_mul(heads as usize)
            .and_then(|n| n.checked_mul(WIDTH));
        if wanted != Some(numbers.len()) {
            return Err(LoadError::invalid(TERMS, "three numbers a head and feature"));
        }
        // Each name takes eight bytes at least, so a hostile count ends with the parameters and not with the memory.
        let mut names = Vec::new();
        for _ in 0..features {
            names.push(FeatureName::from(params.text()?));
        }
        let mut built = Vec::new();
        let mut terms = numbers.chunks_exact(WIDTH);
        for _ in 0..heads {
            let (name, link, bias) = (params.text()?.into(), link(params.u8()?)?, params.f64()?);
            let own = terms.by_ref().take(names.len());
            let terms = own
                .map(|n| Term {
                    mean: n[0],
                    scale: n[1],
                    weight: n[2],
                })
                .collect();
            built.push(LinearHead {
                name,
                link,
                bias,
                terms,
            });
        }
        params.finish()?;
        let model = Self::new(names, built).map_err(|_| invalid("names once, numbers in range, a head"))?;
        Ok(Self {
            version,
            trained_on: is_trained.then_some(hash),
            ..model
        })
    }
}

const fn code(link: Link) -> u8 {
    match link {
        Link::Identity => 0,
        Link::Logistic => 1,
    }
}

const fn link(code: u8) -> Result<Link, LoadError> {
    match code {
        0 => Ok(Link::Identity),
        1 => Ok(Link::Logistic),
        _ => Err(invalid("a link is 0 or 1")),
    }
}

const fn invalid(rule: &'static str) -> LoadError {
    LoadError::Corrupt {
        part: Part::Params,
        fault: Fault::Invalid { rule },
    }
}
