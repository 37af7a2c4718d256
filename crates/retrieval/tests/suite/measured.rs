//! Published quality, measured on data that may not be shipped.
//!
//! Set `BOWERBIRD_DATA` to a folder with `gowalla/train.txt`, `gowalla/test.txt` (LightGCN's split) and
//! `amazon-beauty/Beauty.txt` (one user a line, in time order). Without it the tests pass over themselves and say so.

use crate::common::interactions;
use bowerbird_core::SystemClock;
use bowerbird_retrieval::{
    CandidateSink, CandidateSource, Context, Duplicates, FeedQuery, GraphConfig, GraphFilter, Interactions,
    InteractionsBuilder, SequenceConfig, SequentialCooccurrence, load,
};
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

fn read(path: &str) -> Option<Interactions> {
    let path = PathBuf::from(std::env::var_os("BOWERBIRD_DATA")?).join(path);
    let mut reader = BufReader::new(File::open(path).ok()?);
    let mut builder = InteractionsBuilder::new();
    load::lightgcn(&mut reader, load::LineLimit::default(), &mut builder).expect("the file is sound");
    Some(builder.build(Duplicates::Latest))
}

/// Mean recall@k and NDCG@k over the users of `test`: binary gain, the best possible DCG over min(k, items held out).
fn quality(
    source: &dyn CandidateSource<FeedQuery>,
    train: &Interactions,
    test: &Interactions,
    k: usize,
) -> (f64, f64) {
    let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
    let mut sink = CandidateSink::default();
    let (mut recall, mut ndcg) = (0.0, 0.0);
    for (row, &user) in (0..).zip(test.users().ids()) {
        let query = FeedQuery {
            user,
            asked_at: i64::MAX,
            history: train.history(user),
        };
        sink.reset(k);
        // A user without a history gets nothing, and counts as a miss.
        let _status = source.retrieve(&query, &Context::unhurried(&SystemClock), &mut sink);
        let wanted = test.user(row).items;
        let hits = sink
            .items()
            .iter()
            .enumerate()
            .filter(|(_, item)| test.items().row(**item).is_some_and(|row| wanted.contains(&row)));
        let (mut hit, mut dcg) = (0.0, 0.0);
        for (rank, _) in hits {
            hit += 1.0;
            dcg += gain(rank);
        }
        recall += hit / wanted.len() as f64;
        ndcg += dcg / (0..wanted.len().min(k)).map(gain).sum::<f64>();
    }
    let users = test.users().len() as f64;
    (recall / users, ndcg / users)
}

#[test]
fn the_graph_filter_reaches_the_published_level_on_gowalla() {
    let (Some(train), Some(test)) = (read("gowalla/train.txt"), read("gowalla/test.txt")) else {
        println!("passed over: no gowalla under BOWERBIRD_DATA");
        return;
    };
    let source = GraphFilter::fit(&train, &GraphConfig::default()).expect("fits");
    let (recall, ndcg) = quality(&source, &train, &test, 20);
    println!("gowalla: recall@20 {recall:.4}, NDCG@20 {ndcg:.4}");
    assert!(recall >= 0.185, "recall@20 {recall:.4}");
    assert!(ndcg >= 0.155, "NDCG@20 {ndcg:.4}");
}

#[test]
fn sequences_reach_the_measured_level_on_beauty() {
    let Some(all) = read("amazon-beauty/Beauty.txt") else {
        println!("passed over: no amazon-beauty under BOWERBIRD_DATA");
        return;
    };
    let last_of = |row: u32| all.user_range(row).end - 1;
    let is_last = |number: usize, user| all.users().row(user).is_some_and(|row| last_of(row) == number);
    let (test, train): (Vec<_>, Vec<_>) = all
        .events()
        .enumerate()
        .partition(|&(number, event)| is_last(number, event.user));
    let train = interactions(train.into_iter().map(|(_, event)| event));
    let test = interactions(test.into_iter().map(|(_, event)| event));
    let source = SequentialCooccurrence::fit(&train, &SequenceConfig::default()).expect("fits");
    let (recall, ndcg) = quality(&source, &train, &test, 10);
    println!("beauty: recall@10 {recall:.4}, NDCG@10 {ndcg:.4}");
    assert!(recall >= 0.081, "recall@10 {recall:.4}");
    assert!(ndcg >= 0.050, "NDCG@10 {ndcg:.4}");
}
