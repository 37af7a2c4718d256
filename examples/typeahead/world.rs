//! Everything that answers, built from the entries.

use crate::completions;
use crate::support::Failure;
use bowerbird::core::{Clock as _, SystemClock};
use bowerbird::typeahead::correct::Correction;
use bowerbird::typeahead::next_word::{NextWords, NextWordsOptions};
use bowerbird::typeahead::{Completer, Entry, Normalizer, Suggestion, WithTerms};
use std::path::Path;

/// A completer, and what it took.
pub(crate) struct World {
    pub(crate) completer: Completer,
    pub(crate) entries: usize,
    /// Of the index, the any-order index and the next words.
    pub(crate) bytes: usize,
    /// Without the reading of the file.
    pub(crate) build_s: f64,
}

impl World {
    pub(crate) fn build(path: &Path) -> Result<Self, Failure> {
        let entries = completions::entries(path)?;
        // The library builds in the pool that it is called from.
        rayon::ThreadPoolBuilder::new()
            .build()?
            .install(|| Self::of(entries))
    }

    fn of(entries: Vec<Entry>) -> Result<Self, Failure> {
        let start = SystemClock.now();
        let (count, normalizer) = (entries.len(), Normalizer::default());

        // Which word follows which: for texts that no entry starts with, and for "did you mean".
        let open = entries.iter().filter(|entry| !entry.sensitive);
        let keys: Vec<(String, f64)> = open
            .map(|entry| (normalizer.fold(&entry.text), entry.weight))
            .collect();
        let keys = keys.iter().map(|(key, weight)| (key.as_str(), *weight));
        let next_words = NextWords::build(keys, NextWordsOptions::default())?;

        // The index, and the one that finds words in any order.
        let index = WithTerms::build_fast(entries, &normalizer)?;

        let (tree, details) = index.source().bytes();
        let bytes = tree + details + index.terms().byte_len() + next_words.byte_len();
        let completer = Completer::over(index)
            .with_next_words(next_words)
            // So that every answer that is timed is computed.
            .with_answers(0);
        Ok(Self {
            completer,
            entries: count,
            bytes,
            build_s: SystemClock.now().duration_since(start).as_secs_f64(),
        })
    }

    /// What was probably meant, where nothing starts with what was typed.
    pub(crate) fn meant(&self, typed: &str, found: &[Suggestion]) -> Option<Correction> {
        let is_known = found.first().is_some_and(|first| first.origin.is_exact());
        (!is_known).then(|| self.completer.did_you_mean(typed)).flatten()
    }

    pub(crate) fn in_words(&self) -> String {
        format!(
            "{} texts, built in {:.1} s; {:.1} MB, {:.0} bytes a text with words in any order and next words\n",
            self.entries,
            self.build_s,
            self.bytes as f64 / 1e6,
            self.bytes as f64 / self.entries as f64
        )
    }
}
