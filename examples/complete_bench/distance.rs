//! What it costs to read a key as the continuation of what was typed, by a plain dynamic programme.

use bowerbird::typeahead::Typos;
use bowerbird::typeahead::fuzzy::{EditCosts, MAX_PATTERN};
use bowerbird::typeahead::normalize::{Script, script};

/// Of each number of edits, the least penalty with which so many characters are matched.
type Row = Vec<[Option<f64>; 3]>;

/// A prefix in which errors are forgiven.
pub(crate) struct Typed {
    letters: Vec<char>,
    scripts: Vec<Script>,
    edits: usize,
    costs: EditCosts,
}

impl Typed {
    /// None where no error is forgiven.
    pub(crate) fn new(prefix: &str, typos: &Typos) -> Option<Self> {
        let letters: Vec<char> = prefix.chars().collect();
        let edits = usize::from(typos.edits(letters.len()).min(2));
        if edits == 0 || letters.len() > MAX_PATTERN {
            return None;
        }
        Some(Self {
            scripts: letters.iter().map(|letter| script(*letter)).collect(),
            letters,
            edits,
            costs: typos.costs,
        })
    }

    /// The least penalty with which a prefix of the key is what was meant, if there are few enough errors.
    pub(crate) fn penalty(&self, key: &str) -> Option<f64> {
        let whole = self.letters.len();
        let empty = || -> Row { vec![[None; 3]; whole + 1] };
        // The second row is of the key one character further on, the third two: a transposition takes both.
        let mut rows = [empty(), empty(), empty()];
        rows[0][0][0] = Some(0.0);
        let mut best = None;
        let mut read = key.chars().peekable();
        loop {
            let c = read.next();
            let after = read.peek().copied();
            for at in 0..whole {
                for spent in 0..=self.edits {
                    if let Some(penalty) = rows[0][at][spent] {
                        self.step(&mut rows, (at, spent, penalty), c, after);
                    }
                }
            }
            for penalty in rows[0][whole].iter().flatten() {
                lower(&mut best, *penalty);
            }
            rows.rotate_left(1);
            rows[2] = empty();
            let is_dead = rows.iter().flatten().flatten().all(Option::is_none);
            if c.is_none() || is_dead {
                return best;
            }
        }
    }

    fn step(
        &self,
        rows: &mut [Row; 3],
        (at, spent, penalty): (usize, usize, f64),
        c: Option<char>,
        after: Option<char>,
    ) {
        let letter = self.letters[at];
        if c == Some(letter) {
            lower(&mut rows[1][at + 1][spent], penalty);
        }
        if spent == self.edits {
            return;
        }
        // An error in the first letter is forgiven only where it is the only one.
        let (more, spent) = match (at, spent) {
            (0, _) => (self.costs.first, self.edits),
            (_, 0) => (0.0, 1),
            _ => (self.costs.second, spent + 1),
        };
        let costs = |cost: f32| penalty + f64::from(cost) + f64::from(more);
        let before = at.checked_sub(1).map(|before| self.letters[before]);
        let or_repeat = |cost, other| {
            if before == Some(other) {
                self.costs.repeat
            } else {
                cost
            }
        };
        lower(
            &mut rows[0][at + 1][spent],
            costs(or_repeat(self.costs.surplus, letter)),
        );
        let Some(c) = c.filter(|c| self.may_be(*c)) else {
            return;
        };
        lower(&mut rows[1][at][spent], costs(or_repeat(self.costs.omission, c)));
        if c == letter {
            return;
        }
        let is_near = self.costs.keyboard.neighbours(letter).any(|near| near == c);
        let other = if is_near {
            self.costs.neighbour
        } else {
            self.costs.substitution
        };
        lower(&mut rows[1][at + 1][spent], costs(other));
        if self.letters.get(at + 1) == Some(&c) && after == Some(letter) {
            lower(&mut rows[2][at + 2][spent], costs(self.costs.transposition));
        }
    }

    /// True when a wrong letter may have been meant to be `c`: it is of the same script, ASCII without any,
    /// or a character of the text.
    fn may_be(&self, c: char) -> bool {
        let script = script(c);
        match script {
            Script::Common => c.is_ascii() || self.letters.contains(&c),
            _ => self.scripts.contains(&script),
        }
    }
}

fn lower(least: &mut Option<f64>, penalty: f64) {
    *least = Some(least.map_or(penalty, |least| least.min(penalty)));
}
