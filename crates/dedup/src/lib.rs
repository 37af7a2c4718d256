//! Perceptual hashes, near-duplicate clusters, and an image store that keeps each picture once.
//!
//! **Nothing here yet.** This page says what the crate is for; it exports no item.
//!
//! # What it will be for
//!
//! Two files can hold the same picture: rescaled, recompressed, cropped, captioned. This crate will say which do, at
//! the scale of a host's whole collection, and keep one of them:
//!
//! - versioned perceptual hashes of a decoded image, decoded under limits on pixels and memory;
//! - exact search within a Hamming distance, one query at a time and as a join of a whole collection;
//! - thresholds calibrated on the host's own pairs, and a second look at the pairs near them;
//! - clusters with one canonical image each, kept up to date as images arrive and leave;
//! - a store in which a picture lies once, with its renditions.
//!
//! # When not to use it
//!
//! For byte-identical files: a content hash finds those. For pictures of the same *thing*: that is visual search, over
//! learned vectors.
//!
//! # Limits
//!
//! All of it is still to be written.
