//! What may come next in a tree, in a few bits.

/// Which bytes follow a place, and which follow those: a bit for each, and more bits than bytes that do never hurt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Follow {
    pub(crate) next: u32,
    pub(crate) after: u32,
}

/// The bit of all bytes of characters beyond ASCII.
const BEYOND_ASCII: u32 = 1 << 31;

#[inline]
const fn bit(byte: u8) -> u32 {
    if byte >= 0x80 {
        BEYOND_ASCII
    } else {
        1 << (byte & 31)
    }
}

impl Follow {
    pub(crate) const NOTHING: Self = Self { next: 0, after: 0 };
    pub(crate) const ANYTHING: Self = Self {
        next: u32::MAX,
        after: u32::MAX,
    };

    /// Adds a key, of which `read` bytes are behind.
    #[inline]
    pub(crate) fn add(&mut self, key: &[u8], read: usize) {
        if let Some(&byte) = key.get(read) {
            self.next |= bit(byte);
        }
        if let Some(&byte) = key.get(read + 1) {
            self.after |= bit(byte);
        }
    }

    /// The bits of the first two bytes of a text; all where it has none.
    pub(crate) fn of(mut text: impl Iterator<Item = u8>) -> Self {
        let mut next = || text.next().map_or(u32::MAX, bit);
        Self {
            next: next(),
            after: next(),
        }
    }

    /// False where no key goes on with a text of these bits. A key may end where the text does.
    #[inline]
    pub(crate) fn meets(self, text: Self) -> bool {
        let fits = |mine: u32, wanted: u32| wanted == u32::MAX || mine & wanted != 0;
        fits(self.next, text.next) && fits(self.after, text.after)
    }
}

/// What must follow for a match, as far as two bytes tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Need {
    always: bool,
    next: u32,
    after: u32,
}

impl Need {
    /// Anything may follow.
    pub(crate) fn anything(&mut self) {
        self.always = true;
    }

    /// This byte next.
    pub(crate) fn next(&mut self, byte: u8) {
        self.next |= bit(byte);
    }

    /// This byte after any character.
    pub(crate) fn after(&mut self, byte: u8) {
        self.after |= bit(byte);
        // A character beyond ASCII has more than one byte, and what follows it is out of sight.
        self.next |= BEYOND_ASCII;
    }

    /// False where nothing that follows can match.
    #[inline]
    pub(crate) fn is_met(&self, follow: Follow) -> bool {
        self.always || follow.next & self.next != 0 || follow.after & self.after != 0
    }
}
