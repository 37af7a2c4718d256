//! Taking candidates from walks until enough pass.

use super::finish::up_to;
use super::merge::{Merge, Stream, Taken};
use super::request::{Candidate, Request};
use super::shown::Shown;
use super::view::View;
use super::{Origin, Suggestion};
use crate::heap;
use crate::normalize::Highlight;
use crate::{Found, Intent, Kind};
use bowerbird_core::{Clock, Coverage, Reason, StageReport, Status};
use std::cmp::Ordering;
use std::time::Instant;

/// Candidates between two looks at the clock.
const CHUNK: usize = 32;

/// What has been found so far.
pub(super) struct Gather<'g> {
    view: &'g View,
    request: &'g Request<'g>,
    clock: &'g dyn Clock,
    /// True when anything has been typed.
    is_typed: bool,
    shown: Shown,
    pub(super) found: Vec<Suggestion>,
    pub(super) coverage: Coverage,
}

impl<'g> Gather<'g> {
    pub(super) fn new(view: &'g View, typed: &str, request: &'g Request<'g>, clock: &'g dyn Clock) -> Self {
        Self {
            view,
            request,
            clock,
            is_typed: !typed.is_empty(),
            shown: Shown::new(request.collapse),
            found: Vec::new(),
            coverage: Coverage::new(),
        }
    }

    /// The present.
    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    /// When a stage begins; `None`, and a note of it, if its time is up.
    pub(super) fn begin(&mut self, stage: &'static str) -> Option<Instant> {
        let now = self.clock.now();
        if self.request.deadline.is_past(now) {
            self.report(stage, now, 0, 0, Status::Skipped(Reason::Deadline));
            return None;
        }
        Some(now)
    }

    /// Adds what passes, best first, until there are `want`: all of a stage that began at `started`.
    pub(super) fn take(
        &mut self,
        stage: &'static str,
        started: Instant,
        streams: Vec<Stream<'_>>,
        want: usize,
    ) {
        let mut merge = Merge::new(streams);
        let max = self.request.intent.map_or(0.0, |blend| blend.max());
        let before = self.found.len();
        let mut held: Vec<(usize, Suggestion)> = Vec::new();
        let first = |(a_at, a): &(usize, Suggestion), (b_at, b): &(usize, Suggestion)| {
            a.score.total_cmp(&b.score).then_with(|| b_at.cmp(a_at)).is_gt()
        };
        let (mut looked, mut status) = (0, Status::Full);
        while self.found.len() < want {
            let Some(score) = merge.advance() else { break };
            looked += 1;
            if looked % CHUNK == 0 && self.request.deadline.is_past(self.clock.now()) {
                let fraction = (self.found.len() - before) as f32 / want.max(1) as f32;
                status = Status::Partial {
                    fraction,
                    reason: Reason::Deadline,
                };
                break;
            }
            // Nothing to come can be better than this with the largest boost.
            while held.first().is_some_and(|(_, best)| best.score >= score + max) && self.found.len() < want {
                self.found
                    .extend(heap::pop(&mut held, first).map(|(_, best)| best));
            }
            if let Some(suggestion) = merge.taken().and_then(|taken| self.admit(taken, score)) {
                match max > 0.0 {
                    true => heap::push(&mut held, (looked, suggestion), first),
                    false => self.found.push(suggestion),
                }
                // Of what waits, only as many as are still wanted can ever be taken.
                let room = want - self.found.len();
                if held.len() > 2 * room.max(CHUNK) {
                    held.sort_unstable_by(|a, b| {
                        if first(a, b) {
                            Ordering::Less
                        } else {
                            Ordering::Greater
                        }
                    });
                    held.truncate(room);
                }
            }
        }
        while self.found.len() < want {
            let Some((_, best)) = heap::pop(&mut held, first) else {
                break;
            };
            self.found.push(best);
        }
        self.report(stage, started, looked, self.found.len() - before, status);
    }

    /// Adds a text that is no entry, if it may be shown.
    pub(super) fn add_text(&mut self, text: String, score: f64, typed: usize) {
        // It may be an entry after all: then what is known of that decides.
        let found = self.view.find(&text).unwrap_or(Found::plain(0.0));
        let passes = !self.view.is_blocked(&text)
            && self.is_wanted(&text, &found)
            && !found.sensitive
            && !self.shown.has_text(&text)
            && self.shown.admits(&text, Kind::QUERY);
        if !passes {
            return;
        }
        let highlight = Highlight {
            bytes: up_to(typed),
            chars: up_to(text[..typed].chars().count()),
        };
        self.found.push(Suggestion {
            key: text.clone(),
            text,
            score,
            weight: 0.0,
            origin: Origin::NextWord,
            edits: 0,
            alias: None,
            kind: Kind::QUERY,
            id: 0,
            intent: Intent::default(),
            penalty: 0.0,
            boost: 0.0,
            cosine: 0.0,
            shift: 0.0,
            highlight,
        });
    }

    fn admit(&mut self, taken: Taken<'_>, score: f64) -> Option<Suggestion> {
        let Taken {
            key,
            found,
            origin,
            is_base,
            edits,
        } = taken;
        let entry = found.canonical.unwrap_or(key);
        // What changed since may know neither words nor errors: there its entries are found in the base.
        let is_exact = origin.is_exact();
        // A sensitive entry is shown to whoever types its beginning, and to the person whose own it is.
        let is_asked_for =
            is_exact && found.canonical.is_none() && (self.is_typed || origin == Origin::Personal);
        if found.sensitive && !is_asked_for
            || is_base && is_exact && self.view.hides_base(key, &found)
            || self.view.is_blocked(entry)
            || entry != key && self.view.is_blocked(key)
            || self.shown.has(entry, found.kind)
            || !self.is_wanted(key, &found)
            || !self.shown.admits(entry, found.kind)
        {
            return None;
        }
        let boost = self.request.intent.map_or(0.0, |blend| blend.boost(found.intent));
        // The logarithm of 0 has no difference to anything.
        let penalty = if score.is_finite() {
            found.weight.ln() - score
        } else {
            0.0
        };
        Some(Suggestion {
            text: found.display.unwrap_or(entry).to_owned(),
            key: entry.to_owned(),
            alias: found.canonical.map(|_| key.to_owned()),
            score: score + boost,
            weight: found.weight,
            origin,
            edits,
            kind: found.kind,
            id: found.id,
            intent: found.intent,
            penalty,
            boost,
            cosine: 0.0,
            shift: 0.0,
            highlight: Highlight::default(),
        })
    }

    /// True for what the request allows: its context, its kinds, its filter.
    fn is_wanted(&self, key: &str, found: &Found<'_>) -> bool {
        let request = self.request;
        found.context.allows(request.context)
            && (request.kinds.is_empty() || request.kinds.contains(&found.kind))
            && request
                .filter
                .is_none_or(|passes| passes(Candidate { key, found: *found }))
    }

    pub(super) fn report(
        &mut self,
        stage: &'static str,
        started: Instant,
        entered: usize,
        left: usize,
        status: Status,
    ) {
        self.coverage.push(StageReport {
            stage: stage.into(),
            entered: u32::try_from(entered).unwrap_or(u32::MAX),
            left: u32::try_from(left).unwrap_or(u32::MAX),
            elapsed: self.clock.now().saturating_duration_since(started),
            budget: self.request.deadline.remaining(started),
            status,
        });
    }
}
