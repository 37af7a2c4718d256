#![forbid(unsafe_code)]
pub mod batch;
pub mod check;
pub mod error;
pub mod filter;
pub mod flat;
pub mod hits;
pub mod index;
pub mod key;
pub mod metric;
pub mod params;
#[cfg(feature = "testing")]
pub mod testing;
mod top;

pub use batch::BatchHits;
pub use check::{MAX_DIMENSION, MAX_MAGNITUDE, check_vector};
pub use error::{BatchError, BuildError, SearchError, VectorFault};
pub use filter::{AllowList, DenyList, KeyFilter};
pub use flat::{FlatBuilder, FlatIndex};
pub use hits::{Hit, Hits};
pub use index::{BuildIndex, RangeSearch, SearchReport, VectorIndex};
pub use key::VectorKey;
pub use metric::{Metric, ScoreOrder};
pub use ndarray;
pub use params::{Effort, SearchParams};
