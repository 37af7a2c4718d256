//! Who does the work: a rayon pool to fit in, plain threads to answer requests.

use crate::support::{Bars, Failure, pool};
use bowerbird::core::Progress;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Tasks that a thread takes at a time.
const CHUNK: usize = 32;

pub(crate) struct Workers {
    pool: rayon::ThreadPool,
    pub(crate) bars: Bars,
}

impl Workers {
    pub(crate) fn new(threads: usize, json: bool) -> Result<Self, Failure> {
        Ok(Self {
            pool: pool(threads)?,
            bars: Bars::new(json),
        })
    }

    pub(crate) fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Runs `work` in the pool, where fitting is parallel.
    pub(crate) fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }

    /// The results of `work` for each of `tasks`, in order, each thread with a state of its own.
    ///
    /// Outside of the pool: there are many requests, so each runs on one thread from start to end and its time is its
    /// own.
    pub(crate) fn each<T: Sync, S, R: Send>(
        &self,
        tasks: &[T],
        state: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, &T) -> Result<R, Failure> + Sync,
    ) -> Result<Vec<R>, Failure> {
        let (next, progress) = (AtomicUsize::new(0), self.bars.progress());
        let run = || -> Result<Vec<(usize, R)>, Failure> {
            let (mut state, mut done) = (state(), Vec::new());
            loop {
                let start = next.fetch_add(CHUNK, Ordering::Relaxed);
                if start >= tasks.len() {
                    return Ok(done);
                }
                for (at, task) in tasks.iter().enumerate().skip(start).take(CHUNK) {
                    done.push((at, work(&mut state, task)?));
                }
                progress(Progress::of("requests", start as u64, tasks.len() as u64));
            }
        };
        let mut all: Vec<(usize, R)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..self.threads()).map(|_| scope.spawn(run)).collect();
            let joined = threads.into_iter().map(|thread| thread.join());
            let mut all = Vec::with_capacity(tasks.len());
            for done in joined {
                all.extend(done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
            }
            Ok::<_, Failure>(all)
        })?;
        all.sort_unstable_by_key(|&(at, _)| at);
        Ok(all.into_iter().map(|(_, result)| result).collect())
    }
}
