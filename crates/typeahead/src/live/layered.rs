//! A delta in two layers: few keys that changed a moment ago, over many that did not.

use super::state::Kinds;
use crate::{BestFirst, Found, Pattern, Source};
use std::sync::Arc;

/// Two sources as one: what is in the upper one is not seen in the lower one.
#[derive(Debug)]
pub(super) struct Layered {
    upper: Arc<dyn Source>,
    lower: Arc<dyn Source>,
    /// The keys of the upper one.
    covered: Arc<Kinds>,
    len: usize,
}

impl Layered {
    /// `below` has the keys of `lower`.
    pub(super) fn new(
        upper: Arc<dyn Source>,
        covered: Arc<Kinds>,
        lower: Arc<dyn Source>,
        below: &Kinds,
    ) -> Self {
        let new = covered.keys().filter(|key| !below.contains_key(*key)).count();
        Self {
            len: below.len() + new,
            upper,
            lower,
            covered,
        }
    }

    fn both<'s>(
        &'s self,
        walk: impl Fn(&'s dyn Source) -> Box<dyn BestFirst + 's>,
    ) -> Box<dyn BestFirst + 's> {
        let mut both = Both {
            walks: [walk(&*self.upper), walk(&*self.lower)],
            heads: [None; 2],
            at: 0,
            begun: false,
            covered: &self.covered,
        };
        both.heads = [both.next(0), both.next(1)];
        Box::new(both)
    }
}

impl Source for Layered {
    fn len(&self) -> usize {
        self.len
    }

    fn best_first<'s>(&'s self, prefix: &str) -> Box<dyn BestFirst + 's> {
        self.both(|layer| layer.best_first(prefix))
    }

    fn best_with_typos<'s>(&'s self, pattern: &Pattern) -> Box<dyn BestFirst + 's> {
        self.both(|layer| layer.best_with_typos(pattern))
    }

    fn best_any_order<'s>(&'s self, text: &str) -> Box<dyn BestFirst + 's> {
        self.both(|layer| layer.best_any_order(text))
    }

    fn best_any_order_with_typos<'s>(&'s self, text: &str, penalty: f64) -> Box<dyn BestFirst + 's> {
        self.both(|layer| layer.best_any_order_with_typos(text, penalty))
    }

    fn get(&self, key: &str) -> Option<Found<'_>> {
        let source = if self.covered.contains_key(key) {
            &self.upper
        } else {
            &self.lower
        };
        source.get(key)
    }
}

/// A walk over the upper source and one over the lower, each already at its next entry.
struct Both<'s> {
    walks: [Box<dyn BestFirst + 's>; 2],
    heads: [Option<f64>; 2],
    at: usize,
    begun: bool,
    covered: &'s Kinds,
}

impl Both<'_> {
    fn next(&mut self, which: usize) -> Option<f64> {
        let walk = &mut self.walks[which];
        loop {
            let score = walk.advance()?;
            if which == 0 || !self.covered.contains_key(walk.key()) {
                return Some(score);
            }
        }
    }
}

impl BestFirst for Both<'_> {
    fn advance(&mut self) -> Option<f64> {
        if self.begun && self.heads[self.at].is_some() {
            self.heads[self.at] = self.next(self.at);
        }
        self.begun = true;
        self.at = match self.heads {
            [Some(upper), Some(lower)] => {
                let keys = || self.walks[1].key().cmp(self.walks[0].key());
                usize::from(upper.total_cmp(&lower).then_with(keys).is_lt())
            }
            [None, Some(_)] => 1,
            _ => 0,
        };
        self.heads[self.at]
    }

    fn key(&self) -> &str {
        self.walks[self.at].key()
    }

    fn found(&self) -> Found<'_> {
        self.walks[self.at].found()
    }

    fn edits(&self) -> u8 {
        self.walks[self.at].edits()
    }
}
