//! Kernels that only the indexes of this crate need: codes of few bits, read from scattered places.
//!
//! Float kernels are core's ([`bowerbird_core::kernel`]). The ones here work on integers wherever they can, so that
//! every instruction set gives the same number and equality with the scalar twin needs no tolerance.

pub(crate) mod decode;
pub(crate) mod fastscan;
mod lanes;
pub(crate) mod panel;
mod prefetch;
mod tier;

pub(crate) use prefetch::prefetch;
pub(crate) use tier::Tier;
