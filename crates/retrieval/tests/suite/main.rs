//! The crate from outside, as hosts use it.

mod common;
mod hold_out;
mod interactions;
mod kit;
mod load;
mod measured;
mod oracle;
mod profile;
mod versions;
