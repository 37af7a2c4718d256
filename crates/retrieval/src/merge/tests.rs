use super::*;
use crate::batch::BatchSchema;
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

fn sink(items: &[u64]) -> CandidateSink {
    let mut sink = CandidateSink::with_limit(items.len());
    for (rank, &item) in items.iter().enumerate() {
        sink.push_because(ItemId(item), 10.0 - rank as f32, Some(ItemId(item + 1000)));
    }
    sink
}

fn merge(policy: MergePolicy, lists: &[&[u64]], weights: &[f32]) -> CandidateBatch {
    let sinks: Vec<_> = lists.iter().map(|items| sink(items)).collect();
    let names = (0..lists.len()).map(|s| format!("s{s}").into()).collect();
    let schema = BatchSchema::new(names, Vec::new(), Vec::new(), 0, Vec::new());
    let mut batch = CandidateBatch::new(Arc::new(schema));
    Merger::new().merge(&policy, &sinks, weights, None, &mut batch);
    batch
}

fn ids(batch: &CandidateBatch) -> Vec<u64> {
    batch.items().iter().map(|item| item.0).collect()
}

#[test]
fn a_round_robin_takes_turns_and_lists_nothing_twice() {
    let batch = merge(MergePolicy::RoundRobin, &[&[1, 2, 3], &[2, 4]], &[1.0, 1.0]);
    assert_eq!(ids(&batch), [1, 2, 4, 3]);
    let found: Vec<_> = batch
        .provenance(1)
        .map(|by| (by.source, by.rank, by.because))
        .collect();
    assert_eq!(found, [(0, 1, Some(ItemId(1002))), (1, 0, Some(ItemId(1002)))]);
}

#[test]
fn a_quota_keeps_a_place_for_the_small_source() {
    let batch = merge(
        MergePolicy::Quota { first: 4 },
        &[&[1, 2, 3, 4, 5], &[9, 8]],
        &[3.0, 1.0],
    );
    assert_eq!(ids(&batch), [1, 9, 2, 3, 8, 4, 5]);
}

#[test]
fn reciprocal_ranks_reward_agreement() {
    let batch = merge(MergePolicy::default(), &[&[1, 2], &[3, 2]], &[1.0, 1.0]);
    assert_eq!(ids(&batch), [2, 1, 3]);
    assert!((batch.merge_scores()[0] - 2.0 / 62.0).abs() < 1e-6);
}

#[test]
fn scores_are_scaled_within_their_source() {
    let batch = merge(MergePolicy::Score, &[&[1, 2, 3], &[3]], &[1.0, 0.75]);
    assert_eq!(ids(&batch), [1, 3, 2], "a list of one has the top of its scale");
}

#[test]
fn near_duplicates_collapse_and_are_remembered() {
    let schema = BatchSchema::new(vec!["s".into()], Vec::new(), Vec::new(), 0, Vec::new());
    let mut batch = CandidateBatch::new(Arc::new(schema));
    let mut merger = Merger::new();
    let halve = |item: ItemId| ItemId(item.0 / 2 * 2);
    merger.merge(
        &MergePolicy::RoundRobin,
        &[sink(&[4, 5, 7])],
        &[1.0],
        Some(&halve),
        &mut batch,
    );
    assert_eq!(ids(&batch), [4, 6]);
    assert_eq!(
        merger.collapsed(),
        [(ItemId(5), ItemId(4)), (ItemId(7), ItemId(6))]
    );
}

proptest! {
    #[test]
    fn every_item_is_there_once_with_all_its_sources(
        lists in prop::collection::vec(prop::collection::vec(0_u64..60, 0..40), 1..5),
        policy in prop_oneof![
            Just(MergePolicy::RoundRobin),
            Just(MergePolicy::Quota { first: 10 }),
            Just(MergePolicy::default()),
            Just(MergePolicy::Score),
        ],
    ) {
        let lists: Vec<&[u64]> = lists.iter().map(Vec::as_slice).collect();
        let batch = merge(policy, &lists, &vec![1.0; lists.len()]);
        let mut expected: HashMap<u64, HashSet<usize>> = HashMap::new();
        for (source, list) in lists.iter().enumerate() {
            for &item in *list {
                expected.entry(item).or_default().insert(source);
            }
        }
        prop_assert_eq!(batch.len(), expected.len());
        for row in 0..batch.len() {
            let sources: HashSet<usize> = batch.provenance(row).map(|by| by.source).collect();
            prop_assert_eq!(Some(&sources), expected.get(&batch.items()[row].0));
            prop_assert_eq!(batch.sources(row).len(), sources.len());
            for by in batch.provenance(row) {
                let list = lists[by.source];
                let rank = list.iter().position(|&item| item == batch.items()[row].0);
                prop_assert_eq!(rank, Some(by.rank as usize), "a source's first mention counts");
            }
        }
        let scores = batch.merge_scores();
        if !matches!(policy, MergePolicy::Quota { .. }) {
            prop_assert!(scores.windows(2).all(|pair| pair[0] >= pair[1]));
        }
    }
}
