//! Vectors, queries and the exact answer.

use crate::args::Args;
use crate::support::Failure;
use crate::words;
use bowerbird::core::{Normalization, SpaceId};
use bowerbird::vsearch::ndarray::ArrayView2;
use bowerbird::vsearch::{BatchHits, FlatIndex, Metric, SearchParams, VectorIndex as _, VectorKey};
use std::path::Path;

/// Of the bundled words every so manieth is a query.
const HELD_OUT: usize = 16;

pub(crate) struct Data {
    pub(crate) metric: Metric,
    pub(crate) dimension: usize,
    pub(crate) base: Vec<f32>,
    pub(crate) query: Vec<f32>,
    pub(crate) keys: Vec<VectorKey>,
    truth: Option<Matrix<u64>>,
}

/// Rows of equal width.
struct Matrix<T> {
    width: usize,
    cells: Vec<T>,
}

impl Data {
    pub(crate) fn open(args: &Args) -> Result<Self, Failure> {
        let (base, query) = match &args.files {
            Some((base, query)) => (floats(base)?, floats(query)?),
            None => bundled()?,
        };
        if base.width != query.width {
            return Err(Failure(format!(
                "vectors have {} components, queries {}",
                base.width, query.width
            )));
        }
        let truth = args.truth.as_deref().map(integers).transpose()?;
        let used = (query.cells.len() / query.width).min(args.queries);
        if used == 0 {
            return Err(Failure("there are no queries".into()));
        }
        let count = base.cells.len() / base.width;
        if let Some(truth) = &truth {
            let rows = truth.cells.len() / truth.width;
            if truth.width < args.k.min(count) || rows < used {
                return Err(Failure(format!(
                    "the truth has {rows} rows of {}, needed are {used} of {}",
                    truth.width, args.k
                )));
            }
        }
        Ok(Self {
            metric: args.metric,
            dimension: base.width,
            keys: (0..count as u64).map(VectorKey).collect(),
            query: query.cells[..used * query.width].to_vec(),
            base: base.cells,
            truth,
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.keys.len()
    }

    pub(crate) fn queries(&self) -> usize {
        self.query.len() / self.dimension
    }

    pub(crate) fn space(&self) -> SpaceId {
        SpaceId::new("ann_bench", 1, self.dimension as u32, Normalization::None)
    }

    pub(crate) fn vectors(&self) -> Result<ArrayView2<'_, f32>, Failure> {
        Ok(ArrayView2::from_shape(
            (self.count(), self.dimension),
            &self.base,
        )?)
    }

    pub(crate) fn query_rows(&self) -> Result<ArrayView2<'_, f32>, Failure> {
        Ok(ArrayView2::from_shape(
            (self.queries(), self.dimension),
            &self.query,
        )?)
    }

    /// The keys of the `k` nearest to each query, from the file or by searching.
    pub(crate) fn truth(&self, k: usize) -> Result<Vec<Vec<VectorKey>>, Failure> {
        if let Some(truth) = &self.truth {
            let rows = truth.cells.chunks_exact(truth.width).take(self.queries());
            return Ok(rows
                .map(|row| row.iter().take(k).map(|key| VectorKey(*key)).collect())
                .collect());
        }
        let flat = FlatIndex::builder(self.space(), self.metric).build(self.vectors()?, &self.keys)?;
        let mut answers = BatchHits::new();
        flat.search_batch(self.query_rows()?, &SearchParams::new(k), &mut answers)?;
        Ok(answers.iter().map(|(hits, _)| hits.keys().collect()).collect())
    }
}

fn bundled() -> Result<(Matrix<f32>, Matrix<f32>), Failure> {
    let words = words::words()?;
    let width = words.dimension;
    let (mut base, mut query) = (Vec::new(), Vec::new());
    for (i, row) in (0..words.words.len()).zip(words.vectors.chunks_exact(width)) {
        let part = if i % HELD_OUT == HELD_OUT - 1 {
            &mut query
        } else {
            &mut base
        };
        part.extend_from_slice(row);
    }
    let matrix = |cells| Matrix { width, cells };
    Ok((matrix(base), matrix(query)))
}

fn floats(path: &Path) -> Result<Matrix<f32>, Failure> {
    let matrix = open(path, &[("<f4", 4)])?;
    Ok(Matrix {
        width: matrix.width,
        cells: words(&matrix.cells).map(f32::from_le_bytes).collect(),
    })
}

fn integers(path: &Path) -> Result<Matrix<u64>, Failure> {
    let matrix = open(path, &[("<i4", 4), ("<u4", 4), ("<i8", 8), ("<u8", 8)])?;
    let cells = if matrix.size == 4 {
        words(&matrix.cells)
            .map(|bytes| u64::from(u32::from_le_bytes(bytes)))
            .collect()
    } else {
        words(&matrix.cells).map(u64::from_le_bytes).collect()
    };
    Ok(Matrix {
        width: matrix.width,
        cells,
    })
}

fn words<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    bytes.as_chunks().0.iter().copied()
}

/// The bytes of a matrix.
struct Raw {
    width: usize,
    size: usize,
    cells: Vec<u8>,
}

/// Reads `.npy` of one of the `types` (name, bytes), or the `.fvecs` and `.ivecs` that texmex data sets come in.
fn open(path: &Path, types: &[(&str, usize)]) -> Result<Raw, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::about(path.display(), &error))?;
    let told = |what: String| Failure(format!("{}: {what}", path.display()));
    let raw = match path.extension().and_then(|extension| extension.to_str()) {
        Some("npy") => npy(&bytes, types).map_err(told)?,
        Some("fvecs" | "ivecs") => vecs(&bytes).map_err(told)?,
        _ => return Err(told("is neither .npy nor .fvecs nor .ivecs".into())),
    };
    if raw.width == 0 || raw.cells.is_empty() {
        return Err(told("is empty".into()));
    }
    Ok(raw)
}

fn npy(bytes: &[u8], types: &[(&str, usize)]) -> Result<Raw, String> {
    let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or("is no .npy file")?;
    let (version, rest) = rest.split_first_chunk::<2>().ok_or("is cut off")?;
    let (length, rest) = if version[0] == 1 {
        let (length, rest) = rest.split_first_chunk::<2>().ok_or("is cut off")?;
        (usize::from(u16::from_le_bytes(*length)), rest)
    } else {
        let (length, rest) = rest.split_first_chunk::<4>().ok_or("is cut off")?;
        (u32::from_le_bytes(*length) as usize, rest)
    };
    let (header, cells) = rest.split_at_checked(length).ok_or("is cut off")?;
    let header = String::from_utf8_lossy(header);
    let field = |name: &str, open: char, close: char| {
        let after = header.split(&format!("'{name}':")).nth(1)?;
        let inner = after.split_once(open)?.1.split_once(close)?.0;
        Some(inner.to_owned())
    };
    let kind = field("descr", '\'', '\'').ok_or("has no type")?;
    let known = types.iter().find(|(name, _)| *name == kind);
    let (_, size) = known.ok_or_else(|| format!("holds {kind}, needed is {}", types[0].0))?;
    if header.contains("'fortran_order': True") {
        return Err("is in Fortran order".into());
    }
    let shape = field("shape", '(', ')').ok_or("has no shape")?;
    let shape: Vec<usize> = shape
        .split(',')
        .filter_map(|number| number.trim().parse().ok())
        .collect();
    let [rows, width] = shape[..] else {
        return Err("is no matrix".into());
    };
    if rows.checked_mul(width).and_then(|cells| cells.checked_mul(*size)) != Some(cells.len()) {
        return Err(format!("is not {rows} rows of {width}"));
    }
    Ok(Raw {
        width,
        size: *size,
        cells: cells.to_vec(),
    })
}

fn vecs(bytes: &[u8]) -> Result<Raw, String> {
    let first = bytes.first_chunk::<4>().ok_or("is cut off")?;
    let width = u32::from_le_bytes(*first) as usize;
    let row = 4 + 4 * width;
    if width == 0 || !bytes.len().is_multiple_of(row) {
        return Err(format!("is not made of rows of {width}"));
    }
    let mut cells = Vec::with_capacity(bytes.len());
    for bytes in bytes.chunks_exact(row) {
        if bytes[..4] != first[..] {
            return Err("has rows of different widths".into());
        }
        cells.extend_from_slice(&bytes[4..]);
    }
    Ok(Raw {
        width,
        size: 4,
        cells,
    })
}
