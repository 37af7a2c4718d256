//! Did you mean: corrections of a whole query.
//!
//! A query is taken for what somebody meant, sent through a noisy channel. [`correct`] looks for the likeliest sequence of
//! words that may have become the typed one: each word by itself or by a word within a few typing errors, weighed by how
//! well it follows the word before ([`NextWords`]) and by how many errors it takes. The best path is found by Viterbi's
//! algorithm (Brill and Moore, *An Improved Error Model for Noisy Channel Spelling Correction*, ACL 2000, without the
//! learned error model).

use crate::next_word::NextWords;
use crate::normalize::words;
use crate::terms::{Near, WordMode, edits_allowed};

/// Words of a query that are corrected; the others stay as they are.
const WORDS: usize = 16;

/// How much evidence a correction needs.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CorrectOptions {
    /// What a typing error takes off the score. Default 4: a word is corrected by one error if the other one is e^4 = 55
    /// times as likely there.
    pub edit_penalty: f64,
    /// What the correction of a word that is known takes off besides. Default 3.
    pub known_penalty: f64,
    /// Alternatives of a word that are weighed in context, the best by themselves. Default 8, at least 1.
    pub alternatives: usize,
}

impl Default for CorrectOptions {
    fn default() -> Self {
        Self {
            edit_penalty: 4.0,
            known_penalty: 3.0,
            alternatives: 8,
        }
    }
}

/// What was probably meant.
#[derive(Clone, PartialEq, Debug)]
pub struct Correction {
    /// The corrected query.
    pub text: String,
    /// How much likelier it is than the query as it was typed: the difference of the logarithms, above 0.
    pub score: f64,
    /// Typing errors that are put right.
    pub edits: u8,
}

/// A word that may have been meant.
#[derive(Clone, Copy)]
struct Candidate {
    /// `None` for the typed word where the model does not know it.
    word: Option<u32>,
    penalty: f64,
    edits: u8,
}

/// The best path up to a candidate.
#[derive(Clone, Copy)]
struct Step {
    score: f64,
    from: usize,
}

/// What was probably meant by a folded query, if it was something else. `known` says of a word that the model does not
/// have whether it is one all the same: then it stays.
///
/// Costs a search for near words for each word ([`Dictionary::near`](crate::terms::Dictionary::near)) and, for each pair
/// of neighbours, the square of the number of alternatives.
pub fn correct(
    model: &NextWords,
    text: &str,
    known: impl Fn(&str) -> bool,
    options: &CorrectOptions,
) -> Option<Correction> {
    let spans: Vec<_> = words(text).take(WORDS).collect();
    // A word that nobody has seen is less likely than the rarest one.
    let unseen = model.log_rarest() - 1.0;
    let lists: Vec<Vec<Candidate>> = spans
        .iter()
        .map(|span| candidates(model, &text[span.clone()], &known, options))
        .collect();
    let transition = |last: Option<Candidate>, next: &Candidate| -> f64 {
        let likely = match next.word {
            Some(word) => model.log_probability(last.and_then(|last| last.word), word),
            None => unseen,
        };
        likely - next.penalty
    };
    let mut steps: Vec<Vec<Step>> = Vec::new();
    let mut as_typed = 0.0;
    let mut before: Option<&[Candidate]> = None;
    for list in &lists {
        as_typed += transition(before.map(|before| before[0]), &list[0]);
        let last = steps.last();
        let row = list.iter().map(|next| match (before, last) {
            (Some(before), Some(last)) => best_step(before, last, |last| transition(Some(last), next)),
            _ => Step {
                score: transition(None, next),
                from: 0,
            },
        });
        let row = row.collect();
        steps.push(row);
        before = Some(list);
    }
    let last = steps.last()?;
    let mut at = (0..last.len()).reduce(|best, i| if last[i].score > last[best].score { i } else { best })?;
    let score = last[at].score - as_typed;
    let mut corrected = text.to_owned();
    let mut edits = 0_u8;
    for ((span, list), row) in spans.iter().zip(&lists).zip(&steps).rev() {
        let candidate = list[at];
        if let Some(word) = candidate.word.and_then(|word| model.dictionary().word(word)) {
            corrected.replace_range(span.clone(), &word);
        }
        edits = edits.saturating_add(candidate.edits);
        at = row[at].from;
    }
    (edits > 0 && score > 0.0).then_some(Correction {
        text: corrected,
        score,
        edits,
    })
}

/// What a word may stand for: itself first, then other words, the best by themselves first.
fn candidates(
    model: &NextWords,
    word: &str,
    known: &impl Fn(&str) -> bool,
    options: &CorrectOptions,
) -> Vec<Candidate> {
    let own = model.dictionary().get(word);
    let mut list = vec![Candidate {
        word: own,
        penalty: 0.0,
        edits: 0,
    }];
    if own.is_none() && known(word) {
        return list;
    }
    let extra = own.map_or(0.0, |_| options.known_penalty);
    let allowed = edits_allowed(word.chars().count());
    let near = if allowed > 0 {
        model.dictionary().near(word, allowed, WordMode::Whole)
    } else {
        Vec::new()
    };
    let others = near.into_iter().filter(|near| near.edits > 0);
    let mut others: Vec<(f64, Candidate)> = others
        .flat_map(|Near { terms, edits }| terms.map(move |term| (term, edits)))
        .map(|(word, edits)| {
            let penalty = options.edit_penalty * f64::from(edits) + extra;
            let candidate = Candidate {
                word: Some(word),
                penalty,
                edits,
            };
            (model.log_share(word) - penalty, candidate)
        })
        .collect();
    others.sort_by(|(a, one), (b, other)| b.total_cmp(a).then(one.word.cmp(&other.word)));
    let others = others.into_iter().map(|(_, candidate)| candidate);
    list.extend(others.take(options.alternatives.max(1)));
    list
}

fn best_step(before: &[Candidate], last: &[Step], transition: impl Fn(Candidate) -> f64) -> Step {
    let mut best = Step {
        score: f64::NEG_INFINITY,
        from: 0,
    };
    for (from, (candidate, step)) in before.iter().zip(last).enumerate() {
        let score = step.score + transition(*candidate);
        if score > best.score {
            best = Step { score, from };
        }
    }
    best
}
