//! Training: the cascade's own candidates and features, labelled with what people did next.

use crate::feed::{Blend, KEEP, Models, Sources};
use crate::measure;
use crate::query::Query;
use crate::split::{Case, Part};
use crate::support::{Bars, Failure};
use bowerbird::core::{ItemId, RequestId};
use bowerbird::ranking::evaluate::ndcg_at;
use bowerbird::ranking::model::{LinearModel, LogisticConfig, LogisticTrainer, TrainingSet};
use bowerbird::ranking::{Cascade, Request, Widths};
use bowerbird::retrieval::FeatureName;
use rayon::prelude::*;
use std::sync::Arc;

/// What each blend is tried with, in order of preference where they come out alike.
const LIKES: [f32; 3] = [0.0, 0.5, 1.0];
const LAMBDAS: [f32; 3] = [0.7, 0.8, 0.9];

/// Diversity may cost this share of NDCG@10 on the validation part.
const PRICE_OF_DIVERSITY: f64 = 0.01;

/// Penalty of the weights, beside the mean loss.
const L2: f64 = 1e-5;

/// Parts of the people; each is ranked by models trained on the others when something is chosen.
const FOLDS: usize = 4;

/// One case's candidates as they were served.
struct Logged {
    /// One column a feature.
    columns: Vec<Vec<f32>>,
    watched: Vec<f32>,
    liked: Vec<f32>,
}

/// The candidates of all cases.
struct Log {
    cases: Vec<Logged>,
    features: Vec<FeatureName>,
}

/// Serves every case without a ranker and labels what comes out.
fn log(retrieval: &Cascade<Query>, cases: &[Case]) -> Result<Log, Failure> {
    let features = retrieval.schema().features().to_vec();
    let served = |case: &Case| -> Result<Logged, Failure> {
        let request = Request::new(0)
            .id(RequestId(case.query.user.0))
            .widths(Widths::Full);
        let slate = retrieval.run(&mut case.query.clone(), &request)?;
        let batch = slate.batch();
        let label = |wanted: &[ItemId]| {
            batch
                .items()
                .iter()
                .map(|item| f32::from(u8::from(wanted.contains(item))))
                .collect()
        };
        let columns = (0..features.len())
            .map(|feature| batch.feature(feature).to_vec())
            .collect();
        Ok(Logged {
            columns,
            watched: label(&case.relevant),
            liked: label(&case.liked),
        })
    };
    let cases = cases.par_iter().map(served).collect::<Result<_, _>>()?;
    Ok(Log { cases, features })
}

impl Log {
    /// Trains the pre-ranker on how all candidates were found, and the ranker on all features of those that the
    /// pre-ranker would let through, from the cases for which `use_case`.
    fn train(
        &self,
        retrieval: &Cascade<Query>,
        use_case: impl Fn(usize) -> bool,
        taste: Blend,
    ) -> Result<Models, Failure> {
        let chosen: Vec<&Logged> = self
            .cases
            .iter()
            .enumerate()
            .filter(|(number, _)| use_case(*number))
            .map(|(_, case)| case)
            .collect();
        let found: Vec<usize> = (0..self.features.len())
            .filter(|&at| self.features[at].as_str().contains('.'))
            .collect();
        let all: Vec<usize> = (0..self.features.len()).collect();

        let every: Vec<Vec<usize>> = chosen
            .iter()
            .map(|case| (0..case.watched.len()).collect())
            .collect();
        let light = self.model(retrieval, &chosen, &every, &found, &["p_light"])?;
        let best = |case: &&Logged| {
            let worth = |row: usize| {
                let values: Vec<f32> = found.iter().map(|&at| case.columns[at][row]).collect();
                light.heads()[0].predict(&values)
            };
            let mut rows: Vec<(f32, usize)> = (0..case.watched.len()).map(|row| (worth(row), row)).collect();
            rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            rows.into_iter().take(std::env::var("HK").map_or(KEEP, |v| v.parse().unwrap())).map(|(_, row)| row).collect()
        };
        let through: Vec<Vec<usize>> = chosen.par_iter().map(best).collect();
        let heavy = self.model(retrieval, &chosen, &through, &all, &["p_watch", "p_like"])?;
        Ok(Models {
            light: Arc::new(light),
            heavy: Arc::new(heavy),
            taste,
        })
    }

    /// Trains a head for each name on `rows` of `cases`: the first on what was watched, the second on what was liked.
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
        // People with much to find would drown out the others: each counts by the root of it.
        let weight = |case: &Logged| 1.0 / case.watched.iter().sum::<f32>().max(1.0).sqrt();
        let weights: Vec<f32> = cases
            .iter()
            .zip(rows)
            .flat_map(|(case, rows)| std::iter::repeat_n(weight(case), rows.len()))
            .collect();
        let config = LogisticConfig {
            l2: std::env::var("L2").map_or(L2, |v| v.parse().unwrap()),
            tolerance: 1e-6,
            ..LogisticConfig::default()
        };
        let trainer = LogisticTrainer::new(&config)?;
        let mut trained = Vec::new();
        for (number, head) in heads.iter().enumerate() {
            let labels = gather(&|case| if number == 0 { &case.watched } else { &case.liked });
            trained.push(
                trainer
                    .fit(*head, &TrainingSet::new(&columns, &labels).weighted(&weights))?
                    .head,
            );
        }
        let schema = retrieval
            .schema_of(&features)
            .ok_or_else(|| Failure("a feature is gone".into()))?;
        Ok(LinearModel::new(features, trained)?.with_schema(schema))
    }
}

/// Trains on the validation part, having chosen how to blend heads and diversity: each half of the people is ranked by
/// models trained on the other half.
pub(crate) fn choose(sources: &Sources, part: &Part, bars: &Bars) -> Result<Models, Failure> {
    bars.step("serving the training requests");
    let retrieval = sources.retrieval().build()?;
    let log = log(&retrieval, &part.cases)?;
    bars.step("training");
    let plain = Blend {
        like: 0.0,
        lambda: 1.0,
    };
    let halves = (0..FOLDS).map(|half| log.train(&retrieval, move |case| case % FOLDS != half, plain));
    let halves: Vec<Models> = halves.collect::<Result<_, _>>()?;
    let ndcg = |taste: Blend| -> Result<f64, Failure> {
        let mut sum = 0.0;
        for (half, models) in halves.iter().enumerate() {
            let cascade = sources
                .feed(&Models {
                    taste,
                    ..models.clone()
                })?
                .build()?;
            let cases: Vec<&Case> = part.cases.iter().skip(half).step_by(FOLDS).collect();
            let lists = measure::served(&cascade, &cases, 10)?;
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
        eprintln!("val like {like} {:.4}", found / part.cases.len() as f64);
        if found > best {
            (best, taste.like) = (found, like);
        }
    }
    for lambda in LAMBDAS {
        let x = ndcg(Blend { lambda, ..taste })?;
        eprintln!("val lambda {lambda} {:.4}", x / part.cases.len() as f64);
        if x >= best * (1.0 - PRICE_OF_DIVERSITY) {
            taste.lambda = lambda;
            break;
        }
    }
    log.train(&retrieval, |_| true, taste)
}
