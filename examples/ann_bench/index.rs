//! The indexes by name.

use crate::args::Args;
use crate::data::Data;
use crate::support::Failure;
use bowerbird::core::Progress;
use bowerbird::vsearch::ivf::{Codes, Refine, Rotate, Spill};
use bowerbird::vsearch::{BuildIndex, Effort, FlatIndex, HnswIndex, IvfIndex, VectorIndex, Vectors};

/// Names and what they are.
const NAMES: &[(&str, &str)] = &[
    ("flat", "exact: every vector is looked at"),
    ("hnsw", "graph, vectors as they are"),
    ("hnsw-f16", "graph, vectors of 16-bit floats"),
    ("hnsw-sq8", "graph over 8-bit codes, final scores by 16 bits"),
    (
        "hnsw-sq8-exact",
        "graph over 8-bit codes, final scores by the vectors as they are",
    ),
    ("ivf-flat", "inverted file, vectors as they are"),
    ("ivf-pq", "inverted file, 4-bit product codes, nothing else kept"),
    ("ivf-pq8", "inverted file, 8-bit product codes, nothing else kept"),
    (
        "ivf-pq-refine",
        "inverted file, 4-bit product codes, the best scored again by 8-bit rows",
    ),
    ("ivf-pq-refine-f16", "the same, scored again by 16-bit floats"),
    (
        "ivf-pq-refine-f32",
        "the same, scored again by the vectors as they are",
    ),
    (
        "ivf-opq-refine",
        "as ivf-pq-refine, after a rotation that was trained",
    ),
    ("ivf-soar-refine", "as ivf-pq-refine, every vector in two lists"),
];

/// Widths of a curve, if none are given.
const WIDTHS: [u32; 16] = [
    4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024,
];

/// What `--params` sets.
#[derive(Default)]
pub(crate) struct Options {
    widths: Vec<u32>,
    refine: Vec<u32>,
    links: Option<usize>,
    lists: Option<u32>,
    build_width: Option<usize>,
    seed: u64,
}

impl Options {
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let mut options = Self::default();
        for part in text.split(';').filter(|part| !part.trim().is_empty()) {
            let (key, values) = part
                .split_once('=')
                .ok_or_else(|| Failure(format!("--params has `{part}`, needed is key=value")))?;
            let values: Vec<u32> = values
                .split(',')
                .map(|value| {
                    value
                        .trim()
                        .parse()
                        .map_err(|_| Failure(format!("`{value}` in --params is no number")))
                })
                .collect::<Result<_, _>>()?;
            let first = values.first().copied().unwrap_or(0) as usize;
            match key.trim() {
                "width" => options.widths = values,
                "refine" => options.refine = values,
                "lists" => options.lists = Some(first as u32),
                "links" => options.links = Some(first),
                "build_width" => options.build_width = Some(first),
                "seed" => options.seed = first as u64,
                other => return Err(Failure(format!("--params knows no `{other}`"))),
            }
        }
        Ok(options)
    }

    fn widths(&self) -> Vec<u32> {
        if self.widths.is_empty() {
            WIDTHS.to_vec()
        } else {
            self.widths.clone()
        }
    }

    /// Widths alone.
    fn efforts(&self) -> Vec<(String, Effort)> {
        let widths = self.widths().into_iter();
        widths
            .map(|width| (format!("width={width}"), Effort::Width(width)))
            .collect()
    }

    /// Widths with each number of candidates that is to be scored again.
    fn probes(&self) -> Vec<(String, Effort)> {
        if self.refine.is_empty() {
            return self.efforts();
        }
        let pairs = self
            .widths()
            .into_iter()
            .flat_map(|lists| self.refine.iter().map(move |refine| (lists, *refine)));
        pairs
            .map(|(lists, refine)| {
                (
                    format!("width={lists} refine={refine}"),
                    Effort::Probe { lists, refine },
                )
            })
            .collect()
    }
}

pub(crate) fn list() -> String {
    let mut lines: Vec<String> = NAMES
        .iter()
        .map(|(name, what)| format!("{name:<20}{what}"))
        .collect();
    lines.push(format!(
        "{:<20}any factory string of faiss (feature `faiss`)",
        "faiss:<factory>"
    ));
    lines.join("\n")
}

/// Refuses a name that is not in the list.
pub(crate) fn known(name: &str) -> Result<(), Failure> {
    if name.starts_with("faiss:") || NAMES.iter().any(|(known, _)| *known == name) {
        return Ok(());
    }
    let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
    Err(Failure(format!(
        "no index `{name}`; there are {}",
        names.join(", ")
    )))
}

/// An index and the searches that make its curve.
pub(crate) struct Built {
    pub(crate) index: Box<dyn VectorIndex>,
    pub(crate) bytes: usize,
    pub(crate) efforts: Vec<(String, Effort)>,
}

pub(crate) fn build(
    name: &str,
    data: &Data,
    args: &Args,
    progress: &mut dyn FnMut(Progress),
) -> Result<Built, Failure> {
    if let Some(factory) = name.strip_prefix("faiss:") {
        return faiss(factory, data, &args.options, progress);
    }
    if name.starts_with("hnsw") {
        return graph(name, data, &args.options, progress);
    }
    if name.starts_with("ivf") {
        return inverted(name, data, &args.options, progress);
    }
    let builder = FlatIndex::builder(data.space(), data.metric);
    let index = builder.build_with_progress(data.vectors()?, &data.keys, progress)?;
    Ok(Built {
        bytes: index.bytes(),
        index: Box::new(index),
        efforts: vec![("exact".into(), Effort::Default)],
    })
}

fn graph(
    name: &str,
    data: &Data,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Built, Failure> {
    let vectors = match name {
        "hnsw-f16" => Vectors::F16,
        "hnsw-sq8" => Vectors::Sq8,
        "hnsw-sq8-exact" => Vectors::Sq8Exact,
        _ => Vectors::F32,
    };
    let mut builder = HnswIndex::builder(data.space(), data.metric)
        .with_vectors(vectors)
        .with_seed(options.seed);
    if let Some(links) = options.links {
        builder = builder.with_links(links);
    }
    if let Some(width) = options.build_width {
        builder = builder.with_build_width(width);
    }
    let index = builder.build_with_progress(data.vectors()?, &data.keys, progress)?;
    Ok(Built {
        bytes: index.bytes(),
        index: Box::new(index),
        efforts: options.efforts(),
    })
}

fn inverted(
    name: &str,
    data: &Data,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Built, Failure> {
    let pieces = data.dimension.div_ceil(2) as u32;
    let (codes, refine) = match name {
        "ivf-flat" => (Codes::Flat, Refine::None),
        "ivf-pq" => (Codes::Pq4 { pieces }, Refine::None),
        "ivf-pq8" => (
            Codes::Pq8 {
                pieces: pieces.div_ceil(2),
            },
            Refine::None,
        ),
        "ivf-pq-refine-f16" => (Codes::Pq4 { pieces }, Refine::F16),
        "ivf-pq-refine-f32" => (Codes::Pq4 { pieces }, Refine::F32),
        _ => (Codes::Pq4 { pieces }, Refine::Int8),
    };
    let mut builder = IvfIndex::builder(data.space(), data.metric)
        .with_codes(codes)
        .with_refine(refine)
        .with_seed(options.seed);
    if name == "ivf-opq-refine" {
        builder = builder.with_rotation(Rotate::Optimized);
    }
    if name == "ivf-soar-refine" {
        builder = builder.with_spill(Spill::Second);
    }
    if let Some(lists) = options.lists {
        builder = builder.with_lists(lists);
    }
    let index = builder.build_with_progress(data.vectors()?, &data.keys, progress)?;
    Ok(Built {
        bytes: index.bytes(),
        index: Box::new(index),
        efforts: options.probes(),
    })
}

#[cfg(not(feature = "faiss"))]
fn faiss(factory: &str, _: &Data, _: &Options, _: &mut dyn FnMut(Progress)) -> Result<Built, Failure> {
    Err(Failure(format!(
        "faiss:{factory} needs faiss: cargo run --release --features faiss --example ann_bench"
    )))
}

#[cfg(feature = "faiss")]
fn faiss(
    factory: &str,
    data: &Data,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Built, Failure> {
    use bowerbird::vsearch::{FaissIndex, Insertion};
    // How many times k candidates a factory that ends in `RFlat` scores again.
    let factor = options
        .refine
        .first()
        .copied()
        .unwrap_or(8)
        .clamp(1, u32::from(u16::MAX));
    let factor = std::num::NonZeroU16::new(factor as u16).unwrap_or(std::num::NonZeroU16::MIN);
    let builder = FaissIndex::builder(data.space(), data.metric, factory)
        .with_insertion(Insertion::Parallel)
        .with_refine_factor(factor);
    let index = builder.build_with_progress(data.vectors()?, &data.keys, progress)?;
    Ok(Built {
        // faiss does not tell.
        bytes: 0,
        index: Box::new(index),
        efforts: options.efforts(),
    })
}
