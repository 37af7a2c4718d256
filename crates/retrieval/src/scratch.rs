//! Buffers that outlive a request, so that the next one allocates nothing.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Buffers lent to one request at a time. A request that finds none makes a new one, so the pool grows to the largest
/// number of requests that ever ran at once and then stays.
pub struct ScratchPool<T> {
    free: Mutex<Vec<T>>,
}

impl<T> ScratchPool<T> {
    /// An empty pool.
    pub const fn new() -> Self {
        Self {
            free: Mutex::new(Vec::new()),
        }
    }
}

impl<T: Default> ScratchPool<T> {
    /// A buffer as its last borrower left it, or a new one. It comes back when the guard is dropped.
    pub fn take(&self) -> Scratch<'_, T> {
        let value = self
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
            .unwrap_or_default();
        Scratch { pool: self, value }
    }
}

impl<T> Default for ScratchPool<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for ScratchPool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScratchPool").finish_non_exhaustive()
    }
}

/// A buffer on loan from a [`ScratchPool`].
#[derive(Debug)]
pub struct Scratch<'a, T: Default> {
    pool: &'a ScratchPool<T>,
    value: T,
}

impl<T: Default> Deref for Scratch<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Default> DerefMut for Scratch<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: Default> Drop for Scratch<'_, T> {
    fn drop(&mut self) {
        let value = std::mem::take(&mut self.value);
        // After a panic the buffer may be in any state, so it is not lent again.
        if !std::thread::panicking() {
            self.pool
                .free
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_with_its_memory() {
        let pool = ScratchPool::<Vec<u8>>::new();
        pool.take().reserve(1_000);
        let first = pool.take();
        assert!(first.capacity() >= 1_000);
        assert_eq!(pool.take().capacity(), 0, "the only one is out on loan");
    }
}
