//! Hydrators that any cascade can use.

mod found;

pub use found::Found;
