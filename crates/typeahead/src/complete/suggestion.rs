//! What a completer answers.

use crate::normalize::Highlight;
use crate::{Intent, Kind};
use bowerbird_core::Coverage;
use std::fmt;
use std::sync::Arc;

/// How a suggestion was found.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Origin {
    /// It starts with what was typed.
    Base,
    /// So it does, and its weight is fresh.
    Delta,
    /// The person chose it before.
    Personal,
    /// It holds the words in another order.
    AnyOrder,
    /// With one space more or less.
    Respaced,
    /// With typing errors.
    Typo,
    /// With typing errors, its words in another order.
    AnyOrderTypo,
    /// No entry: the typed text and a likely next word.
    NextWord,
}

impl Origin {
    /// True when the entry starts with what was typed.
    pub const fn is_exact(self) -> bool {
        matches!(self, Self::Base | Self::Delta | Self::Personal)
    }

    /// A short name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Delta => "delta",
            Self::Personal => "personal",
            Self::AnyOrder => "any order",
            Self::Respaced => "respaced",
            Self::Typo => "typo",
            Self::AnyOrderTypo => "any order, typo",
            Self::NextWord => "next word",
        }
    }
}

/// One suggestion.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Suggestion {
    /// The text to show.
    pub text: String,
    /// Its key, also where an alias matched: what [`Live::remove`](crate::live::Live::remove) and a history take.
    pub key: String,
    /// The alias that matched, where one did.
    pub alias: Option<String>,
    /// By what it stands in its place: ln(weight), less what errors cost, plus what intent and taste add. Within one
    /// origin scores fall; the origins follow each other.
    pub score: f64,
    /// How often it is wanted.
    pub weight: f64,
    /// How it was found.
    pub origin: Origin,
    /// Typing errors that were forgiven.
    pub edits: u8,
    /// What it is.
    pub kind: Kind,
    /// The host's own number; 0 where it has none.
    pub id: u64,
    /// What people do after choosing it.
    pub intent: Intent,
    pub(super) penalty: f64,
    pub(super) boost: f64,
    pub(super) cosine: f32,
    pub(super) shift: f64,
    /// What was typed is found here in `text`: in bytes and in characters.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(super) highlight: Highlight,
}

impl Suggestion {
    /// The parts of [`text`](Self::text) that answer what was typed, as ranges of bytes and of characters. Empty where an
    /// alias matched.
    pub const fn highlight(&self) -> &Highlight {
        &self.highlight
    }

    /// Why it stands where it stands.
    pub const fn explain(&self) -> Explanation {
        Explanation {
            origin: self.origin,
            weight: self.weight,
            edits: self.edits,
            penalty: self.penalty,
            intent: self.boost,
            cosine: self.cosine,
            taste: self.shift,
            score: self.score,
        }
    }
}

/// The parts of a score: `ln(weight) − penalty + intent + taste`. A next word is no entry: its score is the logarithm of its
/// probability, and has no parts.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Explanation {
    /// How it was found.
    pub origin: Origin,
    /// How often it is wanted.
    pub weight: f64,
    /// Typing errors that were forgiven.
    pub edits: u8,
    /// What they cost.
    pub penalty: f64,
    /// What a wanted intent added.
    pub intent: f64,
    /// How near it lies to the person's taste, −1 to 1.
    pub cosine: f32,
    /// What that added.
    pub taste: f64,
    /// The sum.
    pub score: f64,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: weight {}", self.origin.name(), self.weight)?;
        if self.edits > 0 {
            write!(f, ", {} typing error(s) −{:.2}", self.edits, self.penalty)?;
        } else if self.penalty > 0.0 {
            write!(f, ", −{:.2}", self.penalty)?;
        }
        if self.intent > 0.0 {
            write!(f, ", intent +{:.2}", self.intent)?;
        }
        if self.taste != 0.0 {
            write!(f, ", taste {:+.2}", self.taste)?;
        }
        write!(f, " → {:.2}", self.score)
    }
}

/// The answer to a request.
#[derive(Clone, Debug)]
pub struct Completions {
    /// Best first, origin by origin.
    pub suggestions: Arc<[Suggestion]>,
    /// For each, with which probability it stands there: below 1 in an exploration slot. Empty without a rule.
    pub propensities: Vec<f64>,
    /// What was looked at, and what had to be left out.
    pub coverage: Coverage,
}

impl Completions {
    /// The texts, best first.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.suggestions.iter().map(|suggestion| suggestion.text.as_str())
    }
}
