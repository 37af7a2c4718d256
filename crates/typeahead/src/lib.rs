//! Query completion on finite-state transducers: exact, typo-tolerant, live and personal.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod collapse;
pub mod correct;
mod entry;
mod error;
pub mod evaluate;
pub mod explore;
pub mod intent;
pub mod live;
pub mod load;
pub mod next_word;
pub mod normalize;
pub mod personal;
mod source;
pub mod terms;

pub use entry::{Context, Entry, Intent, Kind, MAX_TEXT};
pub use error::{BuildError, EntryFault};
pub use normalize::Normalizer;
pub use source::{BestFirst, Found, Source};
