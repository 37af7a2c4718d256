//! Spreading a list over different words.

use crate::collapse::{hash_stem, stem};
use crate::normalize::words;

/// How much two phrases are alike when only their last words agree; the rest is for the words before.
const HEAD: f64 = 0.5;

/// Reorders suggestions so that they are not all about the same: maximal marginal relevance (Carbonell and Goldstein,
/// SIGIR 1998) over words.
///
/// `suggestions` are keys with scores, best first; returned are the places of at most `k` of them. The first stays
/// first. Each next one is that with the highest
///
/// lambda · relevance − (1 − lambda) · (greatest likeness to one that was taken),
///
/// the earlier of equals. Relevance is the score scaled to 0 (the lowest finite one, and all that are not finite) to 1
/// (the highest). Likeness is half for the same *head*, the last word, and half for the share of the other words,
/// *modifiers*, that two keys have in common (Jaccard); plurals count as their singular. Words of `typed` are in all
/// suggestions, so the first of each, but for a half-typed last one, is left out.
///
/// `lambda` is held to 0 (variety only) to 1 (the order given), 1 for what is no number. Deterministic.
/// O(k · n · words) for n suggestions; the best 10 of a hundred take about 20 µs.
///
/// ```
/// use bowerbird_typeahead::intent::diversify;
///
/// let found = [
///     ("living room ideas", 9.0),
///     ("living room decor ideas", 8.9),
///     ("living room rugs", 8.8),
///     ("living rooms of the stars", 7.0),
/// ];
/// assert_eq!(diversify(&found, "living room", 0.5, 3), [0, 2, 1]);
/// ```
pub fn diversify(suggestions: &[(&str, f64)], typed: &str, lambda: f64, k: usize) -> Vec<usize> {
    let lambda = if lambda.is_nan() {
        1.0
    } else {
        lambda.clamp(0.0, 1.0)
    };
    let finite = || {
        suggestions
            .iter()
            .map(|(_, score)| *score)
            .filter(|score| score.is_finite())
    };
    let high = finite().fold(f64::NEG_INFINITY, f64::max);
    let low = finite().fold(f64::INFINITY, f64::min);
    let relevance = |score: f64| match score {
        score if score == f64::INFINITY => 1.0,
        score if !score.is_finite() => 0.0,
        _ if high > low => (score - low) / (high - low),
        _ => 1.0,
    };
    let said = said(typed);
    let phrases: Vec<Phrase> = suggestions
        .iter()
        .map(|(key, _)| Phrase::of(key, &said))
        .collect();

    let mut rest: Vec<usize> = (0..suggestions.len()).collect();
    let mut likeness = vec![0.0_f64; suggestions.len()];
    let mut order = Vec::with_capacity(k.min(suggestions.len()));
    while order.len() < k && !rest.is_empty() {
        let mut best = (0, f64::NEG_INFINITY);
        // The first one is taken as it comes.
        let considered = if order.is_empty() { &rest[..1] } else { &rest[..] };
        for (at, &place) in considered.iter().enumerate() {
            let margin = lambda * relevance(suggestions[place].1) - (1.0 - lambda) * likeness[place];
            if margin > best.1 {
                best = (at, margin);
            }
        }
        let taken = rest.remove(best.0);
        for &place in &rest {
            likeness[place] = likeness[place].max(phrases[place].likeness(&phrases[taken]));
        }
        order.push(taken);
    }
    order
}

/// The words that were typed to their end, by hash.
fn said(typed: &str) -> Vec<u64> {
    let mut said: Vec<u64> = hashes(typed).collect();
    if !typed.ends_with(' ') {
        said.pop();
    }
    said
}

/// The words of a text without their plural endings, by hash.
fn hashes(text: &str) -> impl Iterator<Item = u64> {
    words(text).map(|range| hash_stem(stem(&text[range])))
}

struct Phrase {
    head: Option<u64>,
    /// Sorted, each once.
    modifiers: Vec<u64>,
}

impl Phrase {
    fn of(key: &str, said: &[u64]) -> Self {
        let mut own: Vec<u64> = hashes(key).collect();
        for word in said {
            if let Some(at) = own.iter().position(|own| own == word) {
                own.remove(at);
            }
        }
        let head = own.pop();
        own.sort_unstable();
        own.dedup();
        Self { head, modifiers: own }
    }

    fn likeness(&self, other: &Self) -> f64 {
        let head = if self.head == other.head { HEAD } else { 0.0 };
        // A few words: looking at each is faster than searching.
        let both = self
            .modifiers
            .iter()
            .filter(|word| other.modifiers.contains(word))
            .count();
        let either = self.modifiers.len() + other.modifiers.len() - both;
        // Two phrases without modifiers have all of none in common only where their heads agree too.
        let modifiers = match (either, head > 0.0) {
            (0, true) => 1.0,
            (0, false) => 0.0,
            _ => both as f64 / either as f64,
        };
        head + (1.0 - HEAD) * modifiers
    }
}
