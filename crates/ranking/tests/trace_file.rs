//! Decision traces on disk: what was saved is replayed, what was damaged or forged is refused.

mod support;

use bowerbird_ranking::core::container::{Container, ContainerWriter, Encoder, LoadError, Tag};
use bowerbird_ranking::core::{Deadline, ItemId, RequestId, Status};
use bowerbird_ranking::retrieval::{BlockingCall, BlockingSource, FeatureName, filter_fn};
use bowerbird_ranking::{
    BlockingHydrator, CallOptions, Cascade, DecisionTrace, HydrateCall, Request, Slate, SourceOptions,
    StageError, hydrator_fn,
};
use proptest::prelude::*;
use support::{Query, builder};

/// A missing value with a message in it.
const ODD_NAN: u32 = 0x7fc0_1234;

const SECTIONS: [Tag; 4] = [
    Tag::new("items"),
    Tag::new("scores"),
    Tag::new("because"),
    Tag::new("values"),
];

struct Driver;

impl BlockingSource<Query> for Driver {
    fn name(&self) -> &str {
        "driver"
    }

    fn prepare(&self, _query: &Query, _deadline: Deadline) -> BlockingCall {
        Box::new(|out| {
            out.push(ItemId(500), f32::NAN);
            out.push_because(ItemId(501), 1.5, Some(ItemId(7)));
            Ok(Status::Full)
        })
    }
}

struct Store([FeatureName; 1]);

impl BlockingHydrator<Query> for Store {
    fn name(&self) -> &str {
        "store"
    }

    fn features(&self) -> &[FeatureName] {
        &self.0
    }

    fn prepare(&self, _query: &Query, items: &[ItemId], _deadline: Deadline) -> HydrateCall {
        let value = |item: &ItemId| match item.0 % 2 {
            0 => f32::from_bits(ODD_NAN),
            _ => item.0 as f32,
        };
        let values = items.iter().map(value).collect();
        Box::new(|| Ok(values))
    }
}

/// A cascade whose traces have something of everything.
fn eventful() -> Cascade<Query> {
    builder()
        .blocking_source(Driver, SourceOptions::new().quota(9), 1)
        .blocking_hydrator(Store(["stored".into()]), CallOptions::new(), 1)
        .hydrator(hydrator_fn("down", ["d"], |_: &Query, _, _, _| {
            Err(StageError::failed("store is down"))
        }))
        .filter(filter_fn("fine", |_: &Query, item| item.0 % 9 != 1))
        .filter(filter_fn("broken", |_: &Query, _| panic!("a bad day")))
        .late_filter(filter_fn("late", |_: &Query, item| item.0 % 5 != 2))
        .late_filter(filter_fn("late_broken", |_: &Query, _| panic!("a bad day")))
        .build()
        .expect("wired")
}

fn serve(cascade: &Cascade<Query>) -> Slate {
    let request = Request::new(12).id(RequestId(7)).traced();
    cascade.run(&mut (), &request).expect("nothing is required")
}

fn bytes() -> Vec<u8> {
    let served = serve(&eventful());
    served.trace().expect("traced").to_bytes().expect("small")
}

#[test]
fn a_saved_trace_gives_the_same_slate_in_another_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trace");
    let cascade = eventful();
    let served = serve(&cascade);
    let trace = served.trace().expect("traced");
    trace.save(&path).expect("saved");
    drop(cascade);
    let loaded = DecisionTrace::load(&path).expect("loads");
    assert_eq!(
        loaded.to_bytes().unwrap(),
        trace.to_bytes().unwrap(),
        "NaNs keep their bits"
    );
    assert_eq!(
        (loaded.request(), loaded.schema()),
        (RequestId(7), trace.schema())
    );

    let again = eventful().replay(&(), &loaded).expect("the same versions");
    let visible = |slate: &Slate| -> Vec<_> {
        let shown = slate.iter();
        shown
            .map(|placed| (placed.item, placed.utility.to_bits(), placed.rank()))
            .collect()
    };
    assert_eq!(visible(&served), visible(&again));
    assert_eq!(served.fates(), again.fates());
    let stored = served.batch().schema().feature("stored").expect("computed");
    let bits = |slate: &Slate| -> Vec<_> {
        let values = slate.batch().feature(stored).iter();
        values.map(|value| value.to_bits()).collect()
    };
    assert_eq!(bits(&served), bits(&again));
    assert!(bits(&again).contains(&ODD_NAN));
    assert!(matches!(
        DecisionTrace::load(folder.path().join("none")),
        Err(LoadError::Io { .. })
    ));
}

#[test]
fn version_1_stays_readable() {
    let fixture = include_bytes!("fixtures/decision-trace-v1.bwb");
    let trace = DecisionTrace::from_bytes(fixture).expect("an old file");
    assert_eq!(trace.request(), RequestId(7));
    assert_eq!(trace.to_bytes().unwrap(), fixture, "nothing of it was lost");
}

proptest! {
    #[test]
    fn damaged_files_are_refused(at in 0..100_000_usize, bit in 0..8_u8, cut in 0..100_000_usize) {
        let bytes = bytes();
        let mut flipped = bytes.clone();
        flipped[at % bytes.len()] ^= 1 << bit;
        prop_assert!(DecisionTrace::from_bytes(&flipped).is_err());
        prop_assert!(DecisionTrace::from_bytes(&bytes[..cut % bytes.len()]).is_err());
    }

    #[test]
    fn forged_files_are_refused_or_replayed(changes in prop::collection::vec((0..100_000_usize, any::<u8>()), 1..4)) {
        let bytes = bytes();
        let container = Container::from_bytes(&bytes).expect("a container");
        let mut params = container.params().rest().to_vec();
        for (at, byte) in changes {
            let at = at % params.len();
            params[at] = byte;
        }
        if let Ok(trace) = DecisionTrace::from_bytes(&with_params(&container, params)) {
            // The trace tells what never happened; whatever comes of it, it is an answer or an error.
            let _ = eventful().replay(&(), &trace);
        }
    }
}

fn with_params(container: &Container, params: Vec<u8>) -> Vec<u8> {
    let mut writer = ContainerWriter::new(container.kind(), 1);
    writer.params(params);
    for tag in SECTIONS {
        writer.section(tag, container.section(tag).expect("there"));
    }
    writer.to_bytes().expect("a container")
}

/// A file with right checksums: the fixed parameters with `counts`, then `rest`.
fn forged(quality: f32, counts: [u32; 4], rest: Encoder, items: usize, values: usize) -> Vec<u8> {
    let mut params = Encoder::new();
    params.u64(7).u64(3).u64(0).f32(quality).u64(2);
    counts.into_iter().for_each(|count| {
        params.u32(count);
    });
    let params = [Vec::from(params), Vec::from(rest)].concat();
    let (ids, scores) = (vec![1_u64; items], vec![0.5_f32; items.max(values)]);
    let mut writer = ContainerWriter::new(Tag::new("trace"), 1);
    writer
        .params(params)
        .elements(SECTIONS[0], &ids)
        .elements(SECTIONS[1], &scores[..items])
        .elements(SECTIONS[2], &ids)
        .elements(SECTIONS[3], &scores[..values]);
    writer.to_bytes().expect("a container")
}

#[test]
fn hostile_counts_are_refused_without_taking_memory() {
    let load = |counts, rest, items, values| {
        DecisionTrace::from_bytes(&forged(1.0, counts, rest, items, values)).is_ok()
    };
    assert!(load([0; 4], Encoder::new(), 0, 0));
    for at in 0..4 {
        let mut counts = [0; 4];
        counts[at] = u32::MAX;
        assert!(!load(counts, Encoder::new(), 0, 0), "list {at}");
    }
    let source = |code: u8, limit: u64, given: u64| {
        let mut rest = Encoder::new();
        rest.u8(code).u64(limit).u64(0).u64(given);
        rest
    };
    let one = [1, 0, 0, 0];
    assert!(load(one, source(0, 2, 2), 2, 0));
    assert!(!load(one, source(0, 1, 2), 2, 0), "more than its limit");
    assert!(
        !load(one, source(0, u64::MAX, u64::MAX), 2, 0),
        "more than there are"
    );
    assert!(!load(one, source(0, 2, 1), 2, 0), "some are left over");
    assert!(!load(one, source(9, 2, 2), 2, 0), "no such status");
    let mut unknown = Encoder::new();
    unknown.u8(2).text("whim").u64(2).u64(0).u64(2);
    assert!(!load(one, unknown, 2, 0), "no such reason");
    assert!(!load([0; 4], Encoder::new(), 0, 3), "values are left over");

    let hydrator = |has_answered: bool, count: u64| {
        let mut rest = Encoder::new();
        rest.u64(5).u64(5).u64(5).u8(0).u32(1);
        rest.u32(0).u64(5).text("").flag(has_answered).u64(count);
        rest
    };
    let one = [0, 0, 1, 0];
    assert!(load(one, hydrator(true, 3), 0, 3));
    assert!(!load(one, hydrator(false, 3), 0, 3), "values of nobody");
    assert!(!load(one, hydrator(true, u64::MAX), 0, 3), "more than there are");

    for quality in [f32::NAN, -1.0, 2.0] {
        assert!(DecisionTrace::from_bytes(&forged(quality, [0; 4], Encoder::new(), 0, 0)).is_err());
    }
    let other = ContainerWriter::new(Tag::new("linear"), 1).to_bytes().unwrap();
    assert!(matches!(
        DecisionTrace::from_bytes(&other),
        Err(LoadError::Kind { .. })
    ));
    let newer = ContainerWriter::new(Tag::new("trace"), 2).to_bytes().unwrap();
    assert!(matches!(
        DecisionTrace::from_bytes(&newer),
        Err(LoadError::Version { .. })
    ));
}
