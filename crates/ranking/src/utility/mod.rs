//! Utilities, one file an implementation of the role [`Utility`](crate::Utility).

mod single;
mod weighted;

pub use single::SingleHead;
pub use weighted::{UtilityError, WeightedSum, WeightedSumBuilder};

#[cfg(test)]
mod tests;
