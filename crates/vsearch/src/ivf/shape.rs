//! The parameters of an inverted file, as its header has them.

use super::lists::Store;
use super::refine::Rows;
use super::{Defaults, IvfIndex};
use crate::quantize::CodeBits;
use bowerbird_core::container::{Decoder, Encoder, LoadError, Tag};

/// The parameters after space and metric.
pub(super) struct Shape {
    pub(super) lists: usize,
    /// 0 flat, 1 codes of 4 bits, 2 of 8.
    pub(super) codes: u8,
    pub(super) pieces: u32,
    /// 0 nothing, 1 bytes, 2 halves, 3 floats.
    pub(super) rows: u8,
    pub(super) scale: f32,
    pub(super) rotated: bool,
    pub(super) defaults: Defaults,
}

impl Shape {
    pub(super) fn of(index: &IvfIndex) -> Self {
        let (codes, pieces) = match &index.store {
            Store::Flat { .. } => (0, 0),
            Store::Product { quantizer, .. } => match quantizer.bits() {
                CodeBits::Four => (1, quantizer.pieces() as u32),
                CodeBits::Eight => (2, quantizer.pieces() as u32),
            },
        };
        let (rows, scale) = match &index.rows {
            Rows::None => (0, 1.0),
            Rows::Int8 { .. } => (1, 1.0),
            Rows::F16 { scale, .. } => (2, *scale),
            Rows::F32 { .. } => (3, 1.0),
        };
        Self {
            lists: index.coarse.lists,
            codes,
            pieces,
            rows,
            scale,
            rotated: index.store.rotation().is_some(),
            defaults: index.defaults,
        }
    }

    pub(super) fn encode(&self, params: &mut Encoder) {
        params
            .u32(self.lists as u32)
            .u8(self.codes)
            .u32(self.pieces)
            .flag(self.rotated)
            .u8(self.rows)
            .f32(self.scale)
            .u32(self.defaults.lists)
            .u32(self.defaults.refine);
    }

    pub(super) fn decode(params: &mut Decoder<'_>, kind: Tag) -> Result<Self, LoadError> {
        let lists = params.u32()? as usize;
        let (codes, pieces, rotated) = (params.u8()?, params.u32()?, params.flag()?);
        let (rows, scale) = (params.u8()?, params.f32()?);
        let defaults = Defaults {
            lists: params.u32()?,
            refine: params.u32()?,
        };
        if codes > 2 || rows > 3 {
            return Err(LoadError::invalid(kind, "codes are 0, 1 or 2, rows 0 to 3"));
        }
        if (codes == 0) && (pieces != 0 || rotated || rows != 0) {
            return Err(LoadError::invalid(
                kind,
                "vectors in lists are neither cut, rotated nor kept twice",
            ));
        }
        if !(scale.is_normal() && scale > 0.0) {
            return Err(LoadError::invalid(kind, "a scale is above zero"));
        }
        Ok(Self {
            lists,
            codes,
            pieces,
            rows,
            scale,
            rotated,
            defaults,
        })
    }
}
