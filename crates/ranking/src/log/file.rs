//! Feature logs on disk. The byte table is in `docs/formats/feature-log.md`.

use super::requests::{Hits, LoggedRequests, NONE};
use bowerbird_core::container::{
    Container, ContainerWriter, Element, Encoder, Fault, LoadError, Part, SaveError, Tag,
};
use bowerbird_retrieval::{BatchSchema, SchemaHash, Version};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// The kind of the files.
const KIND: Tag = Tag::new("featlog");

/// The newest version of the payload, and the one that is written.
const VERSION: u32 = 1;

// One entry a request.
const REQUESTS: Tag = Tag::new("requests");
const QUALITY: Tag = Tag::new("quality");
const DEGRADED: Tag = Tag::new("degraded");
const ENDS: Tag = Tag::new("ends");
const SCORED: Tag = Tag::new("scored");

// One entry a row.
const ITEMS: Tag = Tag::new("items");
const MERGED: Tag = Tag::new("merged");
const UTILITY: Tag = Tag::new("utility");
const PROPENSITY: Tag = Tag::new("propens");
const POSITIONS: Tag = Tag::new("position");

// One column after another.
const FEATURES: Tag = Tag::new("features");
const HEADS: Tag = Tag::new("heads");
const RANKS: Tag = Tag::new("ranks");

// One entry a row, then one a hit.
const HIT_ENDS: Tag = Tag::new("hits");
const HIT_SOURCES: Tag = Tag::new("hitsourc");
const HIT_RANKS: Tag = Tag::new("hitrank");
const HIT_SCORES: Tag = Tag::new("hitscore");
const HIT_BECAUSE: Tag = Tag::new("hitwhy");

impl LoggedRequests {
    /// Saves the log at `path`. Whoever opens it finds the old file or the new one, whole.
    ///
    /// # Errors
    ///
    /// Why it could not be saved.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SaveError> {
        self.writer().write_to(path)
    }

    /// The log as it would stand in a file. The same log gives the same bytes.
    ///
    /// # Errors
    ///
    /// When the schema takes 4 GiB or more.
    pub fn to_bytes(&self) -> Result<Vec<u8>, SaveError> {
        self.writer().to_bytes()
    }

    /// Loads a log, checking every byte. Nothing stays mapped, and memory is bounded by the file's size.
    ///
    /// # Errors
    ///
    /// [`LoadError`] for a file that is not there, not a feature log, damaged, or not one that would have been recorded.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        Self::from_container(&Container::read(path)?)
    }

    /// A log from the bytes of a file.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LoadError> {
        Self::from_container(&Container::from_bytes(bytes)?)
    }

    fn writer(&self) -> ContainerWriter<'_> {
        let mut writer = ContainerWriter::new(KIND, VERSION);
        writer
            .params(encode(&self.schema))
            .elements(REQUESTS, &self.requests)
            .elements(QUALITY, &self.quality)
            .elements(DEGRADED, &self.degraded)
            .elements(ENDS, &self.ends)
            .elements(SCORED, &self.scored)
            .elements(ITEMS, &self.items)
            .elements(MERGED, &self.merge_scores)
            .elements(UTILITY, &self.utility)
            .elements(PROPENSITY, &self.propensity)
            .elements(POSITIONS, &self.positions)
            .stream(FEATURES, |out| {
                put(out, &self.features, |value| value.to_le_bytes())
            })
            .stream(HEADS, |out| put(out, &self.heads, |value| value.to_le_bytes()))
            .stream(RANKS, |out| put(out, &self.ranks, |rank| rank.to_le_bytes()))
            .elements(HIT_ENDS, &self.hits.ends)
            .elements(HIT_SOURCES, &self.hits.sources)
            .elements(HIT_RANKS, &self.hits.ranks)
            .elements(HIT_SCORES, &self.hits.scores)
            .elements(HIT_BECAUSE, &self.hits.because);
        writer
    }

    fn from_container(container: &Container) -> Result<Self, LoadError> {
        container.expect(KIND, VERSION)?;
        container.verify()?;
        let schema = decode(container)?;
        let requests = container.elements(REQUESTS)?.to_vec();
        let rows = container.section(ITEMS)?.len() / size_of::<u64>();
        if requests.is_empty() {
            return Err(LoadError::invalid(REQUESTS, "at least one request"));
        }
        // There is a request, so the phases take room in this section: a hostile number of them ends here.
        let phases = schema.phases();
        let scored = entries(container, SCORED, requests.len().saturating_mul(phases))?;
        let ends = entries(container, ENDS, requests.len())?;
        check_ends(ENDS, &ends, rows)?;
        let degraded: Vec<u8> = entries(container, DEGRADED, requests.len())?;
        if degraded.iter().any(|&flag| flag > 1) {
            return Err(LoadError::invalid(DEGRADED, "a truth value is 0 or 1"));
        }
        let quality: Vec<f32> = entries(container, QUALITY, requests.len())?;
        if !quality.iter().all(|quality| (0.0..=1.0).contains(quality)) {
            return Err(LoadError::invalid(QUALITY, "a quality is 0 to 1"));
        }
        let positions = entries(container, POSITIONS, rows)?;
        check_positions(&positions, &ends)?;
        Ok(Self {
            quality,
            degraded,
            scored,
            items: entries(container, ITEMS, rows)?,
            merge_scores: entries(container, MERGED, rows)?,
            utility: entries(container, UTILITY, rows)?,
            propensity: entries(container, PROPENSITY, rows)?,
            features: columns(container, FEATURES, rows, schema.features().len())?,
            heads: columns(container, HEADS, rows, schema.heads().len())?,
            ranks: columns(container, RANKS, rows, phases)?,
            hits: hits(container, rows, schema.sources().len())?,
            schema: Arc::new(schema),
            requests,
            ends,
            positions,
        })
    }
}

fn hits(container: &Container, rows: usize, sources: usize) -> Result<Hits, LoadError> {
    let numbers: Vec<u32> = container.elements(HIT_SOURCES)?.to_vec();
    let count = numbers.len();
    let ends = entries(container, HIT_ENDS, rows)?;
    check_ends(HIT_ENDS, &ends, count)?;
    if numbers.iter().any(|&source| source as usize >= sources) {
        return Err(LoadError::invalid(HIT_SOURCES, "a source is one of the schema's"));
    }
    Ok(Hits {
        ends,
        sources: numbers,
        ranks: entries(container, HIT_RANKS, count)?,
        scores: entries(container, HIT_SCORES, count)?,
        because: entries(container, HIT_BECAUSE, count)?,
    })
}

fn put<T: Copy>(out: &mut dyn Write, columns: &[Vec<T>], bytes: impl Fn(T) -> [u8; 4]) -> io::Result<()> {
    let mut block = Vec::new();
    for piece in columns.iter().flat_map(|column| column.chunks(4096)) {
        block.clear();
        block.extend(piece.iter().flat_map(|&value| bytes(value)));
        out.write_all(&block)?;
    }
    Ok(())
}

fn encode(schema: &BatchSchema) -> Encoder {
    let mut params = Encoder::new();
    params.u32(schema.phases() as u32);
    params.u32(schema.sources().len() as u32);
    params.u32(schema.features().len() as u32);
    params.u32(schema.heads().len() as u32);
    params.u32(schema.versions().len() as u32);
    params.u64(schema.hash().0);
    for name in schema.sources() {
        params.text(name);
    }
    for name in schema.features() {
        params.text(name.as_str());
    }
    for name in schema.heads() {
        params.text(name.as_str());
    }
    for Version { component, version } in schema.versions() {
        params.text(component).u64(*version);
    }
    params
}

fn decode(container: &Container) -> Result<BatchSchema, LoadError> {
    let mut params = container.params();
    let phases = params.u32()? as usize;
    let (sources, features) = (params.u32()?, params.u32()?);
    let (heads, versions) = (params.u32()?, params.u32()?);
    let hash = SchemaHash(params.u64()?);
    // Each name takes eight bytes at least, so a hostile count ends with the parameters and not with the memory.
    let mut names = |count: u32| -> Result<Vec<Arc<str>>, LoadError> {
        (0..count).map(|_| Ok(Arc::from(params.text()?))).collect()
    };
    let (sources, features, heads) = (names(sources)?, names(features)?, names(heads)?);
    let version = |_| {
        Ok(Version {
            component: params.text()?.into(),
            version: params.u64()?,
        })
    };
    let versions = (0..versions).map(version).collect::<Result<_, LoadError>>()?;
    params.finish()?;
    let features = features.into_iter().map(Into::into).collect();
    let heads = heads.into_iter().map(Into::into).collect();
    let schema = BatchSchema::new(sources, features, heads, phases, versions);
    if schema.hash() != hash {
        return Err(invalid("the hash is that of the names and versions"));
    }
    Ok(schema)
}

/// A section of `count` elements.
fn entries<T: Element>(container: &Container, tag: Tag, count: usize) -> Result<Vec<T>, LoadError> {
    let found = container.elements::<T>(tag)?;
    if found.len() != count {
        return Err(LoadError::invalid(tag, "as many elements as the others say"));
    }
    Ok(found.to_vec())
}

/// A section of `count` columns of `rows` elements each.
fn columns<T: Element>(
    container: &Container,
    tag: Tag,
    rows: usize,
    count: usize,
) -> Result<Vec<Vec<T>>, LoadError> {
    let found = container.elements::<T>(tag)?;
    if found.len() != rows.saturating_mul(count) {
        return Err(LoadError::invalid(tag, "one element a row and column"));
    }
    Ok((0..count)
        .map(|number| found[number * rows..][..rows].to_vec())
        .collect())
}

fn check_ends(tag: Tag, ends: &[u64], total: usize) -> Result<(), LoadError> {
    if ends.is_sorted() && ends.last().copied().unwrap_or(0) == total as u64 {
        return Ok(());
    }
    Err(LoadError::invalid(tag, "ends rise to the number of entries"))
}

/// The rows shown of each request have the positions 0, 1, 2, …, each once.
fn check_positions(positions: &[u32], ends: &[u64]) -> Result<(), LoadError> {
    let (mut start, mut shown) = (0, Vec::new());
    for &end in ends {
        let own = &positions[start..end as usize];
        shown.clear();
        shown.extend(own.iter().filter(|&&position| position != NONE));
        shown.sort_unstable();
        if !shown
            .iter()
            .zip(0..)
            .all(|(&position, expected): (&u32, u32)| position == expected)
        {
            return Err(LoadError::invalid(
                POSITIONS,
                "positions count from 0 within a request",
            ));
        }
        start = end as usize;
    }
    Ok(())
}

const fn invalid(rule: &'static str) -> LoadError {
    LoadError::Corrupt {
        part: Part::Params,
        fault: Fault::Invalid { rule },
    }
}
