//! The cascade: sources, merge, and a ranker that learns from the validation part.

use crate::measure;
use crate::sources::Fitted;
use crate::split::{Case, Split};
use crate::support::Failure;
use crate::workers::Workers;
use bowerbird::core::ItemId;
use bowerbird::ranking::model::{
    LinearModel, LogisticConfig, LogisticScorer, LogisticTrainer, Objective, TrainingSet,
};
use bowerbird::ranking::{
    BuildError, Cascade, CascadeBuilder, FeatureHydrator, FeatureSink, Request, Rows, SourceOptions,
    StageError,
};
use bowerbird::retrieval::{CandidateBatch, Context, FeatureName, FeedQuery, Popular};
use std::sync::Arc;

/// How the weights of the merge follow the sources' figures on the validation part: (figure / best)^power.
const POWERS: [f64; 5] = [0.0, 1.0, 2.0, 4.0, 8.0];

/// What the ranker looks at: how each source found a candidate, and how popular it is.
struct Found {
    features: Vec<FeatureName>,
    sources: usize,
    quota: usize,
    popular: Arc<Popular>,
}

/// Features of each source.
const OF_A_SOURCE: usize = 5;

impl Found {
    fn new(sources: &[Fitted], quota: usize, popular: Arc<Popular>) -> Self {
        let of_a_source = |source: &Fitted| {
            ["found", "near", "rank", "score", "score_if_active"]
                .map(|what| FeatureName::from(format!("{}_{what}", source.name)))
        };
        let mut features: Vec<FeatureName> = sources.iter().flat_map(of_a_source).collect();
        features.extend(["popularity", "popularity_if_active", "merged"].map(FeatureName::from));
        Self {
            features,
            sources: sources.len(),
            quota,
            popular,
        }
    }
}

impl FeatureHydrator<FeedQuery> for Found {
    fn name(&self) -> &str {
        "found"
    }

    fn features(&self) -> &[FeatureName] {
        &self.features
    }

    fn hydrate(
        &self,
        query: &FeedQuery,
        rows: Rows<'_>,
        _cx: &Context<'_>,
        out: &mut FeatureSink<'_>,
    ) -> Result<(), StageError> {
        // Where a source is silent, its next rank is the best that can be said; its score is missing.
        for source in 0..self.sources {
            out.column(source * OF_A_SOURCE).fill(0.0);
            out.column(source * OF_A_SOURCE + 1).fill(0.0);
            out.column(source * OF_A_SOURCE + 2)
                .fill((self.quota as f32 + 5.0).ln());
        }
        let active = (query.history.len() as f32).ln_1p();
        for (row, (&item, &merged)) in rows.items().iter().zip(rows.merge_scores()).enumerate() {
            for by in rows.provenance(row) {
                let (first, rank) = (by.source * OF_A_SOURCE, by.rank as f32);
                out.set(first, row, 1.0);
                out.set(first + 1, row, 1.0 / (rank + 10.0));
                out.set(first + 2, row, (rank + 5.0).ln());
                let score = by.score.max(1e-9).ln();
                out.set(first + 3, row, score);
                out.set(first + 4, row, score * active);
            }
            let popularity = self.popular.score_at(item, query.asked_at).ln_1p();
            let rest = self.sources * OF_A_SOURCE;
            out.set(rest, row, popularity);
            out.set(rest + 1, row, popularity * active);
            out.set(rest + 2, row, merged.max(1e-9).ln());
        }
        Ok(())
    }
}

/// What a cascade needs besides its sources.
#[derive(Clone)]
pub(crate) struct Recipe {
    pub(crate) top: usize,
    pub(crate) weights: Vec<f32>,
}

impl Recipe {
    fn wire(&self, sources: &[Fitted]) -> CascadeBuilder<FeedQuery> {
        let mut builder = Cascade::builder();
        for (source, &weight) in sources.iter().zip(&self.weights) {
            let options = SourceOptions::new().quota(self.top).weight(weight);
            builder = builder.source(Arc::clone(&source.source), options);
        }
        builder
    }

    /// The sources merged, in merged order.
    pub(crate) fn merge(&self, sources: &[Fitted]) -> Result<Cascade<FeedQuery>, BuildError> {
        self.wire(sources).build()
    }

    /// The same, with the features that the ranker learns from.
    pub(crate) fn hydrate(
        &self,
        sources: &[Fitted],
        popular: &Arc<Popular>,
    ) -> Result<Cascade<FeedQuery>, BuildError> {
        let found = Found::new(sources, self.top, Arc::clone(popular));
        self.wire(sources).hydrator(found).build()
    }

    /// The sources merged and ranked by `model`.
    pub(crate) fn rank(
        &self,
        sources: &[Fitted],
        popular: &Arc<Popular>,
        model: &Arc<LinearModel>,
    ) -> Result<Cascade<FeedQuery>, BuildError> {
        let found = Found::new(sources, self.top, Arc::clone(popular));
        let ranker = LogisticScorer::new("ranker", Arc::clone(model));
        self.wire(sources).hydrator(found).rank(ranker).build()
    }
}

/// The recipe whose merge did best on `validation`. `figures` are the sources' there.
pub(crate) fn choose_merge(
    workers: &Workers,
    sources: &[Fitted],
    figures: &[f64],
    validation: &Split,
    (top, cutoffs): (usize, &[usize]),
) -> Result<Recipe, Failure> {
    let most = figures.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let mut best: Option<(Recipe, f64)> = None;
    for power in POWERS {
        workers.bars.step("choosing the weights of the merge");
        // A source without a hit still has its say, if a small one.
        let weight = |figure: &f64| (figure / most).powf(power).max(1e-3) as f32;
        let recipe = Recipe {
            top,
            weights: figures.iter().map(weight).collect(),
        };
        let asked = measure::cascade(workers, &recipe.merge(sources)?, &validation.cases, cutoffs)?;
        let judged = validation.judge(&asked);
        if best.as_ref().is_none_or(|&(_, other)| judged > other) {
            best = Some((recipe, judged));
        }
    }
    let (recipe, _) = best.ok_or_else(|| Failure("no weights to choose from".into()))?;
    Ok(recipe)
}

/// Trains a ranker on what `cascade` merges for `cases`; `None` when none of what was sought is among it.
///
/// The softmax objective compares the candidates of one request with each other, so a request without a hit teaches
/// nothing and is left out.
pub(crate) fn train(
    workers: &Workers,
    cascade: &Cascade<FeedQuery>,
    cases: &[Case],
) -> Result<Option<LinearModel>, Failure> {
    workers.bars.step("gathering what the ranker learns from");
    let names = cascade.schema().features().to_vec();
    let requests = workers.each(
        cases,
        || cascade.slate(),
        |slate, case| {
            cascade.run_into(&mut case.query.clone(), &Request::new(1), slate)?;
            Ok(labelled(slate.batch(), names.len(), &case.relevant))
        },
    )?;
    let requests: Vec<_> = requests.into_iter().flatten().collect();
    if requests.is_empty() {
        return Ok(None);
    }
    let mut columns = vec![Vec::new(); names.len()];
    let (mut labels, mut weights, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    for (features, own) in requests {
        groups.push(own.len() as u32);
        // Figures are means over users, so the busiest must not decide alone.
        let hits: f32 = own.iter().sum();
        weights.extend(std::iter::repeat_n(1.0 / hits.sqrt(), own.len()));
        labels.extend(own);
        columns
            .iter_mut()
            .zip(features)
            .for_each(|(column, own)| column.extend(own));
    }

    workers.bars.step("training the ranker");
    let config = LogisticConfig {
        objective: Objective::Softmax,
        ..LogisticConfig::default()
    };
    let trainer = LogisticTrainer::new(&config)?;
    let set = TrainingSet::new(&columns, &labels)
        .weighted(&weights)
        .grouped(&groups);
    let mut progress = workers.bars.progress();
    let fit = workers.install(|| trainer.fit_with_progress("fit", &set, &mut progress))?;
    let model = LinearModel::new(names.iter().cloned(), [fit.head])?;
    Ok(Some(match cascade.schema_of(&names) {
        Some(schema) => model.with_schema(schema),
        None => model,
    }))
}

/// The feature columns of a batch and the label of each row; `None` unless there is something to tell apart.
fn labelled(
    batch: &CandidateBatch,
    features: usize,
    relevant: &[ItemId],
) -> Option<(Vec<Vec<f32>>, Vec<f32>)> {
    let sought = |item: &ItemId| relevant.binary_search(item).is_ok();
    let labels: Vec<f32> = batch
        .items()
        .iter()
        .map(|item| f32::from(u8::from(sought(item))))
        .collect();
    let columns = || {
        (0..features)
            .map(|feature| batch.feature(feature).to_vec())
            .collect()
    };
    let tells = labels.contains(&1.0) && labels.contains(&0.0);
    tells.then(|| (columns(), labels))
}
