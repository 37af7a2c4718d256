//! The automaton of a typed text.

use super::EditCosts;
use crate::normalize::{Script, script};

/// Longest typed text, in characters, in which errors are forgiven.
pub const MAX_PATTERN: usize = 64;

/// Parts of a nat in which penalties are counted.
const UNIT: f32 = 256.0;
/// More states than a set can have: 5 positions, 3 numbers of edits, each with or without a letter owed.
const MAX_STATES: usize = 32;

/// A typed text with the errors that are forgiven in it.
#[derive(Clone, Debug)]
pub struct Pattern {
    letters: Vec<Letter>,
    max_edits: u8,
    costs: Penalties,
    scripts: Vec<Script>,
    /// ASCII characters that may have been meant.
    ascii: u128,
}

#[derive(Clone, Debug)]
struct Letter {
    c: char,
    neighbours: Vec<char>,
}

#[derive(Clone, Copy, Debug)]
struct Penalties {
    substitution: u16,
    neighbour: u16,
    omission: u16,
    surplus: u16,
    repeat: u16,
    transposition: u16,
    first: u16,
}

/// One way in which the key read so far matches the typed text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct State {
    penalty: u16,
    /// Typed characters that are matched.
    at: u8,
    /// Edits that are no longer to be had.
    spent: u8,
    /// Edits made.
    edits: u8,
    /// The typed character at `at` is still owed, and the one after it read already.
    owes: bool,
}

/// What a match costs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Cost {
    penalty: u16,
    pub(crate) edits: u8,
}

impl Cost {
    /// In nats.
    pub(crate) fn penalty(self) -> f64 {
        f64::from(self.penalty) / f64::from(UNIT)
    }
}

/// States after some characters of a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct States {
    states: [State; MAX_STATES],
    length: usize,
}

impl States {
    const NONE: Self =
        Self { states: [State { penalty: 0, at: 0, spent: 0, edits: 0, owes: false }; MAX_STATES], length: 0 };

    fn iter(&self) -> impl Iterator<Item = &State> {
        self.states[..self.length].iter()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    fn add(&mut self, new: State) {
        let states = &mut self.states[..self.length];
        for old in states.iter_mut() {
            if old.at == new.at && old.owes == new.owes {
                if old.spent <= new.spent && old.penalty <= new.penalty {
                    return;
                }
                if new.spent <= old.spent && new.penalty <= old.penalty {
                    *old = new;
                    return;
                }
            }
        }
        if let Some(free) = self.states.get_mut(self.length) {
            *free = new;
            self.length += 1;
        }
    }
}

impl Pattern {
    /// The automaton of a folded typed text with up to `max_edits` (at most 2) errors; `None` where the text is empty or
    /// longer than [`MAX_PATTERN`].
    pub fn new(prefix: &str, max_edits: u8, costs: &EditCosts) -> Option<Self> {
        let letter = |c| Letter { c, neighbours: costs.keyboard.neighbours(c).collect() };
        let letters: Vec<Letter> = prefix.chars().take(MAX_PATTERN + 1).map(letter).collect();
        if letters.is_empty() || letters.len() > MAX_PATTERN {
            return None;
        }
        // A penalty below 0 would make a wrong key better than the right one; two of the largest do not overflow.
        let unit = |nats: f32| (nats.clamp(0.0, 60.0) * UNIT) as u16;
        let mut scripts: Vec<Script> = letters.iter().map(|letter| script(letter.c)).collect();
        scripts.push(Script::Common);
        scripts.sort_unstable();
        scripts.dedup();
        let costs = Penalties {
            substitution: unit(costs.substitution),
            neighbour: unit(costs.neighbour),
            omission: unit(costs.omission),
            surplus: unit(costs.surplus),
            repeat: unit(costs.repeat),
            transposition: unit(costs.transposition),
            first: unit(costs.first),
        };
        let may_be = |byte: &u8| scripts.contains(&script(char::from(*byte)));
        let ascii = (b' '..0x7F).filter(may_be).fold(0, |set, byte| set | 1 << byte);
        Some(Self { letters, max_edits: max_edits.min(2), costs, scripts, ascii })
    }

    /// Characters of the typed text.
    pub fn len(&self) -> usize {
        self.letters.len()
    }

    /// Never true: a pattern has a character.
    pub fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    /// True when a wrong letter may have been meant to be `c`.
    fn may_be(&self, c: char) -> bool {
        if c.is_ascii() {
            return self.ascii >> u32::from(c) & 1 != 0;
        }
        let script = script(c);
        script != Script::Common && self.scripts.contains(&script)
    }

    /// True when a character that begins with this byte may have been meant.
    pub(crate) fn may_lead(&self, byte: u8) -> bool {
        let plane = match byte {
            0xC2..=0xDF => u32::from(byte & 0x1F) << 6..(u32::from(byte & 0x1F) + 1) << 6,
            0xE0..=0xEF => u32::from(byte & 0x0F) << 12..(u32::from(byte & 0x0F) + 1) << 12,
            _ => return true,
        };
        // The scripts of a byte's characters change at multiples of 16.
        plane.step_by(16).filter_map(char::from_u32).any(|c| self.may_be(c))
    }

    /// The states before the first character.
    pub(crate) fn start(&self) -> States {
        let mut states = States::NONE;
        self.add(&mut states, State::default());
        states
    }

    /// The states after another character of the key.
    pub(crate) fn step(&self, states: &States, c: char) -> States {
        let mut next = States::NONE;
        let may_be = self.may_be(c);
        for state in states.iter() {
            let at = usize::from(state.at);
            let Some(letter) = self.letters.get(at) else { continue };
            if state.owes {
                if letter.c == c {
                    self.add(&mut next, State { at: state.at + 2, owes: false, ..*state });
                }
                continue;
            }
            if letter.c == c {
                self.add(&mut next, State { at: state.at + 1, ..*state });
            }
            if state.spent >= self.max_edits || !may_be {
                continue;
            }
            if letter.c != c {
                let is_near = letter.neighbours.contains(&c);
                let cost = if is_near { self.costs.neighbour } else { self.costs.substitution };
                self.add(&mut next, State { at: state.at + 1, ..self.edit(state, cost) });
                if self.letters.get(at + 1).is_some_and(|after| after.c == c) {
                    self.add(&mut next, State { owes: true, ..self.edit(state, self.costs.transposition) });
                }
            }
            let repeats = at > 0 && self.letters[at - 1].c == c;
            let cost = if repeats { self.costs.repeat } else { self.costs.omission };
            self.add(&mut next, self.edit(state, cost));
        }
        next
    }

    /// The cheapest way in which the whole typed text is matched.
    pub(crate) fn accepts(&self, states: &States) -> Option<Cost> {
        let whole = |state: &&State| usize::from(state.at) == self.letters.len() && !state.owes;
        states.iter().filter(whole).map(|state| Cost { penalty: state.penalty, edits: state.edits }).min()
    }

    /// The states that can still become better than `best`.
    pub(crate) fn open(&self, states: &States, best: Option<Cost>) -> States {
        let mut open = States::NONE;
        for state in states.iter() {
            let whole = usize::from(state.at) == self.letters.len();
            if !whole && best.is_none_or(|best| state.penalty < best.penalty) {
                open.states[open.length] = *state;
                open.length += 1;
            }
        }
        open
    }

    /// The characters that the next one must be, or `None` where it may be any: an edit is left.
    pub(crate) fn wanted<'p>(&'p self, states: &'p States) -> Option<impl Iterator<Item = char> + 'p> {
        let is_free = |state: &State| !state.owes && state.spent < self.max_edits;
        if states.iter().any(is_free) {
            return None;
        }
        Some(states.iter().filter_map(|state| self.letters.get(usize::from(state.at)).map(|letter| letter.c)))
    }

    /// What the next characters would be wanted to be after a character that matches nothing; `None` where they may be
    /// any, or where the typed text would be matched.
    pub(crate) fn wanted_after_error<'p>(&'p self, states: &'p States) -> Option<impl Iterator<Item = char> + 'p> {
        let free = || states.iter().filter(|state| !state.owes && state.spent < self.max_edits);
        let last = self.letters.len();
        let ends = |state: &State| usize::from(state.at) + 1 >= last;
        let stays_free = |state: &State| self.budget(state) < self.max_edits;
        if free().any(|state| ends(state) || stays_free(state)) {
            return None;
        }
        Some(free().flat_map(move |state| {
            let at = usize::from(state.at);
            self.letters.get(at..(at + 2).min(last)).unwrap_or_default().iter().map(|letter| letter.c)
        }))
    }

    /// True when a character matches a state without being an error, or is the second of two transposed ones.
    pub(crate) fn is_expected(&self, states: &States, c: char) -> bool {
        states.iter().any(|state| {
            let at = usize::from(state.at);
            self.letters.get(at..(at + 2).min(self.letters.len())).unwrap_or_default().iter().any(|letter| letter.c == c)
        })
    }

    /// True when an expected character begins with this byte.
    pub(crate) fn expects_lead(&self, states: &States, byte: u8) -> bool {
        states.iter().any(|state| {
            let at = usize::from(state.at);
            let next = self.letters.get(at..(at + 2).min(self.letters.len())).unwrap_or_default();
            next.iter().any(|letter| letter.c.encode_utf8(&mut [0; 4]).as_bytes()[0] == byte)
        })
    }

    /// Edits spent after one more at this state: an error in the first letter takes all.
    fn budget(&self, state: &State) -> u8 {
        if state.at == 0 { self.max_edits } else { state.spent + 1 }
    }

    fn edit(&self, state: &State, cost: u16) -> State {
        let first = if state.at == 0 { self.costs.first } else { 0 };
        let penalty = state.penalty.saturating_add(cost).saturating_add(first);
        State { penalty, spent: self.budget(state), edits: state.edits + 1, ..*state }
    }

    /// Adds a state and those that come of taking typed characters as surplus.
    fn add(&self, states: &mut States, state: State) {
        states.add(state);
        let at = usize::from(state.at);
        if state.owes || state.spent >= self.max_edits || at >= self.letters.len() {
            return;
        }
        let repeats = at > 0 && self.letters[at - 1].c == self.letters[at].c;
        let cost = if repeats { self.costs.repeat } else { self.costs.surplus };
        self.add(states, State { at: state.at + 1, ..self.edit(&state, cost) });
    }
}
