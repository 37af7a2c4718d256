//! The kit of whole cascades.

mod rows;

use super::bits;
use crate::audit::Audit;
use crate::cascade::{Cascade, RunError};
use crate::fate::Fate;
use crate::request::{Request, Widths};
use crate::slate::Slate;
use crate::trace::DecisionTrace;
use bowerbird_core::{Deadline, ItemId, Reason, RequestId, Status};
use std::fmt::Debug;
use std::sync::Arc;

/// How many items the kit asks for: none, few, and all there are.
const LIMITS: [usize; 4] = [0, 1, 10, usize::MAX];

/// What a slate answers, down to the bits: everything but times, in an order that can be compared.
struct Answer {
    shown: Vec<(ItemId, Option<u32>)>,
    utility: Vec<u32>,
    fates: Vec<(ItemId, Fate)>,
    rows: Vec<ItemId>,
    features: Vec<Vec<u32>>,
    heads: Vec<Vec<u32>>,
    stages: Vec<(Arc<str>, u32, u32, bool)>,
}

impl Answer {
    fn of(slate: &Slate) -> Self {
        let (batch, schema) = (slate.batch(), slate.batch().schema());
        let stages = slate.coverage().stages().iter();
        Self {
            shown: slate.iter().map(|placed| (placed.item, placed.rank())).collect(),
            utility: bits(batch.utility()),
            fates: slate.fates().iter().collect(),
            rows: batch.items().to_vec(),
            features: (0..schema.features().len())
                .map(|feature| bits(batch.feature(feature)))
                .collect(),
            heads: (0..schema.heads().len())
                .map(|head| bits(batch.head(head)))
                .collect(),
            stages: stages
                .map(|report| {
                    let degraded = report.status.is_degraded();
                    (Arc::clone(&report.stage), report.entered, report.left, degraded)
                })
                .collect(),
        }
    }

    /// The first thing that is another in `other`.
    fn difference(&self, other: &Self) -> Option<&'static str> {
        let differs = [
            (self.stages != other.stages, "coverage"),
            (self.rows != other.rows, "ranked rows"),
            (self.features != other.features, "features"),
            (self.heads != other.heads, "heads"),
            (self.utility != other.utility, "utility"),
            (self.shown != other.shown, "slate"),
            (self.fates != other.fates, "fates"),
        ];
        differs
            .into_iter()
            .find_map(|(differs, what)| differs.then_some(what))
    }
}

/// Checks a host's own wiring: `cascade`, on each of `queries`, asked for no, few and all items.
///
/// - Without a deadline no stage fails, and the slate is as long as it can be.
/// - Every candidate ends in exactly one place, and can be explained.
/// - Coverage adds up: what leaves one stage enters the next, and no stage but a source lets out more than came in.
/// - The same request gets the same answer, features and heads bit for bit: again, into a used slate, and inside a rayon
///   pool.
/// - A trace replays to the same answer, also after having been written down and read.
/// - At full width nothing is narrowed, and the losses of the two answers add up.
/// - With a deadline that is past it still answers, or names the required stage that had no time, and owns up to being
///   degraded where the answer is another; the next request is served as ever.
///
/// `queries` are as the host receives them: query hydrators complete a clone. The cascade's recorders and side effects
/// are told of every request. A load controller that narrows, or a breaker that opens, in the middle of it is not held
/// against the cascade: such answers are checked by themselves and not compared.
///
/// Include queries that find much, little and nothing. Takes a few dozen requests a query.
///
/// # Panics
///
/// At the first broken promise, saying which.
pub fn cascade<Q: Clone + Send + Sync + Debug>(cascade: &Cascade<Q>, queries: &[Q]) {
    let mut used = cascade.slate();
    for (number, query) in queries.iter().enumerate() {
        for limit in LIMITS {
            let request = Request::new(limit).id(RequestId(number as u64 + 1));
            let asked = Asked {
                cascade,
                query,
                request,
            };
            let first = asked.slate(request);
            asked.unhurried(&first);
            asked.again(&first, &mut used);
            asked.replayed(&first);
            asked.full(&first);
            asked.late(&first, &mut used);
        }
    }
}

/// One question to a cascade.
struct Asked<'a, Q> {
    cascade: &'a Cascade<Q>,
    query: &'a Q,
    request: Request,
}

/// True when nothing that changes from request to request by design had a say.
fn is_steady(slate: &Slate) -> bool {
    let away = |status| matches!(status, Status::Skipped(Reason::BreakerOpen | Reason::Busy));
    slate.quality() >= 1.0 && !slate.coverage().stages().iter().any(|report| away(report.status))
}

impl<Q: Clone + Send + Sync + Debug> Asked<'_, Q> {
    fn run(&self, request: Request, slate: &mut Slate) -> Result<(), RunError> {
        self.cascade.run_into(&mut self.query.clone(), &request, slate)
    }

    fn slate(&self, request: Request) -> Slate {
        let mut slate = self.cascade.slate();
        let end = self.run(request, &mut slate);
        assert!(
            end.is_ok(),
            "the request failed without a deadline: {end:?} {self:?}"
        );
        slate
    }

    fn same(&self, first: &Slate, other: &Slate, when: &str) {
        if !(is_steady(first) && is_steady(other)) {
            return;
        }
        if let Some(what) = Answer::of(first).difference(&Answer::of(other)) {
            panic!("another {what} {when}: {self:?}");
        }
    }

    /// An answer that had all the time it wanted.
    fn unhurried(&self, slate: &Slate) {
        if let Some(failure) = slate.failures().first() {
            panic!("stage {} failed: {} {self:?}", failure.stage, failure.error);
        }
        let failed = |status| matches!(status, Status::Failed(_));
        if let Some(report) = slate.coverage().stages().iter().find(|r| failed(r.status)) {
            panic!("stage {} failed without a deadline: {self:?}", report.stage);
        }
        assert_eq!(
            slate.len(),
            self.request.limit.min(slate.batch().len()),
            "the slate is not as long as it can be: {self:?}"
        );
        self.sound(slate);
        let some = slate.fates().iter().map(|(item, _)| item).take(20);
        for item in some.chain([ItemId(u64::MAX)]) {
            // Which verdict it is, the fates have told; here it must only be there.
            let _verdict = self.cascade.verdict(slate, item);
        }
    }

    /// What holds of every answer.
    fn sound(&self, slate: &Slate) {
        rows::partition(self.cascade, &self.request, slate);
        rows::coverage(self.cascade, slate);
    }

    fn again(&self, first: &Slate, used: &mut Slate) {
        self.same(first, &self.slate(self.request), "the second time");
        // Somebody else's request in between, so that what is left behind would show.
        let other = Request::new(3).id(RequestId(0));
        assert!(self.run(other, used).is_ok(), "the request failed: {self:?}");
        assert!(
            self.run(self.request, used).is_ok(),
            "the request failed: {self:?}"
        );
        self.same(first, used, "in a used slate");

        #[cfg(feature = "rayon")]
        {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build();
            let pool = pool.unwrap_or_else(|error| panic!("no threads: {error}"));
            let inside = pool.install(|| self.slate(self.request));
            self.unhurried(&inside);
            self.same(first, &inside, "inside a rayon pool");
        }
    }

    fn replayed(&self, first: &Slate) {
        let mut hydrated = self.query.clone();
        let served = self.cascade.run(&mut hydrated, &self.request.traced());
        let served =
            served.unwrap_or_else(|error| panic!("the request failed when traced: {error} {self:?}"));
        self.same(first, &served, "when traced");
        let Some(trace) = served.trace() else {
            panic!("no trace: {self:?}");
        };
        let bytes = trace.to_bytes();
        let bytes = bytes.unwrap_or_else(|error| panic!("the trace can't be written: {error} {self:?}"));
        let read = DecisionTrace::from_bytes(&bytes);
        let read = read.unwrap_or_else(|error| panic!("the trace can't be read: {error} {self:?}"));
        for (trace, when) in [(trace, "replayed"), (&read, "replayed from a file")] {
            let again = self.cascade.replay(&hydrated, trace);
            let again = again.unwrap_or_else(|error| panic!("not {when}: {error} {self:?}"));
            let mut was = Answer::of(&served);
            // Query hydrators are not run again, so they don't report.
            let query = &self.cascade.parts.query;
            was.stages
                .retain(|(stage, ..)| query.iter().all(|slot| slot.name != *stage));
            if let Some(what) = was.difference(&Answer::of(&again)) {
                panic!("another {what} when {when}: {self:?}");
            }
        }
    }

    fn full(&self, built: &Slate) {
        let full = self.slate(self.request.widths(Widths::Full));
        self.sound(&full);
        let narrowed = |fate| matches!(fate, Fate::Narrowed { .. });
        assert!(
            !full.fates().iter().any(|(_, fate)| narrowed(fate)),
            "narrowed at full width: {self:?}"
        );
        let mut audit = Audit::of(self.cascade);
        audit.add(&full, &full);
        let none: u64 = audit.losses().map(|loss| loss.lost).sum();
        assert_eq!(none, 0, "a full answer lost something of itself: {self:?}");
        audit.add(built, &full);
        let lost: u64 = audit.losses().map(|loss| loss.lost).sum();
        let is_kept = |item: &ItemId| built.batch().items().contains(item);
        if is_steady(built) && is_steady(&full) {
            assert_eq!(
                built.fates().len(),
                full.fates().len(),
                "other candidates at full width: {self:?}"
            );
            let kept = full.items().filter(is_kept).count() as u64;
            assert!(
                lost + kept <= full.len() as u64,
                "more lost and kept than there was: {self:?}"
            );
        }
    }

    fn late(&self, first: &Slate, used: &mut Slate) {
        let past = Deadline::at(self.cascade.clock().now());
        match self.run(self.request.deadline(past), used) {
            Ok(()) => {
                self.sound(used);
                assert!(
                    used.len() <= self.request.limit,
                    "more than was asked for: {self:?}"
                );
                let shown = |slate: &Slate| slate.items().collect::<Vec<_>>();
                assert!(
                    !is_steady(first) || used.is_degraded() || shown(first) == shown(used),
                    "another slate at a deadline that is past, and nothing said: {self:?}"
                );
            }
            Err(RunError::StageFailed { .. }) => {
                assert!(used.is_empty(), "a failed request shows something: {self:?}")
            }
            #[cfg(feature = "tokio")]
            Err(error @ RunError::RuntimeGone) => panic!("{error}: {self:?}"),
        }
        let after = self.slate(self.request);
        self.sound(&after);
        self.same(first, &after, "after a request that was late");
    }
}

impl<Q: Debug> Debug for Asked<'_, Q> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "for {:?} of {:?}", self.request.limit, self.query)
    }
}

#[cfg(test)]
mod tests;
