//! Ways in which a key matches, kept small: they are copied all the time.

/// Parts of a nat in which penalties are counted.
pub(super) const UNIT: f32 = 256.0;
/// More states than a set has: 5 positions, up to 3 ways to each that are not worse than another, some with a letter owed.
const MAX_STATES: usize = 24;

/// One way in which the key read so far matches the beginning of the typed text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct State {
    pub(super) penalty: u16,
    /// Typed characters that are matched.
    pub(super) at: u8,
    pub(super) tally: Tally,
}

/// Edits made, edits that are no longer to be had, and whether the typed character that comes next is still owed, the one
/// after it read already: two bits, two bits and one, so that a set of states is copied in no time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Tally(u8);

impl Tally {
    const OWES: u8 = 16;

    pub(super) const fn edits(self) -> u8 {
        self.0 & 3
    }

    pub(super) const fn spent(self) -> u8 {
        self.0 >> 2 & 3
    }

    pub(super) const fn owes(self) -> bool {
        self.0 & Self::OWES != 0
    }

    pub(super) const fn edited(self, spent: u8) -> Self {
        Self(self.0 & Self::OWES | spent << 2 | (self.edits() + 1))
    }

    pub(super) const fn owing(self) -> Self {
        Self(self.0 | Self::OWES)
    }

    pub(super) const fn paid(self) -> Self {
        Self(self.0 & !Self::OWES)
    }
}

impl State {
    /// What the match costs.
    pub(crate) fn cost(self) -> Cost {
        Cost {
            penalty: self.penalty,
            edits: self.tally.edits(),
        }
    }
}

/// What a match costs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Cost {
    pub(super) penalty: u16,
    pub(crate) edits: u8,
}

impl Cost {
    /// In nats.
    pub(crate) fn penalty(self) -> f64 {
        f64::from(self.penalty) / f64::from(UNIT)
    }
}

/// Different ways to the same place in a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct States {
    states: [State; MAX_STATES],
    length: usize,
}

impl States {
    pub(super) const NONE: Self = Self {
        states: [State {
            penalty: 0,
            at: 0,
            tally: Tally(0),
        }; MAX_STATES],
        length: 0,
    };

    pub(crate) fn iter(&self) -> impl Iterator<Item = &State> {
        self.states[..self.length].iter()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds a state unless another one is as good.
    pub(super) fn add(&mut self, new: State) {
        for old in &mut self.states[..self.length] {
            if old.at == new.at && old.tally.owes() == new.tally.owes() {
                if old.tally.spent() <= new.tally.spent() && old.penalty <= new.penalty {
                    return;
                }
                if new.tally.spent() <= old.tally.spent() && new.penalty <= old.penalty {
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

/// What a character makes of states.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Those that it matches.
    pub(crate) kept: States,
    /// Those that it makes by an error, here or just after it.
    pub(crate) made: States,
}

impl Step {
    /// Of no states.
    pub(crate) const NONE: Self = Self {
        kept: States::NONE,
        made: States::NONE,
    };

    pub(super) fn clear(&mut self) {
        self.kept.length = 0;
        self.made.length = 0;
    }
}
