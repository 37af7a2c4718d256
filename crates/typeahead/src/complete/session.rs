//! Somebody typing: one character after the other.

use super::{Completer, Completions, Request};
use crate::{Source, Trail};
use bowerbird_core::Clock;
use std::sync::Arc;

/// A text that is being typed. Each character is a step from where the last one led, and each one taken back a step
/// back: nothing is searched again from the start.
///
/// ```
/// use bowerbird_core::SystemClock;
/// use bowerbird_typeahead::{Completer, Entry, FastIndex, Normalizer, Request};
///
/// let entries = [Entry::new("living room", 90.0), Entry::new("lamp", 70.0)];
/// let completer = Completer::over(FastIndex::build(entries, &Normalizer::default())?);
/// let mut session = completer.session();
/// let request = Request::new(10);
/// session.push('L');
/// assert_eq!(session.complete(&request, &SystemClock).suggestions.len(), 2);
/// session.push('a');
/// assert_eq!(session.complete(&request, &SystemClock).suggestions[0].text, "lamp");
/// session.pop();
/// assert_eq!(session.text(), "L");
/// # Ok::<(), bowerbird_typeahead::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Session<'c> {
    completer: &'c Completer,
    text: String,
    folded: String,
    trail: Trail,
    /// The source that the trail belongs to.
    base: Option<Arc<dyn Source>>,
}

impl<'c> Session<'c> {
    pub(super) fn new(completer: &'c Completer) -> Self {
        Self {
            completer,
            text: String::new(),
            folded: String::new(),
            trail: Trail::new(),
            base: None,
        }
    }

    /// What has been typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Types a character.
    pub fn push(&mut self, c: char) {
        self.text.push(c);
    }

    /// Takes the last character back.
    pub fn pop(&mut self) -> Option<char> {
        self.text.pop()
    }

    /// Replaces what has been typed.
    pub fn set_text(&mut self, text: &str) {
        self.text.clear();
        self.text.push_str(text);
    }

    /// The completions of what has been typed.
    pub fn complete(&mut self, request: &Request<'_>, clock: &dyn Clock) -> Completions {
        let view = self.completer.view();
        if !self
            .base
            .as_ref()
            .is_some_and(|base| Arc::ptr_eq(base, &view.base))
        {
            self.trail.clear();
            self.base = Some(Arc::clone(&view.base));
        }
        self.completer
            .normalizer
            .fold_prefix_into(&self.text, &mut self.folded);
        self.completer
            .answer(&view, &self.folded, &mut self.trail, request, clock)
    }
}
