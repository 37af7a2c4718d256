//! Between binary32 and binary16.

/// The nearest binary16, ties to even; what is beyond its range becomes the largest finite one, so that no row holds
/// an infinity.
pub(crate) fn narrow(x: f32) -> u16 {
    const LARGEST: f32 = 65504.0;
    let sign = (x.to_bits() >> 16) as u16 & 0x8000;
    let size = x.abs().min(LARGEST);
    // Below 2^-14 the spacing of binary16 is 2^-24; adding a number whose last place is that rounds to it.
    if size < 2.0_f32.powi(-14) {
        let shifted = size + 0.5;
        return sign | (shifted.to_bits() - 0.5_f32.to_bits()) as u16;
    }
    let bits = size.to_bits();
    let rounded = bits + 0x0fff + ((bits >> 13) & 1);
    sign | ((rounded >> 13) - (112 << 10)) as u16
}

/// The same number as a binary32.
pub(crate) fn widen(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let rest = u32::from(half & 0x7fff);
    if rest >= 0x7c00 {
        return f32::from_bits(sign | 0x7f80_0000 | (rest & 0x03ff) << 13);
    }
    // As an exponent too small by 112, put right by a multiplication that subnormal numbers survive.
    let size = f32::from_bits(rest << 13) * 2.0_f32.powi(112);
    f32::from_bits(size.to_bits() | sign)
}
