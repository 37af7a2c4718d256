//! Kernels that only the indexes of this crate need: codes of few bits, read from scattered places.
//!
//! Float kernels are core's ([`bowerbird_core::kernel`]). The ones here work on integers wherever they can, so that
//! every instruction set gives the same number and equality with the scalar twin needs no tolerance.

mod tier;

#[expect(unused_imports, reason = "the indexes that use it come next")]
pub(crate) use tier::Tier;
