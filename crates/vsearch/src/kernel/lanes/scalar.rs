//! The definition written down.

use super::{LANES, Lanes};
use crate::kernel::half::widen;

#[derive(Clone, Copy)]
pub(in crate::kernel) struct Plain([f32; LANES]);

impl Plain {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|i| f(self.0[i], other.0[i])))
    }
}

impl Lanes for Plain {
    const ROWS: usize = 2;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        Self([x; LANES])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller points at sixteen floats.
        Self(std::array::from_fn(|i| unsafe { *from.add(i) }))
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        for (i, x) in self.0.into_iter().enumerate() {
            // SAFETY: the caller points at room for sixteen floats.
            unsafe { *to.add(i) = x }
        }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline(always)]
    unsafe fn subtract(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline(always)]
    unsafe fn multiply(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self {
        Self(std::array::from_fn(|i| {
            self.0[i].mul_add(factor.0[i], addend.0[i])
        }))
    }

    #[inline(always)]
    unsafe fn pick_below(self, bound: Self, yes: Self, no: Self) -> Self {
        Self(std::array::from_fn(|i| {
            if self.0[i] < bound.0[i] { yes.0[i] } else { no.0[i] }
        }))
    }

    #[inline(always)]
    unsafe fn from_bytes(from: *const u8) -> Self {
        // SAFETY: the caller points at sixteen bytes.
        Self(std::array::from_fn(|i| f32::from(unsafe { *from.add(i) })))
    }

    #[inline(always)]
    unsafe fn from_halves(from: *const u16) -> Self {
        // SAFETY: the caller points at sixteen numbers.
        Self(std::array::from_fn(|i| widen(unsafe { *from.add(i) })))
    }
}
