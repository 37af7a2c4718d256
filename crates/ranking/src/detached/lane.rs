//! A few threads that belong to one blocking call, so that a stuck one can't take the threads of the others.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

/// Calls that may wait for each thread of a lane; more are turned away at once.
const BACKLOG_A_THREAD: usize = 16;

type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Job> {
        let mut queue = self.lock();
        loop {
            if queue.closed {
                return None;
            }
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Threads that run jobs in order. Dropping the lane drops the jobs that wait and joins the threads: it takes as long
/// as the calls that are under way.
pub(crate) struct Lane {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Lane {
    pub(crate) fn new(name: &str, threads: usize) -> io::Result<Self> {
        let mut lane = Self {
            shared: Arc::new(Shared::default()),
            threads: Vec::with_capacity(threads),
        };
        for _ in 0..threads {
            let shared = Arc::clone(&lane.shared);
            let work = move || {
                while let Some(job) = shared.next() {
                    job();
                }
            };
            lane.threads
                .push(Builder::new().name(name.to_owned()).spawn(work)?);
        }
        Ok(lane)
    }

    pub(crate) fn threads(&self) -> usize {
        self.threads.len()
    }

    /// Queues `job`, which must not panic. False, and the job dropped, when too many wait already.
    pub(crate) fn submit(&self, job: Job) -> bool {
        let mut queue = self.shared.lock();
        if queue.jobs.len() >= self.threads.len() * BACKLOG_A_THREAD {
            return false;
        }
        queue.jobs.push_back(job);
        drop(queue);
        self.shared.wake.notify_one();
        true
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let waiting = {
            let mut queue = self.shared.lock();
            queue.closed = true;
            std::mem::take(&mut queue.jobs)
        };
        drop(waiting);
        self.shared.wake.notify_all();
        for thread in self.threads.drain(..) {
            // A job that panicked has been caught by its caller; there is nothing to add here.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane")
            .field("threads", &self.threads.len())
            .finish_non_exhaustive()
    }
}
