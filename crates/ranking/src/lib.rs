//! The ranking cascade.
