//! Answers against what was meant, keystroke by keystroke.

use super::session::{Session, Sessions};
use super::{Examination, SessionQuality};
use crate::normalize::{Normalizer, words};
use rustc_hash::FxHashSet;

/// Longest prefix, in characters, with a row of its own.
const LONGEST: usize = 32;

/// How good answers are. All but `inputs` are shares or means from 0 to 1, and 0 where there is no input.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Quality {
    /// How many prefixes were answered.
    pub inputs: u64,
    /// Share with at least one suggestion.
    pub coverage: f64,
    /// Share whose first suggestion is the target.
    pub success_at_1: f64,
    /// Share with the target among the first k.
    pub success_at_k: f64,
    /// Mean of 1 / place of the target; 0 for one that is not among the first k.
    pub mrr: f64,
    /// Mean, over covered inputs, of different [head words](head_word) among the first k, divided by suggestions.
    pub diversity: f64,
}

/// How good answers to prefixes of one length are.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LengthQuality {
    /// Characters of the folded prefix. The largest length, 32, also stands for longer ones.
    pub length: usize,
    /// How good they are.
    pub quality: Quality,
}

/// What an [`Evaluation`] has found.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Report {
    /// How many suggestions of an answer were looked at.
    pub k: usize,
    /// All inputs.
    pub overall: Quality,
    /// By length of the prefix, ascending; lengths without input are left out.
    pub by_length: Vec<LengthQuality>,
    /// Whole typing sessions.
    pub sessions: SessionQuality,
}

/// Gathers answers to prefixes whose target is known.
///
/// Prefixes, targets and suggestions are folded before they are compared, so that display forms may be given. A
/// *session* is a run of consecutive prefixes with one target. It ends where the target changes, where its first prefix
/// comes again, and at [`end_session`](Self::end_session). Session figures see only the prefixes that were recorded: a
/// session whose later keystrokes are missing counts as one that found nothing in them.
#[derive(Clone, Debug)]
pub struct Evaluation {
    k: usize,
    normalizer: Normalizer,
    examination: Examination,
    by_length: Vec<Tally>,
    sessions: Sessions,
    session: Option<Session>,
    scratch: Scratch,
}

#[derive(Clone, Debug, Default)]
struct Scratch {
    prefix: String,
    target: String,
    key: String,
}

impl Evaluation {
    /// An evaluation of the first `k` suggestions; 0 counts as 1.
    pub fn new(k: usize) -> Self {
        Self {
            k: k.max(1),
            normalizer: Normalizer::default(),
            examination: Examination::Reciprocal,
            by_length: vec![Tally::default(); LONGEST + 1],
            sessions: Sessions::default(),
            session: None,
            scratch: Scratch::default(),
        }
    }

    /// Sets how texts are folded before they are compared.
    #[must_use]
    pub fn with_normalizer(mut self, normalizer: Normalizer) -> Self {
        self.normalizer = normalizer;
        self
    }

    /// Sets the model behind pSaved and eSaved.
    #[must_use]
    pub fn with_examination(mut self, examination: Examination) -> Self {
        self.examination = examination;
        self
    }

    /// Adds one keystroke: what was typed so far, what was meant, and what was suggested, best first. Returns the
    /// target's place among the first k, from 1. O(k · length).
    pub fn record<S: AsRef<str>>(&mut self, prefix: &str, target: &str, suggestions: &[S]) -> Option<usize> {
        let Scratch {
            prefix: typed,
            target: meant,
            key,
        } = &mut self.scratch;
        self.normalizer.fold_prefix_into(prefix, typed);
        self.normalizer.fold_into(target, meant);

        let shown = &suggestions[..suggestions.len().min(self.k)];
        let mut heads = FxHashSet::default();
        let mut place = None;
        for (at, suggestion) in shown.iter().enumerate() {
            self.normalizer.fold_into(suggestion.as_ref(), key);
            if place.is_none() && key == meant {
                place = Some(at + 1);
            }
            let head = head_word(key);
            if !heads.contains(head) {
                heads.insert(head.to_owned());
            }
        }

        let length = typed.chars().count();
        self.by_length[length.min(LONGEST)].add(place, heads.len(), shown.len());

        let goes_on = self
            .session
            .as_ref()
            .is_some_and(|session| session.target == *meant && session.first_prefix != *typed);
        if !goes_on {
            let next = Session::new(meant, typed);
            if let Some(over) = self.session.replace(next) {
                self.sessions.add(&over);
            }
        }
        if let Some(session) = &mut self.session {
            session.record(length, place, &self.examination);
        }
        place
    }

    /// Asks `complete` for the suggestions to each prefix and records them.
    pub fn run<P: AsRef<str>, T: AsRef<str>, S: AsRef<str>>(
        &mut self,
        typed: impl IntoIterator<Item = (P, T)>,
        mut complete: impl FnMut(&str) -> Vec<S>,
    ) {
        for (prefix, target) in typed {
            let suggestions = complete(prefix.as_ref());
            self.record(prefix.as_ref(), target.as_ref(), &suggestions);
        }
    }

    /// Says that what comes next belongs to another session, even if it has the same target.
    pub fn end_session(&mut self) {
        if let Some(over) = self.session.take() {
            self.sessions.add(&over);
        }
    }

    /// What was found so far. A session that goes on counts as it stands.
    pub fn report(&self) -> Report {
        let mut overall = Tally::default();
        let mut by_length = Vec::new();
        for (length, tally) in self.by_length.iter().enumerate() {
            if tally.inputs > 0 {
                overall.merge(tally);
                by_length.push(LengthQuality {
                    length,
                    quality: tally.means(),
                });
            }
        }
        let mut sessions = self.sessions;
        if let Some(session) = &self.session {
            sessions.add(session);
        }
        Report {
            k: self.k,
            overall: overall.means(),
            by_length,
            sessions: sessions.means(),
        }
    }
}

/// The word of a key that says what kind of thing it is: the last one, as in most English noun phrases (`living room
/// ideas`). The whole key where it has no word.
pub fn head_word(key: &str) -> &str {
    words(key).last().map_or(key, |range| &key[range])
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    inputs: u64,
    covered: u64,
    first: u64,
    found: u64,
    reciprocal: f64,
    diversity: f64,
}

impl Tally {
    fn add(&mut self, place: Option<usize>, heads: usize, shown: usize) {
        self.inputs += 1;
        if shown > 0 {
            self.covered += 1;
            self.diversity += heads as f64 / shown as f64;
        }
        if let Some(place) = place {
            self.found += 1;
            self.first += u64::from(place == 1);
            self.reciprocal += 1.0 / place as f64;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.inputs += other.inputs;
        self.covered += other.covered;
        self.first += other.first;
        self.found += other.found;
        self.reciprocal += other.reciprocal;
        self.diversity += other.diversity;
    }

    fn means(&self) -> Quality {
        let inputs = self.inputs.max(1) as f64;
        Quality {
            inputs: self.inputs,
            coverage: self.covered as f64 / inputs,
            success_at_1: self.first as f64 / inputs,
            success_at_k: self.found as f64 / inputs,
            mrr: self.reciprocal / inputs,
            diversity: self.diversity / self.covered.max(1) as f64,
        }
    }
}
