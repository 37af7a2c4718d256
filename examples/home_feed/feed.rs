//! The feed: sources, and how they are wired into a cascade.

use crate::features::{Confidence, Fits, Renowned};
use crate::query::{FindTaste, Query};
use crate::support::{Bars, Failure};
use bowerbird::core::ItemId;
use bowerbird::ranking::hydrate::Found;
use bowerbird::ranking::model::{LinearModel, LogisticScorer};
use bowerbird::ranking::rerank::{Mmr, MmrConfig, Rules, VectorTable};
use bowerbird::ranking::utility::WeightedSum;
use bowerbird::ranking::{Cascade, CascadeBuilder, SourceOptions};
use bowerbird::retrieval::{
    AlsConfig, AlsModel, AnnSource, CandidateSource, Catalogue, Fresh, GraphConfig, GraphFilter,
    HistoryWeighting, Interactions, MergePolicy, Popular, PopularConfig, Profile, ProfileConfig, Recency,
    Seen, Sees, SequenceConfig, SequentialCooccurrence, als_graph, filter_fn,
};
use std::sync::Arc;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// The sources whose opinion the ranker hears most of.
const HEARD: [&str; 8] = [
    "graph", "sequence", "next", "just_now", "ann", "profile", "popular", "fresh",
];

/// Candidates that each source may give.
pub(crate) const QUOTA: usize = 500;

/// Rows that the pre-ranker hands to the ranker.
pub(crate) const KEEP: usize = 400;

/// The sources, fitted on what is known.
#[derive(Clone)]
pub(crate) struct Sources {
    catalogue: Arc<Catalogue>,
    pub(crate) all: Vec<Arc<dyn CandidateSource<Query>>>,
    /// Counts without decay: the usual baseline.
    pub(crate) popularity: Arc<dyn CandidateSource<Query>>,
    renown: Arc<Renowned>,
    vectors: Arc<VectorTable>,
    newest_year: i16,
}

/// The models of a cascade, as they were trained.
#[derive(Clone, Debug)]
pub(crate) struct Models {
    pub(crate) light: Arc<LinearModel>,
    pub(crate) heavy: Arc<LinearModel>,
    pub(crate) taste: Blend,
}

/// What the slate is composed by.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Blend {
    /// What being liked counts beside being watched.
    pub(crate) like: f32,
    /// 1 ranks by utility alone, less gives diversity its say.
    pub(crate) lambda: f32,
}

impl Sources {
    pub(crate) fn fit(
        known: &Interactions,
        catalogue: &Arc<Catalogue>,
        bars: &Bars,
    ) -> Result<Self, Failure> {
        let recent = |power| HistoryWeighting::recent(Recency::Power(power));
        bars.step("fitting the graph filter");
        let graph = GraphFilter::fit_with_progress(
            known,
            &GraphConfig {
                neighbours: 500,
                user_damping: 0.25,
                from_damping: 0.5,
                to_damping: 0.5,
                history: recent(1.0),
            },
            &bars.progress(),
        )?;
        bars.step("fitting sequences");
        let sequence = SequenceConfig {
            window: 100,
            distance_damping: 0.5,
            backward: 0.5,
            from_damping: 0.5,
            to_damping: 0.4,
            neighbours: 500,
            history: recent(0.75),
        };
        let next = SequenceConfig {
            window: 10,
            distance_damping: 1.0,
            to_damping: 0.25,
            neighbours: 200,
            history: recent(1.5),
            ..sequence
        };
        let sequence = SequentialCooccurrence::fit(known, &sequence)?;
        let next = SequentialCooccurrence::fit(known, &next)?.named("next");
        let newest = HistoryWeighting {
            newest: 3,
            ..HistoryWeighting::default()
        };
        let just_now = sequence.reweighted(newest)?.named("just_now");
        bars.step("learning item vectors");
        let progress = bars.progress();
        let als = AlsModel::fit_with_progress(known, &AlsConfig::default(), &mut |step| progress(step))?;
        let (items, values) = (als.items().ids().to_vec(), als.item_factors().to_vec());
        let vectors = Arc::new(VectorTable::new(als.space().dimension as usize, &items, values)?);
        let als = Arc::new(als);
        let ann = AnnSource::new::<Query>(Arc::new(als_graph(&als)?), als)?;
        bars.step("counting");
        let popular = |days: u32| {
            let half_life = Some(DAY * days);
            Popular::fit(
                known,
                &PopularConfig {
                    half_life,
                    ..PopularConfig::default()
                },
            )
            .map(Arc::new)
        };
        let half_year = popular(180)?;
        // The usual baseline counts everybody's actions, in the split by user later ones too.
        let everything = PopularConfig {
            sees: Sees::Everything,
            ..PopularConfig::default()
        };
        let profile = Profile::new(Arc::clone(catalogue), known, &ProfileConfig::default())?;
        let released = catalogue
            .items()
            .iter()
            .filter_map(|item| Some((item.id, new_year(item.year?))));
        let fresh = Fresh::new(released).weighted(Arc::clone(&half_year), DAY * 548)?;
        let renown = Renowned::new(known, [popular(30)?, Arc::clone(&half_year), popular(730)?]);
        Ok(Self {
            catalogue: Arc::clone(catalogue),
            all: vec![
                Arc::new(graph),
                Arc::new(sequence),
                Arc::new(next),
                Arc::new(just_now),
                Arc::new(ann),
                Arc::new(profile),
                half_year,
                Arc::new(fresh),
            ],
            popularity: Arc::new(Popular::fit(known, &everything)?.named("everybody")),
            renown: Arc::new(renown),
            vectors,
            newest_year: catalogue
                .items()
                .iter()
                .filter_map(|item| item.year)
                .max()
                .unwrap_or(0),
        })
    }

    /// The same without one of the sources.
    pub(crate) fn without(&self, name: &str) -> Self {
        let mut less = self.clone();
        less.all.retain(|source| source.name() != name);
        less
    }

    /// Retrieval, filters and features, without a ranker: what the ranker is trained on.
    pub(crate) fn retrieval(&self) -> CascadeBuilder<Query> {
        let mut builder = Cascade::builder().query_hydrator(FindTaste(Arc::clone(&self.catalogue)));
        for source in &self.all {
            builder = builder.source(Arc::clone(source), SourceOptions::new().quota(QUOTA));
        }
        let catalogue = Arc::clone(&self.catalogue);
        let titled =
            move |_: &Query, item: ItemId| catalogue.get(item).is_some_and(|item| !item.title.is_empty());
        builder
            .merge(MergePolicy::ReciprocalRank { k: 60.0 })
            .filter(Seen::new())
            .filter(filter_fn("untitled", titled))
            .hydrator(Found::by(HEARD, QUOTA))
            .hydrator(Arc::clone(&self.renown))
            .hydrator(Fits::new(Arc::clone(&self.catalogue)))
            .hydrator(Confidence::in_sources(&["graph", "sequence", "ann"]))
    }

    /// The whole cascade. A fallback stands by for people whom no other source knows.
    pub(crate) fn feed(&self, models: &Models) -> Result<CascadeBuilder<Query>, Failure> {
        let Blend { like, lambda } = models.taste;
        let utility = WeightedSum::builder()
            .head("watch", 1.0)
            .head("like", like)
            .build()?;
        let mmr = Mmr::new(
            Arc::clone(&self.vectors),
            &MmrConfig {
                lambda,
                ..MmrConfig::default()
            },
        )?;
        let (catalogue, years) = (Arc::clone(&self.catalogue), Arc::clone(&self.catalogue));
        let kind = move |item: ItemId| {
            let row = catalogue.rows().row(item)?;
            Some(
                catalogue
                    .genres(row)
                    .iter()
                    .fold(0, |set, &genre| set | 1 << (genre % 64)),
            )
        };
        let newest = self.newest_year;
        let recent = move |item: ItemId| {
            years
                .get(item)
                .and_then(|item| item.year)
                .is_some_and(|year| year + 10 >= newest)
        };
        let rules = Rules::over(mmr)
            .spacing(5, 6, kind)
            .at_least(1, 20, recent)
            .build()?;
        Ok(self
            .retrieval()
            .fallback(Arc::clone(&self.popularity), SourceOptions::new().quota(QUOTA))
            .enough(100)
            .pre_rank(LogisticScorer::new("pre_rank", Arc::clone(&models.light)), KEEP)
            .rank(LogisticScorer::new("rank", Arc::clone(&models.heavy)))
            .utility(utility)
            .rerank(rules))
    }
}

/// The first second of a year.
fn new_year(year: i16) -> i64 {
    ((f64::from(year) - 1970.0) * 365.25 * 86_400.0) as i64
}
