//! What was asked for.

use crate::index::Options;
use crate::support::Failure;
use bowerbird::vsearch::Metric;
use lexopt::prelude::*;
use std::path::PathBuf;

pub(crate) const HELP: &str = "\
Measures vector indexes: recall against speed, a row for each point of the curve.

usage: cargo run --release --example ann_bench -- [options]

With no file: the bundled word vectors, every 16th of them as a query.

  --base FILE        vectors: .npy (float32, C order) or .fvecs
  --query FILE       queries, likewise
  --truth FILE       the exact nearest rows of base: .npy (int32 or int64) or .ivecs, at least k columns;
                     without it they are searched for
  --metric NAME      cosine, l2 or ip; default cosine
  --index NAME,…     default flat,hnsw,hnsw-sq8,ivf-pq-refine; --list names all
  --k N              neighbours asked for, default 10
  --queries N        use the first N queries only
  --threads N        threads that search, default 1
  --build-threads N  threads that build, default one a core
  --batch            many queries a call in place of one
  --params LIST      key=value[,value…][;key=…]: `width` (a curve of ef or nprobe), `refine` (candidates of an inverted
                     file that are scored again; of faiss k_factor), and of the build `links`, `build_width`, `lists`, `seed`
  --json             one JSON object a line on stdout, the summary last
  --report FILE      a page with the curves
  --list             the names of the indexes
";

/// What the caller wants.
pub(crate) enum Wish {
    Help,
    List,
    Bench(Box<Args>),
}

pub(crate) struct Args {
    /// Base and queries; none for the bundled words.
    pub(crate) files: Option<(PathBuf, PathBuf)>,
    pub(crate) truth: Option<PathBuf>,
    pub(crate) metric: Metric,
    pub(crate) indexes: Vec<String>,
    pub(crate) k: usize,
    pub(crate) queries: usize,
    pub(crate) threads: usize,
    pub(crate) build_threads: usize,
    pub(crate) batch: bool,
    pub(crate) options: Options,
    pub(crate) json: bool,
    pub(crate) report: Option<PathBuf>,
}

/// The arguments.
pub(crate) fn parse() -> Result<Wish, Failure> {
    let (mut base, mut query) = (None, None);
    let mut args = Args {
        files: None,
        truth: None,
        metric: Metric::Cosine,
        indexes: ["flat", "hnsw", "hnsw-sq8", "ivf-pq-refine"]
            .map(str::to_owned)
            .to_vec(),
        k: 10,
        queries: usize::MAX,
        threads: 1,
        build_threads: std::thread::available_parallelism().map_or(1, usize::from),
        batch: false,
        options: Options::default(),
        json: false,
        report: None,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("base") => base = Some(PathBuf::from(parser.value()?)),
            Long("query") => query = Some(PathBuf::from(parser.value()?)),
            Long("truth") => args.truth = Some(PathBuf::from(parser.value()?)),
            Long("metric") => args.metric = metric(&parser.value()?.string()?)?,
            Long("index") => args.indexes = names(&parser.value()?.string()?),
            Long("k") => args.k = parser.value()?.parse()?,
            Long("queries") => args.queries = parser.value()?.parse()?,
            Long("threads") => args.threads = parser.value()?.parse()?,
            Long("build-threads") => args.build_threads = parser.value()?.parse()?,
            Long("batch") => args.batch = true,
            Long("params") => args.options = Options::parse(&parser.value()?.string()?)?,
            Long("json") => args.json = true,
            Long("report") => args.report = Some(PathBuf::from(parser.value()?)),
            Long("list") => return Ok(Wish::List),
            Short('h') | Long("help") => return Ok(Wish::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    args.files = match (base, query) {
        (None, None) if args.truth.is_none() => None,
        (Some(base), Some(query)) => Some((base, query)),
        _ => {
            return Err(Failure(
                "give --base and --query, or neither and no --truth".into(),
            ));
        }
    };
    for (name, value) in [
        ("k", args.k),
        ("threads", args.threads),
        ("build-threads", args.build_threads),
    ] {
        if value == 0 {
            return Err(Failure(format!("--{name} is 0, must be at least 1")));
        }
    }
    args.indexes
        .iter()
        .try_for_each(|name| crate::index::known(name))?;
    Ok(Wish::Bench(Box::new(args)))
}

fn metric(name: &str) -> Result<Metric, Failure> {
    match name {
        "cosine" => Ok(Metric::Cosine),
        "l2" => Ok(Metric::L2),
        "ip" => Ok(Metric::InnerProduct),
        other => Err(Failure(format!("no metric `{other}`; there are cosine, l2, ip"))),
    }
}

/// A list of names; a comma in what follows `faiss:` up to the next known name belongs to the factory.
fn names(list: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in list.split(',') {
        match names.last_mut() {
            Some(last) if last.starts_with("faiss:") && crate::index::known(part).is_err() => {
                last.push(',');
                last.push_str(part);
            }
            _ => names.push(part.trim().to_owned()),
        }
    }
    names
}
