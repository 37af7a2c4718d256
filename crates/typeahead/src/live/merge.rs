//! The entries of a new base: the old base's and the delta's.

use super::snapshot::Snapshot;
use crate::{Entry, Found, Kind, Source};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// An entry as a source has it, without its aliases.
pub(super) fn entry(key: &str, found: &Found<'_>) -> Entry {
    Entry {
        text: found.display.unwrap_or(key).into(),
        weight: found.weight,
        kind: found.kind,
        context: found.context,
        intent: found.intent,
        id: found.id,
        sensitive: found.sensitive,
        aliases: Vec::new(),
    }
}

type Aliases = FxHashMap<(Box<str>, Kind), Vec<String>>;

/// The aliases in a source, by the entries' keys.
fn aliases(base: &dyn Source) -> Aliases {
    let mut aliases = Aliases::default();
    let mut walk = base.best_first("");
    while walk.advance().is_some() {
        let found = walk.found();
        if let Some(canonical) = found.canonical {
            let of = aliases.entry((canonical.into(), found.kind)).or_default();
            of.push(walk.key().into());
        }
    }
    aliases
}

/// Every entry of the base that is not removed, with its row's weight where it has one and otherwise aged; then the new
/// ones, by key.
pub(super) fn entries(
    snapshot: &Snapshot,
    mut rows: FxHashMap<Arc<str>, Entry>,
    aged: impl Fn(f64) -> f64,
) -> Vec<Entry> {
    let mut aliases = aliases(&*snapshot.base);
    let mut entries = Vec::with_capacity(snapshot.base.len() + rows.len());
    let mut walk = snapshot.base.best_first("");
    while walk.advance().is_some() {
        let (key, found) = (walk.key(), walk.found());
        if found.canonical.is_some() || snapshot.is_hidden(key) {
            continue;
        }
        let row = rows.get(key).filter(|row| row.kind == found.kind);
        let mut next = Entry {
            weight: row.map_or_else(|| aged(found.weight), |row| row.weight),
            ..entry(key, &found)
        };
        if row.is_some() {
            rows.remove(key);
        }
        if !aliases.is_empty() {
            let own = aliases.remove(&(Box::from(key), found.kind));
            next.aliases = own.unwrap_or_default();
            next.aliases.retain(|alias| !snapshot.is_hidden(alias));
        }
        entries.push(next);
    }
    let mut new: Vec<_> = rows
        .into_iter()
        .filter(|(key, _)| !snapshot.is_hidden(key))
        .collect();
    new.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    entries.extend(new.into_iter().map(|(_, entry)| entry));
    entries
}
