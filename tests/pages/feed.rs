//! The code of `docs/guide/feed.md`.

use bowerbird::core::{ItemId, RequestId};
use bowerbird::ranking::hydrate::Found;
use bowerbird::ranking::model::{LinearModel, LogisticConfig, LogisticScorer, LogisticTrainer};
use bowerbird::ranking::rerank::{Mmr, MmrConfig, vectors_fn};
use bowerbird::ranking::{Cascade, CascadeBuilder, FeatureLog, Request, SourceOptions, Verdict};
use bowerbird::retrieval::{
    AlsConfig, AlsModel, AnnSource, Duplicates, Event, FeedQuery, Fresh, GraphFilter, Interactions,
    InteractionsBuilder, ItemList, Popular, als_index, load,
};
use bowerbird::vsearch::VectorIndex;
use flate2::read::GzDecoder;
use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn from_interactions_to_a_feed() -> Result<(), Box<dyn Error>> {
    let ratings = File::open("data/movielens-small/ratings.tsv.gz")?;
    let mut builder = InteractionsBuilder::new();
    load::events(
        &mut BufReader::new(GzDecoder::new(ratings)),
        load::LineLimit::default(),
        &mut builder,
    )?;
    let all = builder.build(Duplicates::Latest);

    let (mut past, mut later) = (Vec::new(), Vec::new());
    for &user in all.users().ids().iter().take(200) {
        let history = all.history(user);
        let (before, after) = history.split_at(history.len() * 4 / 5);
        past.extend(before.iter().map(|action| Event {
            user,
            item: action.item,
            at: action.at,
            weight: action.weight,
        }));
        let query = FeedQuery {
            user,
            asked_at: after[0].at,
            history: before.to_vec(),
        };
        later.push((query, after.iter().map(|action| action.item).collect::<Vec<_>>()));
    }
    let past = Interactions::from_events(past)?;

    let graph = Arc::new(GraphFilter::fit(&past, &Default::default())?);
    let popular = Arc::new(Popular::fit(&past, &Default::default())?);
    let config = AlsConfig {
        factors: 16,
        ..AlsConfig::default()
    };
    let als = Arc::new(AlsModel::fit(&past, &config)?);
    let index: Arc<dyn VectorIndex> = Arc::new(als_index(&als)?);

    let stages = || -> Result<CascadeBuilder<FeedQuery>, Box<dyn Error>> {
        let ann = AnnSource::new::<FeedQuery>(Arc::clone(&index), Arc::clone(&als))?;
        Ok(Cascade::builder()
            .source(Arc::clone(&graph), SourceOptions::new().quota(200))
            .source(ann, SourceOptions::new().quota(200))
            .source(Arc::clone(&popular), SourceOptions::new().quota(100))
            .fallback(Fresh::from_first_seen(&past), SourceOptions::new())
            .enough(100) // the fallback is asked only below this
            .filter(ItemList::deny("taken_down", [ItemId(356)]))
            .hydrator(Found::by(["graph", "ann", "popular"], 200)))
    };

    let log = FeatureLog::with_capacity(1_000_000);
    let logging = stages()?.recorder(log.clone()).build()?; // without a ranker: the order of the merge
    for (number, (query, _)) in (0..).zip(&later) {
        let request = Request::new(20).id(RequestId(number));
        logging.run(&mut query.clone(), &request)?;
    }
    let logged = log.drain().ok_or("something was served")?;

    let features = logging.schema().features().to_vec();
    let rows = logged.training_set(&features, |request, item| {
        let (_, liked) = later.get(request.0 as usize)?;
        Some(f32::from(liked.contains(&item)))
    })?;
    let trainer = LogisticTrainer::new(&LogisticConfig::default())?;
    let fit = trainer.fit("p_like", &rows.set())?;
    let trained_on = logging.schema_of(&features).ok_or("all are computed here")?;
    let model = LinearModel::new(features, [fit.head])?.with_schema(trained_on);

    let vectors = Arc::clone(&als);
    let alike = vectors_fn(config.factors, move |item, out| {
        let vector = vectors.vector(item);
        vector.map(|vector| out.copy_from_slice(vector)).is_some()
    });
    let cascade = stages()?
        .rank(LogisticScorer::new("taste", model))
        .rerank(Mmr::new(alike, &MmrConfig::default())?)
        .build()?; // refused if the model was trained on other features

    let mut query = later[33].0.clone();
    let request = Request::new(10)
        .within(cascade.clock(), Duration::from_secs(1))
        .traced();
    let slate = cascade.run(&mut query, &request)?;
    for stage in slate.coverage().stages() {
        let (took, status) = (stage.elapsed, stage.status);
        println!(
            "{}: {} in, {} out, {took:?}, {status}",
            stage.stage, stage.entered, stage.left
        );
    }
    for placed in slate.iter() {
        let mut because = slate
            .batch()
            .provenance(placed.row)
            .filter_map(|found| found.because);
        println!("{} because of {:?}", placed.item, because.next());
    }

    let verdict = cascade.verdict(&slate, ItemId(356));
    assert_eq!(
        verdict,
        Verdict::Filtered {
            by: "taken_down".into()
        }
    );

    let trace = slate.trace().ok_or("the request was traced")?;
    let again = cascade.replay(&query, trace)?;
    assert!(again.items().eq(slate.items()));

    assert_eq!(slate.len(), 10);
    assert!(slate.coverage().stage("taste").is_some() && fit.report.converged);
    Ok(())
}
