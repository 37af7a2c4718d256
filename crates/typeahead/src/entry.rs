//! What can be suggested: a text with a weight, and what the host knows about it.

/// Longest text, key or alias, in bytes. A longer one is refused with [`EntryFault::TooLong`](crate::EntryFault).
pub const MAX_TEXT: usize = 1024;

/// What an entry is. The host's own kinds start at [`Kind::FIRST_OWN`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Kind(pub u8);

impl Kind {
    /// A search query.
    pub const QUERY: Self = Self(0);
    /// A board: a collection that somebody keeps.
    pub const BOARD: Self = Self(1);
    /// A person or an account.
    pub const PERSON: Self = Self(2);
    /// A product.
    pub const PRODUCT: Self = Self(3);
    /// The first number that a host may give a meaning of its own.
    pub const FIRST_OWN: u8 = 16;
}

/// A set of up to 64 conditions that the host numbers: locales, categories, "safe mode".
///
/// An entry carries the conditions under which it may be shown, a request those that hold; an entry is eligible when
/// it allows *all* that hold.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Context(pub u64);

impl Context {
    /// No condition: what a request has unless it says otherwise.
    pub const NONE: Self = Self(0);
    /// Every condition: what an entry allows unless it says otherwise.
    pub const ALL: Self = Self(u64::MAX);

    /// True when an entry that allows `self` may be shown where `holds` holds.
    pub const fn allows(self, holds: Self) -> bool {
        self.0 & holds.0 == holds.0
    }
}

/// What people do after they have chosen an entry: four axes, each 0 (not at all) to 255 (fully). All zero is unknown.
///
/// [`intent`](crate::intent) learns it from engagement and says what the axes mean.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Intent {
    /// People look at pictures and save them.
    pub visual: u8,
    /// People dream and plan, rather than act now.
    pub aspirational: u8,
    /// People want one definite thing.
    pub specific: u8,
    /// People end at many different things.
    pub broad: u8,
}

/// One thing that can be suggested.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Entry {
    /// The text as it is shown. What is matched is its [folded](crate::normalize) form.
    pub text: String,
    /// How often it is wanted, on any scale: finite, not negative. Ranking looks at its logarithm.
    pub weight: f64,
    /// What it is.
    pub kind: Kind,
    /// The conditions under which it may be shown.
    pub context: Context,
    /// What people do after choosing it.
    pub intent: Intent,
    /// The host's own number for it; 0 where it has none.
    pub id: u64,
    /// Reachable by an exact prefix only: never by a typing error, by words in another order, or by an alias.
    pub sensitive: bool,
    /// Other spellings under which it is found: transliterations, pinyin, kana. Each is folded as the text is.
    pub aliases: Vec<String>,
}

impl Entry {
    /// A query that may be shown everywhere.
    pub fn new(text: impl Into<String>, weight: f64) -> Self {
        Self {
            text: text.into(),
            weight,
            kind: Kind::QUERY,
            context: Context::ALL,
            intent: Intent::default(),
            id: 0,
            sensitive: false,
            aliases: Vec::new(),
        }
    }

    /// Says what it is.
    #[must_use]
    pub fn with_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Says where it may be shown.
    #[must_use]
    pub fn with_context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    /// Says what people do after choosing it.
    #[must_use]
    pub fn with_intent(mut self, intent: Intent) -> Self {
        self.intent = intent;
        self
    }

    /// Gives it the host's number.
    #[must_use]
    pub fn with_id(mut self, id: u64) -> Self {
        self.id = id;
        self
    }

    /// Adds another spelling under which it is found.
    #[must_use]
    pub fn with_alias(mut self, alias: impl Into<String>) -> Self {
        self.aliases.push(alias.into());
        self
    }

    /// Makes it reachable by an exact prefix only.
    #[must_use]
    pub fn into_sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }
}
