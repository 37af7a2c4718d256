//! The automaton of a typed text.

use super::EditCosts;
use super::follow::{Follow, Need};
use super::states::{Cost, State, States, Step, UNIT};
use crate::normalize::{Script, script};
use std::sync::OnceLock;

/// Longest typed text, in characters, in which errors are forgiven.
pub const MAX_PATTERN: usize = 64;

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
    /// The bits of the two bytes from here on.
    ahead: Follow,
    /// The same where this letter and the next are swapped and the latter is read already.
    owed: Follow,
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
    second: u16,
    least: u16,
}

/// What a key must go on with for a match without another error: a letter that is owed, then a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rest<'p> {
    pub(crate) owed: &'p str,
    pub(crate) text: &'p str,
}

impl Pattern {
    /// The automaton of a folded typed text with up to `max_edits` (at most 2) errors; `None` where the text is empty or
    /// longer than [`MAX_PATTERN`].
    pub fn new(prefix: &str, max_edits: u8, costs: &EditCosts) -> Option<Self> {
        let letter = |(start, c)| Letter {
            c,
            start,
            neighbours: costs.keyboard.neighbours(c).collect(),
            ahead: Follow::of(prefix[start..].bytes()),
            owed: owed(&prefix[start..]),
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
        let mut penalties = Penalties {
            substitution: unit(costs.substitution),
            neighbour: unit(costs.neighbour),
            omission: unit(costs.omission),
            surplus: unit(costs.surplus),
            repeat: unit(costs.repeat),
            transposition: unit(costs.transposition),
            first: unit(costs.first),
            second: unit(costs.second),
            least: 0,
        };
        let Penalties {
            substitution,
            neighbour,
            omission,
            surplus,
            repeat,
            transposition,
            ..
        } = penalties;
        let all = [substitution, neighbour, omission, surplus, repeat, transposition];
        penalties.least = all.into_iter().min().unwrap_or(0);
        let may_be = |byte: &u8| scripts & script_bit(script(char::from(*byte))) != 0;
        let ascii = (b' '..0x7F).filter(may_be).fold(0, |set, byte| set | 1 << byte);
        Some(Self {
            text: prefix.to_owned(),
            letters,
            max_edits: max_edits.min(2),
            costs: penalties,
            scripts,
            ascii,
        })
    }

    /// The typed text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True when a wrong letter may have been meant to be `c`.
    fn may_be(&self, c: char) -> bool {
        if c.is_ascii() {
            return self.ascii >> u32::from(c) & 1 != 0;
        }
        let script = script(c);
        if script == Script::Common {
            return self.text.contains(c);
        }
        self.scripts & script_bit(script) != 0
    }

    /// True when a character that begins with this byte may have been meant, or is typed.
    pub(crate) fn may_lead(&self, byte: u8) -> bool {
        let scripts = self.scripts & !script_bit(Script::Common);
        scripts_of_leads()[usize::from(byte)] & scripts != 0 || self.text.as_bytes().contains(&byte)
    }

    /// The states before the first character.
    pub(crate) fn start(&self) -> Step {
        let mut step = Step::NONE;
        self.keep(&mut step, State::default());
        step
    }

    /// What another character of the key makes of states.
    pub(crate) fn step(&self, states: &States, c: char, next: &mut Step) {
        next.clear();
        let may_be = self.may_be(c);
        for state in states.iter() {
            let at = usize::from(state.at);
            let Some(letter) = self.letters.get(at) else {
                continue;
            };
            if state.tally.owes() {
                if letter.c == c {
                    let (at, tally) = (state.at + 2, state.tally.paid());
                    self.keep(next, State { at, tally, ..*state });
                }
                continue;
            }
            if letter.c == c {
                self.keep(
                    next,
                    State {
                        at: state.at + 1,
                        ..*state
                    },
                );
            }
            if state.tally.spent() >= self.max_edits || !may_be {
                continue;
            }
            if letter.c != c {
                let is_near = letter.neighbours.contains(&c);
                let cost = if is_near {
                    self.costs.neighbour
                } else {
                    self.costs.substitution
                };
                let edited = self.edit(state, cost);
                self.make(
                    &mut next.made,
                    State {
                        at: state.at + 1,
                        ..edited
                    },
                );
                if self.letters.get(at + 1).is_some_and(|after| after.c == c) {
                    let edited = self.edit(state, self.costs.transposition);
                    let tally = edited.tally.owing();
                    self.make(&mut next.made, State { tally, ..edited });
                }
            }
            let repeats = at > 0 && self.letters[at - 1].c == c;
            let cost = if repeats {
                self.costs.repeat
            } else {
                self.costs.omission
            };
            self.make(&mut next.made, self.edit(state, cost));
        }
    }

    /// True when the whole typed text is matched.
    pub(crate) fn accepts(&self, state: &State) -> bool {
        usize::from(state.at) >= self.letters.len() && !state.tally.owes()
    }

    /// False where nothing that follows a place goes on as a state needs it without another error.
    #[inline]
    pub(crate) fn may_follow(&self, state: &State, follow: Follow) -> bool {
        match self.letters.get(usize::from(state.at)) {
            Some(letter) if state.tally.owes() => follow.meets(letter.owed),
            Some(letter) => follow.meets(letter.ahead),
            None => true,
        }
    }

    /// What the key must go on with if no other error is made.
    pub(crate) fn rest(&self, state: &State) -> Rest<'_> {
        let at = usize::from(state.at);
        if state.tally.owes() {
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
    }

    /// The states from which a match with one more error is still possible and would be better than `known`, and the
    /// least that it can cost, in nats.
    pub(crate) fn open(&self, step: &Step, known: Option<Cost>) -> (States, f64) {
        let (mut open, mut least) = (States::NONE, u16::MAX);
        for state in step.kept.iter().chain(step.made.iter()) {
            if state.tally.spent() >= self.max_edits || self.accepts(state) {
                continue;
            }
            let further = self.costs.least
                + if state.tally.edits() > 0 {
                    self.costs.second
                } else {
                    0
                };
            let cost = state.penalty.saturating_add(further);
            if known.is_none_or(|known| cost < known.penalty) {
                open.add(*state);
                least = least.min(cost);
            }
        }
        (open, f64::from(least) / f64::from(UNIT))
    }

    fn bytes(&self, from: usize, to: usize) -> &str {
        let at = |letter: usize| {
            self.letters
                .get(letter)
                .map_or(self.text.len(), |letter| letter.start)
        };
        &self.text[at(from)..at(to)]
    }

    /// What must follow where these states are left, each with an edit still to make.
    pub(crate) fn need(&self, open: &States) -> Need {
        let mut need = Need::default();
        let last = self.letters.len();
        for state in open.iter() {
            let at = usize::from(state.at);
            if state.tally.owes() {
                need.next(self.lead(at));
            } else if at + 1 >= last || self.max_edits - self.budget(state) > 0 {
                need.anything();
            } else {
                // Either of the next two comes now, or an error and then one of them.
                (at..at + 2).for_each(|at| {
                    need.next(self.lead(at));
                    need.after(self.lead(at));
                });
            }
        }
        need
    }

    /// What must follow a character that matches nothing.
    pub(crate) fn need_after_error(&self, states: &States) -> Need {
        let mut need = Need::default();
        let last = self.letters.len();
        for state in states.iter().filter(|state| !state.tally.owes()) {
            let left = self.max_edits - self.budget(state);
            for at in [usize::from(state.at), usize::from(state.at) + 1] {
                if at + usize::from(left) >= last || left > 1 {
                    need.anything();
                    continue;
                }
                // Without another error the first of these comes next; else, later.
                (at..=at + usize::from(left)).for_each(|at| need.next(self.lead(at)));
                if left > 0 {
                    (at..last.min(at + 3)).for_each(|at| need.after(self.lead(at)));
                }
            }
        }
        need
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

    /// The first byte of a typed character; 0 beyond the last.
    fn lead(&self, at: usize) -> u8 {
        self.bytes(at, at + 1).bytes().next().unwrap_or(0)
    }

    /// Edits spent after one more at this state: an error in the first letter takes all.
    fn budget(&self, state: &State) -> u8 {
        if state.at == 0 {
            self.max_edits
        } else {
            state.tally.spent() + 1
        }
    }

    fn edit(&self, state: &State, cost: u16) -> State {
        let first = if state.at == 0 { self.costs.first } else { 0 };
        let second = if state.tally.edits() > 0 {
            self.costs.second
        } else {
            0
        };
        let more = cost.saturating_add(first).saturating_add(second);
        State {
            penalty: state.penalty.saturating_add(more),
            tally: state.tally.edited(self.budget(state)),
            ..*state
        }
    }

    /// Adds a state that was matched, and makes those that come of taking the next typed characters as surplus.
    fn keep(&self, step: &mut Step, state: State) {
        step.kept.add(state);
        if let Some(surplus) = self.surplus(&state) {
            self.make(&mut step.made, surplus);
        }
    }

    /// Adds a state that an error has made, and those that come of taking the next typed characters as surplus.
    fn make(&self, made: &mut States, state: State) {
        made.add(state);
        if let Some(surplus) = self.surplus(&state) {
            self.make(made, surplus);
        }
    }

    fn surplus(&self, state: &State) -> Option<State> {
        let at = usize::from(state.at);
        if state.tally.owes() || state.tally.spent() >= self.max_edits || at >= self.letters.len() {
            return None;
        }
        let repeats = at > 0 && self.letters[at - 1].c == self.letters[at].c;
        let cost = if repeats {
            self.costs.repeat
        } else {
            self.costs.surplus
        };
        Some(State {
            at: state.at + 1,
            ..self.edit(state, cost)
        })
    }
}

/// The bits of what follows where the second letter of a text was read before the first.
fn owed(text: &str) -> Follow {
    let mut letters = text.chars();
    let (first, _) = (letters.next(), letters.next());
    let mut buffer = [0; 4];
    let first = first.map_or("", |c| c.encode_utf8(&mut buffer));
    Follow::of(first.bytes().chain(letters.as_str().bytes()))
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
