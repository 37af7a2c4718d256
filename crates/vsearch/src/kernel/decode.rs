//! Rows kept in fewer bits, back to floats: element by element, so that every instruction set gives the same bits.

use super::Tier;
use super::half::widen;
use super::lanes::{LANES, Lanes};

/// `out[i] = mean[i] + (codes[i] * scale + offset)`.
///
/// # Panics
///
/// When the lengths differ.
pub(crate) fn bytes(tier: Tier, codes: &[u8], scale: f32, offset: f32, mean: &[f32], out: &mut [f32]) {
    assert!(codes.len() == out.len() && mean.len() == out.len(), "one length");
    match tier {
        // SAFETY: plain Rust, and the lengths are equal.
        Tier::Scalar => unsafe {
            bytes_body::<super::lanes::scalar::Plain>(codes, scale, offset, mean, out);
        },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a `Tier` is the proof that the machine has the instructions; the lengths are equal.
        Tier::Avx2 => unsafe { avx2::bytes(codes, scale, offset, mean, out) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Tier::Avx512 => unsafe { avx512::bytes(codes, scale, offset, mean, out) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: as above.
        Tier::Neon => unsafe {
            bytes_body::<super::lanes::aarch64::Quad>(codes, scale, offset, mean, out);
        },
    }
}

/// `out[i] = codes[i] * scale`, codes being IEEE half-precision numbers.
///
/// # Panics
///
/// When the lengths differ.
pub(crate) fn halves(tier: Tier, codes: &[u16], scale: f32, out: &mut [f32]) {
    assert!(codes.len() == out.len(), "one length");
    match tier {
        // SAFETY: plain Rust, and the lengths are equal.
        Tier::Scalar => unsafe { halves_body::<super::lanes::scalar::Plain>(codes, scale, out) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a `Tier` is the proof that the machine has the instructions; the lengths are equal.
        Tier::Avx2 => unsafe { avx2::halves(codes, scale, out) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Tier::Avx512 => unsafe { avx512::halves(codes, scale, out) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: as above.
        Tier::Neon => unsafe { halves_body::<super::lanes::aarch64::Quad>(codes, scale, out) },
    }
}

#[cfg(target_arch = "x86_64")]
macro_rules! shells {
    ($name:ident, $features:literal, $lanes:ty) => {
        mod $name {
            /// # Safety
            ///
            /// The machine has the instructions; the lengths are equal.
            #[target_feature(enable = $features)]
            pub(super) unsafe fn bytes(codes: &[u8], scale: f32, offset: f32, mean: &[f32], out: &mut [f32]) {
                // SAFETY: passed on.
                unsafe { super::bytes_body::<$lanes>(codes, scale, offset, mean, out) }
            }

            /// # Safety
            ///
            /// The machine has the instructions; the lengths are equal.
            #[target_feature(enable = $features)]
            pub(super) unsafe fn halves(codes: &[u16], scale: f32, out: &mut [f32]) {
                // SAFETY: passed on.
                unsafe { super::halves_body::<$lanes>(codes, scale, out) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
shells!(avx2, "avx2,fma,f16c", super::super::lanes::x86_64::Pair);
#[cfg(target_arch = "x86_64")]
shells!(
    avx512,
    "avx512f,avx512bw,avx512vl,fma",
    super::super::lanes::x86_64::Wide
);

/// # Safety
///
/// The machine has the instructions of `L`; the lengths are equal.
#[inline(always)]
unsafe fn bytes_body<L: Lanes>(codes: &[u8], scale: f32, offset: f32, mean: &[f32], out: &mut [f32]) {
    let mut at = 0;
    // SAFETY: elements `at..at + 16` are below the length that all slices have.
    unsafe {
        let (scales, offsets) = (L::splat(scale), L::splat(offset));
        while at + LANES <= out.len() {
            let value = L::from_bytes(codes.as_ptr().add(at)).multiply_add(scales, offsets);
            L::load(mean.as_ptr().add(at))
                .add(value)
                .store(out.as_mut_ptr().add(at));
            at += LANES;
        }
    }
    while at < out.len() {
        out[at] = mean[at] + f32::from(codes[at]).mul_add(scale, offset);
        at += 1;
    }
}

/// # Safety
///
/// The machine has the instructions of `L`; the lengths are equal.
#[inline(always)]
unsafe fn halves_body<L: Lanes>(codes: &[u16], scale: f32, out: &mut [f32]) {
    let mut at = 0;
    // SAFETY: elements `at..at + 16` are below the length that both slices have.
    unsafe {
        let scales = L::splat(scale);
        while at + LANES <= out.len() {
            let value = L::from_halves(codes.as_ptr().add(at)).multiply(scales);
            value.store(out.as_mut_ptr().add(at));
            at += LANES;
        }
    }
    while at < out.len() {
        out[at] = widen(codes[at]) * scale;
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_tier_gives_the_bits_of_the_definition(
            codes in prop::collection::vec(any::<u8>(), 0..70), scale in -2f32..2.0, offset in -2f32..2.0,
        ) {
            let mean: Vec<_> = codes.iter().map(|x| f32::from(*x) * 0.37 - 20.0).collect();
            let finite: Vec<_> = codes.iter().map(|x| (u16::from(*x) * 257) & 0xfbff).collect();
            for tier in Tier::available() {
                let mut out = vec![0.0; codes.len()];
                bytes(tier, &codes, scale, offset, &mean, &mut out);
                for (i, x) in out.iter().enumerate() {
                    prop_assert_eq!(*x, mean[i] + f32::from(codes[i]).mul_add(scale, offset));
                }
                halves(tier, &finite, scale, &mut out);
                for (i, x) in out.iter().enumerate() {
                    prop_assert_eq!(*x, widen(finite[i]) * scale);
                }
            }
        }
    }

    #[test]
    fn halves_of_every_class_have_their_value() {
        for (half, value) in [
            (0x0000, 0.0),
            (0x0001, 5.960_464_5e-8),
            (0x03ff, 6.097_555e-5),
            (0x0400, 6.103_515_6e-5),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x7c00, f32::INFINITY),
        ] {
            assert_eq!(widen(half), value, "{half:#x}");
        }
        assert!(widen(0x7c01).is_nan());
    }
}
