//! Words of the dictionary that a mistyped word may stand for.

use super::{Alternative, Dictionary, TermIndex, typed_words};
use std::ops::Range;

/// Longest word, in characters, whose errors are looked for.
const LONGEST: usize = 64;

/// Whether a word is typed to its end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum WordMode {
    /// The word as it stands.
    Whole,
    /// The beginning of a word.
    Prefix,
}

/// Words next to each other in the dictionary that are equally far from a typed one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Near {
    /// Their numbers.
    pub terms: Range<u32>,
    /// Typing errors between them, or their nearest beginning, and the typed word.
    pub edits: u8,
}

impl Near {
    /// These words at `penalty` an error.
    pub(crate) fn at(self, penalty: f64) -> Alternative {
        Alternative {
            terms: self.terms,
            penalty: penalty * f64::from(self.edits),
            edits: self.edits,
        }
    }
}

/// Typing errors that a word of so many characters may have: none up to 2, one up to 5, two above.
pub const fn edits_allowed(characters: usize) -> u8 {
    match characters {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    }
}

impl Dictionary {
    /// The words within `edits` typing errors of `word`, in the dictionary's order. An error is a character too many, too
    /// few or another one, or two neighbours swapped, of which each may take part in one error only (optimal string
    /// alignment). Words that start with another byte are forgiven one error at most: people seldom get the first letter
    /// wrong (Pollock and Zamora, *Collection and Characterization of Spelling Errors in Scientific and Scholarly Text*,
    /// JASIS 1983), and looking for those who do is most of the work.
    ///
    /// Walks the dictionary in order and jumps over words that share a hopeless beginning. Words of more than 64
    /// characters find nothing.
    pub fn near(&self, word: &str, edits: u8, mode: WordMode) -> Vec<Near> {
        let typed: Vec<char> = word.chars().take(LONGEST + 1).collect();
        let mut found = Vec::new();
        if typed.len() > LONGEST {
            return found;
        }
        let mut table = Table::new(&typed);
        let Some(mut words) = self.cursor() else {
            return found;
        };
        loop {
            let from = words.number();
            let same = word.as_bytes().first() == words.word().first();
            let edits = if same { edits } else { edits.min(1) };
            let (kept, distance) = match table.read(words.word(), edits, mode) {
                Verdict::Word(distance) => (words.advance(), distance),
                Verdict::Beginning(end, distance) => (words.skip(end), distance),
            };
            if distance <= edits {
                note(&mut found, from..words.number(), distance);
            }
            match kept {
                Some(kept) => table.keep(kept),
                None => return found,
            }
        }
    }
}

/// What is known after a word has been read, or its beginning.
enum Verdict {
    /// The word's distance.
    Word(u8),
    /// The distance of all words that share a beginning of so many bytes.
    Beginning(usize, u8),
}

impl TermIndex {
    /// What each word of a typed text may stand for: the words within as many errors as [`edits_allowed`] for its length,
    /// at `penalty` an error, for [`best_first_among`](Self::best_first_among).
    pub fn alternatives(&self, text: &str, penalty: f64) -> Vec<Vec<Alternative>> {
        let words = typed_words(text).map(|word| {
            let edits = edits_allowed(word.text.chars().count());
            let near = self.dictionary().near(word.text, edits, word.mode);
            near.into_iter().map(|near| near.at(penalty)).collect()
        });
        words.collect()
    }
}

/// Adds words to the last found ones where they follow them at the same distance.
fn note(found: &mut Vec<Near>, terms: Range<u32>, edits: u8) {
    match found.last_mut() {
        Some(last) if last.edits == edits && last.terms.end == terms.start => last.terms.end = terms.end,
        _ => found.push(Near { terms, edits }),
    }
}

/// Distances from the beginnings of a word of the dictionary to those of the typed word, a row a character.
struct Table<'t> {
    typed: &'t [char],
    rows: Vec<Row>,
    /// `typed.len() + 1` a row.
    cells: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Row {
    character: char,
    /// Where the beginning ends, in bytes.
    end: usize,
    /// The least distance in this row.
    least: u8,
    /// No longer beginning is nearer to any of the typed word's.
    bound: u8,
    /// The distance of the typed word from the nearest beginning so far.
    nearest: u8,
}

impl<'t> Table<'t> {
    fn new(typed: &'t [char]) -> Self {
        let cells: Vec<u8> = (0..=typed.len()).map(|length| length as u8).collect();
        let row = Row {
            character: '\0',
            end: 0,
            least: 0,
            bound: 0,
            nearest: typed.len() as u8,
        };
        Self {
            typed,
            rows: vec![row],
            cells,
        }
    }

    /// Drops the rows of characters that end after byte `end`.
    fn keep(&mut self, end: usize) {
        let rows = self.rows.partition_point(|row| row.end <= end).max(1);
        self.rows.truncate(rows);
        self.cells.truncate(rows * (self.typed.len() + 1));
    }

    fn top(&self) -> Row {
        self.rows[self.rows.len() - 1]
    }

    /// The distance between the two words as far as they go.
    fn whole(&self) -> u8 {
        self.cells[self.cells.len() - 1]
    }

    /// Reads a word on from where the rows end, as far as it matters.
    fn read(&mut self, word: &[u8], edits: u8, mode: WordMode) -> Verdict {
        let from = self.top().end;
        let rest = word.get(from..).and_then(|rest| std::str::from_utf8(rest).ok());
        for (at, c) in rest.unwrap_or_default().char_indices() {
            let end = from + at + c.len_utf8();
            self.push(c, end);
            let top = self.top();
            match mode {
                WordMode::Whole if top.bound > edits => return Verdict::Beginning(end, top.bound),
                WordMode::Prefix if top.bound > edits || top.bound >= top.nearest => {
                    return Verdict::Beginning(end, top.nearest);
                }
                _ => {}
            }
        }
        Verdict::Word(match mode {
            WordMode::Whole => self.whole(),
            WordMode::Prefix => self.top().nearest,
        })
    }

    fn push(&mut self, c: char, end: usize) {
        let width = self.typed.len() + 1;
        let top = self.top();
        let above = self.cells.len() - width;
        let mut least = self.cells[above].saturating_add(1);
        self.cells.push(least);
        for (j, typed) in (1..).zip(self.typed) {
            let mut cell = self.cells[above + j - 1].saturating_add(u8::from(*typed != c));
            cell = cell.min(self.cells[above + j].saturating_add(1));
            cell = cell.min(self.cells[above + width + j - 1].saturating_add(1));
            let swapped = j > 1 && *typed == top.character && self.typed[j - 2] == c;
            if swapped && above >= width {
                cell = cell.min(self.cells[above - width + j - 2].saturating_add(1));
            }
            least = least.min(cell);
            self.cells.push(cell);
        }
        self.rows.push(Row {
            character: c,
            end,
            least,
            bound: least.min(top.least.saturating_add(1)),
            nearest: top.nearest.min(self.whole()),
        });
    }
}
