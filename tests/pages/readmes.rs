//! The READMEs' code.

use std::error::Error;

#[test]
fn of_the_suite() -> Result<(), Box<dyn Error>> {
    use bowerbird::core::{ItemId, UserId};
    use bowerbird::ranking::{Cascade, Request, SourceOptions};
    use bowerbird::retrieval::{Event, FeedQuery, GraphFilter, Interactions, Popular};
    use std::time::Duration;

    // Who did what when; `retrieval::load` reads it from files.
    let watched = [(1, 10), (1, 11), (2, 11), (2, 12), (3, 13)];
    let events = Interactions::from_events(watched.map(|(user, item)| Event {
        user: UserId(user),
        item: ItemId(item),
        at: 0,
        weight: 1.0,
    }))?;

    let graph = GraphFilter::fit(&events, &Default::default())?;
    let popular = Popular::fit(&events, &Default::default())?;
    let cascade = Cascade::builder()
        .source(graph, SourceOptions::new().quota(200))
        .source(popular, SourceOptions::new().quota(100))
        .build()?;

    let mut query = FeedQuery {
        user: UserId(1),
        asked_at: 1,
        history: events.history(UserId(1)),
    };
    let request = Request::new(20).within(cascade.clock(), Duration::from_secs(1));
    let slate = cascade.run(&mut query, &request)?;

    // Somebody who liked 11 too liked 12.
    assert_eq!(slate.items().collect::<Vec<_>>(), [ItemId(12), ItemId(13)]);
    assert!(!slate.is_degraded(), "{:?}", slate.coverage());
    println!("{:?}", cascade.verdict(&slate, ItemId(13)));
    Ok(())
}

#[test]
fn of_core() {
    use bowerbird_core::{Budget, Clock, Deadline, ManualClock};
    use std::time::Duration;

    let clock = ManualClock::new();
    let deadline = Deadline::after(&clock, Duration::from_millis(40));
    let budget = Budget::new(deadline, &[2.0, 1.0, 1.0]); // three stages, the first gets half

    clock.advance(Duration::from_millis(4)); // it took 4 of its 20 ms; the others inherit the rest
    let second = budget.stage(1, clock.now());
    assert_eq!(second.remaining(clock.now()), Some(Duration::from_millis(18)));
}

#[test]
fn of_vsearch() -> Result<(), Box<dyn Error>> {
    use bowerbird_core::{Normalization, SpaceId};
    use bowerbird_vsearch::{
        Hits, HnswIndex, Metric, SearchParams, VectorIndex, VectorKey, Vectors, ndarray,
    };

    let vectors = ndarray::arr2(&[[0.9, 0.1], [0.0, 1.0], [0.7, 0.7f32]]);
    let keys = [VectorKey(10), VectorKey(20), VectorKey(30)];
    let space = SpaceId::new("toy", 1, 2, Normalization::None);
    let index = HnswIndex::builder(space, Metric::Cosine)
        .with_vectors(Vectors::Sq8)
        .build(vectors.view(), &keys)?;

    let mut hits = Hits::new(); // kept and used again
    index.search(&[1.0, 1.0], &SearchParams::new(2), &mut hits)?;
    assert!(hits.keys().eq([VectorKey(30), VectorKey(10)]));
    Ok(())
}

#[test]
fn of_typeahead() -> Result<(), Box<dyn Error>> {
    use bowerbird_core::SystemClock;
    use bowerbird_typeahead::{Completer, Entry, Normalizer, Request, WithTerms};

    let entries = vec![
        Entry::new("Living room ideas", 900.0),
        Entry::new("Living room lamps", 300.0),
        Entry::new("São Paulo", 700.0),
    ];
    let completer = Completer::over(WithTerms::build_fast(entries, &Normalizer::default())?);

    let answer = completer.complete("lamps livign", &Request::new(10), &SystemClock);
    assert_eq!(answer.suggestions[0].text, "Living room lamps");
    println!("{}", answer.suggestions[0].explain());
    Ok(())
}

#[test]
fn of_retrieval() -> Result<(), Box<dyn Error>> {
    use bowerbird_core::{ItemId, SystemClock, UserId};
    use bowerbird_retrieval::{CandidateSink, CandidateSource, Context};
    use bowerbird_retrieval::{Event, FeedQuery, GraphFilter, Interactions};

    let event = |user, item, at| Event {
        user: UserId(user),
        item: ItemId(item),
        at,
        weight: 1.0,
    };
    let events = [event(1, 10, 1), event(1, 11, 2), event(2, 11, 3), event(2, 12, 4)];
    let events = Interactions::from_events(events)?;
    let graph = GraphFilter::fit(&events, &Default::default())?;

    let query = FeedQuery::new(UserId(1), 5, events.history(UserId(1)));
    let mut found = CandidateSink::with_limit(100);
    graph.retrieve(&query, &Context::unhurried(&SystemClock), &mut found)?;
    assert_eq!(found.items(), [ItemId(12)]);
    let first = found.get(0).expect("found");
    assert_eq!(first.because, Some(ItemId(11))); // "because you liked 11"
    Ok(())
}

#[test]
fn of_ranking() -> Result<(), Box<dyn Error>> {
    use bowerbird_ranking::core::{ItemId, Status};
    use bowerbird_ranking::retrieval::source_fn;
    use bowerbird_ranking::{Cascade, Request, SourceOptions, Verdict, hydrator_fn, scorer_fn};
    use std::time::Duration;

    let all = source_fn("all", |_: &(), _, out| {
        (1..=500).all(|id| out.push(ItemId(id), 1.0 / id as f32));
        Ok(Status::Full)
    });
    let tail = hydrator_fn("tail", ["tail"], |_: &(), rows, _, out| {
        for (row, item) in rows.items().iter().enumerate() {
            out.set(0, row, (item.0 % 10) as f32);
        }
        Ok(())
    });
    let cascade = Cascade::builder()
        .source(all, SourceOptions::new().quota(500))
        .hydrator(tail)
        .rank(scorer_fn("high_tail", ["tail"], "worth", |_: &(), x| x[0]))
        .build()?;

    let request = Request::new(3).within(cascade.clock(), Duration::from_secs(1));
    let slate = cascade.run(&mut (), &request)?;
    assert_eq!(slate.items().collect::<Vec<_>>(), [9, 19, 29].map(ItemId));
    assert!(!slate.is_degraded(), "{:?}", slate.coverage());
    let verdict = cascade.verdict(&slate, ItemId(40));
    assert!(matches!(verdict, Verdict::NotSelected { .. }));
    Ok(())
}
