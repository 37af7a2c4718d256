//! Multi-channel notifications: who gets which, when, how many, and durably.
//!
//! **Nothing here yet.** This page says what the crate is for; it exports no item.
//!
//! # What it will be for
//!
//! From an event to messages that arrive at a good moment, and not too many of them:
//!
//! - fan-out of an event to its recipients, and the policy that decides who may be told;
//! - a plan that settles the slot, the volume and the capacity together, since caps, quiet hours and
//!   send times that are decided apart contradict each other;
//! - an outbox whose promise of durability is stated, and leases, so that a crash loses no message and repeats few;
//! - lanes with rate limits a channel, transports behind one small trait, and outcomes that teach the next plan.
//!
//! # When not to use it
//!
//! To watch files: the crate named `notify` does that. To deliver mail or push messages itself: transports adapt a
//! provider that the host has.
//!
//! # Limits
//!
//! All of it is still to be written.
