//! From a query to a vector.

use crate::error::SourceError;
use bowerbird_core::SpaceId;

/// Turns a query into a vector of the space in which items are searched.
pub trait QueryEncoder<Q: ?Sized>: Send + Sync {
    /// The space of the vectors it makes.
    fn space(&self) -> &SpaceId;

    /// The version of the encoder; any change of the vectors it makes is a new one. That of its space without.
    fn version(&self) -> u64 {
        self.space().version
    }

    /// Writes the query's vector, as long as the space's dimension, into `vector`.
    ///
    /// # Errors
    ///
    /// [`SourceError::NotApplicable`] when there is nothing to make a vector of; then `vector` holds anything.
    fn encode(&self, query: &Q, vector: &mut [f32]) -> Result<(), SourceError>;
}

impl<Q: ?Sized, E: QueryEncoder<Q> + ?Sized> QueryEncoder<Q> for std::sync::Arc<E> {
    fn space(&self) -> &SpaceId {
        (**self).space()
    }

    fn version(&self) -> u64 {
        (**self).version()
    }

    fn encode(&self, query: &Q, vector: &mut [f32]) -> Result<(), SourceError> {
        (**self).encode(query, vector)
    }
}
