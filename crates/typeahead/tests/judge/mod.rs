//! What typing errors cost, by a plain dynamic programme over every prefix of a key.

use bowerbird_typeahead::fuzzy::EditCosts;
use bowerbird_typeahead::normalize::{Script, script};

/// Parts of a nat in which penalties are counted.
const UNIT: f64 = 256.0;

/// Costs in parts of a nat.
struct Parts {
    substitution: u32,
    neighbour: u32,
    omission: u32,
    surplus: u32,
    repeat: u32,
    transposition: u32,
    first: u32,
    second: u32,
}

/// A typed text, judged letter by letter.
pub(crate) struct Judge {
    text: String,
    typed: Vec<char>,
    scripts: Vec<Script>,
    costs: EditCosts,
    parts: Parts,
    max_edits: usize,
}

impl Judge {
    pub(crate) fn new(text: &str, max_edits: u8, costs: &EditCosts) -> Self {
        let part = |nats: f32| (f64::from(nats) * UNIT) as u32;
        let typed: Vec<char> = text.chars().collect();
        Self {
            text: text.to_owned(),
            scripts: typed.iter().map(|c| script(*c)).collect(),
            typed,
            costs: *costs,
            parts: Parts {
                substitution: part(costs.substitution),
                neighbour: part(costs.neighbour),
                omission: part(costs.omission),
                surplus: part(costs.surplus),
                repeat: part(costs.repeat),
                transposition: part(costs.transposition),
                first: part(costs.first),
                second: part(costs.second),
            },
            max_edits: usize::from(max_edits),
        }
    }

    /// True when a letter of a key may have been mistyped: it is of a script of the typed text, or ASCII of none.
    fn may_be(&self, c: char) -> bool {
        let script = script(c);
        c != '\u{7f}'
            && (self.typed.contains(&c)
                || self.scripts.contains(&script) && script != Script::Common
                || c.is_ascii() && script == Script::Common)
    }

    /// The least penalty, in nats, at which a key starts with what may have been meant; `None` where it takes no error,
    /// or more than are forgiven.
    pub(crate) fn penalty(&self, key: &str) -> Option<f64> {
        if key.starts_with(&self.text) {
            return None;
        }
        let key: Vec<char> = key.chars().collect();
        let (m, n, most) = (self.typed.len(), key.len(), self.max_edits);
        // least[i][j][e]: the least penalty of i letters of the key against j typed ones with e edits spent.
        let mut least = vec![vec![[None::<u32>; 3]; m + 1]; n + 1];
        least[0][0][0] = Some(0);
        for i in 0..=n {
            for j in 0..m {
                for spent in 0..=most {
                    let Some(penalty) = least[i][j][spent] else {
                        continue;
                    };
                    let typed = self.typed[j];
                    let mut go = |i: usize, j: usize, spent: usize, penalty: u32| {
                        let known = &mut least[i][j][spent];
                        *known = Some(known.map_or(penalty, |known| known.min(penalty)));
                    };
                    let read = key.get(i).copied();
                    if read == Some(typed) {
                        go(i + 1, j + 1, spent, penalty);
                    }
                    if spent == most {
                        continue;
                    }
                    let penalty = penalty + if spent > 0 { self.parts.second } else { 0 };
                    // An error in the first letter costs more, and is the only one.
                    let (after, penalty) = if j == 0 {
                        (most, penalty + self.parts.first)
                    } else {
                        (spent + 1, penalty)
                    };
                    let before = j.checked_sub(1).map(|before| self.typed[before]);
                    let surplus = if before == Some(typed) {
                        self.parts.repeat
                    } else {
                        self.parts.surplus
                    };
                    go(i, j + 1, after, penalty + surplus);
                    let Some(read) = read.filter(|read| self.may_be(*read)) else {
                        continue;
                    };
                    let omission = if before == Some(read) {
                        self.parts.repeat
                    } else {
                        self.parts.omission
                    };
                    go(i + 1, j, after, penalty + omission);
                    if read == typed {
                        continue;
                    }
                    let near = self.costs.keyboard.neighbours(typed).any(|near| near == read);
                    let other = if near {
                        self.parts.neighbour
                    } else {
                        self.parts.substitution
                    };
                    go(i + 1, j + 1, after, penalty + other);
                    if self.typed.get(j + 1) == Some(&read) && key.get(i + 1) == Some(&typed) {
                        go(i + 2, j + 2, after, penalty + self.parts.transposition);
                    }
                }
            }
        }
        let ends = least.iter().flat_map(|at| at[m]).flatten();
        ends.min().map(|penalty| f64::from(penalty) / UNIT)
    }
}
