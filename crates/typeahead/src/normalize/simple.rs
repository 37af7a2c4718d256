//! Characters that fold to one character and touch no neighbour: most of what is typed and shown, without the detour by
//! decomposition.

use super::Diacritics;

/// The plain letters of U+00C0 to U+017F; NUL where there is not exactly one.
const LATIN: &[u8; 192] = b"aaaaaa\0ceeeeiiiidnooooo\0ouuuuy\0\0aaaaaa\0ceeeeiiiidnooooo\0ouuuuy\0y\
      aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii\0\0jjkkkllllll\0\
      \0llnnnnnn\0nnoooooo\0\0rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/// The plain letters of U+1EA0 to U+1EFF, the Vietnamese ones; NUL as above.
const VIETNAMESE: &[u8; 96] = b"aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooo\
      oooouuuuuuuuuuuuuuyyyyyyyy\0\0\0\0\0\0";

/// The folded form of `c`, if that is one character which neither it nor its neighbours of this kind can change.
/// Says nothing about ASCII.
pub(super) fn simple(c: char, diacritics: Diacritics) -> Option<char> {
    match c {
        '\u{c0}'..='\u{17f}' => latin(c, LATIN[c as usize - 0xc0], diacritics),
        '\u{1ea0}'..='\u{1eff}' => latin(c, VIETNAMESE[c as usize - 0x1ea0], diacritics),
        'ơ' | 'Ơ' => Some(kept(diacritics, 'ơ', 'o')),
        'ư' | 'Ư' => Some(kept(diacritics, 'ư', 'u')),
        'а'..='я' | 'α'..='ρ' | 'σ'..='ω' => Some(c),
        'А'..='Я' | 'Α'..='Ρ' | 'Σ'..='Ω' => char::from_u32(c as u32 + 0x20),
        'ё' | 'Ё' => Some(kept(diacritics, 'ё', 'е')),
        'ς' => Some('σ'),
        'ά' => Some(kept(diacritics, c, 'α')),
        'έ' => Some(kept(diacritics, c, 'ε')),
        'ή' => Some(kept(diacritics, c, 'η')),
        'ί' => Some(kept(diacritics, c, 'ι')),
        'ό' => Some(kept(diacritics, c, 'ο')),
        'ύ' => Some(kept(diacritics, c, 'υ')),
        'ώ' => Some(kept(diacritics, c, 'ω')),
        'א'..='ת' => Some(c),
        '\u{621}' | '\u{624}' | '\u{626}'..='\u{63a}' | '\u{641}'..='\u{648}' | '\u{64a}' => Some(c),
        '\u{67e}' | '\u{686}' | '\u{698}' | '\u{6af}' => Some(c),
        '\u{622}' | '\u{623}' | '\u{625}' => Some(kept(diacritics, c, '\u{627}')),
        'ک' => Some(kept(diacritics, c, 'ك')),
        'ی' => Some(kept(diacritics, c, 'ي')),
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | 'ー' => Some(c),
        '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => Some(c),
        '\u{2018}' | '\u{2019}' => Some('\''),
        '\u{201c}' | '\u{201d}' => Some('"'),
        '\u{2013}' | '\u{2014}' => Some('-'),
        _ => None,
    }
}

fn kept(diacritics: Diacritics, as_it_is: char, plain: char) -> char {
    match diacritics {
        Diacritics::Fold => plain,
        Diacritics::Keep => as_it_is,
    }
}

fn latin(c: char, plain: u8, diacritics: Diacritics) -> Option<char> {
    match (diacritics, c) {
        _ if plain == 0 => None,
        (Diacritics::Fold, _) | (Diacritics::Keep, 'İ' | 'ı' | 'ſ') => Some(char::from(plain)),
        (Diacritics::Keep, _) => c.to_lowercase().next(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fold::{Fold, START};
    use super::*;
    use unicode_normalization::UnicodeNormalization;

    fn by_decomposition(text: &str, diacritics: Diacritics) -> String {
        Fold::new(text, diacritics, START).nfc().collect()
    }

    #[test]
    fn each_simple_character_folds_as_by_decomposition() {
        for diacritics in [Diacritics::Fold, Diacritics::Keep] {
            let mut count = 0;
            for c in '\u{80}'..=char::MAX {
                if let Some(folded) = simple(c, diacritics) {
                    assert_eq!(
                        folded.to_string(),
                        by_decomposition(&c.to_string(), diacritics),
                        "{c}"
                    );
                    count += 1;
                }
            }
            assert!(count > 32_000, "{count}");
        }
        for c in "éåłżơệйёώך한がタ漢".chars() {
            assert!(simple(c, Diacritics::Fold).is_some(), "{c:?}");
        }
    }

    #[test]
    fn simple_characters_leave_their_neighbours_alone() {
        let sample = "aI éÅłİıſỆйЁуігкςώάאش\u{623}\u{626}یかがハー漢가각’–";
        for diacritics in [Diacritics::Fold, Diacritics::Keep] {
            let folded = |c: char| {
                if c.is_ascii() {
                    Some(c.to_ascii_lowercase())
                } else {
                    simple(c, diacritics)
                }
            };
            for first in sample.chars() {
                for second in sample.chars() {
                    let (Some(a), Some(b)) = (folded(first), folded(second)) else {
                        continue;
                    };
                    let text: String = ['x', first, second, 'x'].iter().collect();
                    let expected: String = ['x', a, b, 'x'].iter().collect();
                    if (first, second) != (' ', ' ') {
                        assert_eq!(by_decomposition(&text, diacritics), expected);
                    }
                }
            }
        }
    }
}
