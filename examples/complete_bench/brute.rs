//! The answer that looking at every entry gives.

use crate::args::Args;
use crate::data::{Data, spread};
use crate::distance::Typed;
use crate::tier::{Answer, Request, Tier};
use bowerbird::core::Progress;
use bowerbird::typeahead::normalize::words;
use bowerbird::typeahead::terms::{TypedWord, WordMode, typed_words};
use bowerbird::typeahead::{Kind, Normalizer};
use rayon::prelude::*;
use std::collections::HashMap;

/// Scores nearer to each other than this are equal.
const ALIKE: f64 = 1e-9;

/// Every key once a kind, with its whole weight.
pub(crate) struct Brute {
    keys: Vec<(String, f64)>,
}

/// A key that may be suggested.
struct Ranked<'b> {
    key: &'b str,
    is_exact: bool,
    /// Of an exact match its weight, of others the logarithm less what the errors cost.
    score: f64,
}

impl Brute {
    pub(crate) fn of(data: &Data) -> Self {
        let normalizer = Normalizer::default();
        let mut weights: HashMap<(String, Kind), f64> = HashMap::new();
        for entry in &data.entries {
            *weights
                .entry((normalizer.fold(&entry.text), entry.kind))
                .or_default() += entry.weight;
        }
        let keys = weights.into_iter().map(|((key, _), weight)| (key, weight));
        Self { keys: keys.collect() }
    }

    /// How many of the answers that are verified are not the best completions.
    pub(crate) fn mismatches(
        &self,
        tier: &Tier,
        data: &Data,
        args: &Args,
        progress: impl Fn(Progress),
    ) -> usize {
        let (request, mut answer) = (Request::of(args), Answer::default());
        let all = data.keystrokes.iter().map(|keystroke| keystroke.prefix.as_str());
        let some = spread(all.collect(), args.verify.unwrap_or(0));
        let mut count = 0;
        for (done, prefix) in (1..).zip(&some) {
            tier.index.complete(prefix, &request, &mut answer);
            count += usize::from(!self.agrees(prefix, &request, &answer.keys(&request)));
            progress(Progress::of("verify", done, some.len() as u64));
        }
        count
    }

    /// True when `found` are the best completions. Those with an error may come in any order where their scores are
    /// equal.
    fn agrees(&self, prefix: &str, request: &Request, found: &[&str]) -> bool {
        let mut all = self.ranked(prefix, request);
        if found.len() != all.len().min(request.k) {
            return false;
        }
        for (place, key) in found.iter().enumerate() {
            let (is_exact, score) = (all[place].is_exact, all[place].score);
            let alike = |row: &Ranked<'_>| {
                let is_as_good = row.score == score || (row.score - score).abs() < ALIKE;
                row.is_exact == is_exact && is_as_good
            };
            let ties = all[place..].iter().take_while(|row| alike(row));
            let ties = if is_exact { 1 } else { ties.count() };
            match all[place..][..ties].iter().position(|row| row.key == *key) {
                Some(tie) => all.swap(place, place + tie),
                None => return false,
            }
        }
        true
    }

    fn ranked(&self, prefix: &str, request: &Request) -> Vec<Ranked<'_>> {
        let typed = Typed::new(prefix, &request.typos);
        let rank = |(key, weight): &(String, f64)| {
            if request.any_order {
                return holds(key, prefix).then_some((true, *weight));
            }
            if key.starts_with(prefix) {
                return Some((true, *weight));
            }
            let penalty = typed.as_ref()?.penalty(key)?;
            Some((false, weight.ln() - penalty))
        };
        let rows = self.keys.par_iter().filter_map(|row| {
            let (is_exact, score) = rank(row)?;
            let key = row.0.as_str();
            Some(Ranked { key, is_exact, score })
        });
        let mut rows: Vec<Ranked<'_>> = rows.collect();
        rows.par_sort_unstable_by(|a, b| {
            let by_score = b.score.total_cmp(&a.score);
            b.is_exact.cmp(&a.is_exact).then(by_score).then(a.key.cmp(b.key))
        });
        rows
    }
}

/// True when each word of `typed` is one of the key's own, the last one a beginning of it, each of the key's used once.
fn holds(key: &str, typed: &str) -> bool {
    fn placed(wanted: &[TypedWord<'_>], free: &mut Vec<&str>) -> bool {
        let Some((first, rest)) = wanted.split_first() else {
            return true;
        };
        (0..free.len()).any(|at| {
            let word = free[at];
            let fits = match first.mode {
                WordMode::Whole => word == first.text,
                WordMode::Prefix => word.starts_with(first.text),
            };
            if !fits {
                return false;
            }
            free.remove(at);
            let is_placed = placed(rest, free);
            free.insert(at, word);
            is_placed
        })
    }
    let mut free: Vec<&str> = words(key).map(|span| &key[span]).collect();
    let wanted: Vec<TypedWord<'_>> = typed_words(typed).collect();
    free.len() > 1 && !wanted.is_empty() && placed(&wanted, &mut free)
}
