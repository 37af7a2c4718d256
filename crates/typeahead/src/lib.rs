//! Query completion on finite-state transducers: exact, typo-tolerant, live and personal.
//!
//! Suggestions while somebody types, from millions of known texts, in microseconds a keystroke. [`Completer`] is what a
//! host holds. It gives the exact best *k* after everything that may take one away: removals, rules, contexts, a filter of
//! the host's. It asks, in the order of how sure an answer is, and goes on only while *k* are not found:
//!
//! 1. entries that start with what was typed: of an immutable base, of what changed in the last seconds, of the person's
//!    own history, merged best first;
//! 2. entries that hold its words in any order, the last one half typed;
//! 3. those with a space more or less, those with one or two typing errors, both with the words in any order;
//! 4. the typed text with a likely next word.
//!
//! So an error is forgiven, and nobody who types correctly pays for it.
//!
//! # When not to use it
//!
//! - For searching documents: this completes texts that are known beforehand.
//! - For a list short enough to scan: scan it.
//! - To learn spelling or ranking from clicks: weights come from you. What changes by the second, [`live`] counts.
//!
//! # Example
//!
//! ```
//! use bowerbird_core::SystemClock;
//! use bowerbird_typeahead::{Completer, Entry, Normalizer, Request, WithTerms};
//!
//! let entries = vec![
//!     Entry::new("Living room ideas", 900.0),
//!     Entry::new("Living room lamps", 300.0),
//!     Entry::new("São Paulo", 700.0).with_alias("Sampa"),
//! ];
//! let completer = Completer::over(WithTerms::build_fast(entries, &Normalizer::default())?);
//! let first = |typed: &str| {
//!     let answer = completer.complete(typed, &Request::new(10), &SystemClock);
//!     answer.suggestions[0].text.clone()
//! };
//!
//! assert_eq!(first("liv"), "Living room ideas");
//! assert_eq!(first("lamps li"), "Living room lamps");
//! assert_eq!(first("livign"), "Living room ideas");
//! assert_eq!(first("sao p"), "São Paulo");
//! assert_eq!(first("samp"), "São Paulo");
//! # Ok::<(), bowerbird_typeahead::BuildError>(())
//! ```
//!
//! # Map
//!
//! | module | what |
//! |---|---|
//! | [`normalize`] | [`Normalizer`]: what is typed and what is shown meet as folded keys; highlights lead back |
//! | [`Entry`], [`Source`] | what can be suggested; the seam: entries, best first under a prefix |
//! | [`CompactIndex`] | the compact tier: a transducer of costs, mapped |
//! | [`FastIndex`] | the fast tier: sorted keys, minima, the upper part of their trie |
//! | [`HotCache`] | the prefixes that most people type, precomputed |
//! | [`fuzzy`] | typing errors: [`Typos`], [`Pattern`] |
//! | [`terms`] | words in any order, with errors, joined and split; [`WithTerms`] adds them to a tier |
//! | [`next_word`], [`correct`] | the next word where no entry fits; did you mean |
//! | [`live`] | popularity that ages, trends, removals, rules, k-anonymous admission, the log |
//! | [`personal`] | a person's history; re-scoring by a taste under a deadline |
//! | [`intent`], [`collapse`], [`explore`] | what people do after choosing; near-duplicates; a slot to learn from |
//! | [`complete`] | [`Completer`], [`Request`], [`Session`], [`Suggestion`] |
//! | [`load`], [`evaluate`] | TSV and AmazonQAC; MRR, success at *k*, keystrokes saved, lags, churn |
//! | `testing` | the conformance kit of [`Source`] (feature `testing`) |
//!
//! # Cost
//!
//! For 2 million texts of 14 bytes, *k* = 10, strings copied out, on one core; the rows are in `docs/benchmarks`.
//!
//! | | time | memory |
//! |---|---|---|
//! | [`CompactIndex::top_k`] | about 3 µs | 9.6 bytes a text, weights included |
//! | [`FastIndex::top_k`] | about 1.4 µs | 23 bytes a text |
//! | [`HotCache::top_k`], where it is cached | under 0.1 µs | 8 MB for 23,000 prefixes |
//! | one typing error, [`FastIndex`] | some 30 µs | none that stays |
//! | words in any order | about 9 µs | 9 bytes a text more |
//! | facts of an entry (display form, kind, id …) | | what they take, and 10 bytes in the compact tier |
//! | opening a file | O(header) | the mapped file |
//!
//! # Features
//!
//! - `rayon` (default): builds sort in the rayon pool that the caller runs in. Never on the global pool, and with the same
//!   bytes as without.
//! - `regex` (default): rules that are patterns.
//! - `gzip`: loaders read `.gz`.
//! - `amazon-qac`: the loader of AmazonQAC's columns.
//! - `serde`: derives on entries, requests' parts, suggestions and reports.
//! - `testing`: the conformance kit, for those who write a source of their own.
//!
//! # Where the ideas come from
//!
//! Outputs pushed towards the root: Mohri (1997); best first with a perfect bound: Hart, Nilsson and Raphael (1968); top-k
//! by range minima: Hsu and Ottaviano (2013); automata of typing errors: Schulz and Mihov (2002), ranked as a noisy
//! channel: Kernighan, Church and Gale (1990); words in any order over lists in the order of rank: Gog, Pibiri and
//! Venturini (2020); decay that is never rewritten: Cormode and others (2009). Each module says what it takes from whom.
//!
//! # Limits
//!
//! Texts of at most [`MAX_TEXT`] bytes; fewer than 2³¹ entries and 4 GiB of keys an index. At most two typing errors, in
//! texts of at most [`fuzzy::MAX_PATTERN`] characters. Tiers are immutable: what changes lies in a delta beside them until it is
//! merged into a new base.
#![deny(unsafe_code)]
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
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;
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
