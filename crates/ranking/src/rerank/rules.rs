//! Spacing and quotas.

use super::groups::{self, Ledger, Limit, Rule};
use super::stopped;
use super::top::TopK;
use crate::stage::{Ranked, Reranker, Selection, StageError};
use bowerbird_core::{ItemId, Status};
use bowerbird_retrieval::scratch::ScratchPool;
use bowerbird_retrieval::{BuildError, Context, SchemaHash};

/// Rows whose groups are looked up between two looks at the deadline.
const CHUNK: usize = 256;

/// Rules about groups of items (a creator, a topic, a format), kept while going through another re-ranker's order.
///
/// Each position gets the first row in that order which breaks no rule. Where there is none, the rules are relaxed for
/// this position: it gets the row that breaks the fewest, the first of them in the order, since a slate that is short
/// helps nobody. A group is what a closure says; an item without one (`None`) is bound by nothing. Members that are wanted
/// by some position are left to come by themselves as long as there is room for them, and then taken; rules that share
/// members may so be met earlier than they need be.
///
/// The order is that of the inner re-ranker for as many rows as the slate holds and [`lookahead`] more, and after that the
/// ranked one; it is the ranked one from the start when the inner re-ranker does not apply. Of the time there is an eighth is kept for the rules themselves.
///
/// Cost: the groups of all rows are looked up once for each rule; then each position looks at rows until one fits.
///
/// ```
/// use bowerbird_ranking::rerank::Rules;
/// let creator = |item: bowerbird_core::ItemId| Some(item.0 / 100);
/// let is_fresh = |item: bowerbird_core::ItemId| item.0 > 9_000;
/// let rules = Rules::over_ranking()
///     .spacing(1, 4, creator) // never twice the same creator within four
///     .at_most(3, 20, creator) // nor more than three times in the first twenty
///     .at_least(2, 10, is_fresh)
///     .build()?;
/// # Ok::<(), bowerbird_retrieval::BuildError>(())
/// ```
///
/// [`lookahead`]: RulesBuilder::lookahead
pub struct Rules<R> {
    inner: R,
    rules: Vec<Rule>,
    lookahead: usize,
    version: u64,
    scratch: ScratchPool<State>,
}

#[derive(Default)]
struct State {
    inner: Selection,
    order: Vec<u32>,
    ledgers: Vec<Ledger>,
}

impl<R> Rules<R> {
    /// No rules yet, over the order of `inner`.
    pub const fn over(inner: R) -> RulesBuilder<R> {
        let scratch = ScratchPool::new();
        RulesBuilder {
            rules: Self {
                inner,
                rules: Vec::new(),
                lookahead: 50,
                version: 1,
                scratch,
            },
        }
    }
}

impl Rules<TopK> {
    /// No rules yet, over the ranked order.
    pub const fn over_ranking() -> RulesBuilder<TopK> {
        Self::over(TopK)
    }
}

/// Collects [`Rules`].
#[derive(Debug)]
pub struct RulesBuilder<R> {
    rules: Rules<R>,
}

impl<R> RulesBuilder<R> {
    fn with(mut self, limit: Limit, group: impl Fn(ItemId) -> Option<u64> + Send + Sync + 'static) -> Self {
        self.rules.rules.push(Rule {
            limit,
            group: Box::new(group),
        });
        self
    }

    /// At most `most` rows of the same group in any `window` consecutive positions. `window` 2 to 10,000, `most` from 1
    /// to less than it.
    #[must_use]
    pub fn spacing(
        self,
        most: usize,
        window: usize,
        group: impl Fn(ItemId) -> Option<u64> + Send + Sync + 'static,
    ) -> Self {
        self.with(Limit::Spacing { most, window }, group)
    }

    /// At most `most` rows of the same group in the first `first` positions. `first` 1 to 10,000, `most` from 0 to less
    /// than it.
    #[must_use]
    pub fn at_most(
        self,
        most: usize,
        first: usize,
        group: impl Fn(ItemId) -> Option<u64> + Send + Sync + 'static,
    ) -> Self {
        self.with(Limit::AtMost { most, first }, group)
    }

    /// At least `least` rows of the items for which `member` holds in the first `first` positions, or of as many as there
    /// are. `first` 1 to 10,000, `least` from 1 to it.
    #[must_use]
    pub fn at_least(
        self,
        least: usize,
        first: usize,
        member: impl Fn(ItemId) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.with(Limit::AtLeast { least, first }, move |item| {
            member(item).then_some(0)
        })
    }

    /// Rows asked of the inner re-ranker beyond those that the slate holds, default 50. More of them cost its time, and
    /// keep its order longer where rules pass over rows.
    #[must_use]
    pub const fn lookahead(mut self, rows: usize) -> Self {
        self.rules.lookahead = rows;
        self
    }

    /// Sets the version of the rules, 1 unless set.
    #[must_use]
    pub const fn version(mut self, version: u64) -> Self {
        self.rules.version = version;
        self
    }

    /// Checks the rules.
    ///
    /// # Errors
    ///
    /// [`BuildError::OutOfRange`] for a rule with a number outside its range.
    pub fn build(self) -> Result<Rules<R>, BuildError> {
        let check = |setting, found: usize, least: usize, most: usize, allowed| {
            let found_as = found as f64;
            let fits = (least..=most).contains(&found);
            if fits {
                Ok(())
            } else {
                Err(BuildError::OutOfRange {
                    setting,
                    found: found_as,
                    allowed,
                })
            }
        };
        for rule in &self.rules.rules {
            match rule.limit {
                Limit::Spacing { most, window } => {
                    check("spacing window", window, 2, 10_000, "2 to 10000")?;
                    check("spacing most", most, 1, window - 1, "1 to less than the window")?;
                }
                Limit::AtMost { most, first } => {
                    check("at_most first", first, 1, 10_000, "1 to 10000")?;
                    check("at_most most", most, 0, first - 1, "less than the positions")?;
                }
                Limit::AtLeast { least, first } => {
                    check("at_least first", first, 1, 10_000, "1 to 10000")?;
                    check("at_least least", least, 1, first, "1 to the number of positions")?;
                }
            }
        }
        Ok(self.rules)
    }
}

impl<R> Rules<R> {
    /// Looks up the groups of all rows. False when the deadline came first.
    fn open(&self, items: &[ItemId], cx: &Context<'_>, ledgers: &mut Vec<Ledger>) -> bool {
        ledgers.resize_with(self.rules.len(), Ledger::default);
        ledgers.iter_mut().for_each(Ledger::clear);
        for chunk in items.chunks(CHUNK) {
            if cx.is_past() {
                return false;
            }
            for (rule, ledger) in self.rules.iter().zip(&mut *ledgers) {
                ledger.extend(rule, chunk);
            }
        }
        true
    }
}

/// The first row of `order` that breaks no rule, or failing that the one that breaks fewest, with the number it breaks.
fn next(order: &[u32], ledgers: &[Ledger], picked: &Selection) -> Option<(usize, u32)> {
    let mut best: Option<(usize, u32)> = None;
    for &row in order.iter().filter(|&&row| !picked.contains(row as usize)) {
        let broken = groups::broken(ledgers, row);
        if best.is_none_or(|(fewest, _)| broken < fewest) {
            best = Some((broken, row));
        }
        if broken == 0 {
            break;
        }
    }
    best
}

impl<R> std::fmt::Debug for Rules<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let limits: Vec<Limit> = self.rules.iter().map(|rule| rule.limit).collect();
        f.debug_struct("Rules")
            .field("limits", &limits)
            .finish_non_exhaustive()
    }
}

impl<Q: ?Sized, R: Reranker<Q>> Reranker<Q> for Rules<R> {
    fn name(&self) -> &str {
        "rules"
    }

    /// Changes with the version of the rules and with the name and version of what they run over.
    fn version(&self) -> u64 {
        SchemaHash::of([("rules", self.version), (self.inner.name(), self.inner.version())]).0
    }

    fn select(
        &self,
        query: &Q,
        ranked: &Ranked<'_>,
        cx: &Context<'_>,
        out: &mut Selection,
    ) -> Result<Status, StageError> {
        let State {
            inner,
            order,
            ledgers,
        } = &mut *self.scratch.take();
        if !self.open(ranked.items(), cx, ledgers) {
            return Ok(stopped(out.len(), out.limit()));
        }
        let mut hurried = *cx;
        if let Some(left) = cx.remaining() {
            hurried.deadline = cx.deadline.within(cx.clock.now(), left / 8 * 7);
        }
        inner.reset(out.limit().saturating_add(self.lookahead), ranked.len());
        let is_whole = match self.inner.select(query, ranked, &hurried, inner) {
            Ok(status) => !matches!(status, Status::Partial { .. }),
            Err(StageError::NotApplicable) => true,
            Err(error) => return Err(error),
        };
        order.clear();
        order.extend(inner.rows());
        if is_whole {
            order.extend((0..ranked.len() as u32).filter(|&row| !inner.contains(row as usize)));
        }
        while !out.is_full() {
            if cx.is_past() {
                return Ok(stopped(out.len(), out.limit()));
            }
            groups::update(&self.rules, ledgers, out.rows(), out.limit());
            match next(order, ledgers, out) {
                // Of a partial order only a row that breaks nothing is sure to come first in the whole one too.
                Some((broken, row)) if broken == 0 || is_whole => out.pick(row as usize),
                _ if is_whole => break,
                _ => return Ok(stopped(out.len(), out.limit())),
            };
        }
        Ok(Status::Full)
    }
}
