//! An exploration slot with logged propensities, and feedback that knows about positions.
//!
//! Suggestions that are never shown are never chosen, and what stands on top is chosen because it stands there. Two
//! remedies, each with its arithmetic:
//!
//! - [`Exploration`] gives one slot, now and then, to a suggestion from further down, and says with which probability
//!   everything was shown where it was. [`off_policy`] estimates from such logs what another ranking would have got.
//! - [`Examination`] says how likely a position is looked at; [`Exposure`] turns clicks into rates by it.
//!
//! No effect on people is claimed here: there is no public log to measure it on. What is tested is the arithmetic, in
//! simulations that are called so.

mod estimate;
mod position;
mod slot;

pub use estimate::{Estimate, Logged, off_policy};
pub use position::{Examination, Exposure, Response};
pub use slot::{Choice, Exploration, Slate};
