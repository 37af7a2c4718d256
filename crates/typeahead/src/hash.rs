//! The hash of a key. It stands in files and in what is derived from them, so it never changes.

const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

/// Hashes eight bytes a step: multiply and fold the two halves of the product.
#[inline]
pub(crate) fn hash(key: &[u8], seed: u64) -> u64 {
    let mut state = seed ^ (key.len() as u64).wrapping_mul(MULTIPLIER);
    let (words, rest) = key.as_chunks::<8>();
    for word in words {
        state = fold(state ^ u64::from_le_bytes(*word), MULTIPLIER);
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    fold(fold(state ^ u64::from_le_bytes(last), MULTIPLIER), !MULTIPLIER)
}

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
}

/// A place below `length` for a hash.
#[inline]
pub(crate) fn slot(hash: u64, length: usize) -> usize {
    ((u128::from(hash) * length as u128) >> 64) as usize
}
