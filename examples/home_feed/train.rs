//! Training: the cascade's own candidates and features, as logged, labelled with what people did next.

use crate::feed::{Blend, KEEP, Models, Sources};
use crate::funnel::SHOWN;
use crate::measure;
use crate::query::Query;
use crate::split::{Case, Part};
use crate::support::{Bars, Failure};
use bowerbird::core::{ItemId, RequestId};
use bowerbird::ranking::evaluate::ndcg_at;
use bowerbird::ranking::log::LoggedRequest;
use bowerbird::ranking::model::{LinearModel, LogisticConfig, LogisticTrainer, Objective, TrainingSet};
use bowerbird::ranking::{Cascade, FeatureLog, Request, Widths};
use bowerbird::retrieval::FeatureName;
use rayon::prelude::*;
use std::sync::Arc;

/// What each blend is tried with; of lambdas the smallest that costs little enough is taken.
const LIKES: [f32; 2] = [0.0, 0.5];
const LAMBDAS: [f32; 3] = [0.8, 0.9, 1.0];

/// Diversity may cost this share of NDCG@10 on the validation part.
const PRICE_OF_DIVERSITY: f64 = 0.015;

/// Penalty of the weights, beside the mean loss.
const L2: f64 = 1e-5;

/// Parts of the people; each is ranked by models trained on the others when something is chosen.
const FOLDS: usize = 3;

/// The pre-ranker learns from what was watched and from one in so many of the rest.
const THIN: usize = 4;

/// Rows that the log has room for.
const LOG_ROWS: usize = 4_000_000;

/// One case's candidates as they were served.
struct Logged {
    /// One column a feature.
    columns: Vec<Vec<f32>>,
    watched: Vec<f32>,
    liked: Vec<f32>,
}

/// The candidates of all cases, in their order.
struct Log {
    cases: Vec<Logged>,
    features: Vec<FeatureName>,
}

/// Serves every case without a ranker, logs what is served, and labels the log.
fn log(sources: &Sources, cases: &[Case]) -> Result<Log, Failure> {
    let log = FeatureLog::with_capacity(LOG_ROWS);
    let retrieval = sources.retrieval().recorder(log.clone()).build()?;
    cases.par_iter().try_for_each(|case| -> Result<(), Failure> {
        let request = Request::new(0)
            .id(RequestId(case.query.user.0))
            .widths(Widths::Full);
        retrieval.run(&mut case.query.clone(), &request)?;
        Ok(())
    })?;
    let logged = log
        .drain()
        .ok_or_else(|| Failure("no request was logged".into()))?;
    let mut requests: Vec<LoggedRequest<'_>> = logged.iter().collect();
    requests.sort_unstable_by_key(|request| request.id());
    let features = retrieval.schema().features().to_vec();
    let labelled = |case: &Case| {
        let id = RequestId(case.query.user.0);
        let at = requests.binary_search_by_key(&id, |request| request.id());
        let request = &requests[at.map_err(|_| Failure(format!("request {id} did not fit into the log")))?];
        let label = |wanted: &[ItemId]| {
            request
                .items()
                .iter()
                .map(|item| f32::from(u8::from(wanted.contains(item))))
                .collect()
        };
        let columns = (0..features.len())
            .map(|feature| request.feature(feature).to_vec())
            .collect();
        Ok(Logged {
            columns,
            watched: label(&case.relevant),
            liked: label(&case.liked),
        })
    };
    let cases = cases.iter().map(labelled).collect::<Result<_, Failure>>()?;
    Ok(Log { cases, features })
}

impl Log {
    /// Trains the pre-ranker on how candidates were found, and the ranker on all features of those that the pre-ranker
    /// would let through, from the cases for which `use_case`.
    fn train(
        &self,
        retrieval: &Cascade<Query>,
        use_case: impl Fn(usize) -> bool,
        taste: Blend,
    ) -> Result<Models, Failure> {
        let chosen = self
            .cases
            .iter()
            .enumerate()
            .filter(|(number, _)| use_case(*number));
        let chosen: Vec<&Logged> = chosen.map(|(_, case)| case).collect();
        let all: Vec<usize> = (0..self.features.len()).collect();
        let found: Vec<usize> = all
            .iter()
            .copied()
            .filter(|&at| self.features[at].as_str().contains('.'))
            .collect();

        let thin = |case: &&Logged| -> Vec<usize> {
            (0..case.watched.len())
                .filter(|&row| case.watched[row] > 0.0 || row % THIN == 0)
                .collect()
        };
        let thinned: Vec<Vec<usize>> = chosen.iter().map(thin).collect();
        let light = self.model(retrieval, &chosen, &thinned, &found, &["found"])?;
        let through = |case: &&Logged| -> Vec<usize> {
            let worth = |row: usize| {
                let values: Vec<f32> = found.iter().map(|&at| case.columns[at][row]).collect();
                light.heads()[0].predict(&values)
            };
            let mut rows: Vec<(f32, usize)> = (0..case.watched.len()).map(|row| (worth(row), row)).collect();
            rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            rows.into_iter().take(KEEP).map(|(_, row)| row).collect()
        };
        let kept: Vec<Vec<usize>> = chosen.par_iter().map(through).collect();
        let heavy = self.model(retrieval, &chosen, &kept, &all, &["watch", "like"])?;
        Ok(Models {
            light: Arc::new(light),
            heavy: Arc::new(heavy),
            taste,
        })
    }

    /// Trains a head for each name on `rows` of `cases`: the first on what was watched, the second on what was liked.
    ///
    /// The loss is that of a choice among a request's candidates, which is what a feed offers.
    fn model(
        &self,
        retrieval: &Cascade<Query>,
        cases: &[&Logged],
        rows: &[Vec<usize>],
        reads: &[usize],
        heads: &[&'static str],
    ) -> Result<LinearModel, Failure> {
        let features: Vec<FeatureName> = reads.iter().map(|&at| self.features[at].clone()).collect();
        let gather = |column: &dyn Fn(&Logged) -> &[f32]| -> Vec<f32> {
            let picked = cases.iter().zip(rows);
            picked
                .flat_map(|(case, rows)| rows.iter().map(|&row| column(case)[row]))
                .collect()
        };
        let columns: Vec<Vec<f32>> = reads
            .par_iter()
            .map(|&at| gather(&|case| &case.columns[at]))
            .collect();
        let groups: Vec<u32> = rows.iter().map(|rows| rows.len() as u32).collect();
        // People with much to find would drown out the others: each counts by the root of it.
        let weight = |case: &Logged| 1.0 / case.watched.iter().sum::<f32>().max(1.0).sqrt();
        let repeated = |(case, rows): (&&Logged, &Vec<usize>)| std::iter::repeat_n(weight(case), rows.len());
        let weights: Vec<f32> = cases.iter().zip(rows).flat_map(repeated).collect();
        let config = LogisticConfig {
            objective: Objective::Softmax,
            l2: L2,
            tolerance: 1e-6,
            ..LogisticConfig::default()
        };
        let trainer = LogisticTrainer::new(&config)?;
        let mut trained = Vec::new();
        for (number, head) in heads.iter().enumerate() {
            let labels = gather(&|case| if number == 0 { &case.watched } else { &case.liked });
            let set = TrainingSet::new(&columns, &labels)
                .weighted(&weights)
                .grouped(&groups);
            trained.push(trainer.fit(*head, &set)?.head);
        }
        let schema = retrieval
            .schema_of(&features)
            .ok_or_else(|| Failure("a feature is gone".into()))?;
        Ok(LinearModel::new(features, trained)?.with_schema(schema))
    }
}

/// Trains on the validation part, having chosen how to blend heads and diversity by models that had not seen the people
/// they rank.
pub(crate) fn choose(sources: &Sources, part: &Part, bars: &Bars) -> Result<Models, Failure> {
    bars.step("serving the training requests");
    let retrieval = sources.retrieval().build()?;
    let log = log(sources, &part.cases)?;
    let plain = Blend {
        like: 0.0,
        lambda: 1.0,
    };
    let mut folds = Vec::new();
    for fold in 0..FOLDS {
        bars.step(format!("training, {} of {}", fold + 1, FOLDS + 1));
        folds.push(log.train(&retrieval, |case| case % FOLDS != fold, plain)?);
    }
    let ndcg = |taste: Blend| -> Result<f64, Failure> {
        let mut sum = 0.0;
        for (fold, models) in folds.iter().enumerate() {
            let cascade = sources
                .feed(&Models {
                    taste,
                    ..models.clone()
                })?
                .build()?;
            let cases: Vec<&Case> = part.cases.iter().skip(fold).step_by(FOLDS).collect();
            let lists = measure::served(&cascade, &cases, SHOWN)?;
            let gains = lists
                .iter()
                .zip(&cases)
                .filter_map(|(list, case)| ndcg_at(list, &case.relevant, 10));
            sum += gains.sum::<f64>();
        }
        Ok(sum)
    };
    bars.step("choosing the blend");
    let mut taste = plain;
    let mut best = 0.0;
    for like in LIKES {
        let found = ndcg(Blend { like, ..plain })?;
        if found > best {
            (best, taste.like) = (found, like);
        }
    }
    for lambda in LAMBDAS {
        if lambda == plain.lambda || ndcg(Blend { lambda, ..taste })? >= best * (1.0 - PRICE_OF_DIVERSITY) {
            taste.lambda = lambda;
            break;
        }
    }
    bars.step(format!("training, {} of {}", FOLDS + 1, FOLDS + 1));
    log.train(&retrieval, |_| true, taste)
}
