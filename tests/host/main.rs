//! The crates wired together as a host would: its own query type, one file a role, films that people really rated.

mod cascade;
mod contract;
mod data;
mod filter;
mod hydrator;
mod query;
mod requests;
mod source;
mod wiring;
