//! Which script a character belongs to, by ranges.

/// The script of a character, as far as completion cares: keyboards, word breaks and the cost of typing errors hang on it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Script {
    /// Used by all: digits, spaces, punctuation, symbols, emoji, marks without a script.
    Common,
    /// Latin.
    Latin,
    /// Greek and Coptic.
    Greek,
    /// Cyrillic.
    Cyrillic,
    /// Armenian.
    Armenian,
    /// Hebrew.
    Hebrew,
    /// Arabic.
    Arabic,
    /// Devanagari.
    Devanagari,
    /// Bengali.
    Bengali,
    /// The other scripts of India and Sri Lanka: Gurmukhi, Gujarati, Odia, Tamil, Telugu, Kannada, Malayalam, Sinhala.
    Indic,
    /// Thai.
    Thai,
    /// Lao.
    Lao,
    /// Burmese.
    Myanmar,
    /// Khmer.
    Khmer,
    /// Georgian.
    Georgian,
    /// Ethiopic.
    Ethiopic,
    /// Korean: syllables and jamo.
    Hangul,
    /// Japanese: hiragana and katakana.
    Kana,
    /// Chinese characters, also in Japanese and Korean.
    Han,
    /// Any other.
    Other,
}

/// The script of `c`. Meant for folded text; a few rare characters inside a script's blocks count as of that script.
pub fn script(c: char) -> Script {
    match u32::from(c) {
        0x61..=0x7a | 0x41..=0x5a => Script::Latin,
        0..=0xa9 | 0xab..=0xb9 | 0xbb..=0xbf | 0xd7 | 0xf7 => Script::Common,
        0xaa..=0x2af | 0x1d00..=0x1d25 | 0x1d2c..=0x1dbf | 0x1e00..=0x1eff | 0x2c60..=0x2c7f => Script::Latin,
        0xa722..=0xa7ff | 0xab30..=0xab64 | 0xfb00..=0xfb06 | 0xff21..=0xff3a | 0xff41..=0xff5a => {
            Script::Latin
        }
        0x2b0..=0x36f => Script::Common,
        0x370..=0x3ff | 0x1f00..=0x1fff => Script::Greek,
        0x400..=0x52f | 0x1c80..=0x1c8f | 0x2de0..=0x2dff | 0xa640..=0xa69f => Script::Cyrillic,
        0x531..=0x58f | 0xfb13..=0xfb17 => Script::Armenian,
        0x591..=0x5f4 | 0xfb1d..=0xfb4f => Script::Hebrew,
        0x600..=0x6ff | 0x750..=0x77f | 0x870..=0x8ff | 0xfb50..=0xfdff | 0xfe70..=0xfefe => Script::Arabic,
        0x900..=0x97f | 0xa8e0..=0xa8ff => Script::Devanagari,
        0x980..=0x9ff => Script::Bengali,
        0xa00..=0xdff => Script::Indic,
        0xe00..=0xe7f => Script::Thai,
        0xe80..=0xeff => Script::Lao,
        0x1000..=0x109f | 0xa9e0..=0xa9ff | 0xaa60..=0xaa7f => Script::Myanmar,
        0x10a0..=0x10ff | 0x1c90..=0x1cbf | 0x2d00..=0x2d2f => Script::Georgian,
        0x1200..=0x139f | 0x2d80..=0x2ddf | 0xab01..=0xab2e => Script::Ethiopic,
        0x1780..=0x17ff | 0x19e0..=0x19ff => Script::Khmer,
        0x1100..=0x11ff | 0x3131..=0x318e | 0xa960..=0xa97c | 0xac00..=0xd7fb | 0xffa1..=0xffdc => {
            Script::Hangul
        }
        0x3041..=0x30ff | 0x31f0..=0x31ff | 0xff66..=0xff9f | 0x1aff0..=0x1b16f => Script::Kana,
        0x2e80..=0x2fd5 | 0x3005..=0x3007 | 0x3021..=0x3029 | 0x3400..=0x4dbf | 0x4e00..=0x9fff => {
            Script::Han
        }
        0xf900..=0xfaff | 0x20000..=0x3fffd => Script::Han,
        0x2000..=0x2bff | 0x2e00..=0x2e7f | 0x3000..=0x303f | 0x3200..=0x33ff | 0xfe00..=0xfe6f => {
            Script::Common
        }
        0xfeff..=0xff65 | 0xffe0..=0xffff | 0x1d000..=0x1d7ff | 0x1f000..=0x1fbff | 0xe0000..=0xe0fff => {
            Script::Common
        }
        _ => Script::Other,
    }
}
