//! Which characters go, and which are spelt otherwise.

/// True for characters that are dropped wherever they stand: controls that are not white space, and what has no shape of
/// its own or only fills (tatweel; Arabic presentation forms of vowel signs, which would decompose to a filler).
pub(super) fn is_ignorable(c: char) -> bool {
    match c {
        ' '..='~' => false,
        '\0'..='\u{9f}' => c.is_control() && !c.is_whitespace(),
        _ => matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fc5e}'..='\u{fc63}' | '\u{fcf2}'..='\u{fcf4}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{fe70}'..='\u{fe7f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'),
    }
}

/// True for a mark that is an accent, a point or a vowel sign which people leave out, after the folded character `base`.
pub(super) fn is_accent(mark: char, base: char) -> bool {
    match mark {
        '\u{300}'..='\u{36f}' => !makes_a_letter(mark, base),
        '\u{653}'..='\u{655}' => base == 'ا',
        _ => matches!(mark,
            '\u{483}'..='\u{489}' | '\u{a66f}'..='\u{a672}' | '\u{a674}'..='\u{a67d}'
            | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}'
            | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{652}' | '\u{656}'..='\u{65f}' | '\u{670}'
            | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}' | '\u{6e8}' | '\u{6ea}'..='\u{6ed}'
            | '\u{8d3}'..='\u{8e1}' | '\u{8e3}'..='\u{8ff}'
            | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20e2}' | '\u{20e4}'..='\u{20f0}'
            | '\u{fe20}'..='\u{fe2f}'),
    }
}

/// True where the mark makes another Cyrillic letter of the base, one with a key of its own: й ў ї ѓ ќ.
fn makes_a_letter(mark: char, base: char) -> bool {
    matches!(
        (base, mark),
        ('и' | 'у', '\u{306}') | ('і', '\u{308}') | ('г' | 'к', '\u{301}')
    )
}

/// Another spelling that case folding or the keyboard asks for, whatever becomes of accents.
pub(super) fn respelt(lower: char) -> Option<&'static str> {
    Some(match lower {
        'ß' => "ss",
        'ς' => "σ",
        'ı' => "i",
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2bc}' => "'",
        '\u{201c}' | '\u{201d}' | '\u{201f}' => "\"",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "-",
        _ => return None,
    })
}

/// The plain form of a letter that Unicode does not decompose.
pub(super) fn plain(lower: char) -> Option<&'static str> {
    Some(match lower {
        'ø' => "o",
        'ł' | 'ƚ' => "l",
        'đ' | 'ð' | 'ɗ' => "d",
        'ħ' => "h",
        'ŧ' => "t",
        'ŋ' => "n",
        'ĸ' | 'ƙ' => "k",
        'ɓ' => "b",
        'ƴ' => "y",
        'ɨ' => "i",
        'þ' => "th",
        'æ' => "ae",
        'œ' => "oe",
        'ی' | 'ى' => "ي",
        'ک' => "ك",
        _ => return None,
    })
}
