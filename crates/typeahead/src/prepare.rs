//! Entries made ready for building: folded, checked, sorted by key, each pair of key and kind once.

use crate::{BuildError, Context, Entry, EntryFault, Intent, Kind, Normalizer};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Ordering;

/// Ends a key where more than one entry has it, or where it is an alias; what follows tells them apart.
pub(crate) const MARK: u8 = 0;
/// Follows [`MARK`] in the stored key of an alias; then the number of the entry, big-endian.
const ALIAS: u8 = 0xFF;

/// The key in a stored key.
#[inline]
pub(crate) fn plain_key(stored: &[u8]) -> &[u8] {
    // No key holds a NUL, and a mark with what follows it takes at most 6 bytes.
    let tail = stored.len().saturating_sub(6);
    match stored[tail..].iter().position(|&byte| byte == MARK) {
        Some(at) => &stored[..tail + at],
        None => stored,
    }
}

/// Facts of an entry that most entries lack.
#[derive(Clone, Debug)]
pub(crate) struct Extra {
    pub(crate) display: Option<String>,
    pub(crate) canonical: Option<String>,
    pub(crate) kind: Kind,
    pub(crate) context: Context,
    pub(crate) intent: Intent,
    pub(crate) id: u64,
    pub(crate) sensitive: bool,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    start: u32,
    length: u16,
    extra: u32,
    weight: f64,
}

const NO_EXTRA: u32 = u32::MAX;

/// Stored keys in order, with weights.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    arena: Vec<u8>,
    rows: Vec<Row>,
    extras: Vec<Extra>,
    aliases: usize,
    /// Bytes of texts among the extras.
    texts: usize,
}

impl Prepared {
    /// Folds, checks, sorts and joins: the weights of entries with the same key and kind add up, and the display form
    /// and facts of the heaviest of them stay; they are sensitive if one of them is.
    pub(crate) fn new(
        entries: impl IntoIterator<Item = Entry>,
        normalizer: &Normalizer,
    ) -> Result<Self, BuildError> {
        let mut set = Self::default();
        let mut key = String::new();
        for (position, entry) in entries.into_iter().enumerate() {
            let refused = |source| BuildError::Entry { position, source };
            if !(entry.weight.is_finite() && entry.weight >= 0.0) {
                return Err(refused(EntryFault::Weight { found: entry.weight }));
            }
            normalizer
                .fold_entry_into(&entry.text, &mut key)
                .map_err(refused)?;
            set.push(&entry, &key)?;
            let main = set.rows.len() - 1;
            for alias in &entry.aliases {
                let canonical = key.clone();
                normalizer.fold_entry_into(alias, &mut key).map_err(refused)?;
                if key != canonical && !entry.sensitive {
                    set.push_alias(main, &entry, &key, &canonical)?;
                }
                key = canonical;
            }
        }
        set.sort();
        set.join()?;
        Ok(set)
    }

    /// Number of stored keys, aliases among them.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many stored keys are aliases.
    pub(crate) fn aliases(&self) -> usize {
        self.aliases
    }

    /// The stored key in place `row`.
    pub(crate) fn key(&self, row: usize) -> &[u8] {
        key_of(&self.arena, &self.rows[row])
    }

    /// The weight in place `row`.
    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.rows[row].weight
    }

    /// What is special in place `row`.
    pub(crate) fn extra(&self, row: usize) -> Option<&Extra> {
        self.extras.get(self.rows[row].extra as usize)
    }

    /// True when any entry is more than a text and a weight.
    pub(crate) fn has_extras(&self) -> bool {
        !self.extras.is_empty()
    }

    /// Bytes of all stored keys.
    pub(crate) fn key_bytes(&self) -> usize {
        self.rows.iter().map(|row| usize::from(row.length)).sum()
    }

    fn push(&mut self, entry: &Entry, key: &str) -> Result<(), BuildError> {
        let plain = entry.kind == Kind::QUERY
            && entry.context == Context::ALL
            && entry.intent == Intent::default()
            && entry.id == 0
            && !entry.sensitive
            && entry.text == key;
        let extra = (!plain).then(|| Extra {
            display: (entry.text != key).then(|| entry.text.clone()),
            canonical: None,
            kind: entry.kind,
            context: entry.context,
            intent: entry.intent,
            id: entry.id,
            sensitive: entry.sensitive,
        });
        self.row(key.as_bytes(), &[], entry.weight, extra)
    }

    fn push_alias(
        &mut self,
        main: usize,
        entry: &Entry,
        key: &str,
        canonical: &str,
    ) -> Result<(), BuildError> {
        let number = u32::try_from(main).map_err(|_| BuildError::TooMany { found: main })?;
        let mut mark = [MARK, ALIAS, 0, 0, 0, 0];
        mark[2..].copy_from_slice(&number.to_be_bytes());
        let extra = Extra {
            display: Some(entry.text.clone()),
            canonical: Some(canonical.to_owned()),
            kind: entry.kind,
            context: entry.context,
            intent: entry.intent,
            id: entry.id,
            sensitive: false,
        };
        self.aliases += 1;
        self.row(key.as_bytes(), &mark, entry.weight, Some(extra))
    }

    fn row(&mut self, key: &[u8], mark: &[u8], weight: f64, extra: Option<Extra>) -> Result<(), BuildError> {
        let too_many = |found| BuildError::TooMany { found };
        let start = u32::try_from(self.arena.len()).map_err(|_| too_many(self.arena.len()))?;
        let length = u16::try_from(key.len() + mark.len()).map_err(|_| too_many(key.len()))?;
        // Ranks are compared as signed numbers by vector instructions.
        if self.rows.len() >= i32::MAX as usize {
            return Err(too_many(self.rows.len() + 1));
        }
        let extra = match extra {
            Some(extra) => {
                let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
                self.texts += text(&extra.display) + text(&extra.canonical);
                if u32::try_from(self.texts).is_err() {
                    return Err(too_many(self.texts));
                }
                self.extras.push(extra);
                (self.extras.len() - 1) as u32
            }
            None => NO_EXTRA,
        };
        self.arena.extend_from_slice(key);
        self.arena.extend_from_slice(mark);
        self.rows.push(Row {
            start,
            length,
            extra,
            weight,
        });
        Ok(())
    }

    fn sort(&mut self) {
        let arena = &self.arena;
        let kind = |row: &Row| {
            self.extras
                .get(row.extra as usize)
                .map_or(Kind::QUERY, |extra| extra.kind)
        };
        let mut keyed: Vec<(u64, Row)> = self
            .rows
            .iter()
            .map(|row| (head(key_of(arena, row)), *row))
            .collect();
        let order = |(a_head, a): &(u64, Row), (b_head, b): &(u64, Row)| -> Ordering {
            a_head
                .cmp(b_head)
                .then_with(|| key_of(arena, a).cmp(key_of(arena, b)))
                .then_with(|| kind(a).cmp(&kind(b)))
                .then_with(|| b.weight.total_cmp(&a.weight))
                .then_with(|| a.start.cmp(&b.start))
        };
        crate::parallel::sort(&mut keyed, order);
        self.rows = keyed.into_iter().map(|(_, row)| row).collect();
    }

    /// Joins rows of one key and kind, and marks the keys of its other kinds.
    fn join(&mut self) -> Result<(), BuildError> {
        let rows = std::mem::take(&mut self.rows);
        for row in rows {
            let Some(&last) = self.rows.last() else {
                self.rows.push(row);
                continue;
            };
            let (before, now) = (key_of(&self.arena, &last), key_of(&self.arena, &row));
            if plain_key(now).len() < now.len() {
                // An entry that gives the same alias twice.
                if before == now {
                    self.aliases -= 1;
                } else {
                    self.rows.push(row);
                }
            } else if plain_key(before) != now {
                self.rows.push(row);
            } else if self.kind(&last) == self.kind(&row) {
                self.add_to_last(&row);
            } else {
                self.push_marked(&row)?;
            }
        }
        self.settle_aliases();
        Ok(())
    }

    /// Makes of each alias the joined entry that it leads to, once.
    fn settle_aliases(&mut self) {
        if self.aliases == 0 {
            return;
        }
        let led_to = |extra: &Extra| extra.canonical.clone().map(|key| (key.into_bytes(), extra.kind));
        let mut entries: FxHashMap<(Vec<u8>, Kind), Option<Row>> = self
            .extras
            .iter()
            .filter_map(led_to)
            .map(|entry| (entry, None))
            .collect();
        for row in &self.rows {
            let extra = self.extras.get(row.extra as usize);
            if extra.is_none_or(|extra| extra.canonical.is_none()) {
                let key = plain_key(key_of(&self.arena, row)).to_vec();
                if let Some(entry) = entries.get_mut(&(key, self.kind(row))) {
                    *entry = Some(*row);
                }
            }
        }
        let mut seen = FxHashSet::default();
        let mut rows = std::mem::take(&mut self.rows);
        rows.retain_mut(|row| {
            let Some(entry) = self.extras.get(row.extra as usize).and_then(led_to) else {
                return true;
            };
            let is_new = seen.insert((plain_key(key_of(&self.arena, row)).to_vec(), entry.clone()));
            self.aliases -= usize::from(!is_new);
            if let Some(Some(main)) = entries.get(&entry) {
                row.weight = main.weight;
                self.lend(main, row.extra);
            }
            is_new
        });
        self.rows = rows;
    }

    /// Gives an alias the facts of its entry.
    fn lend(&mut self, main: &Row, alias: u32) {
        let facts = self.extras.get(main.extra as usize).cloned();
        let alias = &mut self.extras[alias as usize];
        alias.display = facts
            .as_ref()
            .and_then(|facts| facts.display.clone())
            .or(alias.canonical.clone());
        alias.context = facts.as_ref().map_or(Context::ALL, |facts| facts.context);
        alias.intent = facts.as_ref().map_or(Intent::default(), |facts| facts.intent);
        alias.id = facts.as_ref().map_or(0, |facts| facts.id);
        alias.sensitive = facts.is_some_and(|facts| facts.sensitive);
    }

    fn kind(&self, row: &Row) -> Kind {
        self.extras
            .get(row.extra as usize)
            .map_or(Kind::QUERY, |extra| extra.kind)
    }

    fn add_to_last(&mut self, row: &Row) {
        let is_sensitive = self
            .extras
            .get(row.extra as usize)
            .is_some_and(|extra| extra.sensitive);
        let Some(last) = self.rows.last_mut() else { return };
        last.weight = (last.weight + row.weight).min(f64::MAX);
        // What one of them says about safety holds for both.
        if is_sensitive {
            match self.extras.get_mut(last.extra as usize) {
                Some(extra) => extra.sensitive = true,
                None => {
                    // Of the lighter one nothing else counts.
                    let extra = &mut self.extras[row.extra as usize];
                    (extra.display, extra.id) = (None, 0);
                    (extra.context, extra.intent) = (Context::ALL, Intent::default());
                    last.extra = row.extra;
                }
            }
        }
    }

    fn push_marked(&mut self, row: &Row) -> Result<(), BuildError> {
        let too_many = |found| BuildError::TooMany { found };
        let start = self.arena.len();
        let key = row.start as usize..row.start as usize + usize::from(row.length);
        let mark = [MARK, self.kind(row).0];
        self.arena.extend_from_within(key);
        self.arena.extend_from_slice(&mark);
        self.rows.push(Row {
            start: u32::try_from(start).map_err(|_| too_many(start))?,
            length: row.length + mark.len() as u16,
            ..*row
        });
        Ok(())
    }
}

fn key_of<'a>(arena: &'a [u8], row: &Row) -> &'a [u8] {
    &arena[row.start as usize..][..usize::from(row.length)]
}

/// The first eight bytes, as a number that sorts as they do; no key holds the zeros that fill it up.
#[inline]
pub(crate) fn head(key: &[u8]) -> u64 {
    if let Some(eight) = key.first_chunk() {
        return u64::from_be_bytes(*eight);
    }
    key.iter()
        .rev()
        .fold(0, |head, &byte| head >> 8 | u64::from(byte) << 56)
}
