//! Users as keyed hashes: what tells them apart without saying who they are.

use bowerbird_core::UserId;

/// A secret of the host's: 128 random bits, the same for the whole life of a log.
///
/// Whoever has it can test whether a given user typed a given text; keep it apart from the log. Where the log has
/// another secret than the process, opening it fails: a user would count twice.
#[derive(Clone, Copy)]
pub struct Secret(pub [u64; 2]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A user of one key, as [`Secret::hash`] makes it: users of different keys cannot be matched with each other.
pub type UserHash = u64;

impl Secret {
    /// Stands for `user` among the users of `key`. Two users of a key may share a hash, one in 2⁶⁴; one never has two.
    pub fn hash(&self, user: UserId, key: &str) -> UserHash {
        let mut state = Sip::new(self.0);
        state.word(user.0);
        let (words, rest) = key.as_bytes().as_chunks::<8>();
        for word in words {
            state.word(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        last[7] = (key.len() + 8) as u8;
        state.word(u64::from_le_bytes(last));
        state.finish()
    }

    /// Says nothing about the secret, but is the same only for the same one.
    pub(super) fn stamp(&self) -> u64 {
        self.hash(UserId(0), "bowerbird typeahead log")
    }
}

/// SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012).
struct Sip([u64; 4]);

impl Sip {
    const fn new([k0, k1]: [u64; 2]) -> Self {
        Self([
            k0 ^ 0x736f_6d65_7073_6575,
            k1 ^ 0x646f_7261_6e64_6f6d,
            k0 ^ 0x6c79_6765_6e65_7261,
            k1 ^ 0x7465_6462_7974_6573,
        ])
    }

    const fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.0;
        a = a.wrapping_add(b);
        c = c.wrapping_add(d);
        b = b.rotate_left(13) ^ a;
        d = d.rotate_left(16) ^ c;
        a = a.rotate_left(32).wrapping_add(d);
        c = c.wrapping_add(b);
        d = d.rotate_left(21) ^ a;
        b = b.rotate_left(17) ^ c;
        c = c.rotate_left(32);
        self.0 = [a, b, c, d];
    }

    const fn word(&mut self, word: u64) {
        self.0[3] ^= word;
        self.round();
        self.round();
        self.0[0] ^= word;
    }

    const fn finish(mut self) -> u64 {
        self.0[2] ^= 0xff;
        self.round();
        self.round();
        self.round();
        self.round();
        let [a, b, c, d] = self.0;
        a ^ b ^ c ^ d
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: Secret = Secret([0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908]);

    #[test]
    fn it_is_siphash() {
        // The paper's test vector: the bytes 0 to 14 under the key 0 to 15.
        let user = UserId(0x0706_0504_0302_0100);
        let rest = "\u{8}\u{9}\u{a}\u{b}\u{c}\u{d}\u{e}";
        assert_eq!(SECRET.hash(user, rest), 0xa129_ca61_49be_45e5);
    }

    #[test]
    fn user_key_and_secret_all_matter() {
        let hash = SECRET.hash(UserId(1), "gardens");
        assert_ne!(hash, SECRET.hash(UserId(2), "gardens"));
        assert_ne!(hash, SECRET.hash(UserId(1), "garden"));
        assert_ne!(hash, Secret([1, 2]).hash(UserId(1), "gardens"));
        assert_eq!(format!("{SECRET:?}"), "Secret(..)");
    }
}
