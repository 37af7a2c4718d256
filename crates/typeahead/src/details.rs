//! What most entries lack, in columns by row: a column that no entry needs is not there.

use crate::prepare::Prepared;
use crate::{Context, Found, Intent, Kind};
use bowerbird_core::container::{Container, ContainerWriter, Element, LoadError, Tag, View};

const KINDS: Tag = Tag::new("kinds");
const CONTEXTS: Tag = Tag::new("contexts");
const INTENTS: Tag = Tag::new("intents");
const IDS: Tag = Tag::new("ids");
const FLAGS: Tag = Tag::new("flags");
const SENSITIVE: u8 = 1;

/// Columns of facts, by row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Details {
    rows: usize,
    kinds: View<u8>,
    contexts: View<u64>,
    intents: View<u8>,
    ids: View<u64>,
    flags: View<u8>,
    display: Texts,
    canonical: Texts,
}

impl Details {
    /// The facts of a set whose place `order[row]` becomes `row`.
    pub(crate) fn of(set: &Prepared, order: impl Iterator<Item = usize> + Clone) -> Self {
        if !set.has_extras() {
            return Self::default();
        }
        let extras = || order.clone().map(|place| set.extra(place));
        let intent = |i: Intent| [i.visual, i.aspirational, i.specific, i.broad];
        Self {
            rows: order.clone().count(),
            kinds: column(extras().map(|extra| extra.map_or(0, |e| e.kind.0)), 0),
            contexts: column(
                extras().map(|extra| extra.map_or(u64::MAX, |e| e.context.0)),
                u64::MAX,
            ),
            intents: column(
                extras().flat_map(|extra| extra.map_or([0; 4], |e| intent(e.intent))),
                0,
            ),
            ids: column(extras().map(|extra| extra.map_or(0, |e| e.id)), 0),
            flags: column(
                extras().map(|extra| extra.map_or(0, |e| u8::from(e.sensitive) * SENSITIVE)),
                0,
            ),
            display: Texts::of(extras().map(|extra| extra.and_then(|e| e.display.as_deref()))),
            canonical: Texts::of(extras().map(|extra| extra.and_then(|e| e.canonical.as_deref()))),
        }
    }

    /// How many rows have facts.
    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    /// What is known of `row`, which weighs `weight`.
    pub(crate) fn found(&self, row: usize, weight: f64) -> Found<'_> {
        let mut found = Found::plain(weight);
        if self.rows == 0 {
            return found;
        }
        found.kind = Kind(self.kinds.get(row).copied().unwrap_or(0));
        found.context = Context(self.contexts.get(row).copied().unwrap_or(u64::MAX));
        found.id = self.ids.get(row).copied().unwrap_or(0);
        found.sensitive = self.flags.get(row).is_some_and(|flags| flags & SENSITIVE != 0);
        if let Some(&[visual, aspirational, specific, broad]) = self.intents.get(4 * row..4 * row + 4) {
            found.intent = Intent {
                visual,
                aspirational,
                specific,
                broad,
            };
        }
        found.display = self.display.get(row);
        found.canonical = self.canonical.get(row);
        found
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.kinds.len()
            + 8 * self.contexts.len()
            + self.intents.len()
            + 8 * self.ids.len()
            + self.flags.len()
            + self.display.bytes()
            + self.canonical.bytes()
    }

    pub(crate) fn write<'a>(&'a self, writer: &mut ContainerWriter<'a>) {
        fn add<'a, T: Element>(writer: &mut ContainerWriter<'a>, tag: Tag, column: &'a View<T>) {
            if !column.is_empty() {
                writer.elements(tag, &column[..]);
            }
        }
        add(writer, KINDS, &self.kinds);
        add(writer, CONTEXTS, &self.contexts);
        add(writer, INTENTS, &self.intents);
        add(writer, IDS, &self.ids);
        add(writer, FLAGS, &self.flags);
        self.display.write(writer, DISPLAY);
        self.canonical.write(writer, CANONICAL);
    }

    /// The facts of `rows` rows, if the file has any.
    pub(crate) fn read(container: &Container, rows: usize) -> Result<Self, LoadError> {
        let details = Self {
            rows,
            kinds: optional(container, KINDS, rows)?,
            contexts: optional(container, CONTEXTS, rows)?,
            intents: optional(container, INTENTS, rows.saturating_mul(4))?,
            ids: optional(container, IDS, rows)?,
            flags: optional(container, FLAGS, rows)?,
            display: Texts::read(container, DISPLAY, rows)?,
            canonical: Texts::read(container, CANONICAL, rows)?,
        };
        let none = details.bytes() == 0;
        Ok(if none { Self::default() } else { details })
    }

    /// Checks what [`read`](Self::read) believes. O(text).
    pub(crate) fn check(&self) -> Result<(), LoadError> {
        self.display.check(DISPLAY)?;
        self.canonical.check(CANONICAL)
    }
}

fn column<T: Element + PartialEq>(values: impl Iterator<Item = T>, default: T) -> View<T> {
    let column: Vec<T> = values.collect();
    if column.iter().all(|value| *value == default) {
        return View::default();
    }
    column.into()
}

fn optional<T: Element>(container: &Container, tag: Tag, rows: usize) -> Result<View<T>, LoadError> {
    if !container.tags().any(|other| other == tag) {
        return Ok(View::default());
    }
    let view = container.view::<T>(tag)?;
    if view.len() != rows {
        return Err(LoadError::invalid(tag, "one value a row"));
    }
    Ok(view)
}

/// The two sections of a column of texts.
#[derive(Clone, Copy)]
struct TextTags {
    ends: Tag,
    text: Tag,
}

const DISPLAY: TextTags = TextTags {
    ends: Tag::new("disp-end"),
    text: Tag::new("display"),
};
const CANONICAL: TextTags = TextTags {
    ends: Tag::new("canon-en"),
    text: Tag::new("canon"),
};

/// A text a row; an empty one is none.
#[derive(Clone, Debug, Default)]
struct Texts {
    ends: View<u32>,
    text: View<u8>,
}

impl Texts {
    fn of<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> Self {
        let (mut ends, mut text) = (Vec::new(), Vec::new());
        for row in texts {
            text.extend_from_slice(row.unwrap_or("").as_bytes());
            ends.push(text.len() as u32);
        }
        if text.is_empty() {
            return Self::default();
        }
        Self {
            ends: ends.into(),
            text: text.into(),
        }
    }

    fn get(&self, row: usize) -> Option<&str> {
        let end = *self.ends.get(row)? as usize;
        let start = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        let text = std::str::from_utf8(self.text.get(start..end)?).ok()?;
        (!text.is_empty()).then_some(text)
    }

    fn bytes(&self) -> usize {
        4 * self.ends.len() + self.text.len()
    }

    fn write<'a>(&'a self, writer: &mut ContainerWriter<'a>, tags: TextTags) {
        if !self.ends.is_empty() {
            writer
                .elements(tags.ends, &self.ends[..])
                .elements(tags.text, &self.text[..]);
        }
    }

    fn read(container: &Container, tags: TextTags, rows: usize) -> Result<Self, LoadError> {
        let ends: View<u32> = optional(container, tags.ends, rows)?;
        if ends.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self {
            ends,
            text: container.view(tags.text)?,
        })
    }

    fn check(&self, tags: TextTags) -> Result<(), LoadError> {
        let last = self.ends.last().map_or(0, |end| *end as usize);
        if !self.ends.is_sorted() || last != self.text.len() {
            return Err(LoadError::invalid(
                tags.ends,
                "ends ascend to the end of the text",
            ));
        }
        let mut start = 0;
        for &end in &self.ends[..] {
            if std::str::from_utf8(&self.text[start..end as usize]).is_err() {
                return Err(LoadError::invalid(tags.text, "texts are UTF-8"));
            }
            start = end as usize;
        }
        Ok(())
    }
}
