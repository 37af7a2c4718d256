//! The definition written down.

use super::{LANES, Lanes};

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
        Self(std::array::from_fn(|i| half_to_float(unsafe { *from.add(i) })))
    }
}

/// The value of an IEEE half-precision number.
#[inline]
pub(crate) fn half_to_float(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let (exponent, mantissa) = (u32::from(half >> 10) & 31, u32::from(half & 0x3ff));
    let magnitude = match exponent {
        // Subnormal: an integer number of 2^-24, exact in f32.
        0 => return f32::from_bits(sign | (mantissa as f32 * f32::from_bits(103 << 23)).to_bits()),
        31 if mantissa == 0 => 0xff << 23,
        31 => (0xff << 23) | (1 << 22) | (mantissa << 13),
        _ => ((exponent + 112) << 23) | (mantissa << 13),
    };
    f32::from_bits(sign | magnitude)
}
