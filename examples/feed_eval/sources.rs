//! The sources, the settings that are tried for each, and the choice between them.

use crate::measure::{self, Figures};
use crate::split::Split;
use crate::support::Failure;
use crate::workers::Workers;
use bowerbird::core::{Clock as _, SystemClock};
use bowerbird::retrieval::{
    AlsConfig, AlsModel, AnnSource, CandidateSource, FeedQuery, GraphConfig, GraphFilter, HistoryWeighting,
    Interactions, Popular, PopularConfig, Recency, Sees, SequenceConfig, SequentialCooccurrence, als_index,
};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// One way to set up one source.
#[derive(Clone, Copy)]
pub(crate) enum Settings {
    Popular,
    Graph(GraphConfig),
    Sequence(SequenceConfig),
    Als(AlsConfig),
}

/// A source that is ready to be asked.
pub(crate) struct Fitted {
    pub(crate) name: &'static str,
    pub(crate) settings: Settings,
    pub(crate) source: Arc<dyn CandidateSource<FeedQuery>>,
    pub(crate) build: Duration,
}

impl Settings {
    /// What is tried for the source called `name`; nothing if it makes no sense for the data.
    ///
    /// Short lists: a choice among many would fit the validation part, and each entry costs a fit. With an order, some
    /// let newer actions count more.
    fn tried(name: &str, ordered: bool) -> Vec<Self> {
        match (name, ordered) {
            ("popular", _) => vec![Self::Popular],
            ("graph", false) => [
                (1.0, 1.0, 0.0),
                (1.0, 1.0, 0.1),
                (0.8, 1.0, 0.15),
                (1.2, 1.0, 0.1),
                (0.5, 0.5, 0.5),
            ]
            .map(|exponents| graph(exponents, 200, Recency::Even))
            .to_vec(),
            ("graph", true) => vec![
                graph((1.0, 1.0, 0.0), 500, Recency::Even),
                graph((0.8, 1.0, 0.15), 500, Recency::Even),
                graph((0.8, 1.0, 0.15), 500, Recency::Power(1.0)),
                graph((0.25, 0.5, 0.5), 500, Recency::Power(1.0)),
                graph((0.25, 0.5, 0.25), 500, Recency::Decay(0.7)),
            ],
            ("sequence", true) => vec![
                Self::Sequence(SequenceConfig::default()),
                sequence((10, 1.0, 0.5), (0.5, 0.25), 200, Recency::Power(1.5)),
                sequence((20, 0.5, 0.4), (0.35, 0.15), 500, Recency::Decay(0.7)),
                sequence((20, 0.5, 0.4), (0.35, 0.15), 500, Recency::Power(1.0)),
                sequence((100, 0.5, 0.5), (0.5, 0.4), 500, Recency::Power(0.75)),
            ],
            // Without an order a history's actions count like the events that were learnt from.
            ("als", false) => [0.01, 0.003, 0.001]
                .map(|unobserved| als(unobserved, HistoryWeighting::default(), 1.0))
                .to_vec(),
            ("als", true) => [0.2, 0.02, 0.003]
                .map(|unobserved| als(unobserved, HistoryWeighting::recent(Recency::Power(1.0)), 10.0))
                .to_vec(),
            _ => Vec::new(),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Popular => "popular",
            Self::Graph(_) => "graph",
            Self::Sequence(_) => "sequence",
            Self::Als(_) => "als",
        }
    }

    /// Fits the source on `events`.
    pub(crate) fn fit(&self, workers: &Workers, events: &Interactions) -> Result<Fitted, Failure> {
        let start = SystemClock.now();
        let mut progress = workers.bars.progress();
        let source = workers.install(|| -> Result<Arc<dyn CandidateSource<FeedQuery>>, Failure> {
            Ok(match self {
                Self::Popular => {
                    let config = PopularConfig {
                        half_life: None,
                        sees: Sees::Everything,
                    };
                    Arc::new(Popular::fit(events, &config)?)
                }
                Self::Graph(config) => Arc::new(GraphFilter::fit_with_progress(events, config, &progress)?),
                Self::Sequence(config) => Arc::new(SequentialCooccurrence::fit_with_progress(
                    events, config, &progress,
                )?),
                Self::Als(config) => {
                    let model = Arc::new(AlsModel::fit_with_progress(events, config, &mut progress)?);
                    let index = Arc::new(als_index(&model)?);
                    Arc::new(AnnSource::new::<FeedQuery>(index, model)?.named("als"))
                }
            })
        })?;
        let build = SystemClock.now().duration_since(start);
        Ok(Fitted {
            name: self.name(),
            settings: *self,
            source,
            build,
        })
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Popular => f.write_str("users an item"),
            Self::Graph(c) => write!(
                f,
                "user damping {}, from {}, to {}, {} neighbours, history {:?}",
                c.user_damping, c.from_damping, c.to_damping, c.neighbours, c.history.recency
            ),
            Self::Sequence(c) => write!(
                f,
                "window {}, distance damping {}, backward {}, from {}, to {}, {} neighbours, history {:?}",
                c.window,
                c.distance_damping,
                c.backward,
                c.from_damping,
                c.to_damping,
                c.neighbours,
                c.history.recency
            ),
            Self::Als(c) => write!(
                f,
                "{} factors, {} passes, unobserved {}, regularization {}, history {:?}",
                c.factors, c.iterations, c.unobserved_weight, c.regularization, c.history.recency
            ),
        }
    }
}

/// The source called `name` with the settings that did best on `validation`, fitted there, and how it did; `None` if it
/// makes no sense for the data. The judge is the last of `cutoffs`: recall on a plain split, NDCG for the next item.
pub(crate) fn choose(
    workers: &Workers,
    name: &str,
    validation: &Split,
    top: usize,
    cutoffs: &[usize],
) -> Result<Option<(Fitted, Figures)>, Failure> {
    let mut best: Option<(Fitted, Figures)> = None;
    let tried = Settings::tried(name, validation.ordered);
    for (at, settings) in tried.iter().enumerate() {
        workers
            .bars
            .step(format!("choosing {name} {}/{}", at + 1, tried.len()));
        let fitted = settings.fit(workers, &validation.train)?;
        let figures = measure::source(workers, &*fitted.source, &validation.cases, top, cutoffs)?;
        let judged = |figures: &Figures| validation.judge(figures);
        if best
            .as_ref()
            .is_none_or(|(_, other)| judged(&figures) > judged(other))
        {
            best = Some((fitted, figures));
        }
    }
    Ok(best)
}

impl Split {
    /// The figure that settings are chosen by.
    pub(crate) fn judge(&self, figures: &Figures) -> f64 {
        let of = if self.last_out {
            &figures.ndcg
        } else {
            &figures.recall
        };
        of.last().copied().unwrap_or(0.0)
    }
}

fn graph((user, from, to): (f32, f32, f32), neighbours: usize, recency: Recency) -> Settings {
    Settings::Graph(GraphConfig {
        neighbours,
        user_damping: user,
        from_damping: from,
        to_damping: to,
        history: HistoryWeighting::recent(recency),
    })
}

fn sequence(
    (window, distance_damping, backward): (usize, f32, f32),
    (from_damping, to_damping): (f32, f32),
    neighbours: usize,
    recency: Recency,
) -> Settings {
    let history = HistoryWeighting::recent(recency);
    Settings::Sequence(SequenceConfig {
        window,
        distance_damping,
        backward,
        from_damping,
        to_damping,
        neighbours,
        history,
    })
}

fn als(unobserved_weight: f32, history: HistoryWeighting, history_weight: f32) -> Settings {
    Settings::Als(AlsConfig {
        unobserved_weight,
        history,
        history_weight,
        ..AlsConfig::default()
    })
}
