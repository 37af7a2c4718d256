//! What happens once the slate is there.

use crate::slate::Slate;

/// Does something with a finished slate: remembers what was shown, warms a cache, publishes an event.
///
/// Runs on the caller's thread after the answer is complete and before it is returned, so it must be quick: hand work
/// that waits to a queue of the host's. A panic is caught and counted.
pub trait SideEffect<Q: ?Sized>: Send + Sync {
    /// The side effect's name, unique within a cascade.
    fn name(&self) -> &str;

    /// Acts on `slate`.
    fn apply(&self, query: &Q, slate: &Slate);
}

/// Writes down what was served: metrics, and the feature log that models train on.
///
/// Sees the batch as it was scored, reserve included, so what is trained on is what was served. The same rules as for a
/// [`SideEffect`] apply.
pub trait Recorder: Send + Sync {
    /// Records `slate`.
    fn record(&self, slate: &Slate);
}
