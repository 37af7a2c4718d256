//! Text in columns.

#[derive(Clone, Copy, Debug)]
pub(super) enum Align {
    Left,
    Right,
}

/// Rows under a heading, all columns as wide as their widest cell. A row of no cells is a rule.
#[derive(Debug)]
pub(super) struct Table {
    aligns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(columns: &[(&str, Align)]) -> Self {
        Self {
            aligns: columns.iter().map(|&(_, align)| align).collect(),
            rows: vec![columns.iter().map(|&(name, _)| name.to_owned()).collect()],
        }
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub(super) fn rule(&mut self) {
        self.rows.push(Vec::new());
    }

    /// The lines, indented by two; what doesn't fit is cut off at the right.
    pub(super) fn render(&self, width: usize) -> String {
        let mut widths = vec![0; self.aligns.len()];
        for row in &self.rows {
            for (column, cell) in widths.iter_mut().zip(row) {
                *column = (*column).max(cell.chars().count());
            }
        }
        let whole = 2 * widths.len() + widths.iter().sum::<usize>();
        let line = |row: &Vec<String>| {
            if row.is_empty() {
                return format!("  {}", "─".repeat(whole.min(width) - 2));
            }
            let cells = row.iter().zip(&widths).zip(&self.aligns);
            let line: String = cells
                .map(|((cell, &width), align)| match align {
                    Align::Left => format!("  {cell:<width$}"),
                    Align::Right => format!("  {cell:>width$}"),
                })
                .collect();
            clip(&line, width)
        };
        self.rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// At most `width` characters on one line: control characters become spaces, what was cut off becomes `…`, spaces at
/// the end go.
pub(super) fn clip(text: &str, width: usize) -> String {
    let plain = |character: char| if character.is_control() { ' ' } else { character };
    let text = text.trim_end();
    let mut clipped: String = text.chars().map(plain).take(width).collect();
    if text.chars().nth(width).is_some() {
        clipped.pop();
        clipped.push('…');
    }
    clipped
}

/// Lines of at most `width` characters, broken at spaces, each after `indent`.
pub(super) fn wrap(text: &str, width: usize, indent: &str) -> String {
    let mut lines = vec![indent.to_owned()];
    let mut used = indent.chars().count();
    for word in text.split_whitespace() {
        let length = word.chars().count();
        let start = used == indent.chars().count();
        match lines.last_mut() {
            Some(line) if start || used + 1 + length <= width => {
                if !start {
                    line.push(' ');
                    used += 1;
                }
                line.push_str(word);
            }
            _ => {
                lines.push(format!("{indent}{word}"));
                used = indent.chars().count();
            }
        }
        used += length;
    }
    let clipped: Vec<String> = lines.iter().map(|line| clip(line, width)).collect();
    clipped.join("\n")
}
