//! Candidate sources, their merge and a cascade on a split of who met what.
//!
//! `cargo run --release --example feed_eval` runs on the bundled ratings; `-- --help` tells how to run it on a published
//! split or on your own.
//!
//! The protocol: every item is ranked for every user of the test part (no sampled negatives), items of the user's history
//! masked. Recall is the share of a user's test items found; NDCG has binary gains and the ideal of min(k, test items)
//! hits. Test items that nobody met in the train part stay in the denominators, and so do users who got no answer. Of
//! equal scores the items that were sought count as last. Everything that is chosen (the settings of each source, the
//! weights of the merge, the ranker's) is chosen on a part held out of the train part; then the sources are fitted on all
//! of it and the test part is looked at once. An item that stands twice in a history counts where it came last; what
//! happened at the same second is ordered by item id.

mod args;
mod measure;
mod ranker;
mod sources;
mod split;
#[path = "../support/mod.rs"]
mod support;
mod workers;

use args::{Args, SOURCES};
use bowerbird::core::{Clock as _, SystemClock};
use bowerbird::ranking::model::LinearModel;
use bowerbird::retrieval::{Popular, PopularConfig, Sees};
use measure::Figures;
use ranker::Recipe;
use serde_json::{Value, json};
use sources::{Fitted, Settings};
use split::Split;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use support::{Failure, Lines};
use workers::Workers;

fn main() -> ExitCode {
    support::run(evaluate)
}

fn evaluate() -> Result<(), Failure> {
    let Some(args) = args::parse()? else {
        return Lines::new(false).text(args::HELP.trim_end());
    };
    let start = SystemClock.now();
    let workers = Workers::new(args.threads, args.json)?;
    workers.bars.step("reading");
    let split = Split::open(&args.data)?;
    let cutoffs: &[usize] = if split.last_out { &[5, 10] } else { &[20] };
    let lines = Lines::new(args.json);
    let table = Table {
        lines: &lines,
        cutoffs,
    };

    let plan = Plan::choose(&workers, &args, &split, cutoffs)?;
    let popular = popular(&split)?;
    let train = &split.train;
    let mut fitted = Vec::new();
    for settings in &plan.settings {
        workers.bars.step("fitting on the whole of the train part");
        fitted.push(settings.fit(&workers, train)?);
    }

    let (users, items) = (train.users().len(), train.items().len());
    table.head(&format!(
        "{users} users, {items} items, {} events to learn from; {} requests; {} threads",
        train.len(),
        split.cases.len(),
        workers.threads()
    ))?;
    let mut best: Option<(&str, f64)> = None;
    for source in &fitted {
        workers.bars.step(format!("asking {}", source.name));
        let figures = measure::source(&workers, &*source.source, &split.cases, args.top, cutoffs)?;
        table.row(source.name, &figures, source.build, &source.settings.to_string())?;
        if best.is_none_or(|(_, value)| split.judge(&figures) > value) {
            best = Some((source.name, split.judge(&figures)));
        }
    }
    let (merge, cascade) = plan.answer(&workers, &split, &fitted, &popular, &table)?;

    let seconds = SystemClock.now().duration_since(start).as_secs_f64();
    let best_source = best.map_or("", |(name, _)| name);
    plan.tell(&lines, split.last_out)?;
    lines.text(format!("{seconds:.0} s in all"))?;
    let key = table.key(if split.last_out { "ndcg" } else { "recall" });
    lines.summary(json!({
        "users": users,
        "items": items,
        "events": train.len(),
        "requests": split.cases.len(),
        "ordered": split.ordered,
        "judged_by": key,
        "best_source": best_source,
        "best_source_figure": best.map(|(_, value)| value),
        "merge_figure": split.judge(&merge),
        "cascade_figure": split.judge(&cascade),
        "ranker_validation": plan.gain.map(|(merge, cascade)| json!({ "merge": merge, "cascade": cascade })),
        "threads": workers.threads(),
        "seconds": seconds,
    }))
}

/// What was chosen on the validation part.
struct Plan {
    settings: Vec<Settings>,
    recipe: Recipe,
    model: Option<Arc<LinearModel>>,
    /// The judge of merge and cascade on validation users that the ranker did not learn from.
    gain: Option<(f64, f64)>,
    seconds: Duration,
}

impl Plan {
    fn choose(workers: &Workers, args: &Args, split: &Split, cutoffs: &[usize]) -> Result<Self, Failure> {
        let mut validation = split.validation()?;
        if validation.cases.is_empty() {
            return Err(Failure("no user has two items to learn from".into()));
        }
        let wanted = |name: &&str| {
            args.sources
                .as_ref()
                .is_none_or(|list| list.iter().any(|one| one == name))
        };
        let (mut sources, mut judged) = (Vec::new(), Vec::new());
        for name in SOURCES.iter().copied().filter(wanted) {
            if let Some((fitted, figures)) = sources::choose(workers, name, &validation, args.top, cutoffs)? {
                judged.push(validation.judge(&figures));
                sources.push(fitted);
            }
        }
        if sources.is_empty() {
            return Err(Failure(
                "no source applies: `sequence` needs histories in order".into(),
            ));
        }
        let popular = popular(&validation)?;
        let recipe = ranker::choose_merge(workers, &sources, &judged, &validation, (args.top, cutoffs))?;

        let start = SystemClock.now();
        // A quarter of the validation users stays apart, to see whether the ranker gains anything.
        let apart = validation
            .cases
            .split_off(validation.cases.len() - validation.cases.len() / 4);
        let model =
            ranker::train(workers, &recipe.hydrate(&sources, &popular)?, &validation.cases)?.map(Arc::new);
        let gain = match &model {
            Some(model) if !apart.is_empty() => {
                let cascade = recipe.rank(&sources, &popular, model)?;
                let judge = |asked| {
                    Ok::<_, Failure>(split.judge(&measure::cascade(workers, asked, &apart, cutoffs)?))
                };
                Some((judge(&recipe.merge(&sources)?)?, judge(&cascade)?))
            }
            _ => None,
        };
        let seconds = SystemClock.now().duration_since(start);
        let settings = sources.iter().map(|source| source.settings).collect();
        Ok(Self {
            settings,
            recipe,
            model,
            gain,
            seconds,
        })
    }

    /// Asks the merge and the cascade, and writes their rows. Without a model the cascade is the merge.
    fn answer(
        &self,
        workers: &Workers,
        split: &Split,
        fitted: &[Fitted],
        popular: &Arc<Popular>,
        table: &Table<'_>,
    ) -> Result<(Figures, Figures), Failure> {
        let build: Duration = fitted.iter().map(|source| source.build).sum();
        workers.bars.step("asking the merge");
        let merge = measure::cascade(workers, &self.recipe.merge(fitted)?, &split.cases, table.cutoffs)?;
        let weights: Vec<String> = self
            .recipe
            .weights
            .iter()
            .map(|weight| format!("{weight:.3}"))
            .collect();
        table.row(
            "merge",
            &merge,
            build,
            &format!("rank fusion, weights {}", weights.join(", ")),
        )?;
        workers.bars.step("asking the cascade");
        let (cascade, what) = match &self.model {
            Some(model) => {
                let ranked = self.recipe.rank(fitted, popular, model)?;
                let figures = measure::cascade(workers, &ranked, &split.cases, table.cutoffs)?;
                (figures, format!("linear, {} features", model.features().len()))
            }
            None => (
                merge.clone(),
                "untrained: nothing to tell apart among the candidates".to_owned(),
            ),
        };
        table.row("cascade", &cascade, build + self.seconds, &what)?;
        Ok((merge, cascade))
    }

    fn tell(&self, lines: &Lines, last_out: bool) -> Result<(), Failure> {
        if let Some((merge, cascade)) = self.gain {
            let what = if last_out { "NDCG" } else { "recall" };
            lines.text(format!(
                "\nOn validation users that it did not learn from, the ranker has {what} {cascade:.4}, the merge {merge:.4}."
            ))?;
        }
        lines.text(
            "Settings were chosen on a part held out of the train part. Ties count against the ranking.",
        )
    }
}

/// The rows of the answer, in either language.
struct Table<'a> {
    lines: &'a Lines,
    cutoffs: &'a [usize],
}

impl Table<'_> {
    /// The name of a measure at the last cutoff.
    fn key(&self, measure: &str) -> String {
        format!("{measure}{}", self.cutoffs.last().copied().unwrap_or(0))
    }

    fn head(&self, about: &str) -> Result<(), Failure> {
        let names: String = self
            .cutoffs
            .iter()
            .map(|k| format!("{:>10}{:>9}", format!("recall@{k}"), format!("ndcg@{k}")))
            .collect();
        self.lines.text(format!(
            "{about}\n\n{:<10}{names}{:>9}{:>9}{:>9}  settings",
            "source", "build s", "us/user", "p99 us"
        ))
    }

    fn row(&self, name: &str, figures: &Figures, build: Duration, settings: &str) -> Result<(), Failure> {
        let values = figures.recall.iter().zip(&figures.ndcg);
        let text: String = values
            .clone()
            .map(|(recall, ndcg)| format!("{recall:>10.4}{ndcg:>9.4}"))
            .collect();
        let (build, mean, p99) = (build.as_secs_f64(), figures.mean_us, figures.p99_us);
        self.lines.text(format!(
            "{name:<10}{text}{build:>9.1}{mean:>9.0}{p99:>9.0}  {settings}"
        ))?;
        let mut row = json!({ "source": name, "build_s": build, "us_per_user": mean, "us_p99": p99, "settings": settings });
        if let Value::Object(fields) = &mut row {
            for ((recall, ndcg), k) in values.zip(self.cutoffs) {
                fields.insert(format!("recall{k}"), (*recall).into());
                fields.insert(format!("ndcg{k}"), (*ndcg).into());
            }
        }
        self.lines.row(row)
    }
}

/// How many users each item has, as a feature.
fn popular(split: &Split) -> Result<Arc<Popular>, Failure> {
    let config = PopularConfig {
        half_life: None,
        sees: Sees::Everything,
    };
    Ok(Arc::new(Popular::fit(&split.train, &config)?))
}
