//! Vectors in fewer bits.

mod opq;
mod product;

pub use opq::{Rotation, optimized_rotation};
pub use product::{CodeBits, ProductQuantizer};
