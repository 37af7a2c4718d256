//! The automaton of a typed text.

use super::EditCosts;
use super::follow::{Follow, Need};
use crate::normalize::{Script, script};
use std::sync::OnceLock;

/// Longest typed text, in characters, in which errors are forgiven.
pub const MAX_PATTERN: usize = 64;

/// Parts of a nat in which penalties are counted.
const UNIT: f32 = 256.0;
/// More states than a set can have: 5 positions, 3 numbers of edits, each with or without a letter owed.
const MAX_STATES: usize = 24;

/// A typed text with the errors that are forgiven in it.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    letters: Vec<Letter>,
    max_edits: u8,
    costs: Penalties,
    /// The scripts of the text, a bit each.
    scripts: u32,
    /// ASCII characters that may have been meant.
    ascii: u128,
}

#[derive(Clone, Debug)]
struct Letter {
    c: char,
    /// Where it starts in the text.
    start: usize,
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

/// What a key must go on with: a letter that is owed, then a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rest<'p> {
    pub(crate) owed: &'p str,
    pub(crate) text: &'p str,
}

impl Rest<'_> {
    pub(crate) fn bytes(&self) -> impl Iterator<Item = u8> {
        self.owed.bytes().chain(self.text.bytes())
    }

    fn starts_with(&self, other: &Self) -> bool {
        let (mine, theirs) = (
            self.owed.len() + self.text.len(),
            other.owed.len() + other.text.len(),
        );
        mine >= theirs && self.bytes().take(theirs).eq(other.bytes())
    }
}

/// More positions, and more ways to each, than the last error leads to.
const MAX_RESTS: usize = 8;
const MAX_WAYS: usize = 8;

/// How a character that matches nothing is explained.
#[derive(Clone, Copy, Debug)]
enum Way {
    Substitution,
    Omission,
}

/// What must follow a character that matches nothing.
#[derive(Clone, Debug)]
pub(crate) struct LastError<'p> {
    rests: [Option<RestAfter<'p>>; MAX_RESTS],
}

impl<'p> LastError<'p> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &RestAfter<'p>> {
        self.rests.iter().map_while(Option::as_ref)
    }
}

/// A text that must follow, and the ways in which that makes a match.
#[derive(Clone, Debug)]
pub(crate) struct RestAfter<'p> {
    to: usize,
    pub(crate) text: &'p str,
    pub(crate) bits: Follow,
    ways: [Option<(Way, State)>; MAX_WAYS],
}

/// States after some characters of a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct States {
    states: [State; MAX_STATES],
    length: usize,
}

impl States {
    const NONE: Self = Self {
        states: [State {
            penalty: 0,
            at: 0,
            spent: 0,
            edits: 0,
            owes: false,
        }; MAX_STATES],
        length: 0,
    };

    fn iter(&self) -> impl Iterator<Item = &State> {
        self.states[..self.length].iter()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// What the cheapest of the states has cost, in nats.
    pub(crate) fn least_penalty(&self) -> Option<f64> {
        self.iter()
            .map(|state| f64::from(state.penalty) / f64::from(UNIT))
            .reduce(f64::min)
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
        let letter = |(start, c)| Letter {
            c,
            start,
            neighbours: costs.keyboard.neighbours(c).collect(),
        };
        let letters: Vec<Letter> = prefix.char_indices().take(MAX_PATTERN + 1).map(letter).collect();
        if letters.is_empty() || letters.len() > MAX_PATTERN {
            return None;
        }
        // A penalty below 0 would make a wrong key better than the right one; two of the largest do not overflow.
        let unit = |nats: f32| (nats.clamp(0.0, 60.0) * UNIT) as u16;
        let scripts = letters.iter().fold(script_bit(Script::Common), |set, letter| {
            set | script_bit(script(letter.c))
        });
        let costs = Penalties {
            substitution: unit(costs.substitution),
            neighbour: unit(costs.neighbour),
            omission: unit(costs.omission),
            surplus: unit(costs.surplus),
            repeat: unit(costs.repeat),
            transposition: unit(costs.transposition),
            first: unit(costs.first),
        };
        let may_be = |byte: &u8| scripts & script_bit(script(char::from(*byte))) != 0;
        let ascii = (b' '..0x7F).filter(may_be).fold(0, |set, byte| set | 1 << byte);
        Some(Self {
            text: prefix.to_owned(),
            letters,
            max_edits: max_edits.min(2),
            costs,
            scripts,
            ascii,
        })
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
        script != Script::Common && self.scripts & script_bit(script) != 0
    }

    /// True when a character that begins with this byte may have been meant.
    pub(crate) fn may_lead(&self, byte: u8) -> bool {
        scripts_of_leads()[usize::from(byte)] & self.scripts & !script_bit(Script::Common) != 0
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
            let Some(letter) = self.letters.get(at) else {
                continue;
            };
            if state.owes {
                if letter.c == c {
                    self.add(
                        &mut next,
                        State {
                            at: state.at + 2,
                            owes: false,
                            ..*state
                        },
                    );
                }
                continue;
            }
            if letter.c == c {
                self.add(
                    &mut next,
                    State {
                        at: state.at + 1,
                        ..*state
                    },
                );
            }
            if state.spent >= self.max_edits || !may_be {
                continue;
            }
            if letter.c != c {
                let is_near = letter.neighbours.contains(&c);
                let cost = if is_near {
                    self.costs.neighbour
                } else {
                    self.costs.substitution
                };
                self.add(
                    &mut next,
                    State {
                        at: state.at + 1,
                        ..self.edit(state, cost)
                    },
                );
                if self.letters.get(at + 1).is_some_and(|after| after.c == c) {
                    self.add(
                        &mut next,
                        State {
                            owes: true,
                            ..self.edit(state, self.costs.transposition)
                        },
                    );
                }
            }
            let repeats = at > 0 && self.letters[at - 1].c == c;
            let cost = if repeats {
                self.costs.repeat
            } else {
                self.costs.omission
            };
            self.add(&mut next, self.edit(state, cost));
        }
        next
    }

    /// The cheapest way in which the whole typed text is matched.
    pub(crate) fn accepts(&self, states: &States) -> Option<Cost> {
        let whole = |state: &&State| usize::from(state.at) == self.letters.len() && !state.owes;
        states
            .iter()
            .filter(whole)
            .map(|state| Cost {
                penalty: state.penalty,
                edits: state.edits,
            })
            .min()
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

    /// The texts that must follow, each with what the match then costs, or `None` where anything may: an edit is left, or
    /// one of the texts begins with another.
    pub(crate) fn rests<'p>(
        &'p self,
        states: &'p States,
    ) -> Option<impl Iterator<Item = (Rest<'p>, Cost)> + 'p> {
        let rest = |state: &State| {
            let at = usize::from(state.at);
            if state.owes {
                Rest {
                    owed: self.bytes(at, at + 1),
                    text: self.bytes(at + 2, self.letters.len()),
                }
            } else {
                Rest {
                    owed: "",
                    text: self.bytes(at, self.letters.len()),
                }
            }
        };
        let nested = |i: usize, state: &State| {
            states
                .iter()
                .enumerate()
                .any(|(j, other)| i != j && rest(state).starts_with(&rest(other)))
        };
        if states.iter().any(|state| self.is_free(state))
            || (states.length > 1 && states.iter().enumerate().any(|(i, s)| nested(i, s)))
        {
            return None;
        }
        Some(states.iter().map(move |state| {
            (
                rest(state),
                Cost {
                    penalty: state.penalty,
                    edits: state.edits,
                },
            )
        }))
    }

    fn bytes(&self, from: usize, to: usize) -> &str {
        let at = |letter: usize| {
            self.letters
                .get(letter)
                .map_or(self.text.len(), |letter| letter.start)
        };
        &self.text[at(from)..at(to)]
    }

    /// The characters that the next one must be, or `None` where it may be any: an edit is left.
    pub(crate) fn wanted<'p>(&'p self, states: &'p States) -> Option<impl Iterator<Item = char> + 'p> {
        if states.iter().any(|state| self.is_free(state)) {
            return None;
        }
        Some(
            states
                .iter()
                .filter_map(|state| self.letters.get(usize::from(state.at)).map(|letter| letter.c)),
        )
    }

    /// What must follow a character that matches nothing, while edits are left after it.
    pub(crate) fn need_after_error(&self, states: &States) -> Need {
        let mut need = Need::default();
        let last = self.letters.len();
        for state in states.iter().filter(|state| self.is_free(state)) {
            let left = self.max_edits - self.budget(state);
            for at in [usize::from(state.at), usize::from(state.at) + 1] {
                if at + usize::from(left) >= last || left != 1 {
                    need.anything();
                } else {
                    (at..at + 2).for_each(|at| need.next(self.lead(at)));
                    (at..last.min(at + 3)).for_each(|at| need.after(self.lead(at)));
                }
            }
        }
        need
    }

    /// The texts that must follow a character that matches nothing, where that takes the last edit. `None` where an edit
    /// is left after it, where the typed text would then be matched, or where one of the texts begins with another.
    pub(crate) fn last_error(&self, states: &States) -> Option<LastError<'_>> {
        let mut error = LastError {
            rests: [const { None }; MAX_RESTS],
        };
        for state in states.iter().filter(|state| self.is_free(state)) {
            let at = usize::from(state.at);
            if self.budget(state) < self.max_edits || at + 1 >= self.letters.len() {
                return None;
            }
            for (way, to) in [(Way::Substitution, at + 1), (Way::Omission, at)] {
                let free = error
                    .rests
                    .iter_mut()
                    .find(|rest| rest.as_ref().is_none_or(|rest| rest.to == to))?;
                let rest = free.get_or_insert_with(|| {
                    let text = self.bytes(to, self.letters.len());
                    RestAfter {
                        to,
                        text,
                        bits: Follow::of(text),
                        ways: [None; MAX_WAYS],
                    }
                });
                *rest.ways.iter_mut().find(|way| way.is_none())? = Some((way, *state));
            }
        }
        let texts = || error.rests.iter().flatten().map(|rest| rest.text);
        let nested = texts().any(|a| texts().any(|b| a.len() > b.len() && a.starts_with(b)));
        (!nested).then_some(error)
    }

    /// What a match costs by the cheapest way of an error with `c`.
    pub(crate) fn cost_after(&self, rest: &RestAfter<'_>, c: char) -> Option<Cost> {
        let costs = rest.ways.iter().flatten().map(|(way, state)| {
            let at = usize::from(state.at);
            let letter = &self.letters[at];
            let cost = match way {
                Way::Substitution if letter.neighbours.contains(&c) => self.costs.neighbour,
                Way::Substitution => self.costs.substitution,
                Way::Omission if at > 0 && self.letters[at - 1].c == c => self.costs.repeat,
                Way::Omission => self.costs.omission,
            };
            let state = self.edit(state, cost);
            Cost {
                penalty: state.penalty,
                edits: state.edits,
            }
        });
        costs.min()
    }

    /// The ASCII characters that match a state without being an error, or are the second of two transposed ones.
    pub(crate) fn expected(&self, states: &States) -> u128 {
        let mut expected = 0;
        for state in states.iter() {
            let at = usize::from(state.at);
            let letters = self
                .letters
                .get(at..(at + 2).min(self.letters.len()))
                .unwrap_or_default();
            let ascii = letters.iter().filter(|letter| letter.c.is_ascii());
            expected |= ascii.fold(0, |set, letter| set | 1 << u32::from(letter.c));
        }
        expected
    }

    /// True when `c` may be a wrong letter for one of the typed text.
    pub(crate) fn may_be_ascii(&self, byte: u8) -> bool {
        self.ascii >> byte & 1 != 0
    }

    fn is_free(&self, state: &State) -> bool {
        !state.owes && state.spent < self.max_edits
    }

    /// The first byte of a typed character; 0 beyond the last.
    fn lead(&self, at: usize) -> u8 {
        self.bytes(at, at + 1).bytes().next().unwrap_or(0)
    }

    /// True when an expected character begins with this byte.
    pub(crate) fn expects_lead(&self, states: &States, byte: u8) -> bool {
        states.iter().any(|state| {
            let at = usize::from(state.at);
            let next = self
                .letters
                .get(at..(at + 2).min(self.letters.len()))
                .unwrap_or_default();
            next.iter()
                .any(|letter| letter.c.encode_utf8(&mut [0; 4]).as_bytes()[0] == byte)
        })
    }

    /// Edits spent after one more at this state: an error in the first letter takes all.
    fn budget(&self, state: &State) -> u8 {
        if state.at == 0 {
            self.max_edits
        } else {
            state.spent + 1
        }
    }

    fn edit(&self, state: &State, cost: u16) -> State {
        let first = if state.at == 0 { self.costs.first } else { 0 };
        let penalty = state.penalty.saturating_add(cost).saturating_add(first);
        State {
            penalty,
            spent: self.budget(state),
            edits: state.edits + 1,
            ..*state
        }
    }

    /// Adds a state and those that come of taking typed characters as surplus.
    fn add(&self, states: &mut States, state: State) {
        states.add(state);
        let at = usize::from(state.at);
        if state.owes || state.spent >= self.max_edits || at >= self.letters.len() {
            return;
        }
        let repeats = at > 0 && self.letters[at - 1].c == self.letters[at].c;
        let cost = if repeats {
            self.costs.repeat
        } else {
            self.costs.surplus
        };
        self.add(
            states,
            State {
                at: state.at + 1,
                ..self.edit(&state, cost)
            },
        );
    }
}

fn script_bit(script: Script) -> u32 {
    1 << script as u32
}

/// For each first byte of a character, the scripts of the characters that it begins.
fn scripts_of_leads() -> &'static [u32; 256] {
    static LEADS: OnceLock<[u32; 256]> = OnceLock::new();
    LEADS.get_or_init(|| {
        let mut leads = [0; 256];
        for c in '\0'..=char::MAX {
            leads[usize::from(c.encode_utf8(&mut [0; 4]).as_bytes()[0])] |= script_bit(script(c));
        }
        leads
    })
}
