//! Answers to common requests, kept until something changes.

use super::{Reach, Request, Suggestion};
use crate::Context;
use crate::collapse::Collapse;
use rustc_hash::FxHashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// What two requests must have in common to have the same answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Common {
    k: usize,
    reach: Reach,
    context: Context,
    collapse: Collapse,
}

impl Common {
    /// `None` for a request that is personal, random or has a filter.
    pub(super) fn of(request: &Request<'_>) -> Option<Self> {
        request.is_common().then_some(Self {
            k: request.k,
            reach: request.reach,
            context: request.context,
            collapse: request.collapse,
        })
    }
}

#[derive(Debug)]
struct Answer {
    common: Common,
    suggestions: Arc<[Suggestion]>,
}

/// Answers by prefix, each stamped with the generation of the state that it was computed from. One of another
/// generation is never given.
#[derive(Debug)]
pub(super) struct Answers {
    capacity: usize,
    kept: RwLock<Kept>,
}

/// Answers of one generation.
#[derive(Debug, Default)]
struct Kept {
    generation: u64,
    answers: FxHashMap<String, Answer>,
}

/// Longest prefix, in bytes, and most suggestions of an answer that is kept: what more than one person asks for is short.
const MAX_PREFIX: usize = 64;
const MAX_SUGGESTIONS: usize = 1000;

impl Answers {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            kept: RwLock::default(),
        }
    }

    /// Forgets all answers: they were made in another way.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.capacity);
    }

    pub(super) fn get(&self, prefix: &str, common: Common, generation: u64) -> Option<Arc<[Suggestion]>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let answer = kept.answers.get(prefix)?;
        (answer.common == common && kept.generation == generation).then(|| Arc::clone(&answer.suggestions))
    }

    /// Keeps an answer. When something has changed, or the memory is full, all others are forgotten first, so that those
    /// asked for again are soon back and the rest is gone.
    pub(super) fn put(&self, prefix: &str, common: Common, generation: u64, suggestions: &Arc<[Suggestion]>) {
        if self.capacity == 0 || prefix.len() > MAX_PREFIX || suggestions.len() > MAX_SUGGESTIONS {
            return;
        }
        let answer = Answer {
            common,
            suggestions: Arc::clone(suggestions),
        };
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.generation > generation {
            return;
        }
        let is_full = kept.answers.len() >= self.capacity && !kept.answers.contains_key(prefix);
        let forgotten = if is_full || kept.generation < generation {
            std::mem::take(&mut kept.answers)
        } else {
            FxHashMap::default()
        };
        kept.generation = generation;
        kept.answers.insert(prefix.to_owned(), answer);
        // Freed when nobody has to wait for it.
        drop(kept);
        drop(forgotten);
    }
}
