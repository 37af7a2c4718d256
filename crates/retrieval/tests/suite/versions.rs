//! A version changes whenever the answers could, and not otherwise.

use crate::common::{event, interactions, many_events};
use bowerbird_core::{ItemId, Status};
use bowerbird_retrieval::{
    CandidateSource, Catalogue, Event, FeedQuery, Filter, Fresh, GraphConfig, GraphFilter, HistoryWeighting,
    Interactions, Item, ItemList, Popular, PopularConfig, Profile, ProfileConfig, Recency, Seen, Sees,
    SequenceConfig, SequentialCooccurrence, filter_fn, source_fn,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

fn version(source: &dyn CandidateSource<FeedQuery>) -> u64 {
    source.version()
}

fn all_different(versions: &[u64]) {
    let distinct: BTreeSet<u64> = versions.iter().copied().collect();
    assert_eq!(distinct.len(), versions.len(), "{versions:x?}");
}

fn catalogue(genre: &str, year: i16) -> Arc<Catalogue> {
    Arc::new(Catalogue::new((0..700).map(|id| Item {
        id: ItemId(id),
        title: String::new(),
        year: Some(if id == 0 { year } else { 1990 }),
        genres: vec![if id == 9 { genre } else { "Drama" }.to_owned()],
    })))
}

/// Each source fitted on `data`, with the settings that go without saying.
fn fitted(data: &Interactions) -> Vec<u64> {
    let popular = Arc::new(Popular::fit(data, &PopularConfig::default()).expect("fits"));
    let versions = vec![
        version(&GraphFilter::fit(data, &GraphConfig::default()).expect("fits")),
        version(&SequentialCooccurrence::fit(data, &SequenceConfig::default()).expect("fits")),
        version(&popular),
        version(&Profile::new(catalogue("Noir", 1950), data, &ProfileConfig::default()).expect("fits")),
        version(&Fresh::from_first_seen(data)),
        version(
            &Fresh::new([(ItemId(1), 5)])
                .weighted(popular, Duration::from_secs(9))
                .expect("fits"),
        ),
    ];
    #[cfg(feature = "ann")]
    let versions = [versions, vec![ann::version_on(data)]].concat();
    versions
}

#[test]
fn the_same_data_is_the_same_version_in_whatever_order_it_came() {
    let forth = fitted(&interactions(many_events()));
    let back = fitted(&interactions(many_events().into_iter().rev()));
    assert_eq!(forth, back);
    all_different(&forth);
}

#[test]
fn other_data_are_another_version() {
    let before = interactions(many_events());
    // One event with an item that nobody knew, and one more with the first.
    let mut events = many_events();
    events.push(event(0, 7_777, -3));
    let item = before.items().id(0);
    events.push(event(121, item.0, 2_000_000));
    let after = interactions(events);
    assert_ne!(before.fingerprint(), after.fingerprint());
    for (number, (old, new)) in fitted(&before).into_iter().zip(fitted(&after)).enumerate() {
        assert_ne!(old, new, "source number {number}");
    }
}

#[cfg(feature = "rayon")]
#[test]
fn the_number_of_threads_is_not_part_of_it() {
    let data = interactions(many_events());
    let serial = fitted(&data);
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        assert_eq!(pool.install(|| fitted(&data)), serial);
    }
}

#[test]
fn events_weights_and_times_are_in_the_fingerprint() {
    let of = |events: &[Event]| interactions(events.iter().copied()).fingerprint();
    let one = event(1, 2, 3);
    let heavy = Event { weight: 2.0, ..one };
    all_different(&[
        of(&[]),
        of(&[one]),
        of(&[event(2, 2, 3)]),
        of(&[event(1, 3, 3)]),
        of(&[event(1, 2, 4)]),
        of(&[heavy]),
        of(&[one, event(2, 2, 3)]),
        of(&[one, event(1, 3, 3)]),
    ]);
}

#[test]
fn settings_that_count_are_part_of_it() {
    let data = interactions(many_events());
    let graph = GraphFilter::fit(&data, &GraphConfig::default()).unwrap();
    let few = GraphConfig {
        neighbours: 5,
        ..Default::default()
    };
    let weighting = |recency, newest| HistoryWeighting {
        newest,
        ..HistoryWeighting::recent(recency)
    };
    let reweighted = |recency, newest| version(&graph.reweighted(weighting(recency, newest)).unwrap());
    let minute = Duration::from_secs(60);
    all_different(&[
        version(&graph),
        version(&GraphFilter::fit(&data, &few).unwrap()),
        reweighted(Recency::Even, 5),
        reweighted(Recency::Decay(0.5), 1_000),
        reweighted(Recency::Power(0.5), 1_000),
        reweighted(Recency::HalfLife(minute), 1_000),
    ]);
    assert_eq!(reweighted(Recency::Even, 1_000), version(&graph));
    assert_eq!(version(&graph.clone().named("other")), version(&graph));

    let popular =
        |half_life, sees| version(&Popular::fit(&data, &PopularConfig { half_life, sees }).unwrap());
    all_different(&[
        popular(None, Sees::Past),
        popular(None, Sees::Everything),
        popular(Some(minute), Sees::Past),
    ]);

    let profile = |genre, year, year_scale| {
        let config = ProfileConfig {
            year_scale,
            ..Default::default()
        };
        version(&Profile::new(catalogue(genre, year), &data, &config).unwrap())
    };
    all_different(&[
        profile("Noir", 1950, 8.0),
        profile("War", 1950, 8.0),
        profile("Noir", 1951, 8.0),
        profile("Noir", 1950, 9.0),
    ]);

    let fresh = || Fresh::from_first_seen(&data);
    let weighted = |sees, half_life| {
        let popular = Popular::fit(
            &data,
            &PopularConfig {
                half_life: None,
                sees,
            },
        );
        version(&fresh().weighted(Arc::new(popular.unwrap()), half_life).unwrap())
    };
    all_different(&[
        version(&fresh()),
        version(&fresh().within(minute)),
        weighted(Sees::Past, minute),
        weighted(Sees::Past, 2 * minute),
        weighted(Sees::Everything, minute),
    ]);
}

#[test]
fn closures_and_lists_have_one_too() {
    let source = || source_fn("picks", |_: &FeedQuery, _, _| Ok(Status::Full));
    assert_eq!((version(&source()), version(&source().versioned(7))), (1, 7));
    let of = |filter: &dyn Filter<FeedQuery>| filter.version();
    let even = || filter_fn("even", |_: &FeedQuery, item| item.0 % 2 == 0);
    assert_eq!((of(&even()), of(&even().versioned(7))), (1, 7));
    assert_eq!(of(&Arc::new(even().versioned(7))), 7);
    assert_eq!(of(&Seen::new()), 1);

    let list = |items: &[u64]| ItemList::deny("gone", items.iter().copied().map(ItemId));
    assert_eq!(of(&list(&[3, 1, 2])), of(&list(&[1, 2, 3, 3])));
    all_different(&[
        of(&list(&[])),
        of(&list(&[1, 2])),
        of(&list(&[1, 3])),
        of(&ItemList::allow("gone", [ItemId(1), ItemId(2)])),
    ]);
}

#[cfg(feature = "ann")]
mod ann {
    use super::{all_different, version};
    use crate::common::{interactions, many_events};
    use bowerbird_retrieval::{
        AlsConfig, AlsModel, AnnSource, FeedQuery, HistoryWeighting, Interactions, als_index,
    };
    use std::sync::Arc;

    fn source(data: &Interactions, config: &AlsConfig) -> AnnSource<Arc<AlsModel>> {
        let model = Arc::new(AlsModel::fit(data, config).expect("fits"));
        AnnSource::new::<FeedQuery>(Arc::new(als_index(&model).expect("finite vectors")), model)
            .expect("one space")
    }

    fn small() -> AlsConfig {
        AlsConfig {
            factors: 4,
            iterations: 2,
            ..AlsConfig::default()
        }
    }

    pub(super) fn version_on(data: &Interactions) -> u64 {
        version(&source(data, &small()))
    }

    #[test]
    fn the_encoder_the_effort_and_the_content_count() {
        let data = interactions(many_events());
        let with = |config: AlsConfig| source(&data, &config);
        let plain = with(small());
        let history = HistoryWeighting::default();
        let recent = with(AlsConfig { history, ..small() });
        all_different(&[
            version(&plain),
            version(&recent),
            version(&with(AlsConfig { seed: 2, ..small() })),
            version(&with(small()).versioned(2)),
            version(&with(small()).with_effort(bowerbird_vsearch::Effort::Width(9))),
        ]);
    }
}
