//! Making a live index, anew or from its log.

use super::admission::{Admission, AdmissionSettings, Candidate};
use super::decay::{Decay, HalfLife};
use super::error::LiveError;
use super::index::Live;
use super::keys::Keys;
use super::log::{Log, LogOptions, Record, Replayed};
use super::pii::{PersonalForms, PiiFilter};
use super::popularity::Popularity;
use super::rules::{Rule, Rules, RulesError};
use super::snapshot::{Published, Snapshot};
use super::state::{Settled, State, add};
use super::trend::{TrendSettings, Trends};
use super::user::Secret;
use crate::{BuildError, Entry, Normalizer, Source, WithTerms};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Makes a [`Source`] of the entries of a delta.
pub type BuildDelta = dyn Fn(Vec<Entry>) -> Result<Arc<dyn Source>, BuildError> + Send + Sync;

/// Settings of a [`Live`] index.
pub struct LiveBuilder {
    base: Arc<dyn Source>,
    base_at: f64,
    secret: Secret,
    normalizer: Normalizer,
    half_life: HalfLife,
    capacity: usize,
    admission: AdmissionSettings,
    trends: TrendSettings,
    personal: Arc<dyn PiiFilter>,
    rules: Vec<Rule>,
    delta: Option<Box<BuildDelta>>,
}

impl LiveBuilder {
    pub(super) fn new(base: Arc<dyn Source>, base_at: f64, secret: Secret) -> Self {
        Self {
            base,
            base_at,
            secret,
            normalizer: Normalizer::default(),
            half_life: HalfLife::WEEK,
            capacity: 100_000,
            admission: AdmissionSettings::default(),
            trends: TrendSettings::default(),
            personal: Arc::new(PersonalForms),
            rules: Vec::new(),
            delta: None,
        }
    }

    /// How fast observations lose weight. [`HalfLife::WEEK`] by default.
    #[must_use]
    pub const fn with_half_life(mut self, half_life: HalfLife) -> Self {
        self.half_life = half_life;
        self
    }

    /// The most keys whose popularity is kept, and so the most entries of a delta: 100,000 by default, at least 1. One
    /// takes about 250 bytes and its text twice; with the delta's own entry about as much again. When there are more,
    /// the least popular go back to what the base says of them.
    #[must_use]
    pub const fn with_delta_limit(mut self, keys: usize) -> Self {
        self.capacity = keys;
        self
    }

    /// When a key that the base does not have may be shown.
    #[must_use]
    pub const fn with_admission(mut self, settings: AdmissionSettings) -> Self {
        self.admission = settings;
        self
    }

    /// What counts as a trend.
    #[must_use]
    pub const fn with_trends(mut self, settings: TrendSettings) -> Self {
        self.trends = settings;
        self
    }

    /// What is personal, in place of [`PersonalForms`].
    #[must_use]
    pub fn with_pii_filter(mut self, filter: Arc<dyn PiiFilter>) -> Self {
        self.personal = filter;
        self
    }

    /// The normalizer with which the base was built, where that is not the default one.
    #[must_use]
    pub fn with_normalizer(mut self, normalizer: Normalizer) -> Self {
        self.normalizer = normalizer;
        self
    }

    /// Rules from the start. Those in a log win over them.
    #[must_use]
    pub fn with_rules(mut self, rules: Vec<Rule>) -> Self {
        self.rules = rules;
        self
    }

    /// What a delta is built as, in place of a [`FastIndex`](crate::FastIndex) [with its words](WithTerms).
    #[must_use]
    pub fn with_delta_builder(
        mut self,
        build: impl Fn(Vec<Entry>) -> Result<Arc<dyn Source>, BuildError> + Send + Sync + 'static,
    ) -> Self {
        self.delta = Some(Box::new(build));
        self
    }

    /// A live index that keeps nothing on disk.
    ///
    /// # Errors
    ///
    /// [`LiveError::Time`], [`LiveError::Rules`], or [`LiveError::Delta`] when not even an empty delta can be built.
    pub fn build(self) -> Result<Live, LiveError> {
        let (state, rules) = (self.state()?, self.rules.clone());
        self.finish(state, Keys::new(), rules)
    }

    /// A live index with a log in `folder`, which is begun there or read: then everything acknowledged counts again that
    /// is not in the base yet. One process at a time. O(bytes of the log).
    ///
    /// What is read is judged by the present settings: with more users asked for, keys may have to wait again. Trends
    /// begin with the oldest record that is left.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build), and [`LiveError::Log`] or [`LiveError::BaseTooOld`].
    pub fn open(self, folder: impl AsRef<Path>, options: LogOptions) -> Result<(Live, Replayed), LiveError> {
        let mut replay = Replay {
            state: self.state()?,
            removed: Keys::new(),
            rules: self.rules.clone(),
            pending: Vec::new(),
            base: self.base.clone(),
            base_at: self.base_at,
            first: None,
            began: false,
        };
        let (log, replayed) = Log::open(folder, &self.secret, options, |record| replay.take(record))?;
        if let Some(needed) = replay.first.filter(|_| log.is_pruned())
            && needed > self.base_at
        {
            return Err(LiveError::BaseTooOld { needed });
        }
        replay.state.log = Some(log);
        let live = self.finish(replay.state, replay.removed, replay.rules)?;
        Ok((live, replayed))
    }

    fn state(&self) -> Result<State, LiveError> {
        if !self.base_at.is_finite() {
            return Err(LiveError::Time { found: self.base_at });
        }
        Ok(State {
            log: None,
            decay: Decay::new(self.half_life, self.base_at),
            popularity: Popularity::new(self.capacity),
            admission: Admission::new(self.admission),
            trends: Trends::new(self.trends, self.base_at),
            mark: None,
            latest: self.base_at,
        })
    }

    fn finish(self, state: State, removed: Keys, rules: Vec<Rule>) -> Result<Live, LiveError> {
        let normalizer = self.normalizer;
        let rules = fold_rules(rules, &normalizer)?;
        let build = match self.delta {
            Some(build) => build,
            None => Box::new(move |entries| {
                let index = WithTerms::build_fast(entries, &normalizer)?;
                Ok(Arc::new(index) as Arc<dyn Source>)
            }),
        };
        let delta = build(Vec::new()).map_err(LiveError::Delta)?;
        let first = Snapshot {
            base: self.base,
            base_at: self.base_at,
            delta: delta.clone(),
            overridden: Default::default(),
            removed: Arc::new(removed),
            rules: Arc::new(rules.with_generation(1)),
            generation: 1,
        };
        let live = Live {
            state: Mutex::new(state),
            rebuild: Mutex::new(Settled {
                delta,
                keys: Arc::default(),
            }),
            published: Published::new(first),
            normalizer,
            personal: self.personal,
            secret: self.secret,
            build,
        };
        live.refresh(self.base_at)?;
        Ok(live)
    }
}

impl std::fmt::Debug for LiveBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveBuilder")
            .field("base_at", &self.base_at)
            .field("half_life", &self.half_life)
            .field("capacity", &self.capacity)
            .field("admission", &self.admission)
            .field("trends", &self.trends)
            .field("personal", &self.personal)
            .field("rules", &self.rules.len())
            .finish_non_exhaustive()
    }
}

/// Folds and compiles rules.
pub(super) fn fold_rules(rules: Vec<Rule>, normalizer: &Normalizer) -> Result<Rules, LiveError> {
    let fold = |(position, rule): (usize, Rule)| {
        let folded = rule.fold(|text| normalizer.fold_entry(text));
        folded.map_err(|source| RulesError::Text {
            rule: position,
            source,
        })
    };
    let folded: Result<Vec<Rule>, _> = rules.into_iter().enumerate().map(fold).collect();
    Ok(Rules::new(folded?)?)
}

/// A state that is made from a log's records.
struct Replay {
    state: State,
    removed: Keys,
    rules: Vec<Rule>,
    pending: Vec<Rule>,
    base: Arc<dyn Source>,
    base_at: f64,
    /// The time of the mark with which the log begins, if it does.
    first: Option<f64>,
    began: bool,
}

impl Replay {
    fn take(&mut self, record: Record<'_>) {
        let began = std::mem::replace(&mut self.began, true);
        match record {
            Record::Observed {
                at,
                weight,
                user,
                key,
            } => {
                if self.state.is_near(self.base_at, at) && !self.removed.contains(&key) {
                    add(&mut self.state, &*self.base, &key, user, weight, at);
                }
            }
            Record::Removed { key } => {
                self.state.forget(&key);
                self.removed.insert(&key);
            }
            Record::Restored { key } => self.removed.remove(&key),
            Record::Rule { index, count, rule } => {
                if index == 0 {
                    self.pending.clear();
                }
                if self.pending.len() == index as usize {
                    self.pending.push(rule);
                }
                if self.pending.len() == count as usize {
                    self.rules = std::mem::take(&mut self.pending);
                }
            }
            Record::NoRules => self.rules.clear(),
            Record::Mark { at } => {
                if !began {
                    self.first = Some(at);
                }
                self.state.latest = self.state.latest.max(at);
                self.state.popularity.mark();
                if at <= self.base_at {
                    self.state.popularity.forget_marked(|_, _| {});
                }
            }
            Record::Candidate {
                last,
                weight,
                users,
                key,
            } => {
                if self.state.is_near(self.base_at, last) {
                    let candidate = Candidate {
                        score: self.state.decay.score(weight, last),
                        last,
                        users: users.into_owned(),
                    };
                    self.state.forget(&key);
                    self.state.admission.restore(&key, candidate);
                }
            }
        }
    }
}
