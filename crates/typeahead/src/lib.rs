//! Query completion on finite-state transducers.
//!
//! **Nothing here yet.** This page says what the crate is for; it exports no item.
//!
//! # What it will be for
//!
//! Suggestions while somebody types, from millions of known queries, in microseconds a keystroke:
//!
//! - the exact top k completions of a prefix by weight, best first, from a compact transducer that can be
//!   memory-mapped;
//! - a cache for the prefixes that most people type, and an overlay for what became popular a minute ago;
//! - typing errors forgiven without hurting those who type correctly, and the words of a query in any order;
//! - a personal re-scoring, and rules for what must not be suggested.
//!
//! # When not to use it
//!
//! For searching documents: this completes queries. For a list short enough to scan: scan it.
//!
//! # Limits
//!
//! All of it is still to be written.
