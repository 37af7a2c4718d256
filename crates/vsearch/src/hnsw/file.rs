//! A graph index in a file: `docs/formats/hnsw.md` is the byte table.

use super::graph::{Graph, NONE};
use super::pool::MAX_ROWS;
use super::reach::{Reach, WIDTHS};
use super::store::{Store, Vectors};
use super::{HnswIndex, MAX_LINKS};
use crate::rows::{FloatRows, HalfRows, LocalRows};
use crate::{Metric, VectorIndex, check_vector, header};
use bowerbird_core::container::{
    Container, ContainerWriter, Decoder, Encoder, LoadError, SaveError, Tag, View,
};
use std::path::Path;

const KIND: Tag = Tag::new("vs-hnsw");
const VERSION: u32 = 1;
const KEYS: Tag = Tag::new("keys");
const BY_KEY: Tag = Tag::new("by-key");
const BASE: Tag = Tag::new("links");
const UPPER: Tag = Tag::new("upper");
const ROWS: Tag = Tag::new("rows");
const MEAN: Tag = Tag::new("mean");
const NEAR: Tag = Tag::new("near");
const FAR: Tag = Tag::new("far");
/// Each layer has at most half the rows of the one below.
const MOST_LAYERS: u32 = 32;

impl HnswIndex {
    /// Saves the index at `path`: whole or, whatever happens, not at all. The same index gives the same bytes.
    ///
    /// # Errors
    ///
    /// [`SaveError`]; the file that was there before is kept.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SaveError> {
        self.writer().write_to(path)
    }

    /// The index as [`save`](Self::save) would write it.
    ///
    /// # Errors
    ///
    /// [`SaveError`], for a model name of 4 GiB.
    pub fn to_bytes(&self) -> Result<Vec<u8>, SaveError> {
        self.writer().to_bytes()
    }

    /// Maps the file at `path`. O(header): links and vectors are read when a search comes to them, and the system may
    /// drop them again, so an index may be larger than memory. What the file must not suffer meanwhile stands at
    /// [`Container::open`].
    ///
    /// The structure is checked here, the content by [`verify`](Self::verify). A file that was damaged after it was
    /// saved opens if its structure is sound; searching it may then give wrong hits, but does nothing worse.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when it is not a graph index of this or an older version.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        Self::from_container(&Container::open(path)?)
    }

    /// The index in an open container. One that was read into memory ([`Container::read`]) is searched faster than one
    /// that is mapped, where the system has huge pages.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn from_container(container: &Container) -> Result<Self, LoadError> {
        container.expect(KIND, VERSION)?;
        let mut params = container.params();
        let (space, metric) = header::decode(&mut params, KIND)?;
        let shape = Shape::decode(&mut params)?;
        params.finish()?;
        let count = shape.counts[0] as usize;
        let dimension = space.dimension as usize;
        let slots = |count: &u32| (*count as usize).checked_mul(shape.upper_degree);
        let upper = shape.counts[1..]
            .iter()
            .try_fold(0_usize, |sum, count| sum.checked_add(slots(count)?));
        let graph = Graph {
            base: header::section(container, BASE, count.checked_mul(shape.base_degree))?,
            upper: header::section(container, UPPER, upper)?,
            counts: shape.counts,
            base_degree: shape.base_degree,
            upper_degree: shape.upper_degree,
        };
        Ok(Self {
            keys: header::section(container, KEYS, Some(count))?,
            by_key: header::section(container, BY_KEY, Some(count))?,
            store: read_store(container, shape.store, metric, dimension, count)?,
            width: shape.width,
            longest: shape.longest,
            reach: shape.reach,
            metadata: header::read_metadata(container)?,
            space,
            metric,
            graph,
        })
    }

    /// Checks every byte of a file's content: checksums, that links lead to rows of their layer, that each key occurs
    /// once, that all vectors are such as a build lets in. O(file).
    ///
    /// # Errors
    ///
    /// [`LoadError`] naming the first section at fault.
    pub fn verify(path: impl AsRef<Path>) -> Result<(), LoadError> {
        let container = Container::open(path)?;
        container.verify()?;
        Self::from_container(&container)?.check_content()
    }

    /// As [`verify`](Self::verify), of an index that is open, without the checksums, which are
    /// [`Container::verify`]'s. O(file).
    ///
    /// # Errors
    ///
    /// [`LoadError`] naming the first section at fault.
    pub fn check_content(&self) -> Result<(), LoadError> {
        let count = self.len();
        let mut seen = vec![false; count];
        for row in &self.by_key[..] {
            match seen.get_mut(*row as usize) {
                Some(seen) if !*seen => *seen = true,
                _ => return Err(LoadError::invalid(BY_KEY, "each row occurs once")),
            }
        }
        if !self.keys().is_sorted_by(|a, b| a < b) {
            return Err(LoadError::invalid(BY_KEY, "rows ascend by key, each key once"));
        }
        let leads_somewhere = |link: &u32, rows: u32| *link == NONE || *link < rows;
        let bottom = self.graph.counts[0];
        if !self.graph.base.iter().all(|link| leads_somewhere(link, bottom)) {
            return Err(LoadError::invalid(BASE, "links lead to rows"));
        }
        let mut rest = &self.graph.upper[..];
        for rows in &self.graph.counts[1..] {
            let (links, above) = rest.split_at(*rows as usize * self.graph.upper_degree);
            if !links.iter().all(|link| leads_somewhere(link, *rows)) {
                return Err(LoadError::invalid(UPPER, "links lead to rows of their layer"));
            }
            rest = above;
        }
        self.check_vectors()
    }

    fn check_vectors(&self) -> Result<(), LoadError> {
        if let Store::Local { codes, .. } = &self.store
            && !codes.has_sound_mean()
        {
            return Err(LoadError::invalid(
                MEAN,
                "the mean is that of vectors that are let in",
            ));
        }
        let mut vector = Vec::with_capacity(self.dimension());
        for row in 0..self.len() as u32 {
            match &self.store {
                Store::Float(rows) => check_zeros(rows.is_sound(row), ROWS)?,
                Store::Half(rows) => check_zeros(rows.is_sound(row), ROWS)?,
                Store::Local { codes, exact } => {
                    if !codes.is_sound(row) {
                        return Err(LoadError::invalid(
                            NEAR,
                            "headers of rows are in range, zeros fill their lines",
                        ));
                    }
                    if let Some(rows) = exact {
                        check_zeros(rows.is_sound(row), ROWS)?;
                    }
                }
            }
            vector.clear();
            self.store.decode(row, &mut vector);
            if self.vectors() == Vectors::Sq8 {
                // Rounding may have put the largest components beyond the limit.
                for x in &mut vector {
                    *x *= 1.0 - 1e-4;
                }
            }
            if check_vector(&vector, self.dimension(), self.metric).is_err() {
                return Err(LoadError::invalid(
                    self.store_tag(),
                    "vectors are finite and, under cosine, not zero",
                ));
            }
        }
        Ok(())
    }

    /// The section that vectors are decoded from.
    fn store_tag(&self) -> Tag {
        if self.vectors() == Vectors::Sq8 {
            NEAR
        } else {
            ROWS
        }
    }

    fn writer(&self) -> ContainerWriter<'_> {
        let mut params = Encoder::new();
        header::encode(&mut params, &self.space, self.metric);
        params
            .u8(code(self.vectors()))
            .u32(self.width)
            .f32(self.longest)
            .u32(self.graph.base_degree as u32)
            .u32(self.graph.upper_degree as u32)
            .u32(self.graph.counts.len() as u32);
        for count in &self.graph.counts {
            params.u32(*count);
        }
        for share in self.reach.0 {
            params.f32(share);
        }
        let mut writer = ContainerWriter::new(KIND, VERSION);
        writer
            .params(params)
            .elements(KEYS, &self.keys[..])
            .elements(BY_KEY, &self.by_key[..])
            .elements(BASE, &self.graph.base[..])
            .elements(UPPER, &self.graph.upper[..]);
        match &self.store {
            Store::Float(rows) => {
                writer.elements(ROWS, &rows.view()[..]);
            }
            Store::Half(rows) => {
                writer.elements(ROWS, &rows.view()[..]);
            }
            Store::Local { codes, exact } => {
                writer
                    .elements(MEAN, &codes.mean()[..])
                    .elements(NEAR, &codes.near()[..]);
                match exact {
                    Some(rows) => writer.elements(ROWS, &rows.view()[..]),
                    None => writer.elements(FAR, &codes.far()[..]),
                };
            }
        }
        header::write_metadata(&mut writer, &self.metadata);
        writer
    }
}

/// The parameters that say how long the sections are.
struct Shape {
    store: u8,
    width: u32,
    longest: f32,
    reach: Reach,
    base_degree: usize,
    upper_degree: usize,
    counts: Vec<u32>,
}

impl Shape {
    fn decode(params: &mut Decoder<'_>) -> Result<Self, LoadError> {
        let invalid = |rule| Err(LoadError::invalid(KIND, rule));
        let (store, width, longest) = (params.u8()?, params.u32()?, params.f32()?);
        let (base_degree, upper_degree) = (params.u32()? as usize, params.u32()? as usize);
        let layers = params.u32()?;
        if width == 0 {
            return invalid("a width is at least 1");
        }
        if !(1..=2 * MAX_LINKS).contains(&base_degree) || !(1..=MAX_LINKS).contains(&upper_degree) {
            return invalid("a row has 1 to 128 links, twice as many at the bottom");
        }
        if !(1..=MOST_LAYERS).contains(&layers) {
            return invalid("there are 1 to 32 layers");
        }
        let counts = (0..layers).map(|_| params.u32()).collect::<Result<Vec<_>, _>>()?;
        if counts[0] as usize > MAX_ROWS || !counts.is_sorted_by(|below, above| below >= above) {
            return invalid("layers have fewer rows the higher they are");
        }
        let mut reach = Reach([0.0; WIDTHS]);
        for share in &mut reach.0 {
            *share = params.f32()?;
        }
        let sound = |number: f32| number.is_finite() && number >= 0.0;
        if !sound(longest) || !reach.0.iter().all(|share| sound(*share)) {
            return invalid("lengths and shares are finite and not negative");
        }
        if counts[1..].contains(&0) {
            return invalid("a layer above the bottom has a row");
        }
        Ok(Self {
            store,
            width,
            longest,
            reach,
            base_degree,
            upper_degree,
            counts,
        })
    }
}

fn read_store(
    container: &Container,
    code: u8,
    metric: Metric,
    dimension: usize,
    count: usize,
) -> Result<Store, LoadError> {
    let floats = || {
        let rows = header::section(container, ROWS, count.checked_mul(FloatRows::width(dimension)))?;
        Ok(FloatRows::over(metric, dimension, rows))
    };
    let codes = |far| {
        let near = header::section(
            container,
            NEAR,
            count.checked_mul(LocalRows::near_width(dimension)),
        )?;
        let mean = header::section(container, MEAN, Some(dimension))?;
        Ok::<_, LoadError>(LocalRows::over(metric, mean, near, far))
    };
    match code {
        0 => Ok(Store::Float(floats()?)),
        1 => {
            let rows = header::section(container, ROWS, count.checked_mul(HalfRows::width(dimension)))?;
            Ok(Store::Half(HalfRows::over(metric, dimension, rows)))
        }
        2 => {
            let far = header::section(container, FAR, count.checked_mul(LocalRows::far_width(dimension)))?;
            Ok(Store::Local {
                codes: codes(far)?,
                exact: None,
            })
        }
        3 => Ok(Store::Local {
            codes: codes(View::default())?,
            exact: Some(floats()?),
        }),
        _ => Err(LoadError::invalid(KIND, "vectors are kept in form 0 to 3")),
    }
}

/// The number of a form of vectors.
const fn code(vectors: Vectors) -> u8 {
    match vectors {
        Vectors::F32 => 0,
        Vectors::F16 => 1,
        Vectors::Sq8 => 2,
        Vectors::Sq8Exact => 3,
    }
}

const fn check_zeros(sound: bool, tag: Tag) -> Result<(), LoadError> {
    if sound {
        return Ok(());
    }
    Err(LoadError::invalid(tag, "zeros fill the lines of rows"))
}
