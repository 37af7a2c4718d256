//! A source that is right because it is plain.

use bowerbird_typeahead::{BestFirst, BuildError, Entry, Found, Source};
use std::sync::Arc;

/// The least that is a source: keys with weights, exactly as they were given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plain(Vec<(String, f64)>);

impl Plain {
    pub(crate) fn new(entries: impl IntoIterator<Item = Entry>) -> Arc<Self> {
        let mut rows: Vec<_> = entries
            .into_iter()
            .map(|entry| (entry.text, entry.weight))
            .collect();
        rows.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Arc::new(Self(rows))
    }

    pub(crate) fn build(entries: Vec<Entry>) -> Result<Arc<dyn Source>, BuildError> {
        Ok(Self::new(entries))
    }
}

struct Rows<'s>(Vec<&'s (String, f64)>, Option<&'s (String, f64)>);

impl Source for Plain {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn best_first<'s>(&'s self, prefix: &str) -> Box<dyn BestFirst + 's> {
        let rows = self.0.iter().rev().filter(|row| row.0.starts_with(prefix));
        Box::new(Rows(rows.collect(), None))
    }

    fn get(&self, key: &str) -> Option<Found<'_>> {
        self.0
            .iter()
            .find(|row| row.0 == key)
            .map(|row| Found::plain(row.1))
    }
}

impl BestFirst for Rows<'_> {
    fn advance(&mut self) -> Option<f64> {
        self.1 = self.0.pop();
        self.1.map(|row| row.1.ln())
    }

    fn key(&self) -> &str {
        &self.1.expect("advanced").0
    }

    fn found(&self) -> Found<'_> {
        Found::plain(self.1.expect("advanced").1)
    }
}
