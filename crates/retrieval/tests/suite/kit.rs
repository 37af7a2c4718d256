//! Every source and filter of the crate against the conformance kit, and the kit against bad ones.

use crate::common::{interactions, many_events, queries};
use bowerbird_core::{ItemId, Status};
use bowerbird_retrieval::testing::{candidate_source, filter, history_is_excluded};
use bowerbird_retrieval::{
    ActionWeight, CandidateSource, Catalogue, FeedQuery, Fresh, GraphConfig, GraphFilter, HistoryWeighting,
    Item, ItemList, Popular, PopularConfig, Profile, ProfileConfig, Recency, Seen, Sees, SequenceConfig,
    SequentialCooccurrence, filter_fn, source_fn,
};
use std::sync::Arc;
use std::time::Duration;

fn catalogue() -> Arc<Catalogue> {
    let genres = ["Drama", "Comedy", "War", "Noir"];
    Arc::new(Catalogue::new((0..700).map(|id| {
        Item {
            id: ItemId(id),
            title: format!("film {id}"),
            year: (id % 7 != 0).then_some(1930 + (id % 90) as i16),
            genres: genres
                .iter()
                .enumerate()
                .filter(|(n, _)| id % (*n as u64 + 2) == 0)
                .map(|(_, g)| (*g).into())
                .collect(),
        }
    })))
}

fn check<S: CandidateSource<FeedQuery>>(source: &S) {
    let data = interactions(many_events());
    candidate_source(source, &queries(&data));
    history_is_excluded(source, &queries(&data));
}

#[test]
fn graph_and_sequence() {
    let data = interactions(many_events());
    let weightings = [
        HistoryWeighting::default(),
        HistoryWeighting::recent(Recency::Decay(0.7)),
        HistoryWeighting {
            newest: 3,
            action_weight: ActionWeight::Multiplies,
            ..Default::default()
        },
    ];
    for history in weightings {
        check(
            &GraphFilter::fit(
                &data,
                &GraphConfig {
                    history,
                    ..Default::default()
                },
            )
            .unwrap(),
        );
        check(
            &SequentialCooccurrence::fit(
                &data,
                &SequenceConfig {
                    history,
                    ..Default::default()
                },
            )
            .unwrap(),
        );
    }
}

#[test]
fn popular_fresh_and_profile() {
    let data = interactions(many_events());
    for half_life in [None, Some(Duration::from_secs(20_000))] {
        for sees in [Sees::Past, Sees::Everything] {
            check(&Popular::fit(&data, &PopularConfig { half_life, sees }).unwrap());
        }
    }
    check(&Fresh::from_first_seen(&data));
    check(&Fresh::from_first_seen(&data).within(Duration::from_secs(100_000)));
    let popular = Arc::new(Popular::fit(&data, &PopularConfig::default()).unwrap());
    check(
        &Fresh::from_first_seen(&data)
            .weighted(popular, Duration::from_secs(50_000))
            .unwrap(),
    );
    check(&Profile::new(catalogue(), &data, &ProfileConfig::default()).unwrap());
}

#[cfg(feature = "ann")]
#[test]
fn nearest_vectors() {
    use bowerbird_retrieval::{AlsConfig, AlsModel, AnnSource, BuildError, als_graph, als_index};
    let data = interactions(many_events());
    let config = AlsConfig {
        factors: 8,
        iterations: 3,
        ..Default::default()
    };
    let model = Arc::new(AlsModel::fit(&data, &config).unwrap());
    let index = Arc::new(als_index(&model).unwrap());
    check(&AnnSource::new::<FeedQuery>(index.clone(), Arc::clone(&model)).unwrap());
    let graph = Arc::new(als_graph(&model).unwrap());
    check(&AnnSource::new::<FeedQuery>(graph, Arc::clone(&model)).unwrap());

    let other = AlsModel::fit(&data, &AlsConfig { seed: 2, ..config }).unwrap();
    let refused = AnnSource::new::<FeedQuery>(index, other);
    assert!(matches!(refused, Err(BuildError::Space(_))), "{refused:?}");
}

#[test]
fn filters() {
    let data = interactions(many_events());
    let items: Vec<ItemId> = (0..300).map(|n| ItemId(n * 3 % 701)).collect();
    filter(&Seen::new(), &queries(&data), &items);
    filter(
        &ItemList::allow("in_stock", (0..200).map(ItemId)),
        &queries(&data),
        &items,
    );
    filter(
        &ItemList::deny("taken_down", (0..200).map(ItemId)),
        &queries(&data),
        &items,
    );
    filter(
        &filter_fn("even", |_: &FeedQuery, item| item.0 % 2 == 0),
        &queries(&data),
        &items,
    );
}

#[test]
#[should_panic(expected = "best first")]
fn the_kit_finds_a_source_out_of_order() {
    let source = source_fn("bad", |_: &(), _cx, out| {
        out.push(ItemId(1), 1.0);
        out.push(ItemId(2), 2.0);
        Ok(Status::Full)
    });
    candidate_source(&source, &[()]);
}

#[test]
#[should_panic(expected = "comes twice")]
fn the_kit_finds_a_repeated_item() {
    let source = source_fn("bad", |_: &(), _cx, out| {
        out.push(ItemId(1), 1.0);
        out.push(ItemId(1), 1.0);
        Ok(Status::Full)
    });
    candidate_source(&source, &[()]);
}

#[test]
#[should_panic(expected = "looks past its deadline")]
fn the_kit_finds_a_source_that_goes_on() {
    let source = source_fn("bad", |_: &(), cx, out| {
        for id in 0..100 {
            let _ignored = cx.is_past();
            out.push(ItemId(id), 1.0);
        }
        Ok(Status::Full)
    });
    candidate_source(&source, &[()]);
}

#[test]
#[should_panic(expected = "must not be reported as full")]
fn the_kit_finds_a_silent_loss() {
    let source = source_fn("bad", |_: &(), cx, out| {
        for id in 0..100 {
            if cx.is_past() {
                break;
            }
            out.push(ItemId(id), 1.0);
        }
        Ok(Status::Full)
    });
    candidate_source(&source, &[()]);
}

#[test]
#[should_panic(expected = "a limit cuts the tail")]
fn the_kit_finds_a_list_that_changes_with_its_limit() {
    let source = source_fn("bad", |_: &(), _cx, out| {
        let first = if out.limit() > 50 { 5 } else { 0 };
        (first..10).for_each(|id| {
            out.push(ItemId(id), 1.0);
        });
        Ok(Status::Full)
    });
    candidate_source(&source, &[()]);
}

#[test]
#[should_panic(expected = "is in the history")]
fn the_kit_finds_history_proposed_again() {
    let source = source_fn("bad", |_: &FeedQuery, _cx, out| {
        out.push(ItemId(1), 1.0);
        Ok(Status::Full)
    });
    history_is_excluded(&source, &[crate::common::query(0, &[1])]);
}

#[test]
#[should_panic(expected = "the order of the rows plays no part")]
fn the_kit_finds_a_filter_that_counts_rows() {
    struct FirstOnly;
    impl bowerbird_retrieval::Filter<()> for FirstOnly {
        fn name(&self) -> &str {
            "first_only"
        }
        fn apply(
            &self,
            _query: &(),
            batch: &bowerbird_retrieval::CandidateBatch,
            _cx: &bowerbird_retrieval::Context<'_>,
            mask: &mut bowerbird_retrieval::FilterMask,
        ) -> Result<(), bowerbird_retrieval::FilterError> {
            (5..batch.len()).for_each(|row| mask.reject(row));
            Ok(())
        }
    }
    filter(&FirstOnly, &[()], &(0..9).map(ItemId).collect::<Vec<_>>());
}
