//! The kits catch what they are there for.

use super::*;
use crate::stage::*;
use bowerbird_core::{ItemId, Reason, Status};
use bowerbird_retrieval::{BatchSchema, CandidateBatch, Context, HeadName};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

fn fails(kit: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(kit)).is_err()
}

fn batch() -> CandidateBatch {
    let mut batch = CandidateBatch::new(Arc::new(BatchSchema::new(vec![], vec![], vec![], 0, vec![])));
    (0..20).for_each(|item| {
        batch.push(ItemId(item));
    });
    batch.open_columns();
    batch
}

struct ChunkScorer([HeadName; 1], fn(usize, usize, &mut f32));

impl Scorer<()> for ChunkScorer {
    fn name(&self) -> &str {
        "chunk"
    }

    fn features(&self) -> &[bowerbird_retrieval::FeatureName] {
        &[]
    }

    fn heads(&self) -> &[HeadName] {
        &self.0
    }

    fn score(
        &self,
        _: &(),
        features: &FeatureView<'_>,
        _: &Context<'_>,
        out: &mut HeadSink<'_>,
    ) -> Result<(), StageError> {
        for (row, head) in out.head(0).iter_mut().enumerate() {
            self.1(features.len(), row, head);
        }
        Ok(())
    }
}

#[test]
fn the_scorers_kit_catches() {
    let with = |score| fails(|| scorer(&ChunkScorer(["h".into()], score), &(), &[]));
    assert!(!with(|_, _, head| *head = 1.0));
    assert!(with(|rows, _, head| *head = rows as f32), "looking at the chunk");
    assert!(
        with(|_, row, head| if row > 0 {
            *head = 1.0
        }),
        "leaving rows unset"
    );
    assert!(with(|_, _, head| *head = f32::INFINITY));
    let count = AtomicU32::new(0);
    let counting = scorer_fn("n", ["a"], "h", |_: &(), _| {
        count.fetch_add(1, Ordering::SeqCst) as f32
    });
    assert!(
        fails(|| scorer(&counting, &(), &[vec![1.0, 2.0]])),
        "another answer each time"
    );
    let picky = scorer_fn("p", ["a"], "h", |_: &(), f| {
        if f[0].is_nan() { panic!("missing") } else { f[0] }
    });
    assert!(fails(|| scorer(&picky, &(), &[vec![1.0, 2.0]])));
    let twice = scorer_fn("t", ["a", "a"], "h", |_: &(), f| f[0]);
    assert!(fails(|| scorer(&twice, &(), &[vec![1.0], vec![1.0]])));
}

#[test]
fn the_hydrators_kit_catches() {
    type Fill = fn(Rows<'_>, &mut FeatureSink<'_>);
    let with = |fill: Fill| {
        let made = hydrator_fn("h", ["f"], move |_: &(), rows, _cx, out| {
            fill(rows, out);
            Ok(())
        });
        fails(|| hydrator(&made, &(), &batch()))
    };
    assert!(!with(|rows, out| (0..rows.len()).for_each(|row| out.set(
        0,
        row,
        rows.items()[row].0 as f32
    ))));
    assert!(!with(|_, _| {}), "all missing is an answer");
    assert!(
        with(|rows, out| out.set(0, 0, rows.len() as f32)),
        "looking at the chunk"
    );
    assert!(with(|_, out| out.set(0, 0, f32::INFINITY)));
}

#[test]
fn the_utilities_kit_catches() {
    struct Odd([HeadName; 1], fn(&[f32], &mut [f32]));
    impl Utility for Odd {
        fn heads(&self) -> &[HeadName] {
            &self.0
        }

        fn combine(&self, heads: &HeadView<'_>, out: &mut [f32]) {
            self.1(heads.head(0), out);
        }
    }
    let with = |combine| fails(|| utility(&Odd(["h".into()], combine), &[vec![1.0, f32::NAN, 3.0]]));
    assert!(!with(|head, out| out.copy_from_slice(head)));
    assert!(
        with(|head, out| out.iter_mut().zip(head).for_each(|(o, h)| *o = h.max(0.0))),
        "unscored rows count"
    );
    assert!(
        with(|head, out| out.fill(head.iter().sum())),
        "looking at other rows"
    );
    assert!(with(|_, _| {}), "leaving rows unset");
}

struct Odd(fn(&Ranked<'_>, &Context<'_>, &mut Selection) -> Status);

impl Reranker<()> for Odd {
    fn name(&self) -> &str {
        "odd"
    }

    fn select(
        &self,
        _: &(),
        ranked: &Ranked<'_>,
        cx: &Context<'_>,
        out: &mut Selection,
    ) -> Result<Status, StageError> {
        Ok(self.0(ranked, cx, out))
    }
}

const LATE: Status = Status::Partial {
    fraction: 0.0,
    reason: Reason::Deadline,
};

#[test]
fn the_rerankers_kit_catches() {
    let with = |select| fails(|| reranker(&Odd(select), &(), &batch()));
    assert!(!with(|_, cx, out| {
        for row in 0..out.limit() {
            if cx.is_past() {
                return LATE;
            }
            out.pick(row);
        }
        Status::Full
    }));
    assert!(with(|_, _, _| Status::Full), "picking nothing");
    assert!(
        with(|_, cx, out| {
            for row in 0..out.limit() {
                if cx.is_past() {
                    return Status::Full;
                }
                out.pick(row);
            }
            Status::Full
        }),
        "not owning up to having stopped"
    );
    assert!(
        with(|ranked, cx, out| {
            // Starts from the end when there is time for it.
            if cx.is_past() {
                out.fill();
                return LATE;
            }
            (0..ranked.len()).rev().for_each(|row| {
                out.pick(row);
            });
            Status::Full
        }),
        "another beginning when late"
    );
    assert!(
        with(|ranked, _, out| {
            let _best = ranked.utility()[0];
            out.fill();
            Status::Full
        }),
        "no rows"
    );
}
