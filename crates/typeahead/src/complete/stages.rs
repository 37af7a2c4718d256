//! The ways to an answer, the surest first; each only fills what those before it left open.

use super::gather::Gather;
use super::merge::Stream;
use super::request::{Reach, Request};
use super::view::View;
use super::{Completer, Origin};
use crate::normalize::words;
use crate::{BestFirst, Pattern, Source, Trail};
use bowerbird_core::Status;

/// Proposals with other spaces that are looked up.
const RESPACED: usize = 3;
/// Shortest typed text, in characters, in which a space is looked for.
const SPACED_FROM: usize = 4;

/// Most words of a typed text that are looked for mistyped and in any order: each takes a look through all words.
const MAX_WORDS: usize = 8;

impl Completer {
    pub(super) fn stages(
        &self,
        gather: &mut Gather<'_>,
        view: &View,
        typed: &str,
        trail: &mut Trail,
        request: &Request<'_>,
    ) {
        self.exact(gather, view, typed, trail, request);
        if request.reach >= Reach::AnyOrder && words(typed).next().is_some() {
            self.any_order(gather, view, typed, request.k);
        }
        if request.reach < Reach::Forgiving || typed.is_empty() {
            return;
        }
        self.respaced(gather, view, typed, request.k);
        self.typos(gather, view, typed, request.k);
        self.any_order_typos(gather, view, typed, request.k);
        self.next_words(gather, typed, request.k);
    }

    fn exact(
        &self,
        gather: &mut Gather<'_>,
        view: &View,
        typed: &str,
        trail: &mut Trail,
        request: &Request<'_>,
    ) {
        let started = gather.now();
        let own = request
            .own
            .map(|own| own.history.source(view, own.recall, own.now));
        let mut streams = Vec::with_capacity(3);
        if let Some(own) = &own {
            streams.push(Stream::over(Source::best_first(own, typed), Origin::Personal));
        }
        if let Some(delta) = view.delta() {
            streams.push(Stream::over(delta.best_first(typed), Origin::Delta));
        }
        streams.push(Stream::base(view.base.best_first_on(trail, typed), Origin::Base));
        gather.take("exact", started, streams, request.pool());
    }

    fn any_order(&self, gather: &mut Gather<'_>, view: &View, typed: &str, k: usize) {
        if gather.len() >= k {
            return;
        }
        let Some(started) = gather.begin("any order") else {
            return;
        };
        let streams = both(view, Origin::AnyOrder, |source| source.best_any_order(typed));
        gather.take("any order", started, streams, k);
    }

    fn respaced(&self, gather: &mut Gather<'_>, view: &View, typed: &str, k: usize) {
        let is_short = typed.chars().nth(SPACED_FROM - 1).is_none();
        if is_short || gather.len() >= k {
            return;
        }
        let Some(started) = gather.begin("respaced") else {
            return;
        };
        let mut streams = Vec::new();
        for proposal in view.base.respaced(typed, RESPACED) {
            streams.extend(both(view, Origin::Respaced, |source| {
                source.best_first(&proposal.text)
            }));
        }
        let penalty = f64::from(self.typos.costs.omission);
        let streams = streams.into_iter().map(|stream| stream.less(penalty));
        gather.take("respaced", started, streams.collect(), k);
    }

    fn typos(&self, gather: &mut Gather<'_>, view: &View, typed: &str, k: usize) {
        let edits = self.typos.edits(typed.trim_end().chars().count());
        if edits == 0 || gather.len() >= k {
            return;
        }
        let Some(started) = gather.begin("typos") else {
            return;
        };
        let Some(pattern) = Pattern::new(typed, edits, &self.typos.costs) else {
            return;
        };
        let streams = both(view, Origin::Typo, |source| source.best_with_typos(&pattern));
        gather.take("typos", started, streams, k);
    }

    fn any_order_typos(&self, gather: &mut Gather<'_>, view: &View, typed: &str, k: usize) {
        // One word in any order is what the search for typing errors has looked for.
        let several = words(typed).nth(1).is_some() && words(typed).nth(MAX_WORDS).is_none();
        if !several || self.typos.edits(usize::MAX) == 0 || gather.len() >= k {
            return;
        }
        let Some(started) = gather.begin("any order, typos") else {
            return;
        };
        let penalty = f64::from(self.typos.costs.substitution);
        let streams = both(view, Origin::AnyOrderTypo, |source| {
            source.best_any_order_with_typos(typed, penalty)
        });
        gather.take("any order, typos", started, streams, k);
    }

    fn next_words(&self, gather: &mut Gather<'_>, typed: &str, k: usize) {
        let Some(model) = &self.next_words else { return };
        if gather.len() >= k {
            return;
        }
        let Some(started) = gather.begin("next word") else {
            return;
        };
        let (before, texts) = (gather.len(), model.continue_text(typed, k));
        let entered = texts.len();
        for continuation in texts {
            if gather.len() < k {
                gather.add_text(continuation.text, continuation.score, typed.len());
            }
        }
        let left = gather.len() - before;
        gather.report("next word", started, entered, left, Status::Full);
    }
}

/// The same walk over what changed, if there is such, and over the base.
fn both<'v>(
    view: &'v View,
    origin: Origin,
    walk: impl Fn(&'v dyn Source) -> Box<dyn BestFirst + 'v>,
) -> Vec<Stream<'v>> {
    let delta = view.delta().map(|delta| Stream::over(walk(delta), origin));
    let base = Stream::base(walk(&*view.base), origin);
    delta.into_iter().chain([base]).collect()
}
