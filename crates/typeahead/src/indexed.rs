//! A source together with the any-order index of its entries.

use crate::prepare::{Prepared, plain_key};
use crate::source::Nothing;
use crate::terms::{Alternative, Matches, Respaced, TermEntry, TermIndex, edits_allowed, typed_words};
use crate::{
    BestFirst, BuildError, CompactIndex, Entry, FastIndex, Found, Normalizer, Pattern, Source, Trail,
};

/// A source that also finds its entries by their words in any order.
#[derive(Clone, Debug)]
pub struct WithTerms<S> {
    source: S,
    terms: TermIndex,
}

impl WithTerms<FastIndex> {
    /// Builds the fast tier and the any-order index from the same entries.
    ///
    /// # Errors
    ///
    /// [`BuildError`] naming the first entry that is refused, or too many of them.
    pub fn build_fast(entries: Vec<Entry>, normalizer: &Normalizer) -> Result<Self, BuildError> {
        Self::build(entries, normalizer, |set| Ok(FastIndex::of(set)))
    }
}

impl WithTerms<CompactIndex> {
    /// Builds the compact tier and the any-order index from the same entries.
    ///
    /// # Errors
    ///
    /// [`BuildError`] naming the first entry that is refused, or too many of them.
    pub fn build_compact(entries: Vec<Entry>, normalizer: &Normalizer) -> Result<Self, BuildError> {
        Self::build(entries, normalizer, CompactIndex::of)
    }
}

impl<S: Source> WithTerms<S> {
    fn build(
        entries: Vec<Entry>,
        normalizer: &Normalizer,
        build: impl FnOnce(&Prepared) -> Result<S, BuildError>,
    ) -> Result<Self, BuildError> {
        let set = Prepared::new(entries, normalizer)?;
        let source = build(&set)?;
        let terms = TermIndex::build(heaviest(&set))?;
        Ok(Self { source, terms })
    }

    /// Joins a source and the any-order index of those of its entries that have these keys. Keys that the source lacks,
    /// and sensitive ones, are passed over.
    ///
    /// # Errors
    ///
    /// [`BuildError`] from the any-order index.
    pub fn new(source: S, keys: &[String]) -> Result<Self, BuildError> {
        let mut keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        keys.sort_unstable();
        keys.dedup();
        let entries = keys.into_iter().filter_map(|key| {
            let found = source.get(key).filter(|found| !found.sensitive)?;
            Some(TermEntry {
                key,
                weight: found.weight,
                row: None,
            })
        });
        let terms = TermIndex::build(entries)?;
        Ok(Self { source, terms })
    }

    /// Joins what was built or opened before. The any-order index is of the same entries.
    pub const fn from_parts(source: S, terms: TermIndex) -> Self {
        Self { source, terms }
    }

    /// The source.
    pub const fn source(&self) -> &S {
        &self.source
    }

    /// The any-order index.
    pub const fn terms(&self) -> &TermIndex {
        &self.terms
    }
}

impl<S: Source> Source for WithTerms<S> {
    fn len(&self) -> usize {
        self.source.len()
    }

    fn best_first<'s>(&'s self, prefix: &str) -> Box<dyn BestFirst + 's> {
        self.source.best_first(prefix)
    }

    fn best_first_on<'s>(&'s self, trail: &mut Trail, prefix: &str) -> Box<dyn BestFirst + 's> {
        self.source.best_first_on(trail, prefix)
    }

    fn best_with_typos<'s>(&'s self, pattern: &Pattern) -> Box<dyn BestFirst + 's> {
        self.source.best_with_typos(pattern)
    }

    fn best_any_order<'s>(&'s self, text: &str) -> Box<dyn BestFirst + 's> {
        Box::new(Known {
            source: &self.source,
            matches: self.terms.best_first(text),
            first: None,
        })
    }

    /// Only words that do not occur are taken for mistyped: looking for all words near one takes a millisecond with one
    /// error and some with two. Two errors in a word are looked for where one finds nothing.
    fn best_any_order_with_typos<'s>(&'s self, text: &str, penalty: f64) -> Box<dyn BestFirst + 's> {
        let mut words: Vec<Vec<Alternative>> = Vec::new();
        let mut unknown = Vec::new();
        for (at, word) in typed_words(text).enumerate() {
            let terms = self.terms.terms(word);
            if terms.is_empty() {
                unknown.push((at, word, edits_allowed(word.text.chars().count())));
            }
            words.push(Vec::from([Alternative {
                terms,
                penalty: 0.0,
                edits: 0,
            }]));
        }
        let most = unknown.iter().map(|(_, _, allowed)| *allowed).max().unwrap_or(0);
        for edits in 1..=most {
            for (at, word, allowed) in &unknown {
                let near = self
                    .terms
                    .dictionary()
                    .near(word.text, edits.min(*allowed), word.mode);
                words[*at] = near.into_iter().map(|near| near.at(penalty)).collect();
            }
            let mut matches = self.terms.best_first_among(&words);
            if let Some(first) = matches.advance() {
                return Box::new(Known {
                    source: &self.source,
                    matches,
                    first: Some(first),
                });
            }
        }
        Box::new(Nothing)
    }

    fn respaced(&self, text: &str, k: usize) -> Vec<Respaced> {
        let best = |prefix: &str| {
            let mut walk = self.source.best_first(prefix);
            walk.advance()?;
            Some(walk.found().weight)
        };
        self.terms.respaced(text, k, best)
    }

    fn get(&self, key: &str) -> Option<Found<'_>> {
        self.source.get(key)
    }
}

/// Matches of the any-order index with what the source knows of them.
struct Known<'s, S> {
    source: &'s S,
    matches: Matches<'s>,
    /// The score of a match to which the walk has gone before it was asked to.
    first: Option<f64>,
}

impl<S: Source> BestFirst for Known<'_, S> {
    fn advance(&mut self) -> Option<f64> {
        self.first.take().or_else(|| self.matches.advance())
    }

    fn key(&self) -> &str {
        self.matches.key()
    }

    fn found(&self) -> Found<'_> {
        self.source
            .get(self.matches.key())
            .unwrap_or_else(|| self.matches.found())
    }

    fn edits(&self) -> u8 {
        self.matches.edits()
    }
}

/// The heaviest entry of each key, unless it is sensitive; of equally heavy ones the first.
fn heaviest(set: &Prepared) -> Vec<TermEntry<'_>> {
    let mut found: Vec<(TermEntry<'_>, bool)> = Vec::with_capacity(set.len());
    for row in 0..set.len() {
        let extra = set.extra(row);
        let is_alias = extra.is_some_and(|extra| extra.canonical.is_some());
        // Keys were folded from text.
        let Some(key) = std::str::from_utf8(plain_key(set.key(row)))
            .ok()
            .filter(|_| !is_alias)
        else {
            continue;
        };
        let (weight, sensitive) = (set.weight(row), extra.is_some_and(|extra| extra.sensitive));
        let entry = TermEntry {
            key,
            weight,
            row: None,
        };
        match found.last_mut() {
            Some((last, _)) if last.key == key && last.weight >= weight => {}
            Some(last) if last.0.key == key => *last = (entry, sensitive),
            _ => found.push((entry, sensitive)),
        }
    }
    let shown = found.into_iter().filter(|(_, sensitive)| !sensitive);
    shown.map(|(entry, _)| entry).collect()
}
