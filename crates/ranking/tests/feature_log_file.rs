//! Feature logs on disk: what was damaged or forged is refused.

mod support;

use bowerbird_ranking::core::container::{Container, ContainerWriter, Encoder, LoadError, Tag};
use bowerbird_ranking::core::{ItemId, RequestId};
use bowerbird_ranking::log::{FeatureLog, LoggedRequests};
use bowerbird_ranking::{Cascade, Request, SourceOptions};
use proptest::prelude::*;
use support::{hydrator, scorer, source};

fn small() -> Vec<u8> {
    let log = FeatureLog::with_capacity(100);
    let cascade = Cascade::builder()
        .source(source("up", vec![1, 2, 3]), SourceOptions::new())
        .source(source("down", vec![4, 3, 2]), SourceOptions::new())
        .hydrator(hydrator("cheap", "a", 1))
        .rank(scorer("heavy", &["a"], "fine"))
        .recorder(log.clone())
        .build()
        .expect("wired");
    for id in [7, 8] {
        let request = Request::new(2).id(RequestId(id));
        cascade.run(&mut (), &request).expect("runs");
    }
    log.drain().expect("two requests").to_bytes().expect("small")
}

#[test]
fn version_1_stays_readable() {
    let fixture = include_bytes!("fixtures/feature-log-v1.bwb");
    let log = LoggedRequests::from_bytes(fixture).expect("an old file");
    assert_eq!((log.len(), log.rows()), (2, 8));
    let request = log.get(1).expect("two requests");
    assert_eq!(request.id(), RequestId(8));
    let mut items = request.items().to_vec();
    items.sort_unstable();
    assert_eq!(items, [1, 2, 3, 4].map(ItemId));
    assert_eq!(bits(request.feature(0)), bits(request.head(0)));
    assert_eq!(bits(request.utility()), bits(request.head(0)));
    assert!(request.utility().is_sorted_by(|a, b| a >= b));
    let row = request
        .items()
        .iter()
        .position(|item| item.0 == 2)
        .expect("there");
    let found: Vec<_> = request.provenance(row).map(|by| (by.source, by.rank)).collect();
    assert_eq!(found, [(0, 1), (1, 2)]);
    assert_eq!((request.position(1), request.position(2)), (Some(1), None));
    assert_eq!((request.scored(0), request.stage_rank(0, 3)), (4, Some(3)));
    assert_eq!(log.to_bytes().unwrap(), fixture, "nothing of it was lost");
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// The file `bytes` with other parameters and, under right checksums, `change` made to section `tag`.
fn forge(bytes: &[u8], params: Option<Vec<u8>>, tag: &str, change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let container = Container::from_bytes(bytes).expect("a container");
    let params = params.unwrap_or_else(|| container.params().rest().to_vec());
    let mut writer = ContainerWriter::new(container.kind(), 1);
    writer.params(params);
    for section in container.tags() {
        let mut bytes = container.section(section).expect("there").to_vec();
        if section.as_str() == tag {
            change(&mut bytes);
        }
        writer.section(section, bytes);
    }
    writer.to_bytes().expect("a container")
}

proptest! {
    #[test]
    fn damaged_files_are_refused(at in 0..100_000_usize, bit in 0..8_u8, cut in 0..100_000_usize) {
        let bytes = small();
        let mut flipped = bytes.clone();
        flipped[at % bytes.len()] ^= 1 << bit;
        prop_assert!(LoggedRequests::from_bytes(&flipped).is_err());
        prop_assert!(LoggedRequests::from_bytes(&bytes[..cut % bytes.len()]).is_err());
    }

    #[test]
    fn forged_files_are_refused_or_can_be_read(
        section in 0..19_usize,
        changes in prop::collection::vec((0..1_000_usize, any::<u8>()), 1..4),
    ) {
        let bytes = small();
        let container = Container::from_bytes(&bytes).expect("a container");
        let change = |bytes: &mut Vec<u8>| changes.iter().for_each(|&(at, byte)| {
            let at = at % bytes.len();
            bytes[at] = byte;
        });
        let mut params = container.params().rest().to_vec();
        let tag = container.tags().nth(section).map(|tag| tag.as_str().to_owned());
        if tag.is_none() {
            change(&mut params);
        }
        let forged = forge(&bytes, Some(params), tag.as_deref().unwrap_or_default(), change);
        if let Ok(log) = LoggedRequests::from_bytes(&forged) {
            for request in log.iter() {
                for row in 0..request.len() {
                    let _ = (request.position(row), request.stage_rank(0, row), request.scored(0));
                    prop_assert!(request.provenance(row).all(|by| by.source < log.schema().sources().len()));
                }
                prop_assert_eq!(request.feature(0).len(), request.len());
            }
            let rows = log.training_set(&["a".into()], |_, _| Some(1.0)).expect("there");
            prop_assert_eq!(rows.len(), log.rows());
        }
    }
}

#[test]
fn hostile_counts_are_refused_without_taking_memory() {
    let bytes = small();
    let same = forge(&bytes, None, "", |_| {});
    assert!(LoggedRequests::from_bytes(&same).is_ok());
    for at in 0..5 {
        let container = Container::from_bytes(&bytes).expect("a container");
        let mut params = container.params().rest().to_vec();
        params[at * 4..][..4].fill(0xff);
        let forged = forge(&bytes, Some(params), "", |_| {});
        assert!(LoggedRequests::from_bytes(&forged).is_err(), "count {at}");
    }
    let tags = Container::from_bytes(&bytes).expect("a container");
    for tag in tags.tags() {
        let (shorter, longer) = (
            forge(&bytes, None, tag.as_str(), |bytes| {
                bytes.truncate(bytes.len() - 1)
            }),
            forge(&bytes, None, tag.as_str(), |bytes| bytes.extend([0; 8])),
        );
        assert!(LoggedRequests::from_bytes(&shorter).is_err(), "{tag} is shorter");
        assert!(LoggedRequests::from_bytes(&longer).is_err(), "{tag} is longer");
    }
    let refused = |tag: &str, at: usize, value: &[u8]| {
        let forged = forge(&bytes, None, tag, |bytes| {
            bytes[at..at + value.len()].copy_from_slice(value);
        });
        LoggedRequests::from_bytes(&forged).is_err()
    };
    assert!(refused("ends", 0, &u64::MAX.to_le_bytes()), "ends fall");
    assert!(refused("hits", 0, &u64::MAX.to_le_bytes()), "ends fall");
    assert!(refused("hitsourc", 0, &2_u32.to_le_bytes()), "no such source");
    assert!(refused("degraded", 0, &[2]));
    assert!(refused("quality", 0, &f32::NAN.to_le_bytes()));
    assert!(refused("position", 8, &1_u32.to_le_bytes()), "a position twice");
    assert!(!refused("utility", 0, &f32::NAN.to_le_bytes()), "any bits");

    // No request at all, and four billion phases for it.
    let mut params = Encoder::new();
    params.u32(u32::MAX).u32(0).u32(0).u32(0).u32(0).u64(0);
    let container = Container::from_bytes(&bytes).expect("a container");
    let mut writer = ContainerWriter::new(container.kind(), 1);
    writer.params(params);
    for tag in container.tags() {
        writer.section(tag, Vec::new());
    }
    let forged = writer.to_bytes().expect("a container");
    assert!(LoggedRequests::from_bytes(&forged).is_err());
    let other = ContainerWriter::new(Tag::new("trace"), 1).to_bytes().unwrap();
    assert!(matches!(
        LoggedRequests::from_bytes(&other),
        Err(LoadError::Kind { .. })
    ));
}
