//! The code of `docs/guide/feed.md`.

use bowerbird::core::{ItemId, RequestId};
use bowerbird::ranking::hydrate::Found;
use bowerbird::ranking::model::{LinearModel, LogisticConfig, LogisticScorer, LogisticTrainer};
use bowerbird::ranking::rerank::{Mmr, MmrConfig};
use bowerbird::ranking::{Cascade, CascadeBuilder, FeatureLog, Request, SourceOptions, Verdict};
use bowerbird::retrieval::{
    AlsConfig, AlsModel, AnnSource, FeedQuery, Fresh, GraphFilter, ItemList, Popular, als_index, load,
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
    let all = load::interactions(&mut BufReader::new(GzDecoder::new(ratings)))?;

    let (past, mut later) = all.hold_out_last(|events| events / 5);
    later.truncate(200); // as many requests will do here

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
    for (number, held) in (0..).zip(&later) {
        let request = Request::new(20).id(RequestId(number));
        logging.run(&mut held.query(), &request)?;
    }
    let logged = log.drain().ok_or("something was served")?;

    let features = logging.schema().features().to_vec();
    let rows = logged.training_set(&features, |request, item| {
        let held = later.get(request.0 as usize)?;
        Some(f32::from(held.items.contains(&item)))
    })?;
    let trainer = LogisticTrainer::new(&LogisticConfig::default())?;
    let fit = trainer.fit("p_like", &rows.set())?;
    let trained_on = logging.schema_of(&features).ok_or("all are computed here")?;
    let model = LinearModel::new(features, [fit.head])?.with_schema(trained_on);

    let cascade = stages()?
        .rank(LogisticScorer::new("taste", model))
        .rerank(Mmr::new(Arc::clone(&als), &MmrConfig::default())?)
        .build()?; // refused if the model was trained on other features

    let mut query = later[33].query();
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
