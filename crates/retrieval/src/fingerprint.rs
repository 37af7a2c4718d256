//! One number for what was fitted, so that two snapshots can be told apart.

use std::time::Duration;

/// A running 64-bit hash over words: FNV-1a's step with a shift, so that all bits of a word reach all of the hash.
///
/// The same on every machine. Not for keys that an adversary chooses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    /// Starts with what is hashed: a graph and a list of the same numbers differ.
    pub(crate) fn of(kind: &str) -> Self {
        Self(0xcbf2_9ce4_8422_2325).text(kind)
    }

    pub(crate) const fn word(self, word: u64) -> Self {
        let mixed = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self(mixed ^ (mixed >> 32))
    }

    /// A list: its words, and how many there are.
    pub(crate) fn words(self, words: impl IntoIterator<Item = u64>) -> Self {
        let (all, count) = words
            .into_iter()
            .fold((self, 0), |(hash, count), word| (hash.word(word), count + 1));
        all.word(count)
    }

    pub(crate) fn floats(self, values: &[f32]) -> Self {
        self.words(values.iter().map(|value| u64::from(value.to_bits())))
    }

    pub(crate) fn text(self, text: &str) -> Self {
        let eight = |bytes: &[u8]| bytes.iter().rfold(0, |word, &byte| word << 8 | u64::from(byte));
        self.words(text.as_bytes().chunks(8).map(eight))
            .word(text.len() as u64)
    }

    pub(crate) fn span(self, span: Option<Duration>) -> Self {
        match span {
            None => self.word(0),
            Some(span) => self
                .word(1)
                .word(span.as_secs())
                .word(u64::from(span.subsec_nanos())),
        }
    }

    pub(crate) const fn finish(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_shows() {
        let of = |words: &[u64]| Fingerprint::of("list").words(words.iter().copied()).finish();
        let mut seen = vec![of(&[]), of(&[0]), of(&[0, 0]), of(&[1, 2]), of(&[2, 1])];
        // Signs alone, which sit in the highest bit, must not cancel out.
        seen.extend([of(&[1 << 63]), of(&[1 << 63, 1 << 63]), of(&[0, 1 << 63])]);
        seen.push(Fingerprint::of("graph").words([1, 2]).finish());
        seen.extend(["", "\0", "nine byte", "nine bytf"].map(|text| Fingerprint::of(text).finish()));
        let distinct: std::collections::BTreeSet<u64> = seen.iter().copied().collect();
        assert_eq!(distinct.len(), seen.len(), "{seen:x?}");
    }

    #[test]
    fn it_is_the_same_in_every_release() {
        let hash = Fingerprint::of("list").words([1, 2, 3]).floats(&[0.5]).span(None);
        assert_eq!(hash.finish(), 0x9820_3f41_fefb_7340);
    }
}
