//! Where the words of a text are.

use std::ops::Range;

/// The words of a text: longest runs of letters and digits, and each Han character for itself.
pub(crate) fn words(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(char::is_alphanumeric)?;
        let mut chars = text[start..].char_indices();
        let first = chars.next()?.1;
        at = match chars.find(|(_, c)| is_han(first) || is_han(*c) || !c.is_alphanumeric()) {
            Some((length, _)) => start + length,
            None => text.len(),
        };
        Some(start..at)
    })
}

pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        let split = |text: &'static str| words(text).map(|range| &text[range]).collect::<Vec<_>>();
        assert_eq!(split("@hapi/bourne 2x"), ["hapi", "bourne", "2x"]);
        assert_eq!(split("東京タワーmap"), ["東", "京", "タワーmap"]);
        assert_eq!(split("タワー東"), ["タワー", "東"]);
        assert_eq!(split(" - "), [""; 0]);
    }
}
