//! The tiers by name, and how a keystroke is answered.

use crate::args::Args;
use crate::data::Data;
use crate::support::Failure;
use bowerbird::core::{Clock as _, SystemClock};
use bowerbird::typeahead::{
    BestFirst, CompactIndex, FastIndex, HotCache, Normalizer, Pattern, Source, TopK, Typos, WithTerms,
};

/// The tiers that there are, the smallest first.
pub(crate) const NAMES: [&str; 3] = ["compact", "fast", "cached"];

/// The fast tier with the index of words, which is asked for nothing else.
pub(crate) const ANY_ORDER: &str = "any-order";

/// A prefix that so many keys share is cached.
const SHARED: usize = 64;

/// A tier, built.
pub(crate) struct Tier {
    pub(crate) index: Index,
    pub(crate) build_s: f64,
}

pub(crate) enum Index {
    Compact(CompactIndex),
    Fast(FastIndex),
    Cached(HotCache),
    AnyOrder(Box<WithTerms<FastIndex>>),
}

/// How many completions, and which errors are forgiven.
pub(crate) struct Request {
    pub(crate) k: usize,
    pub(crate) typos: Typos,
    pub(crate) any_order: bool,
}

/// The completions of a keystroke: strings side by side in memory that is used again.
#[derive(Default)]
pub(crate) struct Answer {
    top: TopK,
    text: String,
    ends: Vec<usize>,
}

impl Tier {
    pub(crate) fn build(name: &str, data: &Data, args: &Args) -> Result<Self, Failure> {
        let (entries, normalizer) = (data.entries.clone(), Normalizer::default());
        let start = SystemClock.now();
        let index = match name {
            "compact" => Index::Compact(CompactIndex::build(entries, &normalizer)?),
            "fast" => Index::Fast(FastIndex::build(entries, &normalizer)?),
            ANY_ORDER => Index::AnyOrder(Box::new(WithTerms::build_fast(entries, &normalizer)?)),
            _ => {
                let index = FastIndex::build(entries, &normalizer)?;
                Index::Cached(HotCache::build(&index, args.k, SHARED))
            }
        };
        Ok(Self {
            index,
            build_s: SystemClock.now().duration_since(start).as_secs_f64(),
        })
    }
}

impl Index {
    pub(crate) fn source(&self) -> &dyn Source {
        match self {
            Self::Compact(index) => index,
            Self::Fast(index) => index,
            Self::Cached(cache) => cache.index(),
            Self::AnyOrder(index) => &**index,
        }
    }

    /// Bytes of keys and weights, a cache among them, and apart those of what else is known of the entries.
    pub(crate) fn bytes(&self) -> (usize, usize) {
        match self {
            Self::Compact(index) => index.bytes(),
            Self::Fast(index) => index.bytes(),
            Self::Cached(cache) => {
                let (keys, payload) = cache.index().bytes();
                (keys + cache.bytes(), payload)
            }
            Self::AnyOrder(index) => {
                let (keys, payload) = index.source().bytes();
                (keys + index.terms().byte_len(), payload)
            }
        }
    }

    #[inline]
    pub(crate) fn complete(&self, prefix: &str, request: &Request, answer: &mut Answer) {
        if request.any_order {
            answer.text.clear();
            answer.ends.clear();
            answer.take(&mut *self.source().best_any_order(prefix), request.k);
        } else if request.typos == Typos::NONE {
            self.top_k(prefix, request.k, &mut answer.top);
        } else {
            self.forgive(prefix, request, answer);
        }
    }

    #[inline]
    fn top_k(&self, prefix: &str, k: usize, top: &mut TopK) {
        match self {
            Self::Compact(index) => index.top_k(prefix, k, top),
            Self::Fast(index) => index.top_k(prefix, k, top),
            Self::Cached(cache) => cache.top_k(prefix, k, top),
            Self::AnyOrder(index) => index.source().top_k(prefix, k, top),
        }
    }

    /// Exact matches first; those with an error only where they leave room.
    fn forgive(&self, prefix: &str, request: &Request, answer: &mut Answer) {
        answer.text.clear();
        answer.ends.clear();
        if let Self::Cached(cache) = self {
            cache.top_k(prefix, request.k, &mut answer.top);
            for (key, _) in answer.top.iter() {
                answer.text.push_str(key);
                answer.ends.push(answer.text.len());
            }
        } else {
            answer.take(&mut *self.source().best_first(prefix), request.k);
        }
        if answer.ends.len() >= request.k {
            return;
        }
        let edits = request.typos.edits(prefix.chars().count());
        let pattern = Pattern::new(prefix, edits, &request.typos.costs).filter(|_| edits > 0);
        if let Some(pattern) = pattern {
            answer.take(&mut *self.source().best_with_typos(&pattern), request.k);
        }
    }
}

impl Request {
    pub(crate) fn of(args: &Args) -> Self {
        let typos = match args.fuzzy {
            0 => Typos::NONE,
            1 => Typos::one(),
            _ => Typos::default(),
        };
        let (k, any_order) = (args.k, args.any_order);
        Self { k, typos, any_order }
    }
}

impl Answer {
    fn take(&mut self, walk: &mut dyn BestFirst, k: usize) {
        while self.ends.len() < k && walk.advance().is_some() {
            self.text.push_str(walk.key());
            self.ends.push(self.text.len());
        }
    }

    /// The keys, best first.
    pub(crate) fn keys(&self, request: &Request) -> Vec<&str> {
        if request.typos == Typos::NONE && !request.any_order {
            return self.top.iter().map(|(key, _)| key).collect();
        }
        let starts = std::iter::once(&0).chain(&self.ends);
        starts
            .zip(&self.ends)
            .map(|(start, end)| &self.text[*start..*end])
            .collect()
    }
}
