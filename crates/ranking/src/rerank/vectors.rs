//! Where re-rankers get vectors of items from.

use bowerbird_core::ItemId;
use bowerbird_retrieval::AlsModel;
use rustc_hash::FxHashMap;
use std::fmt;
use std::sync::Arc;

/// Vectors of items: what "alike" means. The caller's buffer is filled, so a store may keep them in any form.
pub trait ItemVectors: Send + Sync {
    /// Numbers in a vector.
    fn dimension(&self) -> usize;

    /// Fills `out`, which comes as [`dimension`](Self::dimension) zeros, with the vector of `item`. False if there is none.
    fn read(&self, item: ItemId, out: &mut [f32]) -> bool;
}

impl<V: ItemVectors + ?Sized> ItemVectors for &V {
    fn dimension(&self) -> usize {
        (**self).dimension()
    }

    fn read(&self, item: ItemId, out: &mut [f32]) -> bool {
        (**self).read(item, out)
    }
}

impl<V: ItemVectors + ?Sized> ItemVectors for Arc<V> {
    fn dimension(&self) -> usize {
        (**self).dimension()
    }

    fn read(&self, item: ItemId, out: &mut [f32]) -> bool {
        (**self).read(item, out)
    }
}

/// Items are alike when the same people act on them.
impl ItemVectors for AlsModel {
    fn dimension(&self) -> usize {
        self.space().dimension as usize
    }

    fn read(&self, item: ItemId, out: &mut [f32]) -> bool {
        self.vector(item)
            .map(|vector| out.copy_from_slice(vector))
            .is_some()
    }
}

/// Vectors made by a closure that fills a buffer of `dimension` numbers, or gives false.
///
/// ```
/// use bowerbird_ranking::rerank::vectors_fn;
/// let by_parity = vectors_fn(2, |item, out| {
///     out[(item.0 % 2) as usize] = 1.0;
///     true
/// });
/// ```
pub const fn vectors_fn<F>(dimension: usize, read: F) -> VectorsFn<F>
where
    F: Fn(ItemId, &mut [f32]) -> bool + Send + Sync,
{
    VectorsFn { dimension, read }
}

/// See [`vectors_fn`].
pub struct VectorsFn<F> {
    dimension: usize,
    read: F,
}

impl<F> fmt::Debug for VectorsFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VectorsFn")
            .field("dimension", &self.dimension)
            .finish_non_exhaustive()
    }
}

impl<F> ItemVectors for VectorsFn<F>
where
    F: Fn(ItemId, &mut [f32]) -> bool + Send + Sync,
{
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn read(&self, item: ItemId, out: &mut [f32]) -> bool {
        (self.read)(item, out)
    }
}

/// Vectors of items in memory, `4 · dimension` bytes an item and an entry of a hash table.
#[derive(Clone)]
pub struct VectorTable {
    dimension: usize,
    rows: FxHashMap<ItemId, usize>,
    values: Vec<f32>,
}

impl VectorTable {
    /// A table of `items`, whose vectors lie one after another in `values`. O(items).
    ///
    /// # Errors
    ///
    /// [`VectorTableError`] for a dimension of zero, a wrong number of values, or an item named twice.
    pub fn new(dimension: usize, items: &[ItemId], values: Vec<f32>) -> Result<Self, VectorTableError> {
        if dimension == 0 || items.len().checked_mul(dimension) != Some(values.len()) {
            return Err(VectorTableError::Shape {
                items: items.len(),
                dimension,
                found: values.len(),
            });
        }
        let mut rows = FxHashMap::default();
        for (row, &item) in items.iter().enumerate() {
            if rows.insert(item, row).is_some() {
                return Err(VectorTableError::Repeated(item));
            }
        }
        Ok(Self {
            dimension,
            rows,
            values,
        })
    }

    /// The vector of `item`.
    pub fn get(&self, item: ItemId) -> Option<&[f32]> {
        let row = *self.rows.get(&item)?;
        Some(&self.values[row * self.dimension..][..self.dimension])
    }
}

impl fmt::Debug for VectorTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("VectorTable");
        out.field("items", &self.rows.len())
            .field("dimension", &self.dimension)
            .finish_non_exhaustive()
    }
}

impl ItemVectors for VectorTable {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn read(&self, item: ItemId, out: &mut [f32]) -> bool {
        self.get(item).map(|vector| out.copy_from_slice(vector)).is_some()
    }
}

/// Why a table of vectors was not built.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VectorTableError {
    /// The values are not one vector an item, or vectors have no numbers.
    #[error("{found} values for {items} items of dimension {dimension}")]
    Shape {
        /// Items named.
        items: usize,
        /// Numbers in a vector.
        dimension: usize,
        /// Values given.
        found: usize,
    },
    /// An item has two vectors. Keep one.
    #[error("item {0} is named twice")]
    Repeated(ItemId),
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowerbird_core::UserId;
    use bowerbird_retrieval::{AlsConfig, Event, Interactions};

    #[test]
    fn a_model_gives_the_vectors_it_learned() {
        let event = |user, item| Event {
            user: UserId(user),
            item: ItemId(item),
            at: 0,
            weight: 1.0,
        };
        let events = [event(1, 7), event(1, 8), event(2, 8), event(2, 9)];
        let events = Interactions::from_events(events).expect("sound weights");
        let config = AlsConfig {
            factors: 3,
            ..AlsConfig::default()
        };
        let model = Arc::new(AlsModel::fit(&events, &config).expect("fits"));
        assert_eq!(ItemVectors::dimension(&model), 3);
        let mut out = [0.0; 3];
        assert!(model.read(ItemId(8), &mut out));
        assert_eq!(Some(&out[..]), model.vector(ItemId(8)));
        assert!(out.iter().any(|&value| value != 0.0));
        assert!(!model.read(ItemId(1), &mut out), "nobody met it");
    }
}
