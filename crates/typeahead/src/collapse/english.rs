//! The little English that near-duplicates need.

use crate::hash::hash;

/// A word without its plural ending: a part of the word, and letters that follow it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Stem<'w> {
    /// The start of the word.
    pub(crate) head: &'w str,
    /// What stands in place of the rest.
    pub(crate) tail: &'static str,
}

impl<'w> Stem<'w> {
    pub(super) const fn whole(word: &'w str) -> Self {
        Self { head: word, tail: "" }
    }

    /// Its bytes, in order.
    pub(crate) fn bytes(self) -> impl Iterator<Item = u8> + Clone + 'w {
        self.head.bytes().chain(self.tail.bytes())
    }

    pub(super) const fn len(self) -> usize {
        self.head.len() + self.tail.len()
    }
}

/// The longest word, in bytes, that has a plural.
pub(super) const LONGEST: usize = 48;

/// Words in `s` that are not plurals of the word without it, or are never used for it.
const KEPT: [&str; 25] = [
    "always",
    "arms",
    "billiards",
    "briefs",
    "customs",
    "dallas",
    "glasses",
    "goods",
    "headquarters",
    "james",
    "jeans",
    "lens",
    "mars",
    "maths",
    "means",
    "news",
    "overalls",
    "pants",
    "physics",
    "series",
    "shorts",
    "species",
    "texas",
    "thanks",
    "tights",
];

/// Takes a plural ending back: the S-stemmer (Harman, "How effective is suffixing?", JASIS 1991), with "-es" also taken
/// off after sibilants and "-ato", and with exceptions. Words with other letters than ASCII ones, and those of
/// fewer than four letters, stay.
pub(crate) fn stem(word: &str) -> Stem<'_> {
    let bytes = word.as_bytes();
    let whole = Stem::whole(word);
    if !(4..=LONGEST).contains(&bytes.len())
        || bytes.last() != Some(&b's')
        || !bytes.iter().all(u8::is_ascii_lowercase)
    {
        return whole;
    }
    if matches!(bytes.len(), 4..=12) && KEPT.contains(&word) {
        return whole;
    }
    let without = |letters: usize, tail| Stem {
        head: &word[..word.len() - letters],
        tail,
    };
    let ends = |with: &[&str]| with.iter().any(|end| word.ends_with(end));
    if ends(&["ies"]) && !ends(&["eies", "aies"]) {
        // "pies" and "ties", but "berries".
        return if bytes.len() == 4 {
            without(1, "")
        } else {
            without(3, "y")
        };
    }
    if ends(&["sses", "shes", "ches", "xes", "zzes", "atoes"]) {
        return without(2, "");
    }
    if ends(&["ss", "us", "is"]) {
        return whole;
    }
    without(1, "")
}

/// The same for a plural and its singular.
pub(crate) fn hash_stem(Stem { head, tail }: Stem<'_>) -> u64 {
    if tail.is_empty() {
        return hash(head.as_bytes(), 0);
    }
    let mut whole = [0; LONGEST + 1];
    let length = head.len() + tail.len();
    for (slot, byte) in whole.iter_mut().zip(head.bytes().chain(tail.bytes())) {
        *slot = byte;
    }
    hash(&whole[..length.min(whole.len())], 0)
}

/// What part a small word plays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Small {
    /// None: it says something.
    No,
    /// Adds nothing to the others, whatever the order.
    Filler,
    /// Makes the order of the others matter.
    Direction,
    /// Makes another word when it is written together with its neighbour ("any way", "make up"), as the others do too.
    Particle,
}

/// The part that a word plays. By length first: most words need no comparison.
pub(super) fn small(word: &str) -> Small {
    use Small::{Direction, Filler, No, Particle};
    match (word.len(), word) {
        (1, "a") => Filler,
        (2, "an" | "at" | "by" | "in" | "my" | "of" | "on") => Filler,
        (2, "as" | "is" | "no" | "or" | "to" | "vs") => Direction,
        (2, "up") => Particle,
        (3, "and" | "for" | "the") => Filler,
        (3, "not") => Direction,
        (3, "all" | "any" | "day" | "may" | "off" | "one" | "out") => Particle,
        (4, "with" | "your") => Filler,
        (4, "from" | "into" | "like" | "over" | "than") => Direction,
        (4, "away" | "back" | "body" | "down" | "some" | "time") => Particle,
        (5, "after" | "under") => Direction,
        (5, "every" | "thing" | "where" | "while") => Particle,
        (6, "before") | (7, "without") => Direction,
        _ => No,
    }
}

/// Words for a kind of result, said before or after a thing with the same meaning. Given without plural ending.
pub(super) fn is_generic(stem: Stem<'_>) -> bool {
    let ("", word) = (stem.tail, stem.head) else {
        return false;
    };
    matches!(
        word,
        "aesthetic"
            | "cheap"
            | "decor"
            | "design"
            | "diy"
            | "drawing"
            | "easy"
            | "example"
            | "idea"
            | "image"
            | "inspiration"
            | "inspo"
            | "outfit"
            | "photo"
            | "pic"
            | "picture"
            | "printable"
            | "recipe"
            | "simple"
            | "template"
            | "tutorial"
            | "wallpaper"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stemmed(word: &str) -> String {
        let Stem { head, tail } = stem(word);
        format!("{head}{tail}")
    }

    #[test]
    fn plurals_meet_their_singulars() {
        for (plural, singular) in [
            ("ideas", "idea"),
            ("recipes", "recipe"),
            ("berries", "berry"),
            ("pies", "pie"),
            ("dresses", "dress"),
            ("boxes", "box"),
            ("watches", "watch"),
            ("shoes", "shoe"),
            ("potatoes", "potato"),
            ("houses", "house"),
            ("bees", "bee"),
        ] {
            assert_eq!(stemmed(plural), stemmed(singular), "{plural}");
        }
    }

    #[test]
    fn what_is_no_plural_stays() {
        for word in [
            "news", "glasses", "shorts", "glass", "bus", "tennis", "gas", "jeans", "mp3s", "été", "días",
        ] {
            assert_eq!(stemmed(word), word);
        }
    }
}
