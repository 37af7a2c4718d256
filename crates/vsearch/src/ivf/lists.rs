//! What the lists hold.

use super::params::Codes;
use crate::kernel::fastscan::{self, BLOCK, GROUP, GROUP_BYTES};
use crate::quantize::{CodeBits, ProductQuantizer, Rotation};
use bowerbird_core::container::View;
use std::ops::Range;

/// The number that fills a list up.
pub(super) const NO_ROW: u32 = u32::MAX;

/// Where each list's places are, and which row stands at each.
#[derive(Clone, Debug)]
pub(super) struct Lists {
    pub(super) starts: View<u32>,
    pub(super) sizes: View<u32>,
    pub(super) ids: View<u32>,
}

impl Lists {
    /// The places of `list`: none where a damaged file points beyond the ids, or not at the start of a block of `step`.
    #[inline]
    pub(super) fn places(&self, list: usize, step: usize) -> Range<usize> {
        let (Some(start), Some(size)) = (self.starts.get(list), self.sizes.get(list)) else {
            return 0..0;
        };
        let (start, size) = (*start as usize, *size as usize);
        if start + size.next_multiple_of(step) > self.ids.len() || !start.is_multiple_of(step) {
            return 0..0;
        }
        start..start + size
    }

    /// The list that a place belongs to.
    pub(super) fn list_of(&self, place: u32) -> usize {
        self.starts
            .partition_point(|start| *start <= place)
            .saturating_sub(1)
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.starts) + size_of_val(&*self.sizes) + size_of_val(&*self.ids)
    }
}

/// What stands at each place.
#[derive(Clone, Debug)]
pub(super) enum Store {
    Flat {
        width: usize,
        rows: View<f32>,
    },
    Product {
        quantizer: ProductQuantizer,
        rotation: Option<Rotation>,
        /// In blocks for the register look-ups when codes have 4 bits, else one after another.
        codes: View<u8>,
        /// Under L2, |x|² of what each code stands for.
        bias: View<f32>,
    },
}

impl Store {
    pub(super) fn kind(&self) -> Codes {
        match self {
            Self::Flat { .. } => Codes::Flat,
            Self::Product { quantizer, .. } => {
                let pieces = quantizer.pieces() as u32;
                match quantizer.bits() {
                    CodeBits::Four => Codes::Pq4 { pieces },
                    CodeBits::Eight => Codes::Pq8 { pieces },
                }
            }
        }
    }

    pub(super) fn rotation(&self) -> Option<&Rotation> {
        match self {
            Self::Flat { .. } => None,
            Self::Product { rotation, .. } => rotation.as_ref(),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Flat { rows, .. } => size_of_val(&**rows),
            Self::Product {
                quantizer,
                rotation,
                codes,
                bias,
            } => {
                let turned = rotation
                    .as_ref()
                    .map_or(0, |rotation| size_of_val(rotation.rows()));
                size_of_val(quantizer.books()) + turned + codes.len() + size_of_val(&**bias)
            }
        }
    }

    /// Lists begin at multiples of so many places.
    pub(super) fn step(&self) -> usize {
        match self.kind() {
            Codes::Pq4 { .. } => BLOCK,
            Codes::Flat | Codes::Pq8 { .. } => 1,
        }
    }

    /// The first `bytes` bytes of the list that starts at `place` are wanted soon.
    pub(super) fn prefetch(&self, place: usize, bytes: usize) {
        match self {
            Self::Flat { width, rows } => {
                crate::kernel::prefetch(rows.get(place * width..).unwrap_or_default(), bytes);
            }
            Self::Product { quantizer, codes, .. } => {
                let at = match quantizer.bits() {
                    CodeBits::Four => place / BLOCK * block_bytes(quantizer.pieces()),
                    CodeBits::Eight => place * quantizer.pieces(),
                };
                crate::kernel::prefetch(codes.get(at..).unwrap_or_default(), bytes);
            }
        }
    }

    /// What the code at `place` stands for, beside the centre; nothing beyond the codes. `codes` is room.
    pub(super) fn decode(&self, place: usize, room: &mut Vec<u8>, out: &mut [f32]) -> Option<()> {
        match self {
            Self::Flat { width, rows } => out.copy_from_slice(rows.get(place * width..)?.get(..*width)?),
            Self::Product { quantizer, codes, .. } => {
                let pieces = quantizer.pieces();
                room.clear();
                match quantizer.bits() {
                    CodeBits::Eight => room.extend_from_slice(codes.get(place * pieces..)?.get(..pieces)?),
                    CodeBits::Four => {
                        let size = block_bytes(pieces);
                        let block = codes.get(place / BLOCK * size..)?.get(..size)?;
                        room.extend((0..pieces).map(|m| fastscan::code_at(block, place % BLOCK, m)));
                    }
                }
                quantizer.decode(room, out);
            }
        }
        Some(())
    }
}

/// Bytes of a block of 4-bit codes.
pub(super) fn block_bytes(pieces: usize) -> usize {
    pieces.div_ceil(GROUP) * GROUP_BYTES
}
