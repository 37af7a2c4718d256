//! The next word where no whole entry fits.
//!
//! [`NextWords`] learns from the entries which words follow one and two words, and continues a typed text that no entry
//! starts with: "cheap scandinavian des" has the end of "scandinavian design" even if nobody ever asked for all of it. A
//! word that was never seen after the last two is looked for after the last one, and, when it has been begun, among all
//! words: each step back costs the factor [`BACK_OFF`] ("stupid backoff", Brants and others, *Large Language Models in
//! Machine Translation*, EMNLP 2007).

mod build;
mod file;

use crate::normalize::{Script, script, words};
use crate::terms::{Dictionary, WordMode, typed_words};
use bowerbird_core::container::View;
pub use build::NextWordsOptions;
use std::ops::Range;

/// What a step back to a shorter context costs, as a factor of the probability.
pub const BACK_OFF: f64 = 0.4;

/// Steps of the stored probabilities: this many to a factor of e.
const STEPS: f64 = 16.0;

/// Which words follow which: from entries' words and weights, the most likely followers of each word and of each pair.
///
/// About 13 bytes a word and 5 a follower.
#[derive(Clone, Debug, Default)]
pub struct NextWords {
    dictionary: Dictionary,
    /// What each word's entries weigh together.
    weights: View<f32>,
    /// The sum of `weights`.
    total: f64,
    /// Where the followers of each word end.
    single_ends: View<u32>,
    /// Pairs of words that have followers, ascending: the first word in the upper half.
    pairs: View<u64>,
    /// Where the followers of each pair end; those of the first start where those of the last word end.
    pair_ends: View<u32>,
    /// Followers, for each context the most likely first.
    followers: View<u32>,
    /// Their probabilities p as −16 ln p.
    codes: View<u8>,
}

/// A typed text with its next word, or with its last word finished.
#[derive(Clone, PartialEq, Debug)]
pub struct Continuation {
    /// The whole text.
    pub text: String,
    /// The natural logarithm of the word's estimated probability, at most 0.
    pub score: f64,
}

/// The words before a word.
#[derive(Clone, Copy, Default)]
struct Context {
    /// The last but one.
    before: Option<u32>,
    last: Option<u32>,
}

impl NextWords {
    /// How many words are known.
    pub fn len(&self) -> usize {
        self.dictionary.len()
    }

    /// True when no word is known.
    pub fn is_empty(&self) -> bool {
        self.dictionary.is_empty()
    }

    /// The words that are known.
    pub fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// Bytes in memory or in the file.
    pub fn byte_len(&self) -> usize {
        self.dictionary.byte_len()
            + size_of_val(&self.weights[..])
            + size_of_val(&self.single_ends[..])
            + size_of_val(&self.pairs[..])
            + size_of_val(&self.pair_ends[..])
            + size_of_val(&self.followers[..])
            + self.codes.len()
    }

    /// The natural logarithm of a word's share in all words of the entries, by weight; −∞ for an unknown one.
    pub fn log_share(&self, word: u32) -> f64 {
        let weight = self.weights.get(word as usize).copied().unwrap_or_default();
        // A damaged file may hold any number.
        let share = f64::from(weight) / self.total;
        if share > 0.0 {
            share.min(1.0).ln()
        } else {
            f64::NEG_INFINITY
        }
    }

    /// The least that [`log_share`](Self::log_share) can be for a word that weighs as much as an entry of weight 1.
    pub(crate) fn log_rarest(&self) -> f64 {
        -self.total.max(1.0).ln()
    }

    /// The natural logarithm of the estimated probability that `word` follows `last`, with a step back to its share in
    /// all words.
    pub fn log_probability(&self, last: Option<u32>, word: u32) -> f64 {
        let seen = last.and_then(|last| {
            let mut followers = self.after_single(last);
            followers.find(|(follower, _)| *follower == word)
        });
        match seen {
            Some((_, score)) => score,
            None => BACK_OFF.ln() + self.log_share(word),
        }
    }

    /// The `k` best continuations of a folded text, best first; equal ones by their text. Where the text ends inside a
    /// word, that word is finished, and, if it is a known word, followed; otherwise the next word is added. Nothing where
    /// the words are unknown.
    ///
    /// Costs a look at the followers of two contexts and, for a word that has been begun, at all words that start so.
    pub fn continue_text(&self, text: &str, k: usize) -> Vec<Continuation> {
        let mut context = Context::default();
        let mut begun = None;
        for word in typed_words(text) {
            if word.mode == WordMode::Prefix {
                begun = Some(word.text);
            } else {
                context = context.with(self.dictionary.get(word.text));
            }
        }
        let mut found = Vec::new();
        match begun {
            None => self.follow(context, text, 0.0, &mut found),
            Some(begun) => {
                let base = &text[..text.len() - begun.len()];
                let words = self.dictionary.starting_with(begun);
                self.finish(context, base, words, k, &mut found);
                if let Some(number) = self.dictionary.get(begun) {
                    let share = self.log_probability(context.last, number).min(0.0);
                    self.follow(context.with(Some(number)), text, share, &mut found);
                }
            }
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.text.cmp(&b.text)));
        let mut texts = rustc_hash::FxHashSet::default();
        found.retain(|one| one.text != text && texts.insert(one.text.clone()));
        found.truncate(k);
        found
    }

    /// Adds `text` with each word that may follow it.
    fn follow(&self, context: Context, text: &str, score: f64, found: &mut Vec<Continuation>) {
        for (word, likely) in self.followers(context) {
            if let Some(word) = self.dictionary.word(word) {
                let score = score + likely;
                let text = joined(text, &word);
                found.push(Continuation { text, score });
            }
        }
    }

    /// Adds `base` with each of the words: those that may follow, and the `k` most frequent.
    fn finish(
        &self,
        context: Context,
        base: &str,
        words: Range<u32>,
        k: usize,
        found: &mut Vec<Continuation>,
    ) {
        let steps = [context.before, context.last].into_iter().flatten().count() as i32;
        let back = f64::from(steps) * BACK_OFF.ln();
        let mut frequent: Vec<u32> = words.clone().collect();
        let key = |word: &u32| -self.weights.get(*word as usize).copied().unwrap_or_default();
        if frequent.len() > k && k > 0 {
            frequent.select_nth_unstable_by(k - 1, |a, b| key(a).total_cmp(&key(b)).then(a.cmp(b)));
            frequent.truncate(k);
        }
        let all = frequent
            .into_iter()
            .map(|word| (word, back + self.log_share(word)));
        for (word, score) in self
            .followers(context)
            .filter(|(word, _)| words.contains(word))
            .chain(all)
        {
            if let Some(word) = self.dictionary.word(word) {
                let text = format!("{base}{word}");
                found.push(Continuation { text, score });
            }
        }
    }

    /// The words that may follow two, then those that may follow one, with their scores.
    fn followers(&self, context: Context) -> impl Iterator<Item = (u32, f64)> + '_ {
        let pair = context.before.zip(context.last);
        let back = pair.map_or(0.0, |_| BACK_OFF.ln());
        let after_pair = pair
            .into_iter()
            .flat_map(|(before, last)| self.after_pair(before, last));
        let after_single = context.last.into_iter().flat_map(|last| self.after_single(last));
        after_pair.chain(after_single.map(move |(word, score)| (word, score + back)))
    }

    fn after_single(&self, last: u32) -> impl Iterator<Item = (u32, f64)> + '_ {
        let at = last as usize;
        let start = match at.checked_sub(1) {
            Some(before) => self.single_ends.get(before).copied(),
            None => Some(0),
        };
        self.list(start, self.single_ends.get(at).copied())
    }

    fn after_pair(&self, before: u32, last: u32) -> impl Iterator<Item = (u32, f64)> + '_ {
        let key = u64::from(before) << 32 | u64::from(last);
        let at = self.pairs.binary_search(&key).ok();
        let start = at.and_then(|at| match at.checked_sub(1) {
            Some(before) => self.pair_ends.get(before).copied(),
            None => self.single_ends.last().copied(),
        });
        self.list(start, at.and_then(|at| self.pair_ends.get(at).copied()))
    }

    fn list(&self, start: Option<u32>, end: Option<u32>) -> impl Iterator<Item = (u32, f64)> + '_ {
        let range = match (start, end) {
            (Some(start), Some(end)) => start as usize..end as usize,
            _ => 0..0,
        };
        let followers = self.followers.get(range.clone()).unwrap_or_default();
        let codes = self.codes.get(range).unwrap_or_default();
        let scores = codes.iter().map(|code| -f64::from(*code) / STEPS);
        followers.iter().copied().zip(scores).take(MOST_FOLLOWERS)
    }
}

/// Followers of a context that are looked at, whatever a file claims.
const MOST_FOLLOWERS: usize = 256;

impl Context {
    const fn with(self, word: Option<u32>) -> Self {
        Self {
            before: self.last,
            last: word,
        }
    }
}

/// A text with a further word: after a space, unless something parts them already or both are written without.
fn joined(text: &str, word: &str) -> String {
    let last = text.chars().next_back();
    let apart = last.is_none_or(|last| {
        !last.is_alphanumeric() || (unspaced(last) && word.chars().next().is_some_and(unspaced))
    });
    format!("{text}{}{word}", if apart { "" } else { " " })
}

/// Whether a character belongs to a script that is written without spaces.
fn unspaced(c: char) -> bool {
    let script = script(c);
    matches!(
        script,
        Script::Han | Script::Kana | Script::Thai | Script::Lao | Script::Khmer | Script::Myanmar
    )
}

/// The words of an entry, as text.
fn texts(key: &str) -> impl Iterator<Item = &str> {
    words(key).map(|range| &key[range])
}
