//! `.npy` of version 1: float32 rows and int32 truth, C order, little-endian.

use std::error::Error;

type Parsed = (Vec<u8>, usize);

/// The bytes after the header and the number of columns.
fn parse(path: &str, kind: &str) -> Result<Parsed, Box<dyn Error>> {
    let mut bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    if bytes.len() < 10 || !bytes.starts_with(b"\x93NUMPY\x01") {
        return Err(format!("{path}: not an npy file of version 1").into());
    }
    let end = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = String::from_utf8_lossy(bytes.get(10..end).ok_or("short header")?).into_owned();
    if !header.contains(kind) || header.contains("'fortran_order': True") {
        return Err(format!("{path}: expected {kind} in C order, found {header}").into());
    }
    let shape = header.split('(').nth(1).and_then(|rest| rest.split(')').next()).ok_or("no shape")?;
    let columns = shape.split(',').nth(1).ok_or("not two-dimensional")?.trim().parse()?;
    bytes.drain(..end);
    Ok((bytes, columns))
}

pub struct Rows {
    pub data: Vec<f32>,
    pub dim: usize,
}

impl Rows {
    pub fn read(path: &str) -> Result<Self, Box<dyn Error>> {
        let (bytes, dim) = parse(path, "<f4")?;
        let data = bytes.as_chunks::<4>().0.iter().map(|&four| f32::from_le_bytes(four)).collect();
        Ok(Self { data, dim })
    }

    pub fn len(&self) -> usize {
        self.data.len() / self.dim
    }

    pub fn normalise(&mut self) {
        for row in self.data.chunks_mut(self.dim) {
            let norm = row.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-30);
            row.iter_mut().for_each(|x| *x /= norm);
        }
    }
}

pub struct Truth {
    keys: Vec<u32>,
    columns: usize,
}

impl Truth {
    pub fn read(path: &str) -> Result<Self, Box<dyn Error>> {
        let (bytes, columns) = parse(path, "<i4")?;
        let keys = bytes.as_chunks::<4>().0.iter().map(|&four| u32::from_le_bytes(four)).collect();
        Ok(Self { keys, columns })
    }

    pub fn row(&self, row: usize) -> &[u32] {
        &self.keys[row * self.columns..][..self.columns]
    }
}
