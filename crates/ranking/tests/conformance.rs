//! The kits of the execution model: sound cascades and blocking sources pass, broken ones are caught.

mod support;

use bowerbird_ranking::core::{Deadline, ItemId, Status};
use bowerbird_ranking::rerank::Rules;
use bowerbird_ranking::retrieval::{
    BlockingCall, BlockingSource, Context, FeatureName, SourceError, filter_fn, source_fn,
};
use bowerbird_ranking::{
    BlockingHydrator, BreakerOptions, CallOptions, Cascade, CascadeBuilder, FailPolicy, HydrateCall,
    LoadControl, QueryHydrator, Ranked, Reranker, Selection, SourceOptions, StageError, hydrator_fn,
    scorer_fn, testing,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use support::{Query, Ticking, builder, source};

fn fails(kit: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(kit)).is_err()
}

/// A blocking source made of a closure over the query.
struct Driver<F>(F);

impl<Q: ?Sized, F: Fn(&Q, Deadline) -> BlockingCall + Send + Sync> BlockingSource<Q> for Driver<F> {
    fn name(&self) -> &str {
        "driver"
    }

    fn prepare(&self, query: &Q, deadline: Deadline) -> BlockingCall {
        (self.0)(query, deadline)
    }
}

fn driver<Q: ?Sized, F: Fn(&Q, Deadline) -> BlockingCall + Send + Sync>(prepare: F) -> Driver<F> {
    Driver(prepare)
}

/// The call that gives `items`, best first.
fn gives(items: Vec<u64>) -> BlockingCall {
    Box::new(move |out| {
        for (rank, item) in items.into_iter().enumerate() {
            if !out.push(ItemId(item), -(rank as f32)) {
                break;
            }
        }
        Ok(Status::Full)
    })
}

#[test]
fn the_kit_of_blocking_sources_passes_sound_ones() {
    testing::blocking_source(&driver(|_: &(), _| gives((0..300).collect())), &());
    testing::blocking_source(&driver(|_: &(), _| gives(Vec::new())), &());
    let polite = driver(|wanted: &u64, deadline: Deadline| {
        let (wanted, is_late) = (*wanted, deadline != Deadline::NEVER);
        match is_late {
            true => Box::new(|_| Err(SourceError::failed("timed out"))),
            false => gives((0..wanted).collect()),
        }
    });
    testing::blocking_source(&polite, &40);
}

#[test]
fn the_kit_of_blocking_sources_catches() {
    type Prepare = fn(&(), Deadline) -> BlockingCall;
    let with = |prepare: Prepare| fails(|| testing::blocking_source(&driver(prepare), &()));
    assert!(!with(|_, _| gives(vec![5, 3, 8])));
    assert!(with(|_, _| gives(vec![5, 3, 5])), "an item twice");
    assert!(
        with(|_, _| Box::new(|out| {
            (0..9).all(|n| out.push(ItemId(n), n as f32));
            Ok(Status::Full)
        })),
        "worst first"
    );
    assert!(
        with(|_, _| Box::new(|out| {
            out.push(ItemId(1), f32::NAN);
            Ok(Status::Full)
        })),
        "not a number"
    );
    assert!(
        with(|_, _| Box::new(|out| {
            out.reset(100);
            out.push(ItemId(1), 1.0);
            Ok(Status::Full)
        })),
        "its own limit"
    );
    assert!(
        with(|_, _| Box::new(|out| {
            let first = 100 - out.limit().min(50) as u64;
            out.push(ItemId(first), 1.0);
            out.push(ItemId(1), 0.5);
            Ok(Status::Full)
        })),
        "another list for another limit"
    );
    assert!(
        with(|_, deadline| gives((0..if deadline == Deadline::NEVER { 9 } else { 2 }).collect())),
        "cut short and called full"
    );
    assert!(with(|_, _| Box::new(|_| panic!("a bad day"))));
    let prepared = AtomicU64::new(0);
    let worker = driver(|_: &(), _| gives(vec![prepared.fetch_add(1, Ordering::SeqCst)]));
    assert!(
        fails(|| testing::blocking_source(&worker, &())),
        "another answer each time it is prepared"
    );
}

/// Who asks, before and after the cascade has looked them up.
#[derive(Clone, Debug)]
struct Asker {
    first: u64,
    found: u64,
}

struct Lookup;

impl QueryHydrator<Asker> for Lookup {
    fn name(&self) -> &str {
        "lookup"
    }

    fn hydrate(&self, query: &mut Asker, _cx: &Context<'_>) -> Result<(), StageError> {
        query.found += 10 * query.first;
        Ok(())
    }
}

struct Store([FeatureName; 1]);

impl BlockingHydrator<Asker> for Store {
    fn name(&self) -> &str {
        "store"
    }

    fn features(&self) -> &[FeatureName] {
        &self.0
    }

    fn prepare(&self, _query: &Asker, items: &[ItemId], _deadline: Deadline) -> HydrateCall {
        let values = items.iter().map(|item| (item.0 % 17) as f32).collect();
        Box::new(|| Ok(values))
    }
}

/// A cascade with one of everything.
fn whole() -> CascadeBuilder<Asker> {
    let patient = BreakerOptions {
        failures: 1_000,
        cooldown: Duration::ZERO,
    };
    Cascade::builder()
        .query_hydrator(Lookup)
        .blocking_source(
            driver(|query: &Asker, _| gives((query.found..query.found + 90).collect())),
            SourceOptions::new().breaker(patient),
            2,
        )
        .source(
            source_fn("odd", |query: &Asker, _, out| {
                (0..query.first * 40).all(|item| out.push(ItemId(item * 2 + 1), -(item as f32)));
                Ok(Status::Full)
            }),
            SourceOptions::new().quota(70),
        )
        .fallback(
            source_fn("picks", |_: &Asker, _, out| {
                (1_000..1_030).all(|item| out.push(ItemId(item), 1.0));
                Ok(Status::Full)
            }),
            SourceOptions::new(),
        )
        .enough(100)
        .merge_limit(120)
        .canonical(1, |item| if item.0 == 5 { ItemId(4) } else { item })
        .filter(filter_fn("no_sevens", |_: &Asker, item| item.0 % 7 != 0))
        .filter(filter_fn("no_elevens", |_: &Asker, item| item.0 % 11 != 0))
        .hydrator(hydrator_fn("near", ["near"], |query: &Asker, rows, _, out| {
            for (row, item) in rows.items().iter().enumerate() {
                out.set(0, row, -(item.0.abs_diff(query.found) as f32));
            }
            Ok(())
        }))
        .blocking_hydrator(Store(["stored".into()]), CallOptions::new().breaker(patient), 1)
        .pre_rank(
            scorer_fn("light", ["near"], "rough", |_: &Asker, f: &[f32]| f[0]),
            50,
        )
        .rank(scorer_fn(
            "heavy",
            ["near", "stored"],
            "fine",
            |_: &Asker, f: &[f32]| f[0] + f[1],
        ))
        .rerank(
            Rules::over_ranking()
                .spacing(1, 3, |item: ItemId| Some(item.0 / 4))
                .build()
                .expect("rules"),
        )
        .late_filter(filter_fn("no_thirteens", |_: &Asker, item| item.0 % 13 != 0))
        .chunk(16)
}

#[test]
fn the_kit_of_cascades_passes_sound_ones() {
    let askers: Vec<Asker> = [0, 1, 3].map(|first| Asker { first, found: 2 }).into();
    testing::cascade(&whole().build().expect("wired"), &askers);
    let strict = whole().on_failure("odd", FailPolicy::Closed);
    testing::cascade(&strict.build().expect("wired"), &askers);
    let hurried = whole().load_control(LoadControl::hold(Duration::ZERO));
    testing::cascade(&hurried.build().expect("wired"), &askers);

    testing::cascade(&builder().build().expect("wired"), &[()]);
    let ticking = builder().clock(Ticking::every(Duration::from_micros(10)));
    testing::cascade(&ticking.build().expect("wired"), &[()]);
    let nothing: CascadeBuilder<Query> = Cascade::builder();
    let nothing = nothing.source(source("none", vec![]), SourceOptions::new());
    testing::cascade(&nothing.build().expect("wired"), &[()]);
}

fn caught(builder: CascadeBuilder<Query>) -> bool {
    let cascade = builder.build().expect("wired");
    fails(|| testing::cascade(&cascade, &[()]))
}

/// A number that is another each time.
fn counter() -> impl Fn() -> u64 + Send + Sync + 'static {
    let calls = AtomicU64::new(0);
    move || calls.fetch_add(1, Ordering::SeqCst)
}

#[test]
fn the_kit_of_cascades_catches_stages_that_give_another_answer_each_time() {
    assert!(!caught(builder()));
    let count = counter();
    let moody = hydrator_fn("moody", ["m"], move |_: &Query, rows, _, out| {
        (0..rows.len()).for_each(|row| out.set(0, row, count() as f32));
        Ok(())
    });
    assert!(
        caught(builder().hydrator(moody)),
        "features that nothing reads, too"
    );
    let count = counter();
    let moody = scorer_fn("moody", ["a"], "worth", move |_: &Query, _| count() as f32);
    assert!(caught(builder().rank(moody)));
    let count = counter();
    let moody = source_fn("moody", move |_: &Query, _, out| {
        out.push(ItemId(1_000 + count()), 1.0);
        Ok(Status::Full)
    });
    assert!(caught(builder().source(moody, SourceOptions::new())));
    let count = counter();
    let moody = filter_fn("moody", move |_: &Query, _| !count().is_multiple_of(11));
    assert!(caught(builder().filter(moody)));
}

struct Odd(fn(&Ranked<'_>, &mut Selection) -> Result<Status, StageError>);

impl Reranker<Query> for Odd {
    fn name(&self) -> &str {
        "odd"
    }

    fn select(
        &self,
        _query: &Query,
        ranked: &Ranked<'_>,
        _cx: &Context<'_>,
        out: &mut Selection,
    ) -> Result<Status, StageError> {
        (self.0)(ranked, out)
    }
}

#[test]
fn the_kit_of_cascades_catches_stages_that_fail_or_lie() {
    let down = hydrator_fn("down", ["d"], |_: &Query, _, _, _| {
        Err(StageError::failed("store is down"))
    });
    assert!(caught(builder().hydrator(down)));
    let picky = scorer_fn("picky", ["a"], "worth", |_: &Query, f| {
        assert!(f[0] < 0.9, "too good");
        f[0]
    });
    assert!(caught(builder().rank(picky)));
    assert!(
        !caught(builder().rerank(Odd(|_, _| Ok(Status::Full)))),
        "the rest is filled up"
    );
    assert!(caught(
        builder().rerank(Odd(|_, _| Err(StageError::failed("no vectors"))))
    ));
    let liar = source_fn("liar", |_: &Query, cx, out| {
        let items = if cx.is_past() { 1 } else { 50 };
        (900..900 + items).all(|item| out.push(ItemId(item), 1.0));
        Ok(Status::Full)
    });
    let lying: CascadeBuilder<Query> = Cascade::builder().source(liar, SourceOptions::new());
    assert!(caught(lying), "less at a deadline, and nothing said");
}

#[cfg(feature = "rayon")]
#[test]
fn the_kit_of_cascades_catches_an_answer_that_depends_on_the_pool() {
    let local = hydrator_fn("local", ["l"], |_: &Query, rows, _, out| {
        let name = std::thread::current().name().map_or(0, str::len);
        (0..rows.len()).for_each(|row| out.set(0, row, name as f32));
        Ok(())
    });
    assert!(caught(builder().hydrator(local)));
}

#[test]
fn the_kit_of_cascades_looks_at_every_query() {
    let cascade = Cascade::builder()
        .source(
            source_fn("some", |query: &u64, _, out| {
                (0..*query).all(|item| out.push(ItemId(item), 1.0));
                Ok(Status::Full)
            }),
            SourceOptions::new(),
        )
        .hydrator(hydrator_fn(
            "one_bad",
            ["b"],
            |query: &u64, _, _, _| match query {
                3 => Err(StageError::failed("three")),
                _ => Ok(()),
            },
        ))
        .build()
        .expect("wired");
    testing::cascade(&cascade, &[0, 1, 2, 4]);
    assert!(fails(|| testing::cascade(&cascade, &[0, 1, 2, 3, 4])));
}
