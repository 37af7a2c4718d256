//! An inverted file on disk: `docs/formats/ivf.md` is the byte table.

use super::IvfIndex;
use super::coarse::{Coarse, ranked_by, space};
use super::lists::{Lists, NO_ROW, Store, block_bytes};
use super::refine::{HEAD, Rows};
use super::shape::Shape;
use crate::kernel::fastscan::BLOCK;
use crate::quantize::{CodeBits, ProductQuantizer, Rotation};
use crate::{HnswIndex, Metric, VectorIndex, check_vector, header};
use bowerbird_core::container::{Container, ContainerWriter, Encoder, LoadError, SaveError, Tag, View};
use std::path::Path;

const KIND: Tag = Tag::new("vs-ivf");
const VERSION: u32 = 1;
const KEYS: Tag = Tag::new("keys");
const CENTRES: Tag = Tag::new("centres");
const HALVES: Tag = Tag::new("halves");
const STARTS: Tag = Tag::new("starts");
const SIZES: Tag = Tag::new("sizes");
const IDS: Tag = Tag::new("ids");
const CODES: Tag = Tag::new("codes");
const BIAS: Tag = Tag::new("bias");
const BOOKS: Tag = Tag::new("books");
const ROTATION: Tag = Tag::new("rotation");
const ROWS: Tag = Tag::new("rows");
const MEAN: Tag = Tag::new("mean");
const PLACES: Tag = Tag::new("places");
const GRAPH: Tag = Tag::new("graph");
const ONE_IN: Tag = Tag::new("one-in");

impl IvfIndex {
    /// Saves the index at `path`: whole or, whatever happens, not at all. The same index gives the same bytes.
    ///
    /// # Errors
    ///
    /// [`SaveError`]; the file that was there before is kept.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SaveError> {
        self.writer()?.write_to(path)
    }

    /// The index as [`save`](Self::save) would write it.
    ///
    /// # Errors
    ///
    /// [`SaveError`], for a model name of 4 GiB.
    pub fn to_bytes(&self) -> Result<Vec<u8>, SaveError> {
        self.writer()?.to_bytes()
    }

    /// Maps the file at `path`. O(header), and a copy of the centres' graph, if there are so many lists that it has one:
    /// lists and rows are read when a search comes to them, and those kept to score
    /// candidates again may stay on the disk. What the file must not suffer meanwhile stands at [`Container::open`].
    ///
    /// The structure is checked here, the content by [`verify`](Self::verify). A file that was damaged after it was
    /// saved opens if its structure is sound; searching it may then give wrong hits or fewer, but does nothing worse.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when it is not an inverted file of this or an older version.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        Self::from_container(&Container::open(path)?)
    }

    /// The index in an open container: one that was read into memory, or came from elsewhere.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn from_container(container: &Container) -> Result<Self, LoadError> {
        container.expect(KIND, VERSION)?;
        let mut params = container.params();
        let (space, metric) = header::decode(&mut params, KIND)?;
        let shape = Shape::decode(&mut params, KIND)?;
        params.finish()?;
        let width = space.dimension as usize;
        let keys = container.view::<u64>(KEYS)?;
        let ids = container.view::<u32>(IDS)?;
        let fits = |count: usize| u32::try_from(count).is_ok();
        if !fits(keys.len()) || !fits(ids.len()) {
            return Err(LoadError::invalid(KEYS, "fewer than 2^32 vectors and places"));
        }
        let lists = Lists {
            starts: header::section(container, STARTS, Some(shape.lists))?,
            sizes: header::section(container, SIZES, Some(shape.lists))?,
            ids,
        };
        let columns = shape.lists.next_multiple_of(16);
        let coarse = Coarse {
            lists: shape.lists,
            width,
            panels: header::section(container, CENTRES, columns.checked_mul(width))?,
            halves: header::section(container, HALVES, Some(columns))?,
            graph: read_graph(container, shape.lists, width, metric)?,
            one_in: read_one_in(container)?,
        };
        let store = read_store(container, &shape, metric, width, lists.ids.len())?;
        let rows = read_rows(container, &shape, width, keys.len())?;
        let places = match rows {
            Rows::None => header::section(container, PLACES, Some(keys.len()))?,
            _ => View::default(),
        };
        Ok(Self {
            space,
            metric,
            keys,
            coarse,
            lists,
            store,
            rows,
            places,
            defaults: shape.defaults,
            metadata: header::read_metadata(container)?,
        })
    }

    /// Checks every byte of a file's content: checksums, keys ascending, every row in a list and no list beyond the
    /// ids, all numbers finite. O(file).
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
        if !self.keys.is_sorted_by(|a, b| a < b) {
            return Err(LoadError::invalid(KEYS, "keys ascend, each once"));
        }
        self.check_lists()?;
        let finite = |tag, numbers: &[f32]| match numbers.iter().all(|x| x.is_finite()) {
            true => Ok(()),
            false => Err(LoadError::invalid(tag, "numbers are finite")),
        };
        if let Some(graph) = &self.coarse.graph {
            graph.check_content()?;
            if !graph.keys().map(u64::from).eq(0..self.coarse.lists as u64) {
                return Err(LoadError::invalid(GRAPH, "each list is in it once"));
            }
        }
        finite(CENTRES, &self.coarse.panels)?;
        finite(HALVES, &self.coarse.halves[..self.coarse.lists])?;
        let vectors = |tag, rows: &[f32]| {
            let good = |row: &[f32]| check_vector(row, self.dimension(), self.metric).is_ok();
            match rows.chunks_exact(self.dimension()).all(good) {
                true => Ok(()),
                false => Err(LoadError::invalid(
                    tag,
                    "vectors are finite and, under cosine, not zero",
                )),
            }
        };
        match &self.store {
            Store::Flat { rows, .. } => vectors(CODES, rows)?,
            Store::Product {
                quantizer,
                rotation,
                bias,
                ..
            } => {
                finite(BOOKS, quantizer.books())?;
                finite(BIAS, bias)?;
                finite(ROTATION, rotation.as_ref().map_or(&[], Rotation::rows))?;
            }
        }
        match &self.rows {
            Rows::None => Ok(()),
            Rows::Int8 { mean, bytes } => {
                finite(MEAN, mean)?;
                let mut heads = bytes.chunks_exact(self.width() + HEAD);
                let finite = |x: &[u8]| x.try_into().is_ok_and(|x| f32::from_le_bytes(x).is_finite());
                let good = |row: &[u8]| row[..HEAD].chunks_exact(4).all(finite);
                match heads.all(good) {
                    true => Ok(()),
                    false => Err(LoadError::invalid(ROWS, "scale and offset are finite")),
                }
            }
            Rows::F16 { halves, .. } => match halves.iter().all(|half| half & 0x7c00 != 0x7c00) {
                true => Ok(()),
                false => Err(LoadError::invalid(ROWS, "numbers are finite")),
            },
            Rows::F32 { rows } => vectors(ROWS, rows),
        }
    }

    /// Lists follow each other and hold every row.
    fn check_lists(&self) -> Result<(), LoadError> {
        let step = self.store.step();
        let mut next = 0;
        let mut seen = vec![false; self.len()];
        for list in 0..self.coarse.lists {
            let (start, size) = (self.lists.starts[list] as usize, self.lists.sizes[list] as usize);
            if start != next || self.lists.places(list, step) != (start..start + size) {
                return Err(LoadError::invalid(STARTS, "lists follow each other"));
            }
            next = start + size.next_multiple_of(step);
            let ids = &self.lists.ids[start..next];
            if !ids[..size].is_sorted_by(|a, b| a < b) || ids[size..].iter().any(|id| *id != NO_ROW) {
                return Err(LoadError::invalid(
                    IDS,
                    "rows of a list ascend, then come fillers",
                ));
            }
            for id in &ids[..size] {
                match seen.get_mut(*id as usize) {
                    Some(seen) => *seen = true,
                    None => return Err(LoadError::invalid(IDS, "rows are those of the keys")),
                }
            }
        }
        if next != self.lists.ids.len() || seen.contains(&false) {
            return Err(LoadError::invalid(IDS, "every row stands in a list"));
        }
        let stands = |(row, place): (usize, &u32)| self.lists.ids.get(*place as usize) == Some(&(row as u32));
        if !self.places.iter().enumerate().all(stands) {
            return Err(LoadError::invalid(PLACES, "each row stands at its place"));
        }
        Ok(())
    }

    fn writer(&self) -> Result<ContainerWriter<'_>, SaveError> {
        let mut params = Encoder::new();
        header::encode(&mut params, &self.space, self.metric);
        Shape::of(self).encode(&mut params);
        let mut writer = ContainerWriter::new(KIND, VERSION);
        writer
            .params(params)
            .elements(KEYS, &self.keys[..])
            .elements(CENTRES, &self.coarse.panels[..])
            .elements(HALVES, &self.coarse.halves[..])
            .elements(STARTS, &self.lists.starts[..])
            .elements(SIZES, &self.lists.sizes[..])
            .elements(IDS, &self.lists.ids[..]);
        match &self.store {
            Store::Flat { rows, .. } => {
                writer.elements(CODES, &rows[..]);
            }
            Store::Product {
                quantizer,
                rotation,
                codes,
                bias,
            } => {
                writer
                    .elements(BOOKS, quantizer.books())
                    .elements(CODES, &codes[..]);
                if self.metric == Metric::L2 {
                    writer.elements(BIAS, &bias[..]);
                }
                if let Some(rotation) = rotation {
                    writer.elements(ROTATION, rotation.rows());
                }
            }
        }
        match &self.rows {
            Rows::None => writer.elements(PLACES, &self.places[..]),
            Rows::Int8 { mean, bytes } => writer.elements(MEAN, &mean[..]).elements(ROWS, &bytes[..]),
            Rows::F16 { halves, .. } => writer.elements(ROWS, &halves[..]),
            Rows::F32 { rows } => writer.elements(ROWS, &rows[..]),
        };
        if let Some(graph) = &self.coarse.graph {
            writer
                .section(GRAPH, graph.to_bytes()?)
                .section(ONE_IN, self.coarse.one_in.to_le_bytes().to_vec());
        }
        header::write_metadata(&mut writer, &self.metadata);
        Ok(writer)
    }
}

/// The graph over the centres: a container in a section.
fn read_graph(
    container: &Container,
    lists: usize,
    width: usize,
    metric: Metric,
) -> Result<Option<HnswIndex>, LoadError> {
    if !container.tags().any(|tag| tag == GRAPH) {
        return Ok(None);
    }
    let graph = HnswIndex::from_container(&Container::from_bytes(container.section(GRAPH)?)?)?;
    let fits = graph.len() == lists && *graph.space() == space(width) && graph.metric() == ranked_by(metric);
    if !fits {
        return Err(LoadError::invalid(GRAPH, "of the centres of the lists"));
    }
    Ok(Some(graph))
}

/// To what share of the lists the graph leads; 0 without one.
fn read_one_in(container: &Container) -> Result<u32, LoadError> {
    if !container.tags().any(|tag| tag == GRAPH) {
        return Ok(0);
    }
    match header::section::<u32>(container, ONE_IN, Some(1))?[0] {
        0 => Err(LoadError::invalid(ONE_IN, "at least 1")),
        one_in => Ok(one_in),
    }
}

fn read_store(
    container: &Container,
    shape: &Shape,
    metric: Metric,
    width: usize,
    places: usize,
) -> Result<Store, LoadError> {
    let bits = match shape.codes {
        0 => {
            let rows = header::section(container, CODES, places.checked_mul(width))?;
            return Ok(Store::Flat { width, rows });
        }
        1 => CodeBits::Four,
        _ => CodeBits::Eight,
    };
    let pieces = shape.pieces as usize;
    if !(1..=width).contains(&pieces) {
        return Err(LoadError::invalid(KIND, "at most as many pieces as components"));
    }
    let quantizer = ProductQuantizer::of(width, pieces, bits, container.view(BOOKS)?)
        .ok_or(LoadError::invalid(BOOKS, "16 or 256 centres a piece"))?;
    let bytes = match bits {
        CodeBits::Four if !places.is_multiple_of(BLOCK) => None,
        CodeBits::Four => (places / BLOCK).checked_mul(block_bytes(pieces)),
        CodeBits::Eight => places.checked_mul(pieces),
    };
    let codes = header::section(container, CODES, bytes)?;
    let bias = match metric {
        Metric::L2 => header::section(container, BIAS, Some(places))?,
        Metric::InnerProduct | Metric::Cosine => View::default(),
    };
    let rotation = if shape.rotated {
        let rows = container.view(ROTATION)?;
        let square = Rotation::of(width, rows).ok_or(LoadError::invalid(ROTATION, "a square matrix"))?;
        Some(square)
    } else {
        None
    };
    Ok(Store::Product {
        quantizer,
        rotation,
        codes,
        bias,
    })
}

fn read_rows(container: &Container, shape: &Shape, width: usize, count: usize) -> Result<Rows, LoadError> {
    Ok(match shape.rows {
        0 => Rows::None,
        1 => Rows::Int8 {
            mean: header::section(container, MEAN, Some(width))?,
            bytes: header::section(container, ROWS, count.checked_mul(width + HEAD))?,
        },
        2 => Rows::F16 {
            scale: shape.scale,
            halves: header::section(container, ROWS, count.checked_mul(width))?,
        },
        _ => Rows::F32 {
            rows: header::section(container, ROWS, count.checked_mul(width))?,
        },
    })
}
