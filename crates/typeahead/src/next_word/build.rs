//! Counting which words follow which.

use super::{MOST_FOLLOWERS, NextWords, STEPS, texts};
use crate::parallel;
use crate::terms::Dictionary;
use crate::{BuildError, EntryFault};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;

/// What to keep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NextWordsOptions {
    /// Words that are kept, those with the heaviest entries first. Default 200 000.
    pub words: u32,
    /// Followers that are kept of each word and pair, 1 to 256, the most likely first. Default 8.
    pub followers: u32,
    /// Entries, at least, in which words must follow each other. Default 2: what one entry alone says, a search for that
    /// entry finds.
    pub support: u32,
}

impl Default for NextWordsOptions {
    fn default() -> Self {
        Self {
            words: 200_000,
            followers: 8,
            support: 2,
        }
    }
}

/// Stands for a word that is not kept.
const DROPPED: u32 = u32::MAX;

/// A word after others, in one place of one entry.
#[derive(Clone, Copy)]
struct Place {
    /// The context: one word, or two with the first one in the upper half.
    context: u64,
    follower: u32,
    weight: f32,
}

/// A context and its followers: word, weight.
struct Followers {
    context: u64,
    list: Vec<(u32, f64)>,
}

impl NextWords {
    /// Learns from folded texts and their weights, in any order.
    ///
    /// O(n log n) for n words in all; about 50 bytes a word on the way.
    ///
    /// # Errors
    ///
    /// [`BuildError::Entry`] for a weight that is negative or not finite, [`BuildError::TooMany`] for 2^32 words.
    pub fn build<'a>(
        entries: impl IntoIterator<Item = (&'a str, f64)>,
        options: NextWordsOptions,
    ) -> Result<Self, BuildError> {
        let mut numbers: FxHashMap<&str, u32> = FxHashMap::default();
        let mut sums: Vec<f64> = Vec::new();
        let (mut tokens, mut ends) = (Vec::new(), Vec::new());
        for (position, (key, weight)) in entries.into_iter().enumerate() {
            if !weight.is_finite() || weight < 0.0 {
                let source = EntryFault::Weight { found: weight };
                return Err(BuildError::Entry { position, source });
            }
            for word in texts(key) {
                let next = numbers.len() as u32;
                let number = *numbers.entry(word).or_insert(next);
                if number == next {
                    sums.push(0.0);
                }
                sums[number as usize] += weight;
                tokens.push(number);
            }
            ends.push((tokens.len(), weight));
        }
        let found = tokens.len();
        if u32::try_from(found).is_err() {
            return Err(BuildError::TooMany { found });
        }
        let words = keep(numbers, &sums, options.words);
        let mut renumbered = vec![DROPPED; sums.len()];
        for ((_, old), new) in words.iter().zip(0..) {
            renumbered[*old as usize] = new;
        }
        for token in &mut tokens {
            *token = renumbered[*token as usize];
        }
        let weight_of = |(_, old): &(&str, u32)| sums[*old as usize];
        let weights: Vec<f64> = words.iter().map(weight_of).collect();
        let Some(dictionary) = Dictionary::build(words.iter().map(|(word, _)| *word)) else {
            return Err(BuildError::TooMany { found });
        };
        let mut model = Self {
            dictionary,
            total: sums.iter().sum(),
            weights: weights
                .iter()
                .map(|weight| *weight as f32)
                .collect::<Vec<_>>()
                .into(),
            ..Self::default()
        };
        let singles = places(&tokens, &ends, 1);
        let pairs = group(&places(&tokens, &ends, 2), &options);
        let weighed = weigh(pairs, &singles);
        model.add(&weights, group(&singles, &options), weighed);
        Ok(model)
    }

    /// Stores followers: those of words, and those of pairs with what the pairs weigh.
    fn add(&mut self, weights: &[f64], singles: Vec<Followers>, pairs: Vec<(Followers, f64)>) {
        let (mut followers, mut codes) = (Vec::new(), Vec::new());
        let mut append = |list: &[(u32, f64)], total: f64| {
            for (word, weight) in list {
                followers.push(*word);
                codes.push((-(weight / total).min(1.0).ln() * STEPS).round() as u8);
            }
            followers.len() as u32
        };
        let mut singles = singles.into_iter().peekable();
        let single_ends: Vec<u32> = weights
            .iter()
            .zip(0_u64..)
            .map(|(weight, word)| {
                let own = singles.next_if(|one| one.context == word);
                append(own.as_ref().map_or(&[], |one| &one.list), *weight)
            })
            .collect();
        let (mut keys, mut pair_ends) = (Vec::new(), Vec::new());
        for (one, total) in pairs {
            keys.push(one.context);
            pair_ends.push(append(&one.list, total));
        }
        self.single_ends = single_ends.into();
        self.pairs = keys.into();
        self.pair_ends = pair_ends.into();
        self.followers = followers.into();
        self.codes = codes.into();
    }
}

/// The words to keep with their first numbers, in byte order.
fn keep<'a>(numbers: FxHashMap<&'a str, u32>, sums: &[f64], most: u32) -> Vec<(&'a str, u32)> {
    let mut words: Vec<(&str, u32)> = numbers.into_iter().collect();
    let most = most.min(DROPPED - 1) as usize;
    if words.len() > most {
        words.sort_unstable_by(|(a, i), (b, j)| {
            let weight = |number: &u32| sums[*number as usize];
            weight(j).total_cmp(&weight(i)).then_with(|| a.cmp(b))
        });
        words.truncate(most);
    }
    parallel::sort(&mut words, Ord::cmp);
    words
}

/// Where words that are kept follow `length` words that are kept.
fn places(tokens: &[u32], ends: &[(usize, f64)], length: usize) -> Vec<Place> {
    let mut places = Vec::new();
    let mut start = 0;
    for (end, weight) in ends {
        for window in tokens[start..*end].windows(length + 1) {
            if window.contains(&DROPPED) {
                continue;
            }
            let (context, follower) = window.split_at(length);
            places.push(Place {
                context: context.iter().fold(0, |all, word| all << 32 | u64::from(*word)),
                follower: follower[0],
                weight: *weight as f32,
            });
        }
        start = *end;
    }
    places.sort_unstable_by_key(|place| (place.context, place.follower));
    places
}

/// Followers by context, those that are kept, the heaviest first.
fn group(places: &[Place], options: &NextWordsOptions) -> Vec<Followers> {
    let most = (options.followers as usize).clamp(1, MOST_FOLLOWERS);
    let mut groups = Vec::new();
    for context in places.chunk_by(|a, b| a.context == b.context) {
        let mut list: Vec<(u32, f64)> = context
            .chunk_by(|a, b| a.follower == b.follower)
            .filter(|same| same.len() >= options.support as usize)
            .map(|same| {
                let mut weights: Vec<f32> = same.iter().map(|place| place.weight).collect();
                // In one order, so that the entries' order does not show.
                weights.sort_unstable_by_key(|weight| Reverse(weight.to_bits()));
                (same[0].follower, weights.into_iter().map(f64::from).sum())
            })
            .filter(|(_, weight)| *weight > 0.0)
            .collect();
        list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        list.truncate(most);
        if !list.is_empty() {
            groups.push(Followers {
                context: context[0].context,
                list,
            });
        }
    }
    groups
}

/// Pairs with what they weigh, whether or not something follows them. Both ascend.
fn weigh(pairs: Vec<Followers>, places: &[Place]) -> Vec<(Followers, f64)> {
    let mut rest = places;
    let weigh = |pair: Followers| {
        let key = |place: &Place| place.context << 32 | u64::from(place.follower);
        rest = &rest[rest.partition_point(|place| key(place) < pair.context)..];
        let same = rest.iter().take_while(|place| key(place) == pair.context);
        let weight = same.map(|place| f64::from(place.weight)).sum();
        (pair, weight)
    };
    pairs.into_iter().map(weigh).collect()
}
