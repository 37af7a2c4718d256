//! What a request asks for.

use crate::collapse::Collapse;
use crate::explore::Exploration;
use crate::intent::IntentBlend;
use crate::personal::{History, Recall, Rescorer};
use crate::{Context, Found, Kind};
use bowerbird_core::Deadline;
use std::fmt;

/// How far a completer looks for what was typed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Reach {
    /// Entries that start with it.
    Prefix,
    /// Also entries that hold its words in any order.
    AnyOrder,
    /// Also what may have been meant: typing errors, a space too many or too few, the next word.
    #[default]
    Forgiving,
}

/// A candidate as a request's filter sees it.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'c> {
    /// The key, or the alias that matched.
    pub key: &'c str,
    /// The entry.
    pub found: Found<'c>,
}

/// Says which candidates may be shown. Evaluated within the search: `k` are found where `k` pass.
pub type Filter<'r> = &'r dyn Fn(Candidate<'_>) -> bool;

/// A person's history as a request carries it.
#[derive(Clone, Copy, Debug)]
pub struct Own<'r> {
    /// What the person chose before.
    pub history: &'r History,
    /// How strongly it comes up.
    pub recall: Recall,
    /// The present, in seconds of the history's clock.
    pub now: f64,
}

/// What to complete with: how many, for whom, where, until when.
#[derive(Clone, Copy)]
pub struct Request<'r> {
    pub(super) k: usize,
    pub(super) reach: Reach,
    pub(super) context: Context,
    pub(super) kinds: &'r [Kind],
    pub(super) deadline: Deadline,
    pub(super) collapse: Collapse,
    pub(super) filter: Option<Filter<'r>>,
    pub(super) own: Option<Own<'r>>,
    pub(super) taste: Option<&'r Rescorer<'r>>,
    pub(super) intent: Option<IntentBlend>,
    pub(super) diversity: Option<f64>,
    pub(super) exploration: Option<(Exploration, u64)>,
}

impl<'r> Request<'r> {
    /// The best `k` for anyone, anywhere, without a deadline.
    pub fn new(k: usize) -> Self {
        Self {
            k,
            reach: Reach::default(),
            context: Context::NONE,
            kinds: &[],
            deadline: Deadline::NEVER,
            collapse: Collapse::NONE,
            filter: None,
            own: None,
            taste: None,
            intent: None,
            diversity: None,
            exploration: None,
        }
    }

    /// How far to look. Default: as far as can be.
    #[must_use]
    pub fn with_reach(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// The conditions that hold: only entries that allow all of them are shown.
    #[must_use]
    pub fn with_context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    /// Only entries of these kinds; none means all.
    #[must_use]
    pub fn with_kinds(mut self, kinds: &'r [Kind]) -> Self {
        self.kinds = kinds;
        self
    }

    /// When the answer is wanted. Past it the completer returns what it has, and says so.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Deadline) -> Self {
        self.deadline = deadline;
        self
    }

    /// Which near-duplicates are shown once. Default: none. [`Collapse::SPELLING`] is left out: it needs to know which
    /// words there are.
    #[must_use]
    pub fn with_collapse(mut self, collapse: Collapse) -> Self {
        self.collapse = collapse.without(Collapse::SPELLING);
        self
    }

    /// Only candidates that pass.
    #[must_use]
    pub fn with_filter(mut self, filter: Filter<'r>) -> Self {
        self.filter = Some(filter);
        self
    }

    /// What this person chose before comes up first, at the time `now`.
    #[must_use]
    pub fn with_history(mut self, history: &'r History, recall: Recall, now: f64) -> Self {
        self.own = Some(Own { history, recall, now });
        self
    }

    /// The best 100 are re-scored towards a person's taste, if the deadline allows.
    #[must_use]
    pub fn with_taste(mut self, taste: &'r Rescorer<'r>) -> Self {
        self.taste = Some(taste);
        self
    }

    /// Entries with a wanted intent gain.
    #[must_use]
    pub fn with_intent(mut self, blend: IntentBlend) -> Self {
        self.intent = Some(blend);
        self
    }

    /// The slate is spread over different words: 0 changes nothing, 1 looks at nothing else.
    #[must_use]
    pub fn with_diversity(mut self, lambda: f64) -> Self {
        self.diversity = Some(lambda);
        self
    }

    /// One slot may be given to a suggestion from further down; take a new seed for each request.
    #[must_use]
    pub fn with_exploration(mut self, rule: Exploration, seed: u64) -> Self {
        self.exploration = Some((rule, seed));
        self
    }

    /// True when nothing in it is personal, random or the host's own code, so that the answer may be kept.
    pub(super) fn is_common(&self) -> bool {
        self.kinds.is_empty()
            && self.filter.is_none()
            && self.own.is_none()
            && self.taste.is_none()
            && self.intent.is_none()
            && self.diversity.is_none()
            && self.exploration.is_none()
    }

    /// How many candidates the last steps choose from.
    pub(super) fn pool(&self) -> usize {
        let mut pool = self.k;
        if self.taste.is_some() {
            pool = pool.max(crate::personal::MAX_RESCORED);
        }
        if self.diversity.is_some() {
            pool = pool.max(self.k.saturating_mul(3));
        }
        if let Some((rule, _)) = self.exploration {
            pool = pool.max(self.k.saturating_add(rule.reach().min(MAX_EXPLORED)));
        }
        pool
    }
}

/// Most candidates below the slate from which an exploration slot is filled.
const MAX_EXPLORED: usize = 1000;

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("k", &self.k)
            .field("reach", &self.reach)
            .field("context", &self.context)
            .field("kinds", &self.kinds)
            .field("deadline", &self.deadline)
            .field("collapse", &self.collapse)
            .field("is_common", &self.is_common())
            .finish_non_exhaustive()
    }
}
