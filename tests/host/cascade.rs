//! The host's cascade, and the model in it: trained on what the same cascade computes.

use crate::data::{self, World};
use crate::filter::Since;
use crate::hydrator::Film;
use crate::query::{Viewer, WatchedBefore};
use crate::source::SameDecade;
use bowerbird::core::UserId;
use bowerbird::ranking::hydrate::Found;
use bowerbird::ranking::model::{LinearModel, LogisticConfig, LogisticScorer, LogisticTrainer, TrainingSet};
use bowerbird::ranking::rerank::{Mmr, MmrConfig, Rules};
use bowerbird::ranking::{BuildError, Cascade, CascadeBuilder, Request, Reranker, SourceOptions};
use bowerbird::retrieval::{
    AlsConfig, AlsModel, AnnSource, FeatureName, Fresh, GraphConfig, GraphFilter, Popular, PopularConfig,
    als_index,
};
use bowerbird::vsearch::VectorIndex;
use std::sync::{Arc, OnceLock};

/// The host: its data, the parts that were fitted on it, the model, and the cascade that serves.
pub(crate) struct Host {
    pub(crate) world: World,
    pub(crate) als: Arc<AlsModel>,
    pub(crate) index: Arc<dyn VectorIndex>,
    graph: Arc<GraphFilter>,
    popular: Arc<Popular>,
    pub(crate) model: Arc<LinearModel>,
    pub(crate) cascade: Cascade<Viewer>,
}

/// One host for all tests.
pub(crate) fn host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(Host::new)
}

/// What the model reads.
fn features() -> Vec<FeatureName> {
    let of = |source| ["log_score", "log_rank"].map(|feature| format!("{source}.{feature}").into());
    let found = ["graph", "ann", "popular", "same_decade"]
        .into_iter()
        .flat_map(of);
    found
        .chain(["age".into(), "shared_genres".into(), "found_by".into()])
        .collect()
}

impl Host {
    fn new() -> Self {
        let world = data::load();
        let config = AlsConfig {
            factors: 16,
            ..AlsConfig::default()
        };
        let als = Arc::new(AlsModel::fit(&world.past, &config).expect("fits"));
        let index: Arc<dyn VectorIndex> = Arc::new(als_index(&als).expect("finite vectors"));
        let graph = Arc::new(GraphFilter::fit(&world.past, &GraphConfig::default()).expect("fits"));
        let popular = Arc::new(Popular::fit(&world.past, &PopularConfig::default()).expect("fits"));
        let stages = |host: &World| wire(host, &als, &index, &graph, &popular);
        let model = Arc::new(train(
            &world,
            &stages(&world).build().expect("wired without a model"),
        ));
        let cascade = stages(&world)
            .rank(LogisticScorer::new("taste", Arc::clone(&model)))
            .build()
            .expect("wired with a model of the same features");
        Self {
            world,
            als,
            index,
            graph,
            popular,
            model,
            cascade,
        }
    }

    /// Everything but the ranker.
    pub(crate) fn stages(&self) -> CascadeBuilder<Viewer> {
        wire(&self.world, &self.als, &self.index, &self.graph, &self.popular)
    }

    /// The cascade with `model` instead.
    pub(crate) fn with_model(&self, model: LinearModel) -> Result<Cascade<Viewer>, BuildError> {
        self.stages().rank(LogisticScorer::new("taste", model)).build()
    }

    /// Somebody who comes back a moment after the past; anybody above the known ids is new.
    pub(crate) fn viewer(&self, user: u64) -> Viewer {
        Viewer {
            user: UserId(user),
            now: self.world.past.newest().expect("there are ratings") + 1,
            since: 1950,
            history: Vec::new(),
        }
    }
}

/// Different films, and not the same genres all over.
pub(crate) fn reranker(world: &World, als: &Arc<AlsModel>) -> impl Reranker<Viewer> + use<> {
    let catalogue = Arc::clone(&world.catalogue);
    let mmr = Mmr::new(Arc::clone(als), &MmrConfig::default()).expect("valid settings");
    let first_genre = move |film| {
        let row = catalogue.rows().row(film)?;
        catalogue.genres(row).first().map(|&genre| u64::from(genre))
    };
    Rules::over(mmr)
        .at_most(4, 10, first_genre)
        .build()
        .expect("valid rules")
}

fn wire(
    world: &World,
    als: &Arc<AlsModel>,
    index: &Arc<dyn VectorIndex>,
    graph: &Arc<GraphFilter>,
    popular: &Arc<Popular>,
) -> CascadeBuilder<Viewer> {
    let ann = AnnSource::new::<Viewer>(Arc::clone(index), Arc::clone(als)).expect("one space");
    let catalogue = &world.catalogue;
    Cascade::builder()
        .query_hydrator(WatchedBefore(Arc::clone(&world.past)))
        .source(Arc::clone(graph), SourceOptions::new().quota(200))
        .source(ann, SourceOptions::new().quota(200))
        .source(Arc::clone(popular), SourceOptions::new().quota(100))
        .source(
            SameDecade::new(Arc::clone(catalogue), &world.past),
            SourceOptions::new().quota(50),
        )
        .fallback(
            Fresh::from_first_seen(&world.past),
            SourceOptions::new().quota(50),
        )
        .enough(150)
        .filter(Since(Arc::clone(catalogue)))
        .hydrator(Found::by(["graph", "ann", "popular", "same_decade"], 200))
        .hydrator(Film::new(Arc::clone(catalogue)))
        .rerank(reranker(world, als))
}

/// Learns which candidates are rated later, from the batches of `cascade` itself.
fn train(world: &World, cascade: &Cascade<Viewer>) -> LinearModel {
    let features = features();
    let mut columns = vec![Vec::new(); features.len()];
    let (mut labels, mut slate) = (Vec::new(), cascade.slate());
    for (&user, later) in world.future.iter().filter(|(user, _)| user.0 % 2 == 0) {
        let (now, history) = (world.past.newest().expect("there are ratings") + 1, Vec::new());
        let mut query = Viewer {
            user,
            now,
            since: 1950,
            history,
        };
        cascade
            .run_into(&mut query, &Request::new(10), &mut slate)
            .expect("an answer");
        let batch = slate.batch();
        for (column, name) in columns.iter_mut().zip(&features) {
            let feature = batch.schema().feature(name.as_str()).expect("computed");
            column.extend_from_slice(batch.feature(feature));
        }
        labels.extend(batch.items().iter().map(|film| f32::from(later.contains(film))));
    }
    let trainer = LogisticTrainer::new(&LogisticConfig::default()).expect("valid settings");
    let fit = trainer
        .fit("p_rates", &TrainingSet::new(&columns, &labels))
        .expect("something to learn");
    assert!(fit.report.converged, "{:?}", fit.report);
    let schema = cascade.schema_of(&features).expect("all computed");
    LinearModel::new(features, [fit.head])
        .expect("well formed")
        .with_schema(schema)
}
