//! Names of kinds and sections.

use std::fmt;

/// A name of one to eight printable ASCII characters: what a file holds, or one of its sections.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag([u8; 8]);

impl Tag {
    /// The tag called `name`. Meant for constants, where a bad name stops the build.
    ///
    /// # Panics
    ///
    /// When the name is empty, longer than eight characters, or has others than printable ASCII without the space.
    pub const fn new(name: &str) -> Self {
        let name = name.as_bytes();
        assert!(
            !name.is_empty() && name.len() <= 8,
            "a tag has one to eight characters"
        );
        let mut bytes = [0; 8];
        let mut i = 0;
        while i < name.len() {
            assert!(
                name[i].is_ascii_graphic(),
                "a tag is printable ASCII without spaces"
            );
            bytes[i] = name[i];
            i += 1;
        }
        Self(bytes)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        std::str::from_utf8(&self.0[..end]).unwrap_or_default()
    }

    pub(super) fn from_bytes(bytes: [u8; 8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        let (name, padding) = bytes.split_at(end);
        let good =
            !name.is_empty() && name.iter().all(u8::is_ascii_graphic) && padding.iter().all(|b| *b == 0);
        good.then_some(Self(bytes))
    }

    pub(super) const fn to_bytes(self) -> [u8; 8] {
        self.0
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({})", self.as_str())
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_tags() {
        assert_eq!(Tag::new("vs-flat").to_string(), "vs-flat");
        assert_eq!(Tag::from_bytes(*b"rows\0\0\0\0"), Some(Tag::new("rows")));
        assert_eq!(Tag::from_bytes(*b"12345678"), Some(Tag::new("12345678")));
        for bad in [
            *b"\0\0\0\0\0\0\0\0",
            *b"ro\0ws\0\0\0",
            *b"a b\0\0\0\0\0",
            [0xff; 8],
        ] {
            assert_eq!(Tag::from_bytes(bad), None, "{bad:?}");
        }
        for bad in ["", "ninechars", "a b", "é"] {
            assert!(std::panic::catch_unwind(|| Tag::new(bad)).is_err(), "{bad:?}");
        }
    }
}
