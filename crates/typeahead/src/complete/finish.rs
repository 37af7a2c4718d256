//! From candidates to a slate: taste, diversity, exploration, and where the typed text stands.

use super::gather::Gather;
use super::request::Request;
use super::{Completer, Completions, Origin, Suggestion};
use crate::fuzzy;
use crate::intent::diversify;
use crate::normalize::words;
use crate::personal::{Candidate, Ranked};
use crate::terms::{WordMode, typed_words};
use bowerbird_core::Clock;
use std::ops::Range;

impl Completer {
    pub(super) fn finish(
        &self,
        mut gather: Gather<'_>,
        typed: &str,
        request: &Request<'_>,
        clock: &dyn Clock,
    ) -> Completions {
        self.rescore(&mut gather, request, clock);
        let mut found = std::mem::take(&mut gather.found);
        if let Some(lambda) = request.diversity {
            found = spread(found, typed, lambda, request.k);
        }
        let mut propensities = Vec::new();
        if let Some((rule, seed)) = request.exploration {
            let scores: Vec<f64> = found.iter().map(|suggestion| suggestion.score).collect();
            let slate = rule.draw(&scores, request.k, seed);
            found = pick(found, slate.order);
            propensities = slate.propensities;
        }
        found.truncate(request.k);
        for suggestion in &mut found {
            self.highlight(suggestion, typed);
        }
        Completions {
            suggestions: found.into(),
            propensities,
            coverage: gather.coverage,
        }
    }

    /// Moves exact matches towards the person's taste; what was forgiven stays behind them.
    fn rescore(&self, gather: &mut Gather<'_>, request: &Request<'_>, clock: &dyn Clock) {
        let Some(rescorer) = request.taste else { return };
        let started = clock.now();
        let exact = gather
            .found
            .iter()
            .take_while(|suggestion| suggestion.origin.is_exact());
        let candidates: Vec<Candidate> = exact
            .map(|suggestion| Candidate {
                id: suggestion.id,
                score: suggestion.score,
            })
            .collect();
        let mut ranked: Vec<Ranked> = Vec::with_capacity(candidates.len());
        let outcome = rescorer.rescore(&candidates, &mut ranked, clock, request.deadline);
        let rest = gather.found.split_off(candidates.len());
        let mut exact: Vec<Option<Suggestion>> =
            std::mem::take(&mut gather.found).into_iter().map(Some).collect();
        for row in ranked {
            if let Some(mut suggestion) = exact[row.place].take() {
                // Nothing moves what weighs nothing.
                if suggestion.score.is_finite() {
                    suggestion.shift = row.score - suggestion.score;
                }
                suggestion.score = row.score;
                suggestion.cosine = row.cosine;
                gather.found.push(suggestion);
            }
        }
        gather.found.extend(rest);
        gather.report(
            "taste",
            started,
            candidates.len(),
            candidates.len(),
            outcome.status(),
        );
    }

    fn highlight(&self, suggestion: &mut Suggestion, typed: &str) {
        // An alias has no place in the text that is shown.
        if suggestion.alias.is_some() {
            return;
        }
        let key = &suggestion.key;
        let ranges: Vec<Range<usize>> = match suggestion.origin {
            Origin::NextWord => return,
            Origin::AnyOrder | Origin::AnyOrderTypo => matched_words(key, typed),
            Origin::Typo => up_to(fuzzy::matched(key, typed)),
            Origin::Respaced => up_to(respaced(key, typed)),
            Origin::Base | Origin::Delta | Origin::Personal => up_to(typed.len().min(key.len())),
        };
        let folded = self.normalizer.fold_mapped(&suggestion.text);
        if folded.key() == key {
            suggestion.highlight = folded.highlight(&ranges);
        }
    }
}

/// The beginning, as the only range.
pub(super) fn up_to(end: usize) -> Vec<Range<usize>> {
    std::iter::once(0..end).collect()
}

fn pick(found: Vec<Suggestion>, order: Vec<usize>) -> Vec<Suggestion> {
    let mut found: Vec<Option<Suggestion>> = found.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(|at| found.get_mut(at).and_then(Option::take))
        .collect()
}

/// Spreads exact matches over different words; what was forgiven stays behind them.
fn spread(mut found: Vec<Suggestion>, typed: &str, lambda: f64, k: usize) -> Vec<Suggestion> {
    let exact = found
        .iter()
        .take_while(|suggestion| suggestion.origin.is_exact())
        .count();
    let rest = found.split_off(exact);
    let scored: Vec<(&str, f64)> = found
        .iter()
        .map(|suggestion| (suggestion.key.as_str(), suggestion.score))
        .collect();
    // There, 1 is the order as it is.
    let order = diversify(&scored, typed, 1.0 - lambda, k.max(exact));
    let mut spread = pick(found, order);
    spread.extend(rest);
    spread
}

/// The words of a key that those of a typed text match, each once.
fn matched_words(key: &str, typed: &str) -> Vec<Range<usize>> {
    let mut left: Vec<Range<usize>> = words(key).collect();
    let mut matched = Vec::new();
    for word in typed_words(typed) {
        let begins = |span: &&mut Range<usize>| match word.mode {
            WordMode::Whole => key[(*span).clone()] == *word.text,
            WordMode::Prefix => key[(*span).clone()].starts_with(word.text),
        };
        let near = |span: &Range<usize>| fuzzy::matched(&key[span.clone()], word.text);
        if let Some(span) = left.iter_mut().find(begins) {
            matched.push(span.start..span.start + word.text.len());
            *span = 0..0;
        } else if let Some(span) = left
            .iter_mut()
            .find(|span| fuzzy::is_near(&key[(*span).clone()], word.text))
        {
            matched.push(span.start..span.start + near(span));
            *span = 0..0;
        }
    }
    matched
}

/// How many bytes of a key hold the letters of a typed text, spaces aside.
fn respaced(key: &str, typed: &str) -> usize {
    let mut wanted = typed.chars().filter(|c| *c != ' ').count();
    for (at, c) in key.char_indices() {
        if wanted == 0 {
            return at;
        }
        wanted -= usize::from(c != ' ');
    }
    key.len()
}
