//! One answer on its way from a call to whoever waits for it.

use bowerbird_core::{Clock, Deadline, Reason};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Counts of calls that came to nothing.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Answers that came after the pipeline had gone on.
    late: AtomicU64,
    /// Calls that were given up on.
    abandoned: AtomicU64,
}

impl Tally {
    pub(crate) fn late(&self) -> u64 {
        self.late.load(Ordering::Relaxed)
    }

    pub(crate) fn abandoned(&self) -> u64 {
        self.abandoned.load(Ordering::Relaxed)
    }
}

enum State<T> {
    Waiting,
    Sent(T),
    Lost(Reason),
    Abandoned,
    Taken,
}

struct Slot<T> {
    state: Mutex<State<T>>,
    ready: Condvar,
    tally: Arc<Tally>,
}

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end that waits.
pub(crate) struct Pending<T> {
    slot: Arc<Slot<T>>,
    cancel: Option<Box<dyn FnOnce() + Send>>,
}

/// The end that answers. Dropping it unanswered tells the waiting end that the answer is lost.
pub(crate) struct Reply<T> {
    slot: Option<Arc<Slot<T>>>,
}

/// The two ends of one answer.
pub(crate) fn pending<T>(tally: Arc<Tally>) -> (Reply<T>, Pending<T>) {
    let slot = Arc::new(Slot {
        state: Mutex::new(State::Waiting),
        ready: Condvar::new(),
        tally,
    });
    (
        Reply {
            slot: Some(Arc::clone(&slot)),
        },
        Pending { slot, cancel: None },
    )
}

impl<T> Reply<T> {
    /// True when nobody waits any more, so that the work need not be begun.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.slot
            .as_ref()
            .is_none_or(|slot| matches!(*slot.lock(), State::Abandoned))
    }

    pub(crate) fn send(mut self, answer: T) {
        self.settle(State::Sent(answer));
    }

    pub(crate) fn lose(mut self, why: Reason) {
        self.settle(State::Lost(why));
    }

    fn settle(&mut self, end: State<T>) {
        let Some(slot) = self.slot.take() else { return };
        let mut state = slot.lock();
        if matches!(*state, State::Abandoned) {
            if matches!(end, State::Sent(_)) {
                slot.tally.late.fetch_add(1, Ordering::Relaxed);
            }
            return;
        }
        *state = end;
        drop(state);
        slot.ready.notify_one();
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        self.settle(State::Lost(Reason::Panic));
    }
}

impl<T> Pending<T> {
    /// Sets what stops the work when it is abandoned.
    #[cfg(feature = "tokio")]
    pub(crate) fn on_abandon(mut self, cancel: impl FnOnce() + Send + 'static) -> Self {
        self.cancel = Some(Box::new(cancel));
        self
    }

    /// Waits for the answer until `deadline`, then abandons it.
    ///
    /// A clock that is set by hand may stand still; a wait of the time that was left then counts as the deadline.
    pub(crate) fn wait(self, deadline: Deadline, clock: &dyn Clock) -> Result<T, Reason> {
        let mut state = self.slot.lock();
        let mut waited = false;
        loop {
            if !matches!(*state, State::Waiting) {
                match std::mem::replace(&mut *state, State::Taken) {
                    State::Sent(answer) => return Ok(answer),
                    State::Lost(why) => return Err(why),
                    State::Waiting | State::Abandoned | State::Taken => return Err(Reason::Error),
                }
            }
            let left = deadline.remaining(clock.now());
            if waited || left == Some(Duration::ZERO) {
                drop(state);
                return Err(Reason::Deadline);
            }
            state = match left {
                None => self
                    .slot
                    .ready
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    let (state, timeout) = self
                        .slot
                        .ready
                        .wait_timeout(state, left)
                        .unwrap_or_else(PoisonError::into_inner);
                    waited = timeout.timed_out();
                    state
                }
            };
        }
    }
}

impl<T> Drop for Pending<T> {
    fn drop(&mut self) {
        let mut state = self.slot.lock();
        if matches!(*state, State::Sent(_)) {
            // It came between the deadline and now.
            self.slot.tally.late.fetch_add(1, Ordering::Relaxed);
        }
        if !matches!(*state, State::Waiting) {
            return;
        }
        *state = State::Abandoned;
        drop(state);
        self.slot.tally.abandoned.fetch_add(1, Ordering::Relaxed);
        if let Some(cancel) = self.cancel.take() {
            cancel();
        }
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}
