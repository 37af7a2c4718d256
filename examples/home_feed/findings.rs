//! Everything that a run finds out, as data: what is printed, written as JSON and drawn.

use bowerbird::ranking::evaluate::Interval;
use serde_json::{Value, json};

/// How good a way of filling the feed is, over all users. Shares are 0 to 1.
#[derive(Clone, Debug)]
pub(crate) struct Quality {
    pub(crate) name: String,
    /// Held-out items among the first 20.
    pub(crate) recall20: Interval,
    /// Held-out items among the first 200.
    pub(crate) recall200: Interval,
    /// Normalised discounted cumulative gain of the first ten.
    pub(crate) ndcg10: Interval,
    /// Share of the catalogue that appears in any user's first ten.
    pub(crate) coverage: f64,
    /// NDCG@10 of every user, in one order for all rows: what paired differences are taken over.
    pub(crate) ndcg10_by_user: Vec<f64>,
    /// Held-out users who had no answer at all from it.
    pub(crate) empty: usize,
}

/// One way of splitting the data, and how everything fares on it.
#[derive(Clone, Debug)]
pub(crate) struct Split {
    /// `last fifth of each user` or `one cut-off in time`.
    pub(crate) name: &'static str,
    pub(crate) users: usize,
    pub(crate) held_out: usize,
    /// The sources, then `merge`.
    pub(crate) sources: Vec<Quality>,
    pub(crate) popularity: Quality,
    pub(crate) cascade: Quality,
    /// The best single source by NDCG@10 on the validation part, as a row of `sources`.
    pub(crate) best: usize,
    /// NDCG@10 of the cascade less that of the best source, paired by user.
    pub(crate) gain: Interval,
}

/// One stage of the funnel, over all requests.
#[derive(Clone, Debug)]
pub(crate) struct FunnelStage {
    pub(crate) name: String,
    /// Mean rows that entered and left.
    pub(crate) entered: f64,
    pub(crate) left: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// Share of the full-width answer that the stage narrowed away; `None` for stages that don't narrow.
    pub(crate) loss: Option<f64>,
}

/// One line of the failure drill.
#[derive(Clone, Debug)]
pub(crate) struct DrillRow {
    /// What was broken.
    pub(crate) fault: &'static str,
    pub(crate) deadline_ms: u64,
    pub(crate) requests: usize,
    /// Share answered within the deadline + 2 ms.
    pub(crate) hit: f64,
    /// Share whose coverage said that it was degraded.
    pub(crate) told: f64,
    /// NDCG@10 as a share of the healthy cascade's.
    pub(crate) kept: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// What the coverage said of the broken stage most often.
    pub(crate) status: String,
}

/// One item of the feed that is shown.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) title: String,
    pub(crate) year: Option<i16>,
    pub(crate) genres: Vec<String>,
    /// Sources that found it, best rank first, as `graph #3`.
    pub(crate) found_by: Vec<String>,
    /// The title of the history that spoke for it most.
    pub(crate) because: Option<String>,
    /// The ranker's heads, by name.
    pub(crate) heads: Vec<(String, f32)>,
    /// Rank before diversity, 0 being the best.
    pub(crate) rank: u32,
    /// The person watched it later: it was held out.
    pub(crate) hit: bool,
}

/// A candidate that is not shown, and why.
#[derive(Clone, Debug)]
pub(crate) struct WhyNot {
    pub(crate) title: String,
    pub(crate) why: String,
}

/// One person's feed.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) user: u64,
    /// Titles watched last, newest first.
    pub(crate) watched: Vec<String>,
    pub(crate) feed: Vec<Shown>,
    pub(crate) why_not: Vec<WhyNot>,
}

/// A whole run.
#[derive(Clone, Debug)]
pub(crate) struct Findings {
    pub(crate) data: String,
    pub(crate) users: usize,
    pub(crate) items: usize,
    pub(crate) interactions: usize,
    /// First the split by user, then the one by time.
    pub(crate) splits: Vec<Split>,
    pub(crate) funnel: Vec<FunnelStage>,
    /// Time of whole requests, one after another on one thread.
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) drill: Vec<DrillRow>,
    pub(crate) person: Person,
    pub(crate) seconds: f64,
}

fn interval(interval: Interval) -> Value {
    json!({ "low": interval.low, "mean": interval.mean, "high": interval.high })
}

impl Quality {
    pub(crate) fn json(&self, split: &str, kind: &str) -> Value {
        json!({
            "row": kind,
            "split": split,
            "source": self.name,
            "recall20": interval(self.recall20),
            "recall200": interval(self.recall200),
            "ndcg10": interval(self.ndcg10),
            "coverage": self.coverage,
            "empty": self.empty,
        })
    }
}

impl Findings {
    /// One object a line, the summary apart.
    pub(crate) fn rows(&self) -> Vec<Value> {
        let mut rows = Vec::new();
        for split in &self.splits {
            rows.extend(
                split
                    .sources
                    .iter()
                    .map(|quality| quality.json(split.name, "source")),
            );
            rows.push(split.popularity.json(split.name, "popularity"));
            rows.push(split.cascade.json(split.name, "cascade"));
            rows.push(json!({
                "row": "gain",
                "split": split.name,
                "over": split.sources[split.best].name,
                "ndcg10": interval(split.gain),
            }));
        }
        rows.extend(self.funnel.iter().map(|stage| {
            json!({
                "row": "funnel",
                "stage": stage.name,
                "in": stage.entered,
                "out": stage.left,
                "p50_us": stage.p50_us,
                "p99_us": stage.p99_us,
                "loss": stage.loss,
            })
        }));
        rows.extend(self.drill.iter().map(|row| {
            json!({
                "row": "drill",
                "fault": row.fault,
                "deadline_ms": row.deadline_ms,
                "requests": row.requests,
                "deadline_hit": row.hit,
                "told": row.told,
                "ndcg_kept": row.kept,
                "p50_ms": row.p50_ms,
                "p99_ms": row.p99_ms,
                "status": row.status,
            })
        }));
        rows.extend(self.person.feed.iter().enumerate().map(|(position, shown)| {
            let heads = shown
                .heads
                .iter()
                .map(|(head, value)| (head.clone(), json!(value)))
                .collect();
            json!({
                "row": "feed",
                "user": self.person.user,
                "position": position,
                "title": shown.title,
                "found_by": shown.found_by,
                "because": shown.because,
                "heads": Value::Object(heads),
                "rank": shown.rank,
                "hit": shown.hit,
            })
        }));
        rows
    }

    /// What the whole run comes to.
    pub(crate) fn summary(&self) -> Value {
        let split = &self.splits[0];
        let best = &split.sources[split.best];
        let hung = self.drill.iter().filter(|row| row.fault == crate::drill::HUNG);
        json!({
            "ndcg10": split.cascade.ndcg10.mean,
            "recall20": split.cascade.recall20.mean,
            "best_source": best.name,
            "ndcg10_best_source": best.ndcg10.mean,
            "ndcg10_gain": interval(split.gain),
            "ndcg10_popularity": split.popularity.ndcg10.mean,
            "p50_ms": self.p50_ms,
            "p99_ms": self.p99_ms,
            "deadline_hit_hung_source": hung.map(|row| row.hit).fold(1.0, f64::min),
            "users": self.users,
            "items": self.items,
            "interactions": self.interactions,
            "seconds": self.seconds,
        })
    }
}
