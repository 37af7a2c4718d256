//! From rows in lists to codes.

use super::lists::{Lists, NO_ROW, Store, block_bytes};
use crate::kernel::fastscan::{self, BLOCK};
use crate::kmeans::Centres;
use crate::parallel;
use crate::quantize::{CodeBits, ProductQuantizer, Rotation};
use crate::{BuildError, Metric};
use bowerbird_core::container::View;
use bowerbird_core::kernel;

/// Everything that a vector's code depends on.
pub(super) struct Encoder<'a> {
    pub(super) metric: Metric,
    pub(super) rows: &'a [f32],
    pub(super) centres: &'a Centres,
    pub(super) quantizer: Option<ProductQuantizer>,
    pub(super) rotation: Option<Rotation>,
}

impl Encoder<'_> {
    /// Lists and codes of `members`, the rows of each list.
    pub(super) fn encode(self, members: &[Vec<u32>]) -> Result<(Lists, Store), BuildError> {
        let width = self.centres.width();
        let step = match &self.quantizer {
            Some(quantizer) if quantizer.bits() == CodeBits::Four => BLOCK,
            _ => 1,
        };
        let (mut starts, mut ids) = (Vec::with_capacity(members.len()), Vec::new());
        for members in members {
            starts.push(ids.len() as u32);
            ids.extend_from_slice(members);
            ids.resize(ids.len().next_multiple_of(step), NO_ROW);
            if u32::try_from(ids.len()).is_err() {
                return Err(BuildError::TooMany { found: ids.len() });
            }
        }
        let lists = Lists {
            starts: starts.into(),
            sizes: members
                .iter()
                .map(|members| members.len() as u32)
                .collect::<Vec<_>>()
                .into(),
            ids: View::aligned(&ids),
        };
        let Some(quantizer) = &self.quantizer else {
            let mut rows = Vec::with_capacity(self.rows.len());
            for row in &ids {
                rows.extend_from_slice(&self.rows[*row as usize * width..][..width]);
            }
            let rows = View::aligned(&rows);
            return Ok((lists, Store::Flat { width, rows }));
        };
        let parts = parallel::map(members.len(), |list| {
            self.encode_list(quantizer, list, &members[list], step)
        });
        let codes: Vec<u8> = parts
            .iter()
            .flat_map(|(codes, _)| codes.iter().copied())
            .collect();
        let bias: Vec<f32> = parts.into_iter().flat_map(|(_, bias)| bias).collect();
        let store = Store::Product {
            codes: View::aligned(&codes),
            bias: View::aligned(&bias),
            quantizer: quantizer.clone(),
            rotation: self.rotation,
        };
        Ok((lists, store))
    }

    /// Codes and, under L2, squared lengths of what they stand for, filled up to multiples of `step`.
    fn encode_list(
        &self,
        quantizer: &ProductQuantizer,
        list: usize,
        members: &[u32],
        step: usize,
    ) -> (Vec<u8>, Vec<f32>) {
        let (width, pieces) = (self.centres.width(), quantizer.pieces());
        let centre = &self.centres.rows()[list * width..][..width];
        let mut residuals = Vec::with_capacity(members.len() * width);
        for row in members {
            let row = &self.rows[*row as usize * width..][..width];
            residuals.extend(row.iter().zip(centre).map(|(x, c)| x - c));
        }
        let plain = quantizer.encode(&residuals);
        let mut bias = Vec::new();
        if self.metric == Metric::L2 {
            let mut vector = vec![0.0; width];
            for codes in plain.chunks_exact(pieces) {
                quantizer.decode(codes, &mut vector);
                vector.iter_mut().zip(centre).for_each(|(x, c)| *x += c);
                bias.push(kernel::dot(&vector, &vector));
            }
            bias.resize(members.len().next_multiple_of(step), 0.0);
        }
        if quantizer.bits() == CodeBits::Eight {
            return (plain, bias);
        }
        let mut blocks = vec![0; members.len().div_ceil(BLOCK) * block_bytes(pieces)];
        let plain = plain.chunks(BLOCK * pieces);
        for (block, codes) in blocks.chunks_exact_mut(block_bytes(pieces)).zip(plain) {
            for (v, codes) in codes.chunks_exact(pieces).enumerate() {
                fastscan::place_codes(codes, v, block);
            }
        }
        (blocks, bias)
    }
}
