//! A terminal that hands over every key at once.

use std::process::{Command, Stdio};

/// The terminal's settings as they were; back in force when this is dropped.
pub(crate) struct KeyByKey {
    before: String,
}

impl KeyByKey {
    /// Asks `stty` to; `None` where there is none, or stdin is no terminal.
    pub(crate) fn begin() -> Option<Self> {
        let before = stty(&["-g"])?;
        let begun = Self {
            before: before.trim().to_owned(),
        };
        // Ctrl-C comes as a key, too, so that the settings are put back.
        stty(&["-icanon", "-echo", "-isig", "min", "1", "time", "0"])?;
        Some(begun)
    }
}

impl Drop for KeyByKey {
    fn drop(&mut self) {
        // Where this fails, `stty sane` helps.
        let _ = stty(&[&self.before]);
    }
}

fn stty(arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("stty");
    command.args(arguments).stdin(Stdio::inherit());
    let done = command.output().ok()?;
    done.status.success().then_some(())?;
    String::from_utf8(done.stdout).ok()
}

/// A key, as far as a search box needs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Key {
    Char(char),
    Back,
    /// Takes everything back.
    Clear,
    Enter,
    End,
}

/// Turns bytes into keys. What a key of the keyboard sends comes in one piece, so an escape alone is the key of that
/// name, and one with more behind it an arrow or the like, which is passed over.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// The beginning of a character.
    rest: Vec<u8>,
}

impl Keys {
    pub(crate) fn take(&mut self, piece: &[u8]) -> Vec<Key> {
        match piece {
            [] | [0x1b] => return vec![Key::End],
            [0x1b, ..] => return Vec::new(),
            _ => self.rest.extend_from_slice(piece),
        }
        let mut keys = Vec::new();
        let whole = match std::str::from_utf8(&self.rest) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            // No UTF-8: the terminal speaks another encoding.
            Err(_) => {
                self.rest.clear();
                return keys;
            }
        };
        let text: Vec<u8> = self.rest.drain(..whole).collect();
        for c in String::from_utf8_lossy(&text).chars() {
            keys.extend(match c {
                '\u{3}' | '\u{4}' => Some(Key::End),
                '\u{8}' | '\u{7f}' => Some(Key::Back),
                '\u{15}' => Some(Key::Clear),
                '\r' | '\n' => Some(Key::Enter),
                c if c.is_control() => None,
                c => Some(Key::Char(c)),
            });
        }
        keys
    }
}
