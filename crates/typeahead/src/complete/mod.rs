//! The whole of a completion: from what was typed to what is shown.
//!
//! A [`Completer`] asks its sources in the order of how sure an answer is, and goes on only where `k` suggestions were not
//! found: entries that start with what was typed (base, what changed since, the person's own, merged best first); those
//! that hold its words in another order; those with a space more or less; those with typing errors; both together; the
//! typed text with a likely next word. Removals, rules, contexts, kinds and the request's filter are applied within the
//! search, so that `k` come back wherever `k` exist. Then the exact ones are moved towards the person's taste, spread over
//! different words, and one slot may be given to exploration.

mod answers;
mod finish;
mod gather;
mod merge;
mod request;
mod session;
mod shown;
mod stages;
mod suggestion;
mod view;

use crate::correct::{CorrectOptions, Correction, correct};
use crate::live::{Live, Rules};
use crate::next_word::NextWords;
use crate::{Normalizer, Source, Trail, Typos};
use answers::{Answers, Common};
use bowerbird_core::{Clock, Coverage};
use gather::Gather;
pub use request::{Candidate, Filter, Own, Reach, Request};
pub use session::Session;
use std::sync::Arc;
pub use suggestion::{Completions, Explanation, Origin, Suggestion};
use view::View;

/// Where entries come from.
#[derive(Clone, Debug)]
enum Ground {
    Fixed(Arc<dyn Source>),
    Live(Arc<Live>),
}

/// Joins an index, what changes, typing errors, words in any order and what is known of a person into one answer.
///
/// Shared by all threads; a request carries what is particular.
///
/// ```
/// use bowerbird_core::SystemClock;
/// use bowerbird_typeahead::{Completer, Entry, Normalizer, Origin, Request, WithTerms};
///
/// let entries = vec![
///     Entry::new("Living room ideas", 900.0),
///     Entry::new("Living room lamps", 300.0),
///     Entry::new("Lamp", 700.0),
/// ];
/// let completer = Completer::over(WithTerms::build_fast(entries, &Normalizer::default())?);
/// let answer = |typed: &str| completer.complete(typed, &Request::new(3), &SystemClock).suggestions;
///
/// assert_eq!(answer("liv")[0].text, "Living room ideas");
/// assert_eq!(answer("lamps liv")[0].origin, Origin::AnyOrder);
/// assert_eq!(answer("livign")[0].edits, 1);
/// # Ok::<(), bowerbird_typeahead::BuildError>(())
/// ```
#[derive(Debug)]
pub struct Completer {
    ground: Ground,
    rules: Arc<Rules>,
    normalizer: Normalizer,
    typos: Typos,
    next_words: Option<Arc<NextWords>>,
    answers: Answers,
}

impl Completer {
    /// A completer over entries that do not change.
    pub fn over(source: impl Source + 'static) -> Self {
        Self::on(Ground::Fixed(Arc::new(source)))
    }

    /// A completer over entries that change while people type.
    pub fn live(live: Arc<Live>) -> Self {
        Self::on(Ground::Live(live))
    }

    fn on(ground: Ground) -> Self {
        Self {
            ground,
            rules: Arc::new(Rules::default()),
            normalizer: Normalizer::default(),
            typos: Typos::default(),
            next_words: None,
            answers: Answers::new(50_000),
        }
    }

    /// Folds what is typed as the entries were folded.
    #[must_use]
    pub fn with_normalizer(mut self, normalizer: Normalizer) -> Self {
        self.normalizer = normalizer;
        self.answers.clear();
        self
    }

    /// Which typing errors are forgiven.
    #[must_use]
    pub fn with_typos(mut self, typos: Typos) -> Self {
        self.typos = typos;
        self.answers.clear();
        self
    }

    /// What must never be shown, besides a live index's own rules.
    #[must_use]
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = Arc::new(rules);
        self.answers.clear();
        self
    }

    /// Continues texts that no entry starts with.
    #[must_use]
    pub fn with_next_words(mut self, model: NextWords) -> Self {
        self.next_words = Some(Arc::new(model));
        self.answers.clear();
        self
    }

    /// Keeps the answers to common requests for so many prefixes, until something changes. Default 50,000, some 150 MB
    /// of ten suggestions each where all of them are asked for; 0 keeps none.
    #[must_use]
    pub fn with_answers(mut self, prefixes: usize) -> Self {
        self.answers = Answers::new(prefixes);
        self
    }

    /// The suggestions for what was typed.
    pub fn complete(&self, typed: &str, request: &Request<'_>, clock: &dyn Clock) -> Completions {
        let folded = self.normalizer.fold_prefix(typed);
        self.answer(&self.view(), &folded, &mut Trail::new(), request, clock)
    }

    /// Somebody who begins to type.
    pub fn session(&self) -> Session<'_> {
        Session::new(self)
    }

    /// What was probably meant by a whole query, if it was something else. Needs
    /// [next words](Self::with_next_words); rules apply. Some milliseconds: not for every keystroke.
    pub fn did_you_mean(&self, query: &str) -> Option<Correction> {
        let view = self.view();
        let known = |word: &str| view.find(word).is_some();
        let folded = self.normalizer.fold(query);
        let options = CorrectOptions::default();
        let correction = correct(self.next_words.as_deref()?, &folded, known, &options)?;
        let is_sensitive = view.find(&correction.text).is_some_and(|found| found.sensitive);
        (!is_sensitive && !view.is_blocked(&correction.text)).then_some(correction)
    }

    fn view(&self) -> View {
        let rules = Arc::clone(&self.rules);
        match &self.ground {
            Ground::Fixed(source) => View {
                base: Arc::clone(source),
                snapshot: None,
                rules,
            },
            Ground::Live(live) => {
                let snapshot = live.snapshot();
                View {
                    base: Arc::clone(snapshot.base()),
                    snapshot: Some(snapshot),
                    rules,
                }
            }
        }
    }

    fn answer(
        &self,
        view: &View,
        folded: &str,
        trail: &mut Trail,
        request: &Request<'_>,
        clock: &dyn Clock,
    ) -> Completions {
        let (common, generation) = (Common::of(request), view.generation());
        if let Some(suggestions) = common.and_then(|common| self.answers.get(folded, common, generation)) {
            return Completions {
                suggestions,
                propensities: Vec::new(),
                coverage: Coverage::new(),
            };
        }
        let mut gather = Gather::new(view, folded, request, clock);
        self.stages(&mut gather, view, folded, trail, request);
        let completions = self.finish(gather, folded, request, clock);
        if let Some(common) = common.filter(|_| !completions.coverage.is_degraded()) {
            self.answers
                .put(folded, common, generation, &completions.suggestions);
        }
        completions
    }
}
