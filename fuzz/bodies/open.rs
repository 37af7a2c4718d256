//! What a fuzz target does with bytes: open them as an index, ask it, check it. Tests of vsearch and of
//! typeahead do the same.

use crate::index::{Filed, ask};
use bowerbird_core::container::Container;

/// How far a file came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Came {
    /// It is no container.
    Nowhere,
    /// It is a container, but no index.
    Contained,
    /// It can be searched.
    Opened,
    /// And nothing is wrong with it.
    Sound,
}

/// Opens `bytes` and does with them whatever a host may do. Panics are findings.
pub(crate) fn open<I: Filed>(bytes: &[u8]) -> Came {
    let Ok(container) = Container::from_bytes(bytes) else {
        return Came::Nowhere;
    };
    let Ok(index) = I::opened(&container) else {
        return Came::Contained;
    };
    let sound = index.checked().is_ok();
    let scores = ask(&index);
    if !sound {
        return Came::Opened;
    }
    assert!(
        scores.iter().all(|score| score.is_finite()),
        "a score in a sound file is finite"
    );
    match container.verify() {
        Ok(()) => Came::Sound,
        Err(_) => Came::Opened,
    }
}
