//! How much of a key a mistyped text stands for.

/// Longest texts, in characters, that are compared.
const LONGEST: usize = 64;

/// The bytes of the beginning of `key` that is nearest to `typed` by Damerau–Levenshtein distance (optimal string
/// alignment); of several, the longest that is no longer than `typed`, or else the shortest.
pub(crate) fn matched(key: &str, typed: &str) -> usize {
    nearest(key, typed).0
}

/// True when the beginning of `key` is at most two edits, and half of the letters of `typed`, from it.
pub(crate) fn is_near(key: &str, typed: &str) -> bool {
    let letters = typed.chars().count();
    nearest(key, typed).1 <= 2.min(letters / 2)
}

/// The end of the nearest beginning in bytes, and its distance.
fn nearest(key: &str, typed: &str) -> (usize, usize) {
    let typed: Vec<char> = typed.chars().take(LONGEST).collect();
    let (mut before, mut row) = (Vec::new(), (0..=typed.len()).collect::<Vec<usize>>());
    let mut best = (0, typed.len());
    let mut last = None;
    for (read, (at, c)) in key.char_indices().take(LONGEST + 2).enumerate() {
        let mut next = vec![read + 1];
        for (i, &t) in typed.iter().enumerate() {
            let mut least = (row[i] + usize::from(t != c))
                .min(row[i + 1] + 1)
                .min(next[i] + 1);
            if i > 0 && last == Some(t) && typed[i - 1] == c {
                least = least.min(before[i - 1] + 1);
            }
            next.push(least);
        }
        let distance = next[typed.len()];
        if distance < best.1 || (distance == best.1 && read < typed.len()) {
            best = (at + c.len_utf8(), distance);
        }
        (before, row) = (row, next);
        last = Some(c);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_beginning_is_found() {
        assert_eq!(matched("living room", "livign"), "living".len());
        assert_eq!(matched("living room", "livig"), "livin".len());
        assert_eq!(matched("living room", "liviing"), "living".len());
        assert_eq!(matched("éclair", "eclai"), "éclai".len());
        assert_eq!(matched("lamp", ""), 0);
        assert!(is_near("kitchen", "kithc") && !is_near("kitchen", "oak"));
    }
}
