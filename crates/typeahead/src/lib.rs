//! Query completion on finite-state transducers: exact, typo-tolerant, live and personal.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod cache;
pub mod collapse;
mod compact;
pub mod complete;
pub mod correct;
mod details;
mod entry;
mod error;
pub mod evaluate;
pub mod explore;
mod fast;
pub mod fuzzy;
mod hash;
mod heap;
mod indexed;
pub mod intent;
pub mod live;
pub mod load;
pub mod next_word;
pub mod normalize;
mod parallel;
pub mod personal;
mod prepare;
mod source;
pub mod terms;
mod top;
mod weights;

pub use cache::{Cached, HotCache};
pub use compact::CompactIndex;
pub use complete::{Completer, Completions, Explanation, Origin, Reach, Request, Session, Suggestion};
pub use entry::{Context, Entry, Intent, Kind, MAX_TEXT};
pub use error::{BuildError, EntryFault};
pub use fast::FastIndex;
pub use fuzzy::{Pattern, Typos};
pub use indexed::WithTerms;
pub use normalize::Normalizer;
pub use source::{BestFirst, Found, Source, Trail};
pub use top::TopK;
