//! Missing and needless spaces: "modernart", "living room" for "livingroom".

use super::{TermIndex, TypedWord, WordMode, typed_words};
use crate::BestFirst;
use crate::normalize::words;
use std::ops::Range;

/// Words of a text in which spaces are looked for.
const WORDS: usize = 8;
/// Longest word, in bytes, that is split.
const LONGEST: usize = 32;
/// Entries that are looked at for one proposal.
const LOOKS: u64 = 1000;

/// A typed text with one space more or less.
#[derive(Clone, PartialEq, Debug)]
pub struct Respaced {
    /// The new text.
    pub text: String,
    /// The weight of the best entry found for it: how likely it is meant.
    pub weight: f64,
}

impl TermIndex {
    /// The texts that differ from `text` by one space, put into a word or taken from between two, and for which there is
    /// an entry; the best `k`, those with the heaviest entry first.
    ///
    /// Entries are looked for here, in any order of their words, and with `weight_under`, which says how heavy the best
    /// entry under a prefix is, if there is one: entries of one word are not in this index. The half of a split must be
    /// a word that occurs.
    ///
    /// Bounded: the first 8 words, splits of those of at most 32 bytes, 1000 entries a proposal.
    pub fn respaced(
        &self,
        text: &str,
        k: usize,
        weight_under: impl Fn(&str) -> Option<f64>,
    ) -> Vec<Respaced> {
        let mut found: Vec<Respaced> = Vec::new();
        let mut propose = |text: String| {
            let here = self.best_under(&text);
            let there = weight_under(&text);
            let Some(weight) = here.into_iter().chain(there).max_by(f64::total_cmp) else {
                return;
            };
            found.push(Respaced { text, weight });
        };
        let spans: Vec<Range<usize>> = words(text).take(WORDS).collect();
        for (span, word) in spans.iter().zip(typed_words(text)) {
            for at in self.splits(word) {
                let (before, after) = text.split_at(span.start + at);
                propose(format!("{before} {after}"));
            }
        }
        for pair in spans.windows(2) {
            let gap = pair[0].end..pair[1].start;
            if text[gap.clone()].chars().count() == 1 {
                propose(format!("{}{}", &text[..gap.start], &text[gap.end..]));
            }
        }
        found.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.text.cmp(&b.text)));
        found.dedup_by(|a, b| a.text == b.text);
        found.truncate(k);
        found
    }

    /// Where a word falls into two that occur.
    fn splits<'a>(&'a self, word: TypedWord<'a>) -> impl Iterator<Item = usize> + 'a {
        let text = if word.text.len() <= LONGEST { word.text } else { "" };
        text.char_indices().skip(1).map(|(at, _)| at).filter(move |at| {
            let (before, after) = text.split_at(*at);
            let (mode, after_mode) = (WordMode::Whole, word.mode);
            let known = |text, mode| !self.terms(TypedWord { text, mode }).is_empty();
            known(before, mode) && known(after, after_mode)
        })
    }

    fn best_under(&self, text: &str) -> Option<f64> {
        let mut matches = self.best_first(text).with_limit(LOOKS);
        matches.advance()?;
        Some(matches.found().weight)
    }
}
